"""The thin shell around a caller: a line as gateways open it, a clock, frames on absolute deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from server.audio.recording import RecordingError
from server.calling.caller import Caller
from server.calling.following import Following
from server.calling.lines import Line, LineClosedError, line_to
from server.calling.notes import Note
from server.speech.ports import FRAME_MS

LETTERS = str.maketrans("0123456789", "ghijklmnop")


def call_name() -> str:
    """For a new call, without digits, which a log might mask as a telephone number."""
    return uuid4().hex.translate(LETTERS)


@dataclass(frozen=True, slots=True)
class Dial:
    """Where a call goes and what it brings."""

    url: str
    gateway: str
    params: Mapping[str, str] = field(default_factory=dict)
    most_ms: int = 600_000
    """After this time the caller gives up."""


class Sides(Protocol):
    """Where both sides of a call are kept as they are heard, such as a recording. Both raise `RecordingError`."""

    def caller(self, pcm: bytes, at_ms: int) -> None: ...

    def bot(self, pcm: bytes, at_ms: int) -> None: ...


async def place(
    dial: Dial,
    caller: Caller,
    recording: Sides | None = None,
    *,
    follow: bool = False,
    call_id: str = "",
    through: Callable[[Line], Line] = lambda line: line,
) -> list[float]:
    """Carry a call to its end, which `caller.ended` tells. Returns how late each frame was, in ms. `follow` also tells
    the words of the call, if the server lets us read along; `through` puts something between the call and its line,
    such as a fault. Raises UnreachableError.
    """
    call_id = call_id or call_name()
    async with line_to(dial.url, dial.gateway, caller.far.query(dial.params), call_id) as line:
        return await _Talk(dial, caller, through(line), recording, call_id).carry(follow=follow)


class _Talk:
    """One call on an open line."""

    def __init__(self, dial: Dial, caller: Caller, line: Line, recording: Sides | None, call_id: str) -> None:
        self.dial, self.caller, self.line, self.recording = dial, caller, line, recording
        self._call_id = call_id
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()

    @property
    def _now_ms(self) -> float:
        return (self._loop.time() - self._opened) * 1000

    async def carry(self, *, follow: bool) -> list[float]:
        self.caller.tell(Note(0, "connected", self.dial.gateway))
        await self._send(self.caller.open(self._call_id, {**self.dial.params, **self.line.more}, 0))
        following = self._follow() if follow else None
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read())
            late_ms = await self._pace()
            reading.cancel()
        await self.line.close()
        if following:
            await asyncio.to_thread(following.finish)
            await asyncio.sleep(0)  # the last words are told
        return late_ms

    def _follow(self) -> Following:
        def tell(words: str) -> None:
            self._loop.call_soon_threadsafe(lambda: self.caller.tell(Note(self._now_ms, "words", words)))

        return Following(self.dial.url, self._call_id, self.dial.params.get("token", ""), tell)

    async def _read(self) -> None:
        while not self.caller.ended:
            try:
                message = await self.line.receive()
            except LineClosedError as closed:
                self.caller.closed(closed.code, closed.reason, self._now_ms)
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
        with suppress(LineClosedError):  # the reader gets to know, with the code
            for message in messages:
                await self.line.send(message)

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
