"""A small bot of another make, sound at first, and with one fault at a time: what the kit must be able to see.

It shares the codecs with the server and nothing else: its socket is that of `websockets`, its bot a tone. So what is
green on it is green on a server that is not ours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed

from server.audio import g711
from server.gateways.table import GATEWAYS
from server.gateways.wire import (
    Answer,
    Clear,
    Codec,
    Digit,
    Ended,
    Flow,
    Format,
    HangUp,
    Incoming,
    Mark,
    Outgoing,
    Played,
    Send,
    Started,
    Text,
    WireError,
)
from tests.server.calling.bots import tone

TOKEN = "let-me-in"
PIECE_MS = 200
AHEAD_MS = 600
SPEAKS_AGAIN_MS = 800
MARK_LATE_MS = 500
STALL_SECONDS = 0.5


@dataclass
class Bot:
    """Says three seconds, and half a second after that, and after whatever stops it."""

    codec: Codec
    socket: ServerConnection
    fault: str
    queue: deque[bytes | str] = field(default_factory=deque)
    """Pieces of sound, and the names of marks behind them."""
    format: Format = field(default_factory=Format)
    epoch: int = 0
    open: bool = True
    over: bool = False
    sent_until_ms: float = 0.0
    awaited: dict[str, float] = field(default_factory=dict)
    """Marks that were sent, and when they should come back."""
    again_ms: float | None = None

    @property
    def now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1000

    async def carry(self) -> None:
        with suppress(ConnectionClosed):
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(self._speak())
                try:
                    await self._listen()
                finally:
                    speaking.cancel()

    async def _listen(self) -> None:
        async for message in self.socket:
            try:
                events = self.codec.receive(message)
            except WireError as error:
                if self.fault == "crashes":
                    raise
                await self.socket.close(error.code, error.reason[:100])
                return
            for event in events:
                await self._take(event)

    async def _take(self, event: Incoming) -> None:
        match event:
            case Answer() if self.fault != "never opens":
                await self.socket.send(event.message)
            case Started():
                self.format = event.format
                self._say(3_000)
            case Digit() | Text():
                self.epoch += 1
                self.queue.clear()
                self.awaited.clear()
                self.sent_until_ms = self.now_ms
                await self._order(Clear())
                self._say(1_000)
            case Played(mark, cleared) if cleared and self.fault == "cleared is played":
                await self._order(HangUp("all was heard"))
                await self.socket.close()
            case Played(mark) if self.awaited.pop(mark, None) is not None:
                self.again_ms = self.now_ms + SPEAKS_AGAIN_MS
            case Flow(on):
                self.open = on or self.fault == "ignores xoff"
            case Ended():
                self.over = self.fault != "speaks on"

    def _say(self, ms: int) -> None:
        ms = ms * 30 if self.fault == "runs ahead" else ms
        sound = g711.from_pcm(tone(ms, self.format.rate_hz), self.format.encoding)
        size = self.format.frame_bytes * PIECE_MS // 20
        self.queue += [sound[start : start + size] for start in range(0, len(sound), size)]
        self.queue.append(f"e{self.epoch}:1")

    async def _speak(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                ahead_ms = 10**9 if self.fault in ("runs ahead", "does not read") else AHEAD_MS
                while self.queue and self.open and not self.over and self.sent_until_ms - self.now_ms < ahead_ms:
                    await self._next(self.queue.popleft())
                late = [mark for mark, due in self.awaited.items() if due + MARK_LATE_MS < self.now_ms]
                if late and self.fault != "waits for marks":
                    self.awaited.clear()
                    self.again_ms = self.now_ms
                if self.again_ms is not None and self.again_ms <= self.now_ms and not self.over:
                    self.again_ms = None
                    self._say(500)
                await asyncio.sleep(0.02)

    async def _next(self, piece: bytes | str) -> None:
        if isinstance(piece, str):
            self.awaited[piece] = self.sent_until_ms
            await self._order(Mark(piece))
        else:
            self.sent_until_ms = max(self.sent_until_ms, self.now_ms) + PIECE_MS
            await self._order(Send(piece))

    async def _order(self, order: Outgoing) -> None:
        for message in self.codec.send(order):
            if isinstance(order, Send) and self.fault == "binary":
                await self.socket.send(order.payload)
            elif isinstance(order, Send) and self.fault == "odd frames" and isinstance(message, bytes):
                await self.socket.send(message + b"\0\0")
            else:
                await self.socket.send(message)


def allowed(request: Request) -> bool:
    parts = urlsplit(request.path)
    brought = (request.headers.get("Authorization", ""), *parse_qs(parts.query).get("token", []), parts.path)
    return any(TOKEN in each for each in brought)


@asynccontextmanager
async def bot(gateway: str, fault: str = "") -> AsyncIterator[str]:
    """A server with this gateway alone, and with this fault; the address of its endpoint."""

    async def carry(socket: ServerConnection) -> None:
        await Bot(GATEWAYS[gateway].codec({}), socket, fault).carry()

    async def let_in(_: ServerConnection, request: Request) -> Response | None:
        if fault == "slow":
            await asyncio.sleep(STALL_SECONDS)
        if fault == "open door" or allowed(request):
            return None
        return Response(401, "Unauthorized", Headers({"Content-Length": "0"}), b"")

    async with serve(
        carry,
        "127.0.0.1",
        0,
        subprotocols=None if fault == "no subprotocol" else GATEWAYS[gateway].subprotocols or None,  # type: ignore[arg-type]
        process_request=let_in,
        compression="deflate" if fault == "compresses" else None,
    ) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/{gateway}"


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def by_tcp(answer: Answering) -> AsyncIterator[str]:
    """A server for whatever comes by TCP; `host:port`."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname()[:2])
