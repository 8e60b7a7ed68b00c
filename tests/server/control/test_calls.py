"""Calls whose commands and outcomes go another way than their sound: a real server, and a switchboard beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from engine.calls.events import Answered, Event, Failed, HungUp, Ringing
from server.control import commands
from server.control.port import Command, ControlError, Told
from server.gateways import wire
from tests.server.control.test_commands import Switchboard
from tests.server.live.remains import left_behind
from tests.server.live.serving import PATIENCE_SECONDS, Gateway, LiveServer, serving
from tests.server.live.serving import calling as calling_with

calling = partial(calling_with, can=["marks"])
"""A gateway that has no words for a transfer and for keys."""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last word of the network comes, and is waited for however long that takes."""
    monkeypatch.setattr(commands, "LAST_SECONDS", PATIENCE_SECONDS)


def beside(server: LiveServer, does: Any = lambda _: None, *, tells: bool = False) -> Switchboard:
    """Give the server's calls a switchboard that does at once what it is told."""
    board = Switchboard(does, tells=tells)
    board.go_on.set()
    server.desk.controls = {"huashu": board}
    return board


def last(server: LiveServer) -> dict[str, Any]:
    return left_behind(server)[-1]


def tell(server: LiveServer, event: Event, call_id: str = "c1") -> None:
    told = Told(call_id, "huashu", event, {"word": type(event).__name__}, {"trunk": "gz"})
    server.loop.call_soon_threadsafe(server.desk.network_said, told)


async def over(gateway: Gateway) -> Gateway:
    return await gateway.until(lambda each: each.closed is not None)


def test_a_transfer_by_the_control_is_seen_by_script_and_grade(server: LiveServer) -> None:
    board = beside(server)

    async def call() -> Gateway:
        async with calling(server) as gateway:
            return await over(await gateway.say("你好", "转人工"))

    gateway = asyncio.run(call())
    assert [each.to for each in board.begun if isinstance(each, wire.Transfer)] == ["sales"]
    assert gateway.hung_up is None, "the stream ends, the call goes on"
    assert not [each for each in board.begun if isinstance(each, wire.HangUp)]
    assert (last(server)["rule"], last(server)["ended_by"]) == ("B3", "bot")


def test_a_gateway_that_transfers_itself_is_told_the_call_in_short(server: LiveServer) -> None:
    async def call() -> wire.Transfer:
        async with calling_with(server) as gateway:
            await gateway.say("你好", "这个多少钱", "转人工")
            await gateway.until(lambda each: any(isinstance(order, wire.Transfer) for order in each.orders))
            return next(order for order in gateway.orders if isinstance(order, wire.Transfer))

    order = asyncio.run(call())
    assert (order.to, order.summary["script"], order.summary["asked"]) == ("sales", "phone-robot", ["ask_price"])


@pytest.mark.usefixtures("patient")
def test_a_stream_that_ends_because_a_person_has_answered(server: LiveServer) -> None:
    board = beside(server)
    board.go_on.clear()

    async def call() -> None:
        async with calling(server) as gateway:
            await gateway.say("你好", "转人工")
            await gateway.until(lambda _: bool(board.begun))
            await gateway.send('{"type":"hangup"}')
            server.loop.call_soon_threadsafe(board.go_on.set)
            await over(gateway)

    asyncio.run(call())
    assert (last(server)["rule"], last(server)["ended_by"]) == ("B3", "bot")


def test_a_transfer_that_fails_gives_the_call_back_to_the_bot(server: LiveServer) -> None:
    def busy(command: Command) -> None:
        if isinstance(command, wire.Transfer):
            raise ControlError("sales is busy")

    board = beside(server, busy)

    async def call() -> Gateway:
        async with calling(server) as gateway:
            await gateway.say("你好", "转人工")
            return await over(await gateway.say("不用了", "不用了", "再见"))

    assert asyncio.run(call()).hung_up is not None
    last(server)
    record = server.records[0]
    assert "nobody took the call: sales is busy" in (record / "transcript.txt").read_text(encoding="utf-8")
    assert isinstance(board.begun[-1], wire.HangUp), "what the stream leaves of the call is ended too"


@pytest.mark.usefixtures("patient")
def test_the_network_tells_how_a_stream_that_broke_off_had_ended(server: LiveServer) -> None:
    beside(server, tells=True)

    async def call() -> None:
        async with calling(server) as gateway:
            await gateway.say("你好")
            await gateway.socket.close()
            tell(server, HungUp(0, "caller", 16))
            tell(server, HungUp(0, "caller", 16))

    asyncio.run(call())
    assert last(server)["ended_by"] == "caller"
    assert '"q850":16' in (server.records[0] / "log.jsonl").read_text(encoding="utf-8").replace(" ", "")


def test_the_network_hangs_up_while_the_stream_still_flows(server: LiveServer) -> None:
    beside(server, tells=True)

    async def call() -> None:
        async with calling(server) as gateway:
            await gateway.say("你好")
            tell(server, HungUp(0, "caller", 16))
            await over(gateway)

    asyncio.run(call())
    assert last(server)["ended_by"] == "caller"


@pytest.mark.parametrize(
    ("events", "disposition"),
    [
        ([Ringing(0), Failed(0, 486, 17, "BUSY")], "busy"),
        ([Ringing(0), Ringing(0), Failed(0, 480, None, "", "Q.850;cause=20")], "unreachable_or_off"),
    ],
)
def test_an_early_stream_is_told_that_nobody_answers(server: LiveServer, events: list[Event], disposition: str) -> None:
    beside(server, tells=True)

    async def call() -> None:
        async with calling(server, params={"early": "true"}) as gateway:
            await gateway.until(lambda _: bool(server.desk.sessions))
            for event in events:
                tell(server, event)
            await over(gateway)

    asyncio.run(call())
    assert last(server)["disposition"] == disposition


def test_an_answer_that_is_told_before_its_stream_begins_is_remembered(server: LiveServer) -> None:
    beside(server, tells=True)
    tell(server, Answered(0))

    async def call() -> Gateway:
        async with calling(server, params={"early": "true"}) as gateway:
            return await gateway.until(lambda each: each.spoken > 0)

    assert asyncio.run(call()).spoken


def test_an_answer_that_is_told_twice_and_a_failure_after_it_change_nothing(server: LiveServer) -> None:
    beside(server, tells=True)

    async def call() -> Gateway:
        async with calling(server) as gateway:
            await gateway.until(lambda _: bool(server.desk.sessions))
            for event in (Answered(0, "machine"), Ringing(0), Failed(0, 486)):
                tell(server, event)
            return await over(await gateway.say("你好", "不需要", "真的不用了"))

    assert asyncio.run(call()).hung_up
    assert last(server)["oddities"] == ["failed, after the answer"]
