"""Music of our own for callers on hold."""

from __future__ import annotations

import numpy as np

from server.audio.melody import LOUDNESS, melody
from server.speech.ports import RATE_HZ


def samples() -> np.ndarray:
    return np.frombuffer(melody(), "<i2")


def test_it_is_soft_and_never_silent_for_long() -> None:
    heard = np.abs(samples().astype(np.int32))
    assert 0.9 * LOUDNESS * 32767 < heard.max() <= LOUDNESS * 32767
    tenths = heard[: len(heard) // (RATE_HZ // 10) * (RATE_HZ // 10)].reshape(-1, RATE_HZ // 10)
    assert (tenths.max(axis=1) > 300).all()


def test_its_end_leads_to_its_beginning_without_a_click() -> None:
    heard = samples().astype(np.int32)
    steps = np.abs(np.diff(heard))
    assert abs(int(heard[0]) - int(heard[-1])) <= steps.max()


def test_it_goes_through_a_telephone_line() -> None:
    power = np.abs(np.fft.rfft(samples())) ** 2
    hz = np.fft.rfftfreq(len(samples()), 1 / RATE_HZ)
    assert power[(hz > 150) & (hz < 3400)].sum() > 0.99 * power.sum()
