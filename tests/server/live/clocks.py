"""Clocks for tests: time that waits for whoever is late.

A machine that is slow, or stands still for a second, is no caller who keeps silent and no bot that says nothing. So
whoever lives by one of these clocks comes by again and again, and it goes no further than the one who is furthest
behind lets it.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from threading import Lock
from typing import Any, TypeVar

STEP_SECONDS = 0.02
"""Of real time, for which nobody need come by."""
PULSE_SECONDS = 0.005
"""A loop that has nothing to do comes by so often."""
STUCK_SECONDS = 300
"""A clock that has been held for so long is held by a fault."""

T = TypeVar("T")


class Clock:
    """So many times faster than time, at the most."""

    def __init__(self, times: int = 1, real_s: Callable[[], float] = time.monotonic) -> None:
        self.times = times
        self.pace: Callable[[], float] = lambda: 1.0
        """How fast it goes just now, as a part of that: 0 while it is to stand still."""
        self._real_s = real_s
        self._read_s = self._moved_s = real_s()
        self._now_ms = 0.0
        self._until_ms: dict[Callable[[], bool], float] = {}
        """By who lives by it, and tells whether he is still there: how far it may go without him."""
        self._lock = Lock()

    def now_ms(self) -> float:
        with self._lock:
            return self._read_ms()

    def come_by(self, here: Callable[[], bool]) -> None:
        """By one who comes again before long, as long as he is `here`."""
        with self._lock:
            self._until_ms[here] = self._read_ms() + STEP_SECONDS * 1000 * self.times

    def _read_ms(self) -> float:
        now_s = self._real_s()
        went_ms = (now_s - self._read_s) * 1000 * self.times * self.pace()
        self._read_s = now_s
        self._until_ms = {each: until for each, until in self._until_ms.items() if each()}
        now_ms = min([self._now_ms + went_ms, *self._until_ms.values()])
        if now_ms > self._now_ms:
            self._now_ms, self._moved_s = now_ms, now_s
        assert now_s - self._moved_s < STUCK_SECONDS, "the clock does not go on"
        return self._now_ms

    def loop(self) -> asyncio.AbstractEventLoop:
        """One that comes by; where the clock is no faster than time, all its waits are by this clock."""
        selector = _Pulse()
        loop = asyncio.SelectorEventLoop(selector)
        selector.beat = lambda: self.come_by(loop.is_running)
        if self.times == 1:
            loop.time = lambda: self.now_ms() / 1000
        return loop


class _Pulse(selectors.DefaultSelector):
    """Waits for sockets, but never for long."""

    beat: Callable[[], object]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.beat()
        return super().select(PULSE_SECONDS if timeout is None else min(timeout, PULSE_SECONDS))


class Real:
    """Time as it goes, for servers whose callers know no other."""

    def now_ms(self) -> float:
        return time.monotonic() * 1000

    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()


class ByHand:
    """Stands still until somebody has waited; nobody waits in truth."""

    def __init__(self) -> None:
        self.at_ms = 0.0

    def now_ms(self) -> float:
        return self.at_ms

    def go_on(self, ms: float) -> None:
        self.at_ms += ms

    async def until(self, at_ms: float) -> None:
        self.at_ms = max(self.at_ms, at_ms)

    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()


def run(clock: Clock, main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, by this clock."""
    with asyncio.Runner(loop_factory=clock.loop) as runner:
        return runner.run(main)


def run_at_once(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, where nothing outside of the loop is waited for: each wait is over at once, and has taken as
    long as it should.
    """
    with asyncio.Runner(loop_factory=_hasty) as runner:
        return runner.run(main)


class _Haste(selectors.DefaultSelector):
    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0 if timeout else timeout)
        if timeout and not found:
            self.now_s += timeout
        return found


def _hasty() -> asyncio.AbstractEventLoop:
    selector = _Haste()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now_s
    return loop
