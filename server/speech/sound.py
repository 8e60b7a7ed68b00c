"""Sound as it should be on a telephone line: 8 kHz, even loudness, no clipping, no silence around it."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from server.speech.ports import FRAME_MS, RATE_HZ

Samples = NDArray[np.float32]
"""-1..1."""

LOUDNESS = 10 ** (-20 / 20)
"""-20 dBFS on average while somebody speaks: what telephone networks are made for."""
PEAK = 10 ** (-1 / 20)
VOICED = 10 ** (-30 / 20)
"""Below the loudest frame by so much is a gap, not speech."""
EDGE = 10 ** (-45 / 20)
PAD_MS = 30
"""What stays around the words, so that no consonant is cut."""
_FRAME = RATE_HZ * FRAME_MS // 1000


def at_8khz(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == RATE_HZ:
        return samples
    return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), np.float32)


def as_pcm(samples: Samples) -> bytes:
    return np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def as_samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def silence(ms: int) -> bytes:
    return bytes(RATE_HZ * ms // 1000 * 2)


def for_the_line(samples: Samples, rate_hz: int) -> bytes:
    """Synthesised speech as a telephone should carry it."""
    return as_pcm(levelled(trimmed(at_8khz(samples, rate_hz))))


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after."""
    levels = _levels(samples)
    loud = np.flatnonzero(levels > levels.max(initial=0) * EDGE)
    if not len(loud):
        return samples[:0]
    pad = RATE_HZ * PAD_MS // 1000
    return samples[max(0, loud[0] * _FRAME - pad) : (loud[-1] + 1) * _FRAME + pad]


def levelled(samples: Samples) -> Samples:
    """As loud as all other prompts, or as loud as its peaks allow."""
    levels = _levels(samples)
    voiced = levels[levels > levels.max(initial=0) * VOICED]
    if not len(voiced):
        return samples
    loudness = float(np.sqrt(np.mean(voiced**2)))
    peak = float(np.abs(samples).max())
    return np.asarray(samples * min(LOUDNESS / loudness, PEAK / peak), np.float32)


def _levels(samples: Samples) -> Samples:
    """The level of each frame."""
    whole = np.pad(samples, (0, -len(samples) % _FRAME)).reshape(-1, _FRAME)
    return np.asarray(np.sqrt(np.mean(whole**2, axis=1)), np.float32)
