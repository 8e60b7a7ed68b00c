"""The engine's timers of one call: set, stopped, and run out when their time has come.

Those that wait for the caller to say something wait a little longer while words of his are still being recognised: he
did speak.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.calls.actions import StartTimer, TimerKind

READING_MS = 5_000
"""So long, at most, for words that are being recognised."""
FOR_WORDS: frozenset[TimerKind] = frozenset({"no_input", "hang_up"})


@dataclass(frozen=True, slots=True)
class _Timer:
    kind: TimerKind
    due_ms: int


class Timers:
    """Times are in milliseconds of the call."""

    def __init__(self) -> None:
        self._running: dict[int, _Timer] = {}

    def start(self, order: StartTimer, at_ms: int) -> None:
        self._running[order.ref] = _Timer(order.timer, at_ms + order.delay_ms)

    def stop(self, ref: int) -> bool:
        """Whether it was still running."""
        return self._running.pop(ref, None) is not None

    @property
    def next_ms(self) -> int | None:
        """When the next one is due; None if none runs."""
        return min((timer.due_ms for timer in self._running.values()), default=None)

    def due(self, at_ms: int, *, reading: bool) -> list[int]:
        """Refs of the timers whose time has come. Each runs until it is stopped: what one brings about may stop the
        next. `reading`: words are being recognised.
        """
        return [
            ref
            for ref, timer in self._running.items()
            if timer.due_ms <= at_ms and not (reading and timer.kind in FOR_WORDS and at_ms < timer.due_ms + READING_MS)
        ]
