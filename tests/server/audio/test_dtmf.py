"""Keys as sound: the two tones of each, as ITU-T Q.23 has them."""

from __future__ import annotations

import numpy as np
import pytest

from server.audio.dtmf import GAP_MS, TONE_MS, tones
from server.speech.ports import RATE_HZ

SAMPLES = (TONE_MS + GAP_MS) * RATE_HZ // 1000


def loudest_hz(pcm: bytes) -> list[int]:
    """The two strongest frequencies, to 10 Hz, the lower first."""
    sound = np.frombuffer(pcm, "<i2")[: TONE_MS * RATE_HZ // 1000]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), RATE_HZ))
    low = int(np.argmax(spectrum[:1000]))
    return [low, int(np.argmax(spectrum[1100:])) + 1100]


@pytest.mark.parametrize(
    ("key", "pair"), [("1", (697, 1209)), ("5", (770, 1336)), ("#", (941, 1477)), ("D", (941, 1633))]
)
def test_each_key_has_its_two_tones(key: str, pair: tuple[int, int]) -> None:
    assert loudest_hz(tones(key)) == pytest.approx(pair, abs=8)


def test_keys_follow_each_other_with_silence_between() -> None:
    sound = np.frombuffer(tones("12"), "<i2")
    assert len(sound) == 2 * SAMPLES
    assert not sound[TONE_MS * RATE_HZ // 1000 : SAMPLES].any()


def test_what_is_no_key_has_no_sound() -> None:
    assert tones("x,") == b""
