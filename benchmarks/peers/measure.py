"""Turns and memory of a framework's calls, in its own environment: asked for by `benchmarks.frameworks`.

    python -m benchmarks.peers.measure NAME

No network, no sound: words go in as text, and a model that answers at once does what huashu did in that turn. A turn
ends when the framework has its answer as text. A call begins and ends outside of what is measured.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from functools import partial
from time import process_time
from typing import Any, Protocol

from benchmarks.asked import answer

Turn = dict[str, str]
Talk = dict[str, Any]


class Call(Protocol):
    async def take(self, turn: Turn) -> str:
        """The answer to what the caller says."""

    async def end(self) -> None: ...


Begin = Callable[[], Awaitable[Call]]


async def turns(begin: Begin, talk: Talk) -> list[float]:
    """Seconds of the processor for every turn of every call."""
    times = []
    for each in talk["calls"]:
        call = await begin()
        for turn in each:
            start = process_time()
            told = await call.take(turn)
            times.append(process_time() - start)
            right(told, turn)
        await call.end()
    return times


async def memory(begin: Begin, talk: Talk, count: int) -> int:
    """Bytes of a call that is idle, one to three turns after its beginning, once what all share is there."""

    async def idle(number: int) -> Call:
        call = await begin()
        for turn in talk["calls"][number % len(talk["calls"])][: 1 + number % 3]:
            right(await call.take(turn), turn)
        return call

    made = [await idle(number) for number in range(3)]
    gc.collect()
    tracemalloc.start()
    made += [await idle(number) for number in range(count)]
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for call in made:
        await call.end()
    return held // count


def right(told: str, turn: Turn) -> None:
    if told != turn["answer"]:
        sys.exit(f"answered {told!r}, not {turn['answer']!r}")


def beginner(name: str, talk: Talk) -> Begin:
    """Each imports its own framework alone."""
    if name == "pipecat":
        from benchmarks.peers.pipecat_calls import begin_trivial  # noqa: PLC0415

        return begin_trivial
    if name == "flows":
        from benchmarks.peers.pipecat_calls import begin_flow, flow_of  # noqa: PLC0415

        return partial(begin_flow, flow_of(talk), talk)
    from benchmarks.peers.livekit_calls import begin  # noqa: PLC0415

    return partial(begin, talk, tool=name == "tool")


def main(name: str) -> None:
    """The first question brings the calls."""
    talk: Talk = json.loads(sys.stdin.readline())[0]
    begin = beginner(name, talk)
    with asyncio.Runner() as runner:
        measures = {
            "turns": lambda: runner.run(turns(begin, talk)),
            "memory": lambda count: runner.run(memory(begin, talk, count)),
        }
        answer(lambda what, *arguments: measures[what](*arguments))


if __name__ == "__main__":
    main(sys.argv[1])
