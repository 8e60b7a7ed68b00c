"""A bot that answers any voice with tones: enough of a bot for a test caller to have a real conversation with.

Pure, so that it serves on a virtual clock as well as behind a socket.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from server.audio import g711
from server.calling.hearing import is_loud
from server.gateways.wire import (
    Answer,
    Audio,
    Clear,
    Codec,
    Digit,
    Ended,
    Format,
    HangUp,
    Incoming,
    Mark,
    Outgoing,
    Played,
    Send,
    Started,
)

HANGOVER_MS = 200
BARGE_IN_MS = 100
FRAME_MS = 20


def tone(duration_ms: int, rate_hz: int = 8000) -> bytes:
    """A voice of sorts."""
    at = np.arange(duration_ms * rate_hz // 1000) / rate_hz
    return (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16).tobytes()


@dataclass
class ToneBot:
    """Says each prompt in turn: the first at once, the next ones after the caller's voice or key; then hangs up."""

    codec: Codec
    prompts: tuple[int, ...] = (1000, 500)
    """How long each is, in ms."""
    thinks_ms: int = 100
    yields: bool = True
    hangs_up: bool = True
    digits: str = ""
    started: Started | None = None
    ended: bool = False
    played: list[Played] = field(default_factory=list)
    frames: int = 0
    """Frames of the caller that came."""
    _format: Format = field(default_factory=Format)
    _said: int = 0
    _due_ms: float | None = None
    _voice_ms: int = 0
    _quiet_ms: int = 0
    _until_ms: float = 0

    def receive(self, message: str | bytes, now_ms: float) -> tuple[str | bytes, ...]:
        told: list[str | bytes] = []
        for event in self.codec.receive(message):
            told += [event.message] if isinstance(event, Answer) else self._sent(self._take(event, now_ms))
        return tuple(told)

    def tick(self, now_ms: float) -> tuple[str | bytes, ...]:
        if self._due_ms is None or now_ms < self._due_ms:
            return self._sent(self._out_of_words(now_ms))
        self._due_ms = None
        return self._sent(self._say(now_ms))

    def _out_of_words(self, now_ms: float) -> list[Outgoing]:
        """Where no mark tells that all has been played, the clock does."""
        said_all = self._said == len(self.prompts) and now_ms >= self._until_ms
        if not said_all or self.codec.marks or not self.hangs_up or self.ended:
            return []
        self.ended = True
        return [HangUp("all said")]

    def _sent(self, orders: list[Outgoing]) -> tuple[str | bytes, ...]:
        return tuple(message for order in orders for message in self.codec.send(order))

    def _take(self, event: Incoming, now_ms: float) -> list[Outgoing]:
        match event:
            case Started():
                self.started, self._format, self._due_ms = event, event.format, now_ms + self.thinks_ms
            case Audio():
                return self._hear(event.payload, now_ms)
            case Digit():
                self.digits += event.digit
                self._due_ms = now_ms + self.thinks_ms
            case Played():
                self.played.append(event)
                if self.hangs_up and event.mark == f"e1:{len(self.prompts)}":
                    self.ended = True
                    return [HangUp("all said")]
            case Ended():
                self.ended = True
        return []

    def _hear(self, payload: bytes, now_ms: float) -> list[Outgoing]:
        self.frames += 1
        if is_loud(g711.to_pcm(payload, self._format.encoding)):
            self._voice_ms, self._quiet_ms = self._voice_ms + FRAME_MS, 0
            if self.yields and self._voice_ms == BARGE_IN_MS and now_ms < self._until_ms:
                self._until_ms = now_ms
                return [Clear()]
        elif self._voice_ms:
            self._quiet_ms += FRAME_MS
            if self._quiet_ms >= HANGOVER_MS:
                self._voice_ms = 0
                self._due_ms = now_ms + self.thinks_ms
        return []

    def _say(self, now_ms: float) -> list[Outgoing]:
        if self._said == len(self.prompts):
            return []
        duration_ms = self.prompts[self._said]
        self._said += 1
        self._until_ms = max(now_ms, self._until_ms) + duration_ms
        payload = g711.from_pcm(tone(duration_ms, self._format.rate_hz), self._format.encoding)
        return [Send(payload), Mark(f"e1:{self._said}")]
