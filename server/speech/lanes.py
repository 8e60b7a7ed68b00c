"""A few worker threads for many calls: every call has a lane, and the lanes take turns.

The jobs of one lane run in order and one at a time, so a job never meets its own call's next job; a call that has much
to do waits behind its own work, not before others'. Lanes are short: what does not fit is refused and counted.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
Job = Callable[[], T | None]
Done = Callable[[T | None], None]
"""Called on the event loop with what the job returned, or None when it failed."""

FAILURES = 3
"""So many failures in a row, of whatever call, mean that it is not the audio."""
STUCK_S = 30.0
"""No piece of work takes so long, so the thread is lost."""

END_S = 10.0
"""Long enough for a piece of work that is not stuck."""

log = logging.getLogger(__name__)


class Lanes(Generic[T]):
    """`threads` of `name`, which end with the process or `close`."""

    def __init__(self, threads: int, name: str) -> None:
        self._waiting: deque[Lane[T]] = deque()
        """Lanes with something to do and nothing in hand."""
        self._change = threading.Condition()
        self._closed = False
        self._failures = 0
        self._since: dict[int, float] = {}
        """When the threads at work began what they do."""
        self._threads = [
            threading.Thread(target=self._work, args=(number,), name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def open(self, depth: int) -> Lane[T]:
        """A lane in which `depth` jobs may wait. Call it on the event loop that shall hear of the results."""
        return Lane(self, depth, asyncio.get_running_loop())

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        with self._change:  # else what is being taken just now is neither
            return not self._waiting and not self._since

    @property
    def alive(self) -> bool:
        began = min(self._since.copy().values(), default=None)
        stuck = began is not None and time.monotonic() - began > STUCK_S
        return all(thread.is_alive() for thread in self._threads) and self._failures < FAILURES and not stuck

    def close(self) -> None:
        """What waits is forgotten; what runs comes to its end unheard, and is waited for: a thread that returns from a
        library when Python has gone takes the process down.
        """
        with self._change:
            self._closed = True
            self._waiting.clear()
            self._change.notify_all()
        until = time.monotonic() + END_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _ready(self, lane: Lane[T]) -> None:
        with self._change:
            if not lane.busy and lane.jobs and lane not in self._waiting and not self._closed:
                self._waiting.append(lane)
                self._change.notify()

    def _work(self, number: int) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                lane = self._waiting.popleft()
                try:
                    job, done = lane.jobs.popleft()
                except IndexError:  # its call has just ended, and forgotten them
                    continue
                lane.busy = True
                self._since[number] = time.monotonic()
            result = self._result(job)
            with self._change:
                lane.busy = False
                del self._since[number]
            lane.tell(done, result)
            self._ready(lane)

    def _result(self, job: Job[T]) -> T | None:
        try:
            result = job()
        except Exception:
            self._failures += 1
            log.exception("a piece of speech was lost")
            return None
        self._failures = 0
        return result


class Lane(Generic[T]):
    """The work of one call."""

    def __init__(self, lanes: Lanes[T], depth: int, loop: asyncio.AbstractEventLoop) -> None:
        self.jobs: deque[tuple[Job[T], Done[T]]] = deque()
        self.busy = False
        self.dropped = 0
        """Jobs that found the lane full."""
        self._lanes = lanes
        self._depth = depth
        self._loop = loop
        self._closed = False

    def submit(self, job: Job[T], done: Done[T]) -> bool:
        """Queue a job; False when the lane is full."""
        if len(self.jobs) >= self._depth or self._closed:
            self.dropped += 1
            return False
        self.jobs.append((job, done))
        self._lanes._ready(self)  # noqa: SLF001 the two halves of one thing
        return True

    def tell(self, done: Done[T], result: T | None) -> None:
        """From a worker: pass the result to the loop, which may be gone by now."""
        if not self._closed and not self._lanes._closed:  # noqa: SLF001 the two halves of one thing
            try:
                self._loop.call_soon_threadsafe(self._hear, done, result)
            except RuntimeError:
                log.debug("the loop is closed")

    def _hear(self, done: Done[T], result: T | None) -> None:
        if not self._closed:
            done(result)

    @property
    def waiting(self) -> int:
        return len(self.jobs)

    def soon(self, done: Callable[..., None], *arguments: object) -> None:
        """Call it on the loop, like a result."""
        self._loop.call_soon(lambda: None if self._closed else done(*arguments))

    def close(self) -> None:
        self._closed = True
        self.jobs.clear()
