"""Reading does not stop at each message, and stops when many wait."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from server.live.reading import WAITING, Reading


class Wire(asyncio.Transport):
    """A transport that only remembers whether it may be read."""

    def __init__(self) -> None:
        super().__init__()
        self.stops = 0
        self.stopped = False

    def write(self, data: object) -> None: ...

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.stops += 1
        self.stopped = True

    def resume_reading(self) -> None:
        self.stopped = False


async def ears_of_app(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.Event().wait()


@pytest.fixture
def client() -> ClientProtocol:
    return ClientProtocol(parse_uri("ws://127.0.0.1/"))


async def opened(client: ClientProtocol, wire: Wire) -> Reading:
    config = uvicorn.Config(ears_of_app, ws=Reading, lifespan="off", log_config=None)
    config.load()
    reading = Reading(config, ServerState(), {})
    reading.connection_made(wire)
    client.send_request(client.connect())
    reading.data_received(b"".join(client.data_to_send()))
    for _ in range(3):
        await asyncio.sleep(0)  # the application accepts
    client.state = client.state.OPEN
    return reading


def said(client: ClientProtocol, text: str) -> bytes:
    client.send_text(text.encode())
    return b"".join(client.data_to_send())


def test_messages_that_are_taken_never_stop_the_reading(client: ClientProtocol) -> None:
    async def main() -> None:
        wire = Wire()
        reading = await opened(client, wire)
        for number in range(3 * WAITING):
            reading.data_received(said(client, f"{number}"))
            assert await reading.receive() == {"type": "websocket.receive", "text": f"{number}"}
        assert wire.stops == 0
        for task in reading.tasks:
            task.cancel()

    asyncio.run(main())


def test_a_flood_waits_until_all_before_it_is_taken(client: ClientProtocol) -> None:
    async def main() -> None:
        wire = Wire()
        reading = await opened(client, wire)
        for number in range(WAITING + 1):
            assert not wire.stopped
            reading.data_received(said(client, f"{number}"))
        assert wire.stopped
        taken = [(await reading.receive())["text"] for _ in range(WAITING + 1)]  # type: ignore[typeddict-item]
        assert taken == [f"{number}" for number in range(WAITING + 1)]
        assert not wire.stopped
        for task in reading.tasks:
            task.cancel()

    asyncio.run(main())
