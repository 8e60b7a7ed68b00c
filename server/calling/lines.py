"""How a test call gets to the server: by WebSocket as most gateways do, or by TCP with a ticket as AudioSocket does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from server.gateways.audiosocket import HEADER, PORT
from server.gateways.table import GATEWAYS
from server.refusal import refusal

OPEN_SECONDS = 10
CLOSE_SECONDS = 2
LARGEST_BYTES = 1 << 24
"""Gateways play what they are sent in one message, even a whole file."""


class UnreachableError(Exception):
    """No call came about; the message says why."""


class LineClosedError(Exception):
    """The server has closed the line. Codes are those of RFC 6455 section 7.4.1."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Line(Protocol):
    more: Mapping[str, str]
    """What opening it has told, for the first messages."""

    async def receive(self) -> str | bytes:
        """Raises `LineClosedError`."""

    async def send(self, message: str | bytes) -> None:
        """Raises `LineClosedError`."""

    def break_off(self) -> None:
        """Be gone without a word, as when the power fails."""

    async def close(self) -> None: ...


@asynccontextmanager
async def line_to(url: str, gateway: str, query: Mapping[str, str], call_id: str) -> AsyncIterator[Line]:
    """An open line. Raises `UnreachableError`."""
    line: Line = await (_by_ticket(url, query, call_id) if gateway == "audiosocket" else _by_web(url, gateway, query))
    try:
        yield line
    finally:
        await line.close()


# --- WebSocket -------------------------------------------------------------------------------------------------------


class WebLine:
    def __init__(self, socket: ClientConnection) -> None:
        self.more: Mapping[str, str] = {}
        self._socket = socket

    async def receive(self) -> str | bytes:
        try:
            return await self._socket.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def send(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    def break_off(self) -> None:
        self._socket.transport.abort()

    async def close(self) -> None:
        await self._socket.close()


def _closed(closed: ConnectionClosed) -> LineClosedError:
    return (
        LineClosedError(closed.rcvd.code, closed.rcvd.reason)
        if closed.rcvd
        else LineClosedError(1006, "the line broke")
    )


async def _by_web(url: str, gateway: str, query: Mapping[str, str]) -> WebLine:
    offered = GATEWAYS[gateway].subprotocols[:1]
    try:
        return WebLine(
            await connect(
                _with_query(url, query),
                subprotocols=[Subprotocol(name) for name in offered] or None,
                compression=None,
                proxy=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,
                max_size=LARGEST_BYTES,
                user_agent_header=None,
            )
        )
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError, UnicodeError) as error:
        raise UnreachableError(_why(error, shown(url))) from None


# --- TCP -------------------------------------------------------------------------------------------------------------


class TcpLine:
    """Frame by frame; a hang-up is the end of the connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ticket: str) -> None:
        self.more: Mapping[str, str] = {"ticket": ticket}
        self._reader, self._writer = reader, writer

    async def receive(self) -> bytes:
        try:
            header = await self._reader.readexactly(HEADER.size)
            return header + await self._reader.readexactly(HEADER.unpack(header)[1])
        except asyncio.IncompleteReadError as end:
            raise LineClosedError(1006 if end.partial else 1000, "") from None
        except OSError as broken:
            raise LineClosedError(1006, refusal(broken)) from None

    async def send(self, message: str | bytes) -> None:
        if self._writer.is_closing():
            raise LineClosedError(1006, "the line broke")
        self._writer.write(message if isinstance(message, bytes) else message.encode())

    def break_off(self) -> None:
        self._writer.transport.abort()

    async def close(self) -> None:
        with suppress(OSError):
            self._writer.close()
            await self._writer.wait_closed()


async def _by_ticket(url: str, query: Mapping[str, str], call_id: str) -> TcpLine:
    """Buy a ticket as the dialplan does, and connect with it."""
    parts, form = urlsplit(url), dict(query)
    ticket_url = urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/ticket", parts.query, ""))
    token = {"token": form.pop("token")} if "token" in form else {}
    try:
        async with httpx.AsyncClient(timeout=OPEN_SECONDS, trust_env=False) as client:
            answer = await client.post(_with_query(ticket_url, token), data={**form, "call_id": call_id})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unanswered(url, error) from None
    if answer.status_code != httpx.codes.OK:
        raise UnreachableError(f"{shown(url)} sells no ticket: HTTP {answer.status_code}{_said(answer.content)}")
    port = int(answer.headers.get(PORT, "0"))
    if not port:
        raise UnreachableError(f"{shown(url)} takes no AudioSocket: set HUASHU_AUDIOSOCKET_PORT there")
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as error:
        raise UnreachableError(_why(error, f"{parts.hostname}:{port}")) from None
    return TcpLine(reader, writer, answer.text)


# --- words -----------------------------------------------------------------------------------------------------------


def _with_query(url: str, more: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(each for each in (parts.query, urlencode(more)) if each)
    return urlunsplit(parts._replace(query=query))


def shown(url: str) -> str:
    """An address for messages: without a password, and without a token in its query or behind its path."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, "/".join(parts.path.split("/")[:2]), "", ""))


def unanswered(url: str, error: Exception) -> UnreachableError:
    """By HTTP; the error's own words may hold the whole address, with its token."""
    why = f"{shown(url)} cannot be reached: {type(error).__name__} (is `huashu serve` running there?)"
    return UnreachableError(why)


def _why(error: Exception, url: str) -> str:
    """Why there is no line, in one sentence."""
    if isinstance(error, InvalidStatus):
        said = _said(bytes(error.response.body or b""))
        return with_advice(f"{url} refuses the call: HTTP {error.response.status_code}{said}")
    if isinstance(error, InvalidURI | UnicodeError):
        return f"'{url}' is no WebSocket address: write ws://host:port/path"
    if isinstance(error, TimeoutError):
        return f"{url} does not answer within {OPEN_SECONDS} s"
    if isinstance(error, OSError):
        return f"{url} cannot be reached: {refusal(error)} (is `huashu serve` running there?)"
    return f"{url} does not answer as a WebSocket server: {error}"


def with_advice(refused: str) -> str:
    """What was told, and what may be done about it where that is known."""
    return refused + next((f" ({advice})" for words, advice in _ADVICE if refused.endswith(words)), "")


_ADVICE = (
    ("no valid credential", "give the server's with --token or HUASHU_TOKEN"),
    ("HTTP 403", "is the path that of a gateway?"),
)


def _said(body: bytes) -> str:
    """The reason in the answer, which is plain text, or JSON with a `detail`."""
    text = body.decode("utf-8", "replace").strip()
    with suppress(ValueError):
        told = json.loads(text)
        text = str(told.get("detail", text)) if isinstance(told, dict) else text
    return f": {text.splitlines()[0][:200]}" if text else ""
