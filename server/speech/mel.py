"""The picture of sound that Whisper looks at: 80 bands of loudness, 100 times a second.

The constants are those the model was trained with, so none of them is a setting.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE_HZ = 16000
HOP = 160
"""Samples from one column to the next: 10 ms."""
WINDOW = 400
BANDS = 80
COLUMNS_PER_S = RATE_HZ // HOP
FLOOR_DECADES = 8
"""What is so far below the loudest place counts as silence."""


def log_mel(samples: Samples, columns: int) -> Samples:
    """`BANDS` x `columns` of the samples (-1..1, at `RATE_HZ`), cut there or filled up with silence."""
    samples = samples[: columns * HOP]
    filled = np.pad(samples, (WINDOW // 2, columns * HOP - len(samples) + WINDOW // 2))
    windows = sliding_window_view(filled, WINDOW)[::HOP][:columns]
    power = np.abs(np.fft.rfft(windows * _hann())) ** 2
    decades = np.log10(np.maximum(_bands() @ power.T, 1e-10))
    decades = np.maximum(decades, decades.max() - FLOOR_DECADES)
    return np.ascontiguousarray((decades + 4) / 4, dtype=np.float32)


@cache
def _hann() -> Samples:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _bands() -> NDArray[np.float64]:
    """A triangle for each band, of equal area; their middles are equally far apart to the ear (Slaney's scale)."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)
    corners = _hz(np.linspace(0, _mel(RATE_HZ / 2), BANDS + 2))
    widths = np.diff(corners)
    slopes = corners[:, None] - frequencies
    up = -slopes[:-2] / widths[:-1, None]
    down = slopes[2:] / widths[1:, None]
    triangles = np.maximum(0, np.minimum(up, down))
    return np.asarray(triangles * (2 / (corners[2:] - corners[:-2]))[:, None])


# Slaney's scale is linear up to 1000 Hz and logarithmic above.
_LINEAR_HZ = 200 / 3
_BEND_HZ = 1000.0
_BEND = _BEND_HZ / _LINEAR_HZ
_STEP = np.log(6.4) / 27


def _mel(hz: float) -> float:
    return hz / _LINEAR_HZ if hz < _BEND_HZ else float(_BEND + np.log(hz / _BEND_HZ) / _STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < _BEND, mel * _LINEAR_HZ, _BEND_HZ * np.exp(_STEP * (mel - _BEND)))
