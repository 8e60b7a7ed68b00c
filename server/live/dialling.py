"""Sockets that we open: Asterisk waits for them where a channel was dialled as `WebSocket/INCOMING`.

The dialplan, or ARI, hands us the connection's id (`MEDIA_WEBSOCKET_CONNECTION_ID`), and whoever asks for the call here
brings the token. The id is the only secret on Asterisk's side.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field, StringConstraints
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from server.gateways.table import GATEWAYS
from server.gateways.wire import WireError
from server.live.desk import Desk
from server.live.doorman import Doorman
from server.live.sockets import ClientSocket

OPEN_SECONDS = 5
ASTERISK = GATEWAYS["asterisk"]


class Dial(BaseModel):
    """Where to connect, and what the call brings."""

    url: Annotated[str, StringConstraints(pattern=r"^wss?://[^\s]{1,500}$")]
    """Such as `ws://asterisk:8088/media/<connection id>`."""
    script: str = ""
    variables: dict[str, str] = Field(default_factory=dict)
    mode: str = ""
    """`bulk`, or frames."""


def router(desk: Desk, doorman: Doorman) -> APIRouter:
    """`POST /asterisk/connect`."""
    routes = APIRouter()

    @routes.post(f"{ASTERISK.path}/connect", status_code=202, dependencies=[Depends(doorman.let_in)])
    async def call(dial: Dial) -> dict[str, str]:
        """Connect to an Asterisk that waits for us, and carry the call."""
        if why := desk.why_not():
            raise HTTPException(503, why)
        query = {**dial.variables, **{name: value for name in ("script", "mode") if (value := getattr(dial, name))}}
        try:
            codec = ASTERISK.codec(query)
        except WireError as wrong:
            raise HTTPException(400, wrong.reason) from None
        with ExitStack() as held:
            held.enter_context(desk.place())
            try:
                connection = await open_media(dial.url)
            except OpenError as problem:
                raise HTTPException(502, str(problem)) from None
            place = held.pop_all()

        async def carry() -> None:
            with place:
                await desk.take(ASTERISK, codec, ClientSocket(connection), lambda _: True)

        desk.start(carry())
        return {"status": "connected"}

    return routes


class OpenError(Exception):
    """Asterisk's socket cannot be opened; the message says why."""


async def open_media(url: str) -> ClientConnection:
    """The socket of a channel that waits for us. Raises `OpenError`."""
    try:
        return await connect(
            url,
            subprotocols=[Subprotocol(name) for name in ASTERISK.subprotocols],
            compression=None,  # Asterisk knows no extensions
            proxy=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=None,  # nor is it pinged: a channel that is gone closes
            max_size=1 << 20,
        )
    except InvalidStatus as refused:
        known = {404: "Asterisk knows no such connection", 409: "this connection is taken already"}
        code = refused.response.status_code
        raise OpenError(known.get(code, f"Asterisk answered {code}")) from None
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as problem:
        raise OpenError(f"Asterisk cannot be reached: {problem}") from None
