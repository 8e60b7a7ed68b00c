"""A socket that stalls, falls silent or never starts: each ends its call in time, with a whole record."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.gateways.plain import Plain
from server.gateways.stream import Stream
from server.gateways.vendors import TWILIO
from server.gateways.wire import WireError
from server.live.session import MOST_EARLY, Limits, Session
from tests.server.live.clocks import run_at_once
from tests.server.live.phone import Phone

START = '{"type":"start","version":1,"call_id":"c1"}'


class Pipe:
    """A socket whose other end the test holds."""

    def __init__(self, *, stalled: bool = False) -> None:
        self.incoming: asyncio.Queue[str | bytes] = asyncio.Queue()
        self.sent: list[str | bytes] = []
        self.closed: tuple[int, str] | None = None
        self._stalled = stalled

    async def receive(self) -> str | bytes:
        return await self.incoming.get()

    async def send(self, message: str | bytes) -> None:
        if self._stalled:
            await asyncio.Event().wait()
        self.sent.append(message)

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)


def session(pipe: Pipe, *, start: float = 60, idle: float = 60) -> Session:
    return Session(pipe, Plain(), lambda: 0, Limits(start, idle))


def test_a_stream_that_is_never_started() -> None:
    async def run() -> None:
        pipe = Pipe()
        with pytest.raises(WireError, match="no stream was started"):
            await session(pipe, start=0.05).started()

    run_at_once(run())


def test_a_stranger_who_never_starts_does_not_fill_the_memory() -> None:
    async def run() -> int:
        pipe = Pipe()
        for _ in range(2 * MOST_EARLY):
            pipe.incoming.put_nowait('{"event":"hello"}')
        talking = Session(pipe, Stream(TWILIO), lambda: 0, Limits(5, 5))
        with pytest.raises(WireError, match="too much came before") as refused:
            await talking.started()
        assert refused.value.code == 1008
        return pipe.incoming.qsize()

    assert asyncio.run(run()) == MOST_EARLY - 1


def test_a_gateway_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    async def run() -> tuple[str, dict[str, object]]:
        pipe, phone = Pipe(), Phone(tmp_path)
        on_it = session(pipe, idle=0.05)
        pipe.incoming.put_nowait(START)
        await on_it.started()
        await on_it.run(phone.call)
        return on_it.ended, phone.close()

    ended, summary = run_at_once(run())
    assert ended == "nothing came from the gateway for 0.05 s"
    assert summary["ended_by"] == "network"


def test_a_gateway_that_reads_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.live.session.QUEUE_MESSAGES", 10)

    async def run() -> tuple[Session, dict[str, object]]:
        pipe, phone = Pipe(stalled=True), Phone(tmp_path)
        on_it = session(pipe)
        pipe.incoming.put_nowait(START)
        await on_it.started()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(on_it.run(phone.call))
            for now_ms in range(0, 20_000, 100):
                await asyncio.sleep(0)
                on_it.tick(now_ms)
            pipe.incoming.put_nowait(b"")
        assert pipe.closed
        return on_it, phone.close()

    on_it, summary = run_at_once(run())
    assert on_it.ended == "the gateway does not take what is sent to it"
    assert summary["ended_by"] == "network"
