"""The thin shell around a caller: a WebSocket as gateways open it, a clock, frames on absolute deadlines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from server.audio.recording import Recording, RecordingError
from server.calling.caller import Caller
from server.calling.following import Following
from server.calling.notes import Note
from server.gateways.table import GATEWAYS
from server.speech.ports import FRAME_MS

LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Names of calls have no digits, which a log might mask as a telephone number."""
OPEN_SECONDS = 10
CLOSE_SECONDS = 2
LARGEST_BYTES = 1 << 24
"""Gateways play what they are sent in one message, even a whole file."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Where a call goes and what it brings."""

    url: str
    gateway: str
    params: Mapping[str, str] = field(default_factory=dict)
    most_ms: int = 600_000
    """After this time the caller gives up."""


class UnreachableError(Exception):
    """No call came about; the message says why."""


async def place(dial: Dial, caller: Caller, recording: Recording | None = None, *, follow: bool = False) -> list[float]:
    """Carry a call to its end, which `caller.ended` tells. Returns how late each frame was, in ms. `follow` also tells
    the words of the call, if the server lets us read along. Raises UnreachableError.
    """
    offered = GATEWAYS[dial.gateway].subprotocols[:1]
    try:
        socket = await connect(
            _with_query(dial.url, caller.far.query(dial.params)),
            subprotocols=[Subprotocol(name) for name in offered] or None,
            compression=None,
            proxy=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=None,
            max_size=LARGEST_BYTES,
            user_agent_header=None,
        )
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
        raise UnreachableError(_why(error, shown(dial.url))) from None
    async with socket:
        return await _Talk(dial, caller, socket, recording).carry(follow=follow)


class _Talk:
    """One call on an open socket."""

    def __init__(self, dial: Dial, caller: Caller, socket: ClientConnection, recording: Recording | None) -> None:
        self.dial, self.caller, self.socket, self.recording = dial, caller, socket, recording
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()

    @property
    def _now_ms(self) -> float:
        return (self._loop.time() - self._opened) * 1000

    async def carry(self, *, follow: bool) -> list[float]:
        call_id = uuid4().hex.translate(LETTERS)
        self.caller.tell(Note(0, "connected", self.dial.gateway))
        await self._send(self.caller.open(call_id, self.dial.params, 0))
        following = self._follow(call_id) if follow else None
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read())
            late_ms = await self._pace()
            reading.cancel()
        await self.socket.close()
        if following:
            await asyncio.to_thread(following.finish)
            await asyncio.sleep(0)  # the last words are told
        return late_ms

    def _follow(self, call_id: str) -> Following:
        def tell(words: str) -> None:
            self._loop.call_soon_threadsafe(lambda: self.caller.tell(Note(self._now_ms, "words", words)))

        return Following(self.dial.url, call_id, self.dial.params.get("token", ""), tell)

    async def _read(self) -> None:
        while not self.caller.ended:
            try:
                message = await self.socket.recv()
            except ConnectionClosed as closed:
                code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "the line broke")
                self.caller.closed(code, reason, self._now_ms)
                return
            if (stalled_ms := self.caller.stalled_until_ms - self._now_ms) > 0:
                await asyncio.sleep(stalled_ms / 1000)  # what came since waits in the socket
            await self._send(self.caller.receive(message, self._now_ms))

    async def _pace(self) -> list[float]:
        """A frame every 20 ms, each at its own deadline: one that is late does not make the next one late."""
        late_ms: list[float] = []
        while not self.caller.ended:
            due = self._opened + (len(late_ms) + 1) * FRAME_MS / 1000
            await asyncio.sleep(due - self._loop.time())
            late_ms.append(max(0.0, (self._loop.time() - due) * 1000))
            if self._now_ms > self.dial.most_ms:
                await self._send(self.caller.give_up(self._now_ms, f"no end within {self.dial.most_ms / 1000:g} s"))
                break
            await self._send(self.caller.tick(self._now_ms))
            self._record(len(late_ms) * FRAME_MS)
        return late_ms

    async def _send(self, messages: Sequence[str | bytes]) -> None:
        with suppress(ConnectionClosed):  # the reader gets to know, with the code
            for message in messages:
                await self.socket.send(message)

    def _record(self, at_ms: int) -> None:
        if self.recording is None:
            return
        spoken, heard = self.caller.frames
        try:
            self.recording.caller(spoken, at_ms - FRAME_MS)
            self.recording.bot(heard, at_ms - FRAME_MS)
        except RecordingError as error:
            self.caller.tell(Note(at_ms, "trouble", str(error)))
            self.recording = None


def _with_query(url: str, more: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(each for each in (parts.query, urlencode(more)) if each)
    return urlunsplit(parts._replace(query=query))


def shown(url: str) -> str:
    """An address for messages: without a password, and without a token in its query or behind its path."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, "/".join(parts.path.split("/")[:2]), "", ""))


def _why(error: Exception, url: str) -> str:
    """Why there is no line, in one sentence."""
    if isinstance(error, InvalidStatus):
        return f"{url} refuses the call: HTTP {error.response.status_code}{_said(bytes(error.response.body or b''))}"
    if isinstance(error, InvalidURI):
        return f"'{url}' is no WebSocket address: write ws://host:port/path"
    if isinstance(error, TimeoutError):
        return f"{url} does not answer within {OPEN_SECONDS} s"
    if isinstance(error, OSError):
        return f"{url} cannot be reached: {(error.strerror or str(error)).lower()} (is `huashu serve` running there?)"
    return f"{url} does not answer as a WebSocket server: {error}"


def _said(body: bytes) -> str:
    """The reason in the answer, which is plain text, or JSON with a `detail`."""
    text = body.decode("utf-8", "replace").strip()
    with suppress(ValueError):
        told = json.loads(text)
        text = str(told.get("detail", text)) if isinstance(told, dict) else text
    return f": {text.splitlines()[0][:200]}" if text else ""
