"""The same work here, in several processes, or on several machines: batches in, results out, in the same order.

Work is a function of a batch and of what batches share, such as the rules by which they are graded; it depends on
nothing else, so it can be done anywhere, and done again when whoever did it has died. Only a few batches are ahead of
the result that is waited for: the memory that is needed does not grow with the number of logs.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import Any, Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Shared = Mapping[str, bytes]
"""What batches share, by a key; it grows as batches are made."""


class Batch(NamedTuple, Generic[Item]):
    items: tuple[Item, ...]
    needs: tuple[str, ...] = ()
    """Keys of what it needs of that which is shared."""


Work = Callable[[Batch[Item], Shared], Sequence[Result]]

BATCH = 64
MANY = 2_000
"""Logs from which on it is worth starting processes."""
AHEAD = 2
"""Batches that wait for each worker."""
DEATHS = 3
"""Workers that may die one after the other before a result comes: then it is the batch that kills them."""


class WorkersDiedError(RuntimeError):
    """Workers die again and again."""


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def jobs_for(items: Iterable[Item], wished: int | None, many: int = MANY) -> tuple[int, Iterable[Item]]:
    """How many processes, and the items: as wished, else one for few items and a process a core for many."""
    if wished is not None or cores() == 1:
        return wished or 1, items
    rest = iter(items)
    first = list(islice(rest, many))
    return (cores() if len(first) == many else 1), chain(first, rest)


def batches(items: Iterable[Item], needs: Callable[[Item], str], size: int = BATCH) -> Iterator[Batch[Item]]:
    """The items in groups; `needs` tells the key of what one needs of that which is shared, or nothing."""
    rest = iter(items)
    while group := tuple(islice(rest, size)):
        yield Batch(group, tuple(dict.fromkeys(key for key in map(needs, group) if key)))


def run(
    work: Work[Item, Result], made: Iterable[Batch[Item]], shared: Shared, jobs: int
) -> Iterator[Result]:  # fmt: skip
    """The results of all batches, in their order."""
    if jobs == 1:
        for batch in made:
            yield from work(batch, shared)
    else:
        yield from _in_processes(work, made, shared, jobs)


def part_of(shared: Shared, batch: Batch[Any]) -> Shared:
    """What this batch needs of it."""
    return {key: shared[key] for key in batch.needs}


# --- processes -------------------------------------------------------------------------------------------------------


def _in_processes(
    work: Work[Item, Result], made: Iterable[Batch[Item]], shared: Shared, jobs: int
) -> Iterator[Result]:  # fmt: skip
    pool = _Pool(jobs)
    waiting: deque[tuple[Batch[Item], Future[Sequence[Result]]]] = deque()
    source = iter(made)
    try:
        while True:
            for batch in islice(source, jobs * AHEAD + 1 - len(waiting)):
                waiting.append((batch, pool.submit(work, batch, part_of(shared, batch))))
            if not waiting:
                return
            try:
                found = waiting[0][1].result()
            except BrokenProcessPool:
                pool.renew()
                again = [(batch, pool.submit(work, batch, part_of(shared, batch))) for batch, _ in waiting]
                waiting = deque(again)
                continue
            pool.deaths = 0
            waiting.popleft()
            yield from found
    finally:
        pool.close()


class _Pool:
    """Processes that are replaced when one of them has died; what they had in hand is to be submitted again."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._start()
        self.deaths = 0

    def _start(self) -> None:
        # Spawned, not forked: a progress bar has a thread by now, and a fork of threads may hang.
        self._executor = ProcessPoolExecutor(self._jobs, get_context("spawn"), _leave_interrupts)

    def submit(
        self, work: Work[Item, Result], batch: Batch[Item], shared: Shared
    ) -> Future[Sequence[Result]]:  # fmt: skip
        try:
            return self._executor.submit(work, batch, shared)
        except BrokenProcessPool as problem:  # it has died already; whoever waits for the result is told
            failed: Future[Sequence[Result]] = Future()
            failed.set_exception(problem)
            return failed

    def renew(self) -> None:
        """Raises WorkersDiedError."""
        self.deaths += 1
        if self.deaths > DEATHS:
            raise WorkersDiedError(f"{self.deaths} worker processes have died, one after the other (is memory short?)")
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._start()

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that gave the work; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
