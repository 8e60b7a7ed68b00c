"""Sounds that tests make and measure."""

from __future__ import annotations

import numpy as np


def tone(hz: int, rate_hz: int, ms: int) -> bytes:
    at = np.arange(rate_hz * ms // 1000) / rate_hz
    return (8000 * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def samples(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(float)


def without(hz: int, rate_hz: int, sound: np.ndarray) -> tuple[float, np.ndarray]:
    """How strong this tone is in a sound, and what else there is."""
    angle = 2 * np.pi * hz * np.arange(len(sound)) / rate_hz
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    strength, *_ = np.linalg.lstsq(waves, sound)
    return float(np.hypot(*strength)), sound - waves @ strength
