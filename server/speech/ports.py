"""What a call asks of speech: ears that turn voice into words, a voice that turns words into sound.

Sound is 16-bit little endian mono at `RATE_HZ` everywhere inside, since that is what a telephone carries. Weights of a
model are shared by all calls; an `Ear` belongs to one call and never hears another's audio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

RATE_HZ = 8000
FRAME_MS = 20
FRAME_BYTES = RATE_HZ * FRAME_MS // 1000 * 2
"""Of 16-bit samples: 320."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the recogniser makes of an utterance."""

    text: str
    """Simplified characters; empty when there was voice but no words."""
    confidence: float | None = None
    """0..1, where the recogniser gives one."""
    final: bool = True
    """False while the caller still speaks."""
    alternatives: tuple[tuple[str, float | None], ...] = ()
    """Other readings, likeliest first, with their confidence."""
    utterance: int = 0
    """Which utterance of this ear, counted from 1 by `begin`."""


class Ear(Protocol):
    """The recogniser of one call. All methods return at once and are called on the event loop; audio is decoded
    elsewhere, in order. A final `Reading` follows every `end`, even when recognition fails, and none follows `drop`.
    """

    def begin(self, expected: Sequence[str] = ()) -> None:
        """A new utterance begins. `expected` are phrases likely here, most likely first: a hint, no limit."""

    def push(self, pcm: bytes) -> None:
        """More of the utterance."""

    def end(self) -> None:
        """It is over."""

    def drop(self) -> None:
        """It was nothing."""

    def close(self) -> None:
        """The call is over; nothing comes back any more."""


OnReading = Callable[[Reading], None]
"""Called on the event loop."""


class Recogniser(Protocol):
    """A model that is loaded and ready."""

    name: str
    streaming: bool
    """Does it give partial readings while the caller speaks?"""

    def open(self, on_reading: OnReading) -> Ear: ...

    def know(self, phrases: Iterable[str]) -> None:
        """Phrases that scripts wait for, beside those of the shipped grammars: a hint, for all calls. May block."""

    @property
    def alive(self) -> bool:
        """False once its worker has died for good; new calls are then refused."""

    def close(self) -> None: ...


class Detector(Protocol):
    """The voice detector of one call."""

    def probability(self, frame: bytes) -> float:
        """How likely these 20 ms (`FRAME_BYTES`) are voice, 0..1. Frames must come in order."""


class VoiceError(Exception):
    """A text could not be spoken; the message says why."""


class Voice(Protocol):
    """A synthesiser. `speak` blocks and may be called from any one thread at a time."""

    name: str
    """With everything that changes the sound, such as `kokoro/zf_xiaoxiao`; part of the cache's key."""

    def speak(self, text: str, rate: float = 1.0) -> bytes:
        """The samples of a text. Raises `VoiceError`."""
