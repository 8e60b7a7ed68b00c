from __future__ import annotations

import numpy as np
import pytest

from server.speech.mel import BANDS, COLUMNS_PER_S, FLOOR_DECADES, RATE_HZ, Samples, log_mel


def tone(hz: float, seconds: float = 1.0, loudness: float = 0.5) -> Samples:
    return (loudness * np.sin(2 * np.pi * hz * np.arange(int(RATE_HZ * seconds)) / RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize(("hz", "band"), [(100, 2), (440, 11), (1000, 26), (2000, 43), (4000, 61)])
def test_a_tone_lights_its_band(hz: float, band: int) -> None:
    """By the formula of Slaney's scale: 15 bands up to 1000 Hz would be 66.7 Hz each; 80 bands up to 8 kHz share 45.2."""
    column = log_mel(tone(hz), 100)[:, 50]
    assert abs(int(column.argmax()) - band) <= 1


def test_the_picture_is_as_wide_as_asked() -> None:
    long, short = log_mel(tone(440, 5), 3 * COLUMNS_PER_S), log_mel(tone(440, 0.1), 3 * COLUMNS_PER_S)
    assert long.shape == short.shape == (BANDS, 300)
    assert long.dtype == np.float32


def test_silence_is_a_floor_below_the_loudest() -> None:
    picture = log_mel(tone(440, 1), 200)
    assert picture[:, 150:].max() == pytest.approx(picture.max() - FLOOR_DECADES / 4)


def test_twice_as_loud_is_six_decibels_up() -> None:
    loud, soft = log_mel(tone(440, loudness=0.5), 100), log_mel(tone(440, loudness=0.25), 100)
    assert loud.max() - soft.max() == pytest.approx(np.log10(4) / 4, abs=1e-3)


def test_no_sound_is_a_picture_of_silence() -> None:
    assert np.ptp(log_mel(np.zeros(0, np.float32), 100)) == 0
