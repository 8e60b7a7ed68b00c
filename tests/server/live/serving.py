"""A server on a free port, and gateways that call it: real sockets, and a clock that may run faster than time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from engine.language.pace import speech_ms
from server.app import create
from server.content import SHIPPED
from server.gateways.far.plain import PlainEnd
from server.gateways.wire import Clear, HangUp, Outgoing, Refuse, Send
from server.live.call import LiveCall
from server.live.desk import Desk
from server.live.shelf import Shelf
from server.live.trunks import read_trunks
from server.serving import Server, configuration, read_inspection
from server.settings import Settings
from server.speech.prompts import Prompts
from server.speech.provide import Speech
from tests.server.live.clocks import ByHand, Clock, Real

TOKEN = "only-for-tests"
FASTER = 20
"""So many times faster than real time, where nothing of it is heard."""
PATIENCE_SECONDS = 120
"""For whatever a machine that is slow may be slow with."""


class Hum:
    """A voice for tests: a low hum, as long as the words would take."""

    name = "hum"

    def speak(self, text: str, rate: float = 1.0) -> bytes:  # noqa: ARG002
        return (b"\x00\x08" * 20 + b"\x00\xf8" * 20) * (speech_ms(text) * 8 // 40)


@contextmanager
def serving(
    folder: Path, *, speech: Speech | None = None, clock: Clock | Real | ByHand | None = None, **given: Any
) -> Iterator[LiveServer]:
    """A running server that keeps its calls in `folder`; text comes from the gateway unless `speech` has ears."""
    clock = clock or Clock(FASTER)
    named = {"port": 0, "data": folder, "token": SecretStr(TOKEN), "variables": "company=星河科技", "voice": "none"}
    settings = Settings.model_validate({**named, **given})
    shelf = shelf_of(settings.scripts) if settings.scripts.is_relative_to(folder) else shipped()
    ours = speech or Speech(None, _no_detector, Prompts(Hum(), folder / "prompts"))
    server = LiveServer(
        Desk(
            settings,
            shelf,
            ours,
            lambda: int(clock.now_ms()),
            read_trunks(settings.trunks),
            inspection=read_inspection(settings.inspection),
        ),
        clock,
    )
    try:
        yield server
    finally:
        server.stop()
        if speech is None:
            ours.close()


def shelf_of(folder: Path) -> Shelf:
    shelf = Shelf(folder)
    shelf.load()
    return shelf


@cache
def shipped() -> Shelf:
    return shelf_of(SHIPPED / "scripts")


def _no_detector() -> Any:
    raise AssertionError("nothing is listened to")


def wait_for(done: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Until another thread or process has come so far."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.01)


class LiveServer:
    def __init__(self, desk: Desk, clock: Clock | Real | ByHand) -> None:
        self.desk = desk
        self.clock = clock
        self.server = Server(configuration(create(desk), desk.settings), desk)
        self.loop = clock.loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        wait_for(lambda: self.server.started or not self.runs)
        assert self.runs, "the server did not start"
        self.port: int = self.server.servers[0].sockets[0].getsockname()[1]

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self.server.serve())

    def url(self, path: str, scheme: str = "ws") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    @property
    def runs(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the server does not stop"

    @property
    def records(self) -> list[Path]:
        return sorted(path for path in self.desk.settings.calls.glob("*/*") if path.is_dir())


class Gateway:
    """A gateway with huashu's own protocol, which recognises speech itself: words in, orders out."""

    def __init__(self, server: LiveServer, socket: ClientConnection) -> None:
        self.server = server
        self.socket = socket
        self.end = PlainEnd()
        self.orders: list[Outgoing] = []
        self.closed: tuple[int, str] | None = None
        """Code and reason, once the server has closed the socket."""
        self.now_ms()

    async def send(self, *messages: str | bytes) -> None:
        with suppress(ConnectionClosed):  # `until` sees it too, with its reason
            for message in messages:
                await self.socket.send(message)

    def now_ms(self) -> int:
        """Time goes on as the gateway plays: hardly at all while nobody plays it."""
        self.server.clock.come_by(self.is_open)
        return int(self.server.clock.now_ms())

    def is_open(self) -> bool:
        return self.socket.state is State.OPEN

    async def until(self, done: Callable[[Gateway], bool]) -> Gateway:
        """Play the gateway until this is so, or the server has closed the socket."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not done(self) and self.closed is None:
                await self._once()
        return self

    async def _once(self) -> None:
        try:
            async with asyncio.timeout(0.01):
                self.orders += self.end.receive(await self.socket.recv(), self.now_ms())
        except TimeoutError:
            pass
        except ConnectionClosed as closed:
            self.closed = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
            return
        await self.send(*self.end.due(self.now_ms()))

    async def say(self, *texts: str) -> Gateway:
        """Say each of these when the bot has finished and a moment has passed."""
        for text in texts:
            spoken = len([order for order in self.orders if isinstance(order, Send)])
            await self.until(lambda gateway, n=spoken: gateway.spoken > n or n == 0 < gateway.spoken)
            await self.until(Gateway.is_quiet)
            await self.send(*self.end.text(text, 0.9))
            if self.closed:
                break
            before = self.spoken
            await self.until(lambda gateway, n=before: gateway.spoken > n)
        return self

    @property
    def spoken(self) -> int:
        return sum(isinstance(order, Send) for order in self.orders)

    def is_quiet(self) -> bool:
        """The prompt has been played, and the server knows: a machine that is busy may take its time between the two,
        and between one piece of a prompt and the next.
        """
        call = self.call
        return self.now_ms() > self.end.playout.ends_ms and not (call and call.state.playing)

    @property
    def call(self) -> LiveCall | None:
        """What this socket is to the server."""
        for session in list(self.server.desk.sessions.values()):
            socket = getattr(session.socket, "_socket", None)
            if isinstance(socket, WebSocket) and socket.client == self.socket.local_address[:2]:
                return session.call
        return None

    @property
    def cleared(self) -> bool:
        return any(isinstance(order, Clear) for order in self.orders)

    @property
    def hung_up(self) -> str | None:
        return next((order.reason for order in self.orders if isinstance(order, HangUp | Refuse)), None)


@asynccontextmanager
async def calling(
    server: LiveServer,
    call_id: str = "c1",
    *,
    token: str = TOKEN,
    params: Mapping[str, str] | None = None,
    can: Sequence[str] = ("marks", "keys", "transfer"),
) -> AsyncIterator[Gateway]:
    async with connect(server.url("/huashu"), additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        gateway = Gateway(server, socket)
        gateway.end = PlainEnd(can=can)
        await gateway.send(*gateway.end.open_messages(call_id, params or {}))
        yield gateway
