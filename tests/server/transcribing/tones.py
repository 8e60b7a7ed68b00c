"""Recordings that need no voice: each utterance is a tone, and the recogniser knows the words by the pitch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from server.speech.detector import samples_of
from server.speech.ports import RATE_HZ, OnReading, Reading
from server.transcribing.hearing import Ears

LOWEST_HZ, STEP_HZ = 400, 60
Line = tuple[float, float, str]
"""From when to when, in seconds, and the words."""


class Tuned:
    """See `ports.Recogniser`. The words of each pitch are given; one that is not among them has none."""

    name = "tuned"
    streaming = False
    alive = True

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.read = 0
        """Utterances so far."""
        self.most_bytes = 0
        """The longest of them."""
        self.known: frozenset[str] = frozenset()

    def know(self, phrases: Iterable[str]) -> None:
        self.known = frozenset(phrases)

    def open(self, on_reading: OnReading) -> TunedEar:
        return TunedEar(self, on_reading)

    def close(self) -> None:
        """Nothing is held."""


class TunedEar:
    def __init__(self, owner: Tuned, on_reading: OnReading) -> None:
        self._owner = owner
        self._tell = on_reading
        self._pcm = b""

    def begin(self, expected: Sequence[str] = ()) -> None:
        del expected
        self._pcm = b""

    def push(self, pcm: bytes) -> None:
        self._pcm += pcm

    def end(self) -> None:
        text = "，".join(self._owner.words[place] for place in _places(self._pcm, len(self._owner.words)))
        self._owner.read += 1
        self._owner.most_bytes = max(self._owner.most_bytes, len(self._pcm))
        self._tell(Reading(text, 0.9, alternatives=((f"{text}吧", 0.1),) if text else ()))

    def drop(self) -> None:
        self._pcm = b""

    def close(self) -> None:
        self._pcm = b""


def _places(pcm: bytes, most: int) -> list[int]:
    """Which pitches follow each other here."""
    window = RATE_HZ // 20
    sound = np.frombuffer(pcm, "<i2").astype(np.float64)
    found: list[int] = []
    runs: list[int] = []
    for at in range(0, len(sound) - window + 1, window):
        piece = sound[at : at + window]
        loud = np.abs(piece).max() > 2000
        pitch = float(np.argmax(np.abs(np.fft.rfft(piece, 8 * window)))) * RATE_HZ / (8 * window)
        place = round((pitch - LOWEST_HZ) / STEP_HZ) if loud else -1
        runs = [*runs, place] if runs and runs[-1] == place else [place]
        if len(runs) == 3 and 0 <= place < most:
            found.append(place)
    return found


class Loud:
    """A detector for whom any tone is a voice."""

    def probability(self, frame: bytes) -> float:
        return float(np.abs(samples_of(frame)).max() > 0.02)


def ears(words: Sequence[str]) -> Ears:
    return Ears(Tuned(words), Loud)


def side(lines: Iterable[Line], words: Sequence[str], seconds: float, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """One channel: silence, and a tone for each line."""
    sound = np.zeros(round(seconds * rate_hz), np.float32)
    for start, end, text in lines:
        at = round(start * rate_hz)
        made = tone(words.index(text), end - start, rate_hz)
        sound[at : at + len(made)] = made
    return sound


def tone(place: int, seconds: float, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """That word, with so much noise that nobody takes it for a signal of the line."""
    at = np.arange(round(seconds * rate_hz))
    noise = np.random.default_rng(place).uniform(-0.35, 0.35, len(at))
    sound = 0.25 * np.sin(2 * np.pi * (LOWEST_HZ + STEP_HZ * place) * at / rate_hz) + noise
    return np.asarray(sound, np.float32)


def write(path: Path, *sides: NDArray[np.float32], rate_hz: int = RATE_HZ, **form: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.stack(sides, axis=1), rate_hz, **form)
    return path
