from __future__ import annotations

import numpy as np
import pytest

from server.speech.sound import PEAK, Samples, as_pcm, as_samples, for_the_line, silence, trimmed


def hum(loudness: float, seconds: float = 1.0, rate_hz: int = 8000) -> Samples:
    return (loudness * np.sin(2 * np.pi * 300 * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.float32)


def still(seconds: float, rate_hz: int = 8000) -> Samples:
    return np.zeros(int(rate_hz * seconds), np.float32)


def decibels(pcm: bytes) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(as_samples(pcm) ** 2))))


@pytest.mark.parametrize("loudness", [0.01, 0.2, 0.9])
def test_all_prompts_are_equally_loud(loudness: float) -> None:
    assert decibels(for_the_line(hum(loudness), 8000)) == pytest.approx(-20, abs=0.2)


def test_a_click_among_soft_words_does_not_clip() -> None:
    samples = hum(0.01)
    samples[4000] = 0.9
    assert np.abs(as_samples(for_the_line(samples, 8000))).max() == pytest.approx(PEAK, abs=0.01)


def test_silence_around_the_words_goes_but_for_a_little() -> None:
    words = hum(0.3, 0.5)
    left = trimmed(np.concatenate([still(0.4), words, still(0.7)]))
    assert 0.5 <= len(left) / 8000 <= 0.6


def test_the_pause_between_words_stays() -> None:
    spoken = np.concatenate([hum(0.3, 0.2), still(0.4), hum(0.3, 0.2)])
    assert len(trimmed(spoken)) == len(spoken)


def test_a_rate_becomes_that_of_the_line() -> None:
    assert len(for_the_line(hum(0.3, rate_hz=24000), 24000)) == pytest.approx(16000, abs=400)


def test_nothing_stays_nothing() -> None:
    assert for_the_line(still(1), 8000) == b""
    assert for_the_line(still(0), 24000) == b""


def test_samples_survive() -> None:
    pcm = as_pcm(hum(0.5))
    assert np.abs(as_samples(pcm) - hum(0.5)).max() < 1e-4
    assert len(silence(20)) == 320
