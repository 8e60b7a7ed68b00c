"""How a call comes to its end from outside the script: the far end is gone, or the call has to stop.

What the far end said last still counts, so the words that are being recognised are waited for. A call that has to stop
may say goodbye first. Both waits are short.
"""

from __future__ import annotations

from engine.calls.events import HungUp, Side

LAST_READING_MS = 3_000
"""When the far end is gone, so long for the words it said last."""
WIND_UP_MS = 12_000
"""A call that must end has this long to say goodbye."""


class Ending:
    """Of one call. Times are in milliseconds of the call."""

    def __init__(self) -> None:
        self.left_by: Side | None = None
        """Who ended the call, while the last words are still being recognised."""
        self.trouble = ""
        """Why the call is being brought to an end; empty for none."""
        self._cause: int | None = None
        self._heard_by_ms = 0
        self._over_by_ms: int | None = None

    def leave(self, by: Side, at_ms: int, cause: int | None = None) -> None:
        """The far end is gone; `cause` is that of the release (Q.850), where it is told."""
        self.left_by, self._cause, self._heard_by_ms = by, cause, at_ms + LAST_READING_MS

    def left(self, at_ms: int, *, reading: bool) -> HungUp | None:
        """It is gone, and its last words are heard. `reading`: words are being recognised."""
        if self.left_by is None or (reading and at_ms < self._heard_by_ms):
            return None
        return HungUp(at_ms, self.left_by, self._cause)

    def must(self, why: str, at_ms: int) -> None:
        """The call has to stop."""
        self.trouble, self._over_by_ms = why, at_ms + WIND_UP_MS

    def overdue(self, at_ms: int) -> bool:
        """It had to, and has not."""
        return self._over_by_ms is not None and at_ms >= self._over_by_ms
