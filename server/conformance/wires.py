"""The transports of gateways: a WebSocket, and the TCP connection of AudioSocket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from server.conformance.case import FailedError, SkippedError
from server.conformance.site import Address
from server.gateways.audiosocket import HEADER

OPEN_SECONDS = 10
CLOSE_SECONDS = 2
BUSY_SECONDS = 15
"""A server without a free line is asked again for so long."""
LARGEST_BYTES = 1 << 26
SMALL_BUFFER = 4096
"""Of a socket that is soon full."""


class LostError(Exception):
    """The line is closed: by RFC 6455 section 7.4.1 with 1006 where nobody said so in order."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code, self.reason = code, reason


class Wire(Protocol):
    async def receive(self) -> str | bytes:
        """Raises `LostError`."""

    async def send(self, message: str | bytes) -> None:
        """Does nothing on a closed line: who receives gets to know."""

    async def close(self) -> None:
        """In order."""

    def drop(self) -> None:
        """Without a word, as a machine that loses power."""


class WebSocketWire:
    def __init__(self, connection: ClientConnection) -> None:
        self.socket = connection

    async def receive(self) -> str | bytes:
        try:
            return await self.socket.recv()
        except ConnectionClosed as closed:
            code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
            raise LostError(code, reason) from None

    async def send(self, message: str | bytes) -> None:
        with suppress(ConnectionClosed):
            await self.socket.send(message)

    async def close(self) -> None:
        await self.socket.close()

    def drop(self) -> None:
        self.socket.transport.abort()


class TcpWire:
    """Frames of AudioSocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def receive(self) -> bytes:
        header = b""
        try:
            header = await self.reader.readexactly(HEADER.size)
            return header + await self.reader.readexactly(HEADER.unpack(header)[1])
        except asyncio.IncompleteReadError as end:
            raise LostError(1006 if header or end.partial else 1000) from None
        except OSError:
            raise LostError(1006) from None

    async def send(self, message: str | bytes) -> None:
        if self.writer.is_closing():
            return
        with suppress(OSError):
            self.writer.write(message if isinstance(message, bytes) else message.encode())
            await self.writer.drain()

    async def close(self) -> None:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                self.writer.close()
                await self.writer.wait_closed()

    def drop(self) -> None:
        self.writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Opening:
    """How a WebSocket is opened, where not as usual."""

    subprotocols: Sequence[str] = ()
    deflate: bool = False
    """Offer to compress."""
    tight: bool = False
    """With buffers that are soon full."""
    patient: bool = True
    """Ask again where there is no line free."""


async def open_websocket(address: Address, how: Opening) -> WebSocketWire:
    """Raises what `websockets` raises; a server that has no line free is asked again for a while."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + BUSY_SECONDS
    while True:
        try:
            return WebSocketWire(await _connect(address, how))
        except InvalidStatus as refused:
            if refused.response.status_code not in (429, 503):
                raise
            if loop.time() > give_up or not how.patient:
                said = bytes(refused.response.body or b"").decode("utf-8", "replace").strip()[:100]
                raise SkippedError(f"not taken: HTTP {refused.response.status_code} {said}".rstrip()) from None
        await asyncio.sleep(0.5)


async def _connect(address: Address, how: Opening) -> ClientConnection:
    more: dict[str, Any] = {"sock": await _tight(address.url)} if how.tight else {}
    return await connect(
        address.url,
        subprotocols=[Subprotocol(name) for name in how.subprotocols] or None,
        compression="deflate" if how.deflate else None,
        additional_headers=dict(address.headers),
        proxy=None,
        open_timeout=OPEN_SECONDS,
        close_timeout=CLOSE_SECONDS,
        ping_interval=None,
        max_size=LARGEST_BYTES,
        max_queue=1 if how.tight else None,
        user_agent_header=None,
        **more,
    )


async def _tight(url: str) -> socket.socket:
    parts = urlsplit(url)
    return await _tight_to(str(parts.hostname), parts.port or (443 if parts.scheme == "wss" else 80))


async def _tight_to(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    family, kind, protocol, _, place = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, SMALL_BUFFER)
    await loop.sock_connect(made, place)
    return made


async def open_tcp(place: str, how: Opening) -> TcpWire:
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            if how.tight:
                sock = await _tight_to(host, int(port))
                return TcpWire(*await asyncio.open_connection(sock=sock, limit=SMALL_BUFFER))
            return TcpWire(*await asyncio.open_connection(host, int(port)))
    except (OSError, TimeoutError) as error:
        raise FailedError(f"{place} takes no connection: {error}") from None
