"""Spoken phrases on a line that is silent or noisy before, behind and during them."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from server.speech.ports import FRAME_BYTES

PHRASES = sorted((Path(__file__).parents[2] / "audio" / "phrases").glob("*.wav"))
CLEAN = [path for path in PHRASES if not path.name.startswith("noise")]

BEFORE_MS, BEHIND_MS = 3000, 1500


@dataclass(frozen=True)
class Scene:
    frames: tuple[bytes, ...]
    onset_ms: int
    """Where the voice begins, to a frame."""
    end_ms: int


def pink(samples: int, seed: int) -> np.ndarray:
    """Noise of power 1, as much in each octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, samples)
    return noise / noise.std()


def frames_of(samples: np.ndarray) -> tuple[bytes, ...]:
    pcm = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    return tuple(pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES))


def scene(path: Path, *, snr_db: float | None = None, seed: int = 1) -> Scene:
    """A phrase in its place, in pink noise that is so much weaker than the voice."""
    with wave.open(str(path)) as file:
        phrase = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    levels = phrase[: len(phrase) // 160 * 160].reshape(-1, 160).std(axis=1)
    loud = np.flatnonzero(levels > levels.max() / 20)
    line = np.concatenate([np.zeros(BEFORE_MS * 8), phrase, np.zeros(BEHIND_MS * 8)])
    if snr_db is not None:
        voice = levels[loud].mean()
        line += pink(len(line), seed) * voice / 10 ** (snr_db / 20)
    return Scene(frames_of(line), BEFORE_MS + int(loud[0]) * 20, BEFORE_MS + int(loud[-1] + 1) * 20)
