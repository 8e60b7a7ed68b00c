"""A line that is not perfect: frames that never arrive, frames that arrive late.

What is lost is lost before the gateway: the socket itself is TCP and loses nothing, so the server gets fewer frames and
whatever the protocol says about the gap. What is late comes in a bunch with what follows, in order.
"""

from __future__ import annotations

from collections import deque
from random import Random

from server.calling.scenario import Impairments


class Impaired:
    """The caller's direction of one line. The same seed makes the same losses."""

    def __init__(self, made: Impairments) -> None:
        self.made = made
        self._chance = Random(made.seed)  # noqa: S311  repeatable, as a test should be
        self._underway: deque[tuple[float, bytes]] = deque()
        self.lost = 0

    def carry(self, payload: bytes, now_ms: float) -> tuple[bytes, ...]:
        """Put a frame on the line, if there is one; what arrives now."""
        if payload and self._chance.uniform(0, 100) < self.made.loss_percent:
            self.lost += 1
        elif payload:
            due_ms = now_ms + self._chance.uniform(0, self.made.jitter_ms)
            if self._underway:
                due_ms = max(due_ms, self._underway[-1][0])
            self._underway.append((due_ms, payload))
        arrived = []
        while self._underway and self._underway[0][0] <= now_ms:
            arrived.append(self._underway.popleft()[1])
        return tuple(arrived)
