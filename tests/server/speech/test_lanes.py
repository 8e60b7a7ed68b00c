from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque

import pytest

from server.speech.lanes import FAILURES, Lanes
from tests.server.speech.hearing import LATE_SECONDS


def fail() -> str:
    raise ValueError("broken")


def test_lanes_take_turns() -> None:
    async def scene() -> list[str]:
        lanes: Lanes[str] = Lanes(1, "test")
        gate, heard, over = threading.Event(), list[str](), asyncio.Event()
        busy, calm = lanes.open(10), lanes.open(10)

        def done(result: str | None) -> None:
            heard.append(str(result))
            if len(heard) == 6:
                over.set()

        busy.submit(lambda: str(gate.wait(LATE_SECONDS)), done)
        for number in range(4):
            busy.submit(lambda number=number: f"busy {number}", done)
        calm.submit(lambda: "calm", done)
        gate.set()
        await asyncio.wait_for(over.wait(), LATE_SECONDS)
        lanes.close()
        return heard

    assert asyncio.run(scene()) == ["True", "calm", "busy 0", "busy 1", "busy 2", "busy 3"]


def test_one_lane_is_in_order_whatever_the_number_of_threads() -> None:
    async def scene() -> list[str | None]:
        lanes: Lanes[str] = Lanes(3, "test")
        lane, heard = lanes.open(100), asyncio.Queue[str | None]()
        for number in range(100):
            lane.submit(lambda number=number: str(number), heard.put_nowait)
        found = [await asyncio.wait_for(heard.get(), LATE_SECONDS) for _ in range(100)]
        lanes.close()
        return found

    assert asyncio.run(scene()) == [str(number) for number in range(100)]


def test_a_full_lane_refuses_and_counts() -> None:
    async def scene() -> tuple[list[bool], int]:
        lanes: Lanes[str] = Lanes(1, "test")
        gate, started, lane = threading.Event(), threading.Event(), lanes.open(2)

        def first() -> str:
            started.set()
            return str(gate.wait(LATE_SECONDS))

        taken = [lane.submit(first, print)]
        await asyncio.to_thread(started.wait, LATE_SECONDS)
        taken += [lane.submit(lambda: "", lambda _: None) for _ in range(4)]
        lane.close()
        gate.set()
        lanes.close()
        return taken, lane.dropped

    assert asyncio.run(scene()) == ([True, True, True, False, False], 2)


def test_a_failure_is_told_as_none_and_many_in_a_row_as_dead() -> None:
    async def scene() -> list[object]:
        lanes: Lanes[str] = Lanes(1, "test")
        lane, heard, told = lanes.open(10), asyncio.Queue[str | None](), list[object]()
        for job in (fail, lambda: "fine", *[fail] * FAILURES, lambda: "again"):
            lane.submit(job, heard.put_nowait)
            told += [await asyncio.wait_for(heard.get(), LATE_SECONDS), lanes.alive]
        lanes.close()
        return told

    assert asyncio.run(scene()) == [None, True, "fine", True, None, True, None, True, None, False, "again", True]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_is_missed() -> None:
    async def scene() -> bool:
        lanes: Lanes[str] = Lanes(2, "test")
        dying = queue.Queue[threading.Thread]()
        assert lanes.alive

        def die() -> str:
            dying.put(threading.current_thread())
            raise SystemExit

        lanes.open(1).submit(die, lambda _: None)
        thread = await asyncio.to_thread(dying.get)
        await asyncio.to_thread(thread.join, LATE_SECONDS)
        alive = lanes.alive
        lanes.close()
        return alive

    assert not asyncio.run(scene())


def test_a_call_that_ends_while_its_work_is_taken_costs_no_thread() -> None:
    class Forgotten(deque[object]):
        """As if the call cleared it just before."""

        def popleft(self) -> object:
            self.clear()
            return super().popleft()

    async def scene() -> tuple[str | None, bool]:
        lanes: Lanes[str] = Lanes(1, "test")
        ending, other, heard = lanes.open(1), lanes.open(1), asyncio.Queue[str | None]()
        ending.jobs = Forgotten()  # type: ignore[assignment]
        ending.submit(lambda: "never", heard.put_nowait)
        other.submit(lambda: "fine", heard.put_nowait)
        found = await asyncio.wait_for(heard.get(), LATE_SECONDS), lanes.alive
        lanes.close()
        return found

    assert asyncio.run(scene()) == ("fine", True)


def test_nothing_is_told_after_close_or_to_a_loop_that_is_gone() -> None:
    lanes: Lanes[str] = Lanes(1, "test")
    gate, started, heard = threading.Event(), threading.Event(), list[str | None]()

    def first() -> str:
        started.set()
        return str(gate.wait(LATE_SECONDS))

    async def call() -> None:
        closed, open_ = lanes.open(1), lanes.open(1)
        closed.submit(first, heard.append)
        open_.submit(lambda: "late", heard.append)
        await asyncio.to_thread(started.wait, LATE_SECONDS)
        closed.close()

    asyncio.run(call())
    gate.set()

    async def next_call() -> str | None:
        result = asyncio.Queue[str | None]()
        lanes.open(1).submit(lambda: "new", result.put_nowait)
        return await asyncio.wait_for(result.get(), LATE_SECONDS)

    assert asyncio.run(next_call()) == "new"
    assert heard == []
    lanes.close()
