"""Commands beside the media: what they come to, and that none of it holds up or ends a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from server.control import commands
from server.control.commands import Commands
from server.control.port import Command, ControlError, Tell
from server.gateways import wire
from tests.server.live.clocks import run_at_once

CALL = wire.Started("c1")


class Switchboard:
    """A control whose every command does what the test says, in its time."""

    def __init__(self, does: Callable[[Command], object] = lambda _: None, *, tells: bool = False) -> None:
        self.tells = tells
        self.does = does
        self.begun: list[Command] = []
        self.undone: list[Command] = []
        self.go_on = asyncio.Event()

    def can(self, call: wire.Started) -> frozenset[type]:
        return (
            frozenset({wire.Transfer, wire.Keys, wire.Hold, wire.Unhold, wire.HangUp})
            if call.call_id == "c1"
            else frozenset()
        )

    async def carry_out(self, _: wire.Started, command: Command) -> None:
        self.begun.append(command)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.undone.append(command)
            raise
        self.does(command)

    async def run(self, tell: Tell) -> None:
        """Tells nothing."""


def fails(problem: Exception) -> Callable[[Command], object]:
    def does(_: Command) -> None:
        raise problem

    return does


async def given(
    board: Switchboard, *orders: Command, call: wire.Started = CALL
) -> tuple[Commands, list[wire.Incoming]]:
    """Commands under way, and what the call is told."""
    told: list[wire.Incoming] = []
    under_way = Commands(board, call, told.append)
    for order in orders:
        under_way.give(order)
        await asyncio.sleep(0)
    return under_way, told


async def settled(under_way: Commands) -> None:
    await asyncio.gather(*under_way._tasks)


SALES, KEYS, BYE = wire.Transfer("sales"), wire.Keys("12#"), wire.HangUp("goodbye")


def test_a_person_takes_the_call_and_it_is_not_hung_up_any_more() -> None:
    async def run() -> tuple[list[Command], list[wire.Incoming]]:
        board = Switchboard()
        under_way, told = await given(board, SALES)
        assert under_way.transferring
        board.go_on.set()
        await settled(under_way)
        assert under_way.handed_over
        under_way.give(BYE)
        await under_way.finish()
        return board.begun, told

    assert asyncio.run(run()) == ([SALES], [wire.TransferResult(ok=True)])


@pytest.mark.parametrize(
    ("problem", "reason"),
    [(ControlError("sales is busy (486)"), "sales is busy (486)"), (ValueError("x"), "internal error: ValueError")],
)
def test_what_goes_wrong_is_a_transfer_that_failed(problem: Exception, reason: str) -> None:
    async def run() -> list[wire.Incoming]:
        board = Switchboard(fails(problem))
        under_way, told = await given(board, SALES)
        board.go_on.set()
        await settled(under_way)
        assert not under_way.handed_over
        return told

    assert asyncio.run(run()) == [wire.TransferResult(ok=False, reason=reason)]


def test_nobody_answers_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "TRANSFER_SECONDS", 0.01)

    async def run() -> tuple[list[Command], list[wire.Incoming]]:
        board = Switchboard()
        under_way, told = await given(board, SALES)
        await settled(under_way)
        return board.undone, told

    assert asyncio.run(run()) == ([SALES], [wire.TransferResult(ok=False, reason="no answer within 0.01 s")])


def test_hanging_up_calls_the_person_off_first() -> None:
    async def run() -> tuple[list[Command], list[Command], list[wire.Incoming]]:
        board = Switchboard()
        under_way, told = await given(board, SALES, BYE)
        board.go_on.set()
        await under_way.finish()
        return board.begun, board.undone, told

    begun, undone, told = asyncio.run(run())
    assert (undone, begun[-1], told) == ([SALES], BYE, [])


def test_a_call_that_is_over_lets_its_last_command_arrive() -> None:
    async def run() -> list[Command]:
        board = Switchboard()
        under_way, _ = await given(board, BYE)
        asyncio.get_running_loop().call_later(0.02, board.go_on.set)
        await under_way.finish()
        under_way.give(KEYS)
        return board.begun

    assert asyncio.run(run()) == [BYE]


def test_keys_go_out_in_their_order_and_one_that_fails_is_noted() -> None:
    async def run() -> tuple[list[Command], list[wire.Incoming]]:
        board = Switchboard(fails(ControlError("no such channel")))
        under_way, told = await given(board, KEYS, wire.Keys("4"))
        await asyncio.sleep(0)
        assert board.begun == [KEYS], "the second waits for the first"
        board.go_on.set()
        await settled(under_way)
        return board.begun, told

    begun, told = asyncio.run(run())
    assert begun == [KEYS, wire.Keys("4")]
    assert told == [wire.Oddity("Keys: no such channel")] * 2


def test_a_caller_on_hold_is_taken_off_it_in_that_order() -> None:
    async def run() -> tuple[list[Command], list[wire.Incoming]]:
        board = Switchboard()
        under_way, told = await given(board, wire.Hold(), wire.Unhold())
        await asyncio.sleep(0)
        assert board.begun == [wire.Hold()], "the second waits for the first"
        board.go_on.set()
        await settled(under_way)
        return board.begun, told

    assert asyncio.run(run()) == ([wire.Hold(), wire.Unhold()], [wire.Held("began"), wire.Held("ended")])


def test_a_hold_that_fails_is_told_with_its_reason_and_the_way_off_it_is_always_over() -> None:
    async def run() -> list[wire.Incoming]:
        board = Switchboard(fails(ControlError("no such channel")))
        board.go_on.set()
        under_way, told = await given(board, wire.Hold(), wire.Unhold())
        await settled(under_way)
        return told

    assert asyncio.run(run()) == [
        wire.Held("failed", "no such channel"), wire.Oddity("Unhold: no such channel"), wire.Held("ended"),
    ]  # fmt: skip


def test_nothing_is_done_for_a_call_that_the_control_does_not_know() -> None:
    async def run() -> None:
        board = Switchboard()
        under_way, told = await given(board, SALES, BYE, call=wire.Started("another"))
        assert (under_way.can, board.begun, told, under_way.tells) == (frozenset(), [], [], False)
        await under_way.finish()

    asyncio.run(run())


def test_a_stream_that_breaks_off_waits_a_moment_for_the_networks_word() -> None:
    async def run(*, tells: bool, transfer: bool, after: float) -> float:
        board = Switchboard(tells=tells)
        under_way, _ = await given(board, *([SALES] if transfer else []))
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            ended.set()
            under_way.changed()

        loop.call_later(after, end)
        began = loop.time()
        await under_way.last_word(ended.is_set)
        await under_way.finish()
        return loop.time() - began

    assert run_at_once(run(tells=False, transfer=False, after=9)) == 0
    assert run_at_once(run(tells=True, transfer=False, after=0.5)) == 0.5
    assert run_at_once(run(tells=False, transfer=True, after=0.5)) == 0.5
    assert run_at_once(run(tells=True, transfer=False, after=9)) == commands.LAST_SECONDS
