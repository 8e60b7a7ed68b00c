"""The clocks by which other tests live: they wait for whoever is late."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.server.live.clocks import STEP_SECONDS, STUCK_SECONDS, Clock, run, run_at_once

STEP_MS = STEP_SECONDS * 1000


class Machine:
    """Whose time the test tells."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_where_nobody_lives_by_it_it_goes_as_fast_as_it_may() -> None:
    machine = Machine()
    clock = Clock(20, machine)
    machine.now_s += 3
    assert clock.now_ms() == 60_000


def test_it_goes_no_further_than_the_last_one_lets_it() -> None:
    machine = Machine()
    clock, late, here = Clock(20, machine), [True], lambda: True
    clock.come_by(here)
    clock.come_by(lambda: late[0])
    machine.now_s += 3
    assert clock.now_ms() == 20 * STEP_MS
    clock.come_by(here)
    machine.now_s += 3
    assert clock.now_ms() == 20 * STEP_MS, "one comes by, and the other has not"
    late[0] = False
    machine.now_s += 3
    assert clock.now_ms() == 40 * STEP_MS, "who is gone is not waited for"
    machine.now_s += STEP_SECONDS / 4
    clock.come_by(here)
    machine.now_s += STEP_SECONDS / 4
    assert clock.now_ms() == pytest.approx(45 * STEP_MS), "what was waited for is not made good"


def test_it_can_be_told_to_stand_still_but_not_for_ever() -> None:
    machine = Machine()
    clock = Clock(1, machine)
    clock.pace = lambda: 0.0
    machine.now_s += 3
    assert clock.now_ms() == 0
    machine.now_s += STUCK_SECONDS
    with pytest.raises(AssertionError, match="does not go on"):
        clock.now_ms()


def test_a_loop_that_stalls_loses_no_time() -> None:
    async def stalls() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        waiting = loop.create_task(asyncio.sleep(0.05))
        await asyncio.sleep(0)
        time.sleep(0.3)  # noqa: ASYNC251  it is the machine that stalls
        await waiting
        return loop.time() - began

    assert 0.05 <= run(Clock(), stalls()) < 0.1


def test_where_nothing_is_waited_for_all_is_over_at_once() -> None:
    async def waits() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(3600)
        await asyncio.to_thread(time.sleep, 0.01)
        return loop.time() - began

    assert run_at_once(waits()) == 3600
