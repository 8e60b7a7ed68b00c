"""Servers to call: a bot of tones behind a real socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from unittest.mock import patch

from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from server.gateways.table import GATEWAYS
from tests.server.calling.bots import ToneBot
from tests.server.live.clocks import Clock
from tests.server.live.clocks import run as run_by
from tests.server.live.serving import PATIENCE_SECONDS


@asynccontextmanager
async def listening(
    gateway: str, code: int = 1000, refuse: Response | None = None, **bot: object
) -> AsyncIterator[tuple[str, list[ToneBot]]]:
    """A server that puts each call through to a bot of its own; its address and its bots."""
    bots: list[ToneBot] = []

    async def answer(connection: ServerConnection) -> None:
        mine = ToneBot(GATEWAYS[gateway].codec({}), **bot)  # type: ignore[arg-type]
        bots.append(mine)
        assert connection.subprotocol == next(iter(GATEWAYS[gateway].subprotocols), None)
        assert "Sec-WebSocket-Extensions" not in (connection.request.headers if connection.request else {})
        clock = asyncio.get_running_loop().time
        while not mine.ended:
            try:
                message = await connection.recv()
            except ConnectionClosed:
                mine.ended = True
                return
            for told in (*mine.receive(message, clock() * 1000), *mine.tick(clock() * 1000)):
                await connection.send(told)
        await connection.close(code, "all lines are taken" if code != 1000 else "")

    def decline(_: ServerConnection, __: Request) -> Response | None:
        return refuse

    async with serve(
        answer, "127.0.0.1", 0, subprotocols=GATEWAYS[gateway].subprotocols or None, process_request=decline  # type: ignore[arg-type]
    ) as server:  # fmt: skip
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/{gateway}", bots


@contextmanager
def in_background(gateway: str, code: int = 1000, **bot: object) -> Iterator[tuple[str, list[ToneBot]]]:
    """The same in a thread of its own, for a caller that has no event loop to share; both live by one clock."""
    ready: list[tuple[str, list[ToneBot]]] = []
    started = threading.Event()
    clock = Clock()
    loop = clock.loop()
    over = asyncio.Event()

    async def run() -> None:
        async with listening(gateway, code, **bot) as found:
            ready.append(found)
            started.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    started.wait(timeout=PATIENCE_SECONDS)
    try:
        with patch("asyncio.run", partial(run_by, clock)):
            yield ready[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=PATIENCE_SECONDS)
        loop.close()
