"""Asterisk waits, and we connect: the other direction of `chan_websocket`, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from server.gateways.far.asterisk import AsteriskEnd
from server.gateways.wire import Send
from tests.server.live.remains import left_behind
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, LiveServer, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


@asynccontextmanager
async def asterisk() -> AsyncIterator[tuple[str, asyncio.Future[list[object]]]]:
    """An Asterisk with one channel that waits at /media/1; it hangs up once it has heard something."""
    heard: asyncio.Future[list[object]] = asyncio.get_running_loop().create_future()

    async def channel(socket: ServerConnection) -> None:
        end = AsteriskEnd()
        for message in end.open_messages("1759.5", {}):
            await socket.send(message)
        orders: list[object] = []
        async for message in socket:
            orders += end.receive(message, 0)
            if any(isinstance(order, Send) for order in orders):
                break
        await socket.close()
        heard.set_result(orders)

    def known(_: ServerConnection, request: Request) -> Response | None:
        return None if request.path == "/media/1" else Response(404, "Not Found", request.headers)

    async with serve(
        channel, "127.0.0.1", 0, subprotocols=["media"], process_request=known, compression=None
    ) as running:  # type: ignore[list-item]
        port = running.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/media", heard


async def ask(server: LiveServer, **told: object) -> httpx.Response:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        return await client.post(server.url("/asterisk/connect", "http"), json=told)


def test_we_connect_and_the_call_takes_place(server: LiveServer) -> None:
    async def call() -> list[object]:
        async with asterisk() as (url, heard):
            answer = await ask(server, url=f"{url}/1", script="phone-robot", variables={"name": "王"})
            assert answer.status_code == 202, answer.text
            return await asyncio.wait_for(heard, PATIENCE_SECONDS)

    assert asyncio.run(call())
    (told,) = left_behind(server)
    assert told["gateway"] == "asterisk"
    assert told["turns"][0]["bot"].startswith("王您好")


def test_why_there_is_no_call(server: LiveServer) -> None:
    async def ask_all() -> list[tuple[int, str]]:
        async with asterisk() as (url, _):
            answers = [
                await ask(server, url=f"{url}/2"),
                await ask(server, url="ws://127.0.0.1:9/media/1"),
                await ask(server, url="http://127.0.0.1/"),
                await ask(server, url=f"{url}/1", mode="lumps"),
            ]
        return [(answer.status_code, answer.text) for answer in answers]

    unknown, unreachable, no_socket, no_mode = asyncio.run(ask_all())
    assert unknown == (502, '{"detail":"Asterisk knows no such connection"}')
    assert unreachable[0] == 502
    assert "cannot be reached" in unreachable[1]
    assert no_socket[0] == 422
    assert no_mode == (400, '{"detail":"mode must be frames or bulk"}')
    assert httpx.post(server.url("/asterisk/connect", "http"), json={"url": "ws://a/b"}).status_code == 401


def test_a_line_is_taken_while_its_socket_is_being_opened(tmp_path: Path) -> None:
    async def two_at_once(server: LiveServer) -> tuple[int, int]:
        asked, slow = asyncio.Event(), asyncio.Event()

        async def unknown(_: ServerConnection, request: Request) -> Response:
            asked.set()
            await slow.wait()
            return Response(404, "Not Found", request.headers)

        async with serve(ServerConnection.wait_closed, "127.0.0.1", 0, process_request=unknown) as running:
            url = f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}/media/1"
            async with asyncio.TaskGroup() as both:
                first = both.create_task(ask(server, url=url))
                await asked.wait()
                second = await ask(server, url=url)
                slow.set()
            return first.result().status_code, second.status_code

    with serving(tmp_path, max_calls=1) as server:
        assert asyncio.run(two_at_once(server)) == (502, 503)
        assert server.desk.why_not() == ""
