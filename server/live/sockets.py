"""The two kinds of WebSocket a call can come by: one the gateway opened to us, and one we opened to it."""

from __future__ import annotations

import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from server.live.session import GoneError


class ServerSocket:
    """A socket that a gateway opened; accepted already."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> str | bytes:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise _gone(message.get("code", 1005), message.get("reason") or "")
        text = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    async def send(self, message: str | bytes) -> None:
        try:
            await (self._socket.send_text(message) if isinstance(message, str) else self._socket.send_bytes(message))
        except (WebSocketDisconnect, RuntimeError) as gone:  # starlette says "close sent already" by RuntimeError
            raise _gone(1006, str(gone)) from None

    async def close(self, code: int, reason: str) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code, reason)


class ClientSocket:
    """A socket that we opened, as Asterisk has it for `WebSocket/INCOMING`."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def send(self, message: str | bytes) -> None:
        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code, reason)


def _closed(closed: ConnectionClosed) -> GoneError:
    received = closed.rcvd
    return _gone(received.code if received else 1006, received.reason if received else "")


def _gone(code: int, reason: str) -> GoneError:
    """As RFC 6455 has it; 1000 and 1001 are in order."""
    return GoneError(f"{code} {reason}".strip(), clean=code in (1000, 1001))
