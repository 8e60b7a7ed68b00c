"""Chords that say who speaks and what: the voice of a soak's callers, and its prompts.

Each part of a message is one note out of a few in a band of its own. All notes are multiples of 50 Hz and so
have a whole number of waves in a frame of 20 ms: a frame that is lost leaves no jump, and what is left is as clear.
A chord has at least three notes, and is never taken for a tone of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ

STEP_HZ = 1000 // FRAME_MS
AMPLITUDE = 2500
CLEAR = 3.0
"""A note is heard where it is so much louder than any other of its band."""
LOUD = 100.0
"""Effective amplitude of a frame in which there is something to hear."""


@dataclass(frozen=True, slots=True)
class Band:
    lowest_hz: int
    notes: int
    apart_hz: int

    def hz(self, note: int) -> int:
        return self.lowest_hz + note * self.apart_hz

    @property
    def bins(self) -> list[int]:
        return [self.hz(note) // STEP_HZ for note in range(self.notes)]


Bands = tuple[Band, ...]
CALLER: Bands = (Band(500, 8, 50), Band(1000, 8, 50), Band(1500, 8, 50), Band(2100, 6, 100))
"""Three figures of the caller's code, then the words."""
BOT: Bands = (Band(600, 4, 100), Band(1200, 8, 100), Band(2300, 1, 100), Band(2700, 1, 100))
"""The script and the stage, and two notes that make it a chord."""
CODES = 8**3
WORDS = ("可以", "多少钱", "不用了", "别再打来了", "你说什么")
LETTERS = "bcdfghjk"


def chord(bands: Bands, notes: Sequence[int], ms: int) -> bytes:
    at = np.arange(RATE_HZ * ms // 1000) / RATE_HZ
    waves = [np.sin(2 * np.pi * band.hz(note) * at) for band, note in zip(bands, notes, strict=True)]
    return bytes((AMPLITUDE * np.sum(waves, axis=0)).astype("<i2").tobytes())


def notes_in(bands: Bands, pcm: bytes) -> tuple[int, ...] | None:
    """The notes of a chord; None where there is none that is clear."""
    whole = len(pcm) - len(pcm) % FRAME_BYTES
    if not whole:
        return None
    frames = np.frombuffer(pcm[:whole], "<i2").astype(np.float32).reshape(-1, FRAME_BYTES // 2)
    spectrum = np.abs(np.fft.rfft(frames, axis=1)).sum(axis=0)
    found = []
    for band in bands:
        heights = spectrum[band.bins]
        note = int(heights.argmax())
        rival = np.delete(heights, note).max(initial=1.0)
        if heights[note] < CLEAR * max(rival, float(np.median(spectrum))):
            return None
        found.append(note)
    return tuple(found)


@lru_cache(maxsize=4096)
def is_loud(frame: bytes) -> bool:
    """Frames of a chord are all the same, and so are those of silence."""
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    return bool(samples.size) and float(np.sqrt(np.mean(samples * samples))) >= LOUD


# --- the caller ------------------------------------------------------------------------------------------------------


def code_of(number: int) -> str:
    """Three letters, which no grammar hears anything in."""
    return "".join(LETTERS[number // 8**place % 8] for place in range(3))


def spoken(number: int, word: int, ms: int = 700) -> bytes:
    """What a caller of this number sounds like with this word."""
    return chord(CALLER, (*(number // 8**place % 8 for place in range(3)), word), ms)


def words(number: int, word: int) -> str:
    """And what is recognised of it."""
    return f"{WORDS[word]}，{code_of(number)}"


def heard_in(pcm: bytes) -> str:
    """The recogniser of a soak."""
    notes = notes_in(CALLER, pcm)
    if notes is None or notes[3] >= len(WORDS):
        return ""
    return words(sum(note * 8**place for place, note in enumerate(notes[:3])), notes[3])


# --- the bot ---------------------------------------------------------------------------------------------------------


def prompt(script: int, stage: int, ms: int) -> bytes:
    return chord(BOT, (script, stage, 0, 0), ms)


class Ear:
    """Which prompts were heard, one after the other; the same one again counts once."""

    LEAST_FRAMES = 4

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._frames: list[bytes] = []

    def hear(self, frame: bytes) -> None:
        if is_loud(frame):
            self._frames.append(frame)
        elif self._frames:
            self.finish()

    def finish(self) -> None:
        frames, self._frames = self._frames, []
        if len(frames) < self.LEAST_FRAMES:
            return
        notes = notes_in(BOT, b"".join(frames[1:-1]))
        told = prompt_name(notes[0], notes[1]) if notes else ""
        if told and self.heard[-1:] != [told]:
            self.heard.append(told)


def prompt_name(script: int, stage: int) -> str:
    """As its recording is called."""
    return f"{script}-{stage}.wav"


def without_repeats(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if found[-1:] != [name]:
            found.append(name)
    return found
