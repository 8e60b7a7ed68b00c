"""The queue of sound in a gateway: how long it lasts, and when each mark in it is reached."""

from __future__ import annotations

from collections import deque

from server.gateways.wire import Format


class Playout:
    """Plays what it is given without a pause, in order, and falls silent when it runs dry."""

    def __init__(self, format_: Format) -> None:
        self._ms_per_byte = 20 / format_.frame_bytes
        self._marks: deque[tuple[float, str]] = deque()
        self.ends_ms = 0.0
        """When all that is queued will have been played."""

    def add(self, size_bytes: int, now_ms: float) -> None:
        self.ends_ms = max(self.ends_ms, now_ms) + size_bytes * self._ms_per_byte

    def mark(self, name: str, now_ms: float) -> None:
        """A mark behind all that is queued; at once where nothing is."""
        self._marks.append((max(self.ends_ms, now_ms), name))

    def clear(self, now_ms: float) -> tuple[str, ...]:
        """Throw away what is queued; the marks that were still ahead."""
        self.ends_ms = min(self.ends_ms, now_ms)
        ahead = tuple(name for _, name in self._marks)
        self._marks.clear()
        return ahead

    def reached(self, now_ms: float) -> tuple[str, ...]:
        """Marks reached by now, each told once."""
        names = []
        while self._marks and self._marks[0][0] <= now_ms:
            names.append(self._marks.popleft()[1])
        return tuple(names)

    def queued_ms(self, now_ms: float) -> float:
        return max(0.0, self.ends_ms - now_ms)

    @property
    def next_ms(self) -> float | None:
        """When the next mark is reached."""
        return self._marks[0][0] if self._marks else None
