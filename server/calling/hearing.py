"""What the person on the line hears of the bot, and whether there is voice in it.

A gateway plays what it is sent at the pace of the telephone, however early it came. So the person hears the bot later
than the wire carries it, and what counts for a turn is the hearing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from server.speech.ports import FRAME_BYTES, FRAME_MS

LOUD = 200.0
"""Effective amplitude of a frame that counts as voice, about -44 dB of full scale: above the noise of G.711 and of
quiet lines, below any speech that a person could follow."""
QUIET_MS = 300
"""So much silence ends a prompt; pauses inside are bridged by what is already queued."""


def is_loud(pcm: bytes) -> bool:
    """Is there voice in these 16-bit samples?"""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    return bool(samples.size) and float(np.sqrt(np.mean(samples * samples))) >= LOUD


class Earpiece:
    """What has come and is not yet heard; one frame leaves every 20 ms."""

    def __init__(self) -> None:
        self._frames: deque[tuple[bytes, bool]] = deque()
        self._rest = b""
        """The beginning of a frame that has not come whole yet."""
        self.loud = 0
        """Frames with voice that are still to be heard."""

    @property
    def queued_ms(self) -> int:
        return len(self._frames) * FRAME_MS

    def put(self, pcm: bytes) -> None:
        data = self._rest + pcm
        whole = len(data) - len(data) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            frame = data[start : start + FRAME_BYTES]
            loud = is_loud(frame)
            self._frames.append((frame, loud))
            self.loud += loud
        self._rest = data[whole:]

    def clear(self) -> None:
        self._frames.clear()
        self._rest, self.loud = b"", 0

    def leading_ms(self) -> int:
        """How much of what is queued lies before its first voice."""
        return FRAME_MS * next((place for place, (_, loud) in enumerate(self._frames) if loud), len(self._frames))

    def step(self) -> tuple[bytes, bool]:
        """The next frame (silence when there is none), and whether there is voice in it."""
        if not self._frames:
            if not self._rest:
                return bytes(FRAME_BYTES), False
            self.put(bytes(FRAME_BYTES - len(self._rest)))  # the end of a prompt that is not a whole frame
        frame, loud = self._frames.popleft()
        self.loud -= loud
        return frame, loud


@dataclass(slots=True)
class Voice:
    """Is the bot speaking, as the person hears it?"""

    speaking: bool = False
    began_ms: float = 0.0
    """The first voice of this prompt, or of the last one."""
    ended_ms: float = 0.0
    """The end of the last frame with voice."""

    def hear(self, now_ms: float, *, loud: bool, more: bool) -> Literal["began", "ended", ""]:
        """A frame has just been played: what changed by it. `more` voice in the queue bridges a pause."""
        if loud:
            self.ended_ms = now_ms
            if not self.speaking:
                self.speaking, self.began_ms = True, now_ms - FRAME_MS
                return "began"
        elif self.speaking and not more and now_ms - self.ended_ms >= QUIET_MS:
            self.speaking = False
            return "ended"
        return ""
