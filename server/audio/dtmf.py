"""DTMF keys as sound (ITU-T Q.23): what any gateway can send, since it is only audio."""

from __future__ import annotations

import numpy as np

from server.speech.ports import RATE_HZ

_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477, 1633)
_KEYS = "123A456B789C*0#D"
TONE_MS = 100
"""ITU-T Q.24 asks receivers to take 40 ms for a key; twice that and more is safe on a bad line."""
GAP_MS = 100
_LEVEL = 0.25
"""Of full scale for each of the two tones: about -12 dBFS, which does not clip when added."""


def tones(keys: str) -> bytes:
    """The samples of these keys, 16-bit mono at `RATE_HZ`; what is no key is left out."""
    time = np.arange(RATE_HZ * TONE_MS // 1000) / RATE_HZ
    gap = np.zeros(RATE_HZ * GAP_MS // 1000)
    pieces = []
    for key in keys:
        place = _KEYS.find(key)
        if place < 0:
            continue
        pair = (_ROWS_HZ[place // 4], _COLUMNS_HZ[place % 4])
        pieces += [sum(_LEVEL * np.sin(2 * np.pi * hz * time) for hz in pair), gap]
    return (np.concatenate([*pieces, gap[:0]]) * 32767).astype("<i2").tobytes()
