from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.audio.resample import Resampler
from tests.server.audio.sounds import samples, tone, without

ROUNDING = 3
"""soxr dithers its samples."""


def whole(resampler: Resampler, pcm: bytes, piece_bytes: int = 320) -> bytes:
    pieces = [pcm[at : at + piece_bytes] for at in range(0, len(pcm), piece_bytes)]
    return b"".join(map(resampler.push, pieces)) + resampler.flush()


@pytest.mark.parametrize(("from_hz", "to_hz"), [(16000, 8000), (8000, 16000), (24000, 8000), (8000, 48000)])
def test_a_tone_stays_the_same_tone(from_hz: int, to_hz: int) -> None:
    got = samples(whole(Resampler(from_hz, to_hz), tone(440, from_hz, 1000)))
    assert abs(len(got) - to_hz) <= 1
    edge = to_hz // 20  # a filter rings where sound begins and ends
    strength, rest = without(440, to_hz, got[edge:-edge])
    assert abs(strength - 8000) < 8
    assert np.abs(rest).max() < 8


@pytest.mark.parametrize("hz", [4400, 5000, 6500])
def test_what_eight_kilohertz_cannot_carry_is_filtered_out(hz: int) -> None:
    got = samples(whole(Resampler(16000, 8000), tone(hz, 16000, 1000)))
    assert np.abs(got[400:-400]).max() < 8  # 60 dB down


def test_a_caller_is_kept_waiting_less_than_a_frame() -> None:
    resampler = Resampler(16000, 8000)
    heard_ms, given_ms = 0.0, 0
    for _ in range(100):
        heard_ms += len(resampler.push(bytes(640))) / 16
        given_ms += 20
        assert given_ms - heard_ms <= 20


def test_equal_rates_change_nothing() -> None:
    resampler = Resampler(8000, 8000)
    assert resampler.push(b"abcd") == b"abcd"
    assert resampler.flush() == b""


@pytest.mark.parametrize(("from_hz", "to_hz"), [(16000, 8000), (8000, 16000)])
def test_after_a_flush_or_a_reset_nothing_is_left(from_hz: int, to_hz: int) -> None:
    fresh = whole(Resampler(from_hz, to_hz), tone(300, from_hz, 200))
    used = Resampler(from_hz, to_hz)
    whole(used, tone(700, from_hz, 333))
    assert np.abs(samples(whole(used, tone(300, from_hz, 200))) - samples(fresh)).max() <= ROUNDING
    used.push(tone(700, from_hz, 150))
    used.reset()
    assert np.abs(samples(whole(used, tone(300, from_hz, 200))) - samples(fresh)).max() <= ROUNDING


@settings(max_examples=30)
@given(pieces=st.lists(st.integers(1, 900), min_size=1, max_size=30), up=st.booleans())
def test_how_the_sound_is_cut_does_not_matter(pieces: list[int], up: bool) -> None:
    from_hz, to_hz = (8000, 16000) if up else (16000, 8000)
    pcm = tone(500, from_hz, 500)[: 2 * sum(pieces)]
    resampler, got, at = Resampler(from_hz, to_hz), b"", 0
    for piece in pieces:
        got += resampler.push(pcm[at : at + 2 * piece])
        at += 2 * piece
    got += resampler.flush()
    assert np.abs(samples(got) - samples(whole(Resampler(from_hz, to_hz), pcm))).max(initial=0) <= ROUNDING
