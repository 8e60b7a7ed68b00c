"""Calls by Asterisk's AudioSocket: a TCP port, tickets for it, and a socket that plays in time.

The UUID is all that AudioSocket carries: no header, no variable, no number. So it is both the credential and the only
way to say which call this is. The dialplan buys one by HTTP with the token, along with what the script shall know, and
it is good for one connection within a minute. A list of UUIDs that are always good would say neither.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from server.gateways.audiosocket import END, FORGET, HANG_UP, HEADER, PORT, AudioSocket, call_of
from server.gateways.table import AUDIOSOCKET
from server.gateways.wire import Started
from server.live.desk import Desk
from server.live.doorman import Doorman
from server.live.session import GoneError
from server.metrics import METRICS
from server.refusal import refusal

log = structlog.get_logger()

FRAME_SECONDS = 0.02
DEBT_SECONDS = 0.1
LIFETIME_S = 60
MOST_TICKETS = 10_000
CLOSE_SECONDS = 2.0
STUCK_BYTES = 64 * 1024
"""Not taken by Asterisk: four seconds of sound, which nobody will want to hear any more."""
RESET = "it closed the connection with sound of ours unread, or broke off"
"""What TCP tells by a reset is no more than that."""


class Tickets:
    """UUIDs that open one connection each, with what was said when each was bought."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._sold: dict[UUID, tuple[float, Mapping[str, str]]] = {}

    def sell(self, params: Mapping[str, str]) -> UUID:
        now_s = self._now_s()
        for call in [call for call, (until_s, _) in self._sold.items() if until_s < now_s]:
            del self._sold[call]
        if len(self._sold) >= MOST_TICKETS:
            del self._sold[next(iter(self._sold))]
        call = uuid4()
        self._sold[call] = (now_s + LIFETIME_S, params)
        return call

    def take(self, call: UUID) -> Mapping[str, str] | None:
        """What it was bought with; None where it is not good, or no longer."""
        until_s, params = self._sold.pop(call, (0.0, {}))
        return params if until_s >= self._now_s() else None

    def __len__(self) -> int:
        return len(self._sold)


def router(doorman: Doorman, tickets: Tickets, port: int) -> APIRouter:
    """`POST /audiosocket/ticket`: the form, or the query, holds `script`, `caller`, `call_id` and script variables."""
    routes = APIRouter()

    @routes.post("/audiosocket/ticket", dependencies=[Depends(doorman.let_in)])
    async def ticket(request: Request) -> PlainTextResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        told = {name: value for name, value in request.query_params.items() if name != "token"} | form
        return PlainTextResponse(str(tickets.sell(told)), headers={PORT: str(port)})

    return routes


class TcpSocket:
    """A connection of Asterisk, frame by frame; sound that is sent waits here for its time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._again: list[bytes] = []
        self._frames: deque[bytes] = deque()
        self._some = asyncio.Event()

    async def receive(self) -> bytes:
        if self._again:
            return self._again.pop()
        header = b""
        try:
            header = await self._reader.readexactly(HEADER.size)
            message = header + await self._reader.readexactly(HEADER.unpack(header)[1])
        except asyncio.IncompleteReadError as end:
            if header or end.partial:
                raise GoneError("it closed the connection in the middle of a frame") from None
            raise GoneError("it closed the connection", clean=True) from None
        except ConnectionError:
            raise GoneError(RESET) from None
        except OSError as broken:
            raise GoneError(refusal(broken)) from None
        if header[0] == END:
            self._frames.clear()  # nobody is there to hear them, while the last words are being recognised
        return message

    def unread(self, message: bytes) -> None:
        """Have this frame come once more."""
        self._again.append(message)

    async def send(self, message: str | bytes) -> None:
        frame = message.encode() if isinstance(message, str) else message
        if self._writer.is_closing() or self._writer.transport.get_write_buffer_size() > STUCK_BYTES:
            raise GoneError("it takes nothing any more")
        if frame == FORGET:
            self._frames.clear()
        elif frame == HANG_UP:
            self._frames.clear()
            self._writer.write(frame)
        else:
            self._frames.append(frame)
            self._some.set()

    async def pace(self) -> None:
        """Send a frame every 20 ms until cancelled, each at its own deadline: lateness does not add up. After a stall
        only a little is made good, since nobody keeps a queue for what comes at once.
        """
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._some.wait()
            self._some.clear()
            due = max(due, loop.time())
            while self._frames and not self._writer.is_closing():
                self._writer.write(self._frames.popleft())
                due = max(due + FRAME_SECONDS, loop.time() - DEBT_SECONDS)
                await asyncio.sleep(due - loop.time())

    async def close(self, code: int, reason: str) -> None:  # noqa: ARG002  # TCP has no words for it
        """Bounded: what Asterisk does not take is thrown away. Shielded, since all who close wait for one future, which
        the first one to be cancelled would cancel for the others.
        """
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.shield(self._writer.wait_closed())
                return
        self._writer.transport.abort()


async def listen(desk: Desk, tickets: Tickets) -> asyncio.Server:
    """Take calls at the port of the settings until the server is closed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        socket = TcpSocket(reader, writer)
        async with asyncio.TaskGroup() as tasks:
            pacing = tasks.create_task(socket.pace())
            try:
                await _take(desk, tickets, socket)
            except GoneError as gone:
                log.info("gone_before_start", gateway=AUDIOSOCKET.name, why=str(gone))
            finally:
                pacing.cancel()
                await socket.close(1000, "")

    return await asyncio.start_server(answer, desk.settings.host, desk.settings.audiosocket_port)


async def _take(desk: Desk, tickets: Tickets, socket: TcpSocket) -> None:
    first = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(desk.settings.start_seconds):
            first = await socket.receive()
    call = call_of(first)
    params = tickets.take(call) if call else None
    why = "no ticket for this UUID" if params is None else desk.why_not()
    if why:
        log.warning("refused", gateway=AUDIOSOCKET.name, why=why)
        METRICS.refused.labels(AUDIOSOCKET.name).inc()
        await socket.send(HANG_UP)
        return
    socket.unread(first)
    with desk.place():
        await desk.take(AUDIOSOCKET, AudioSocket(params), socket, _proved)


def _proved(started: Started) -> bool:  # by the ticket
    return True
