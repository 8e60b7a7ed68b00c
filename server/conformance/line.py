"""One call of the kit: the far end of a gateway on a real line, which notes all that comes and when.

The far end does what a gateway does: it sends the caller's sound every 20 ms, answers marks when their time has come,
throws away what a clear clears. What a gateway would report as an error is noted as a fault and ends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection

from server.audio.line import Line as Sound
from server.conformance.case import FailedError, SkippedError
from server.conformance.peers import Peer
from server.conformance.site import Address
from server.conformance.wires import LostError, Opening, TcpWire, WebSocketWire, Wire
from server.gateways.far.plain import PlainEnd
from server.gateways.far.port import FarEnd
from server.gateways.wire import HangUp, Outgoing, Refuse, Send, WireError
from server.speech.ports import RATE_HZ

FRAME_SECONDS = 0.02
BYTES_PER_MS = RATE_HZ * 2 / 1000
GREETING_MS = 10_000
"""A bot that says nothing for so long has nothing to be judged by."""
FAULTY = 3
"""So many faults and no sound yet: there will be none."""
YIELDS_MS = 2_000
WORDS = "等一下，你先听我说"
"""What cuts in by a gateway that recognises speech: a whole sentence, since many bots let a short word pass."""
LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Names of calls have no digits, which a log might mask as a telephone number."""

Messages = Sequence[str | bytes]


@dataclass(frozen=True, slots=True)
class How:
    """What is not as usual in a call."""

    far: FarEnd | None = None
    marks: Literal["in time", "never", "twice"] = "in time"
    beats: bool = True
    """The caller's silence is sent, as gateways do."""
    starts: bool = True
    address: Address | None = None
    opening: Opening = field(default_factory=Opening)
    alter: Callable[[Messages], Messages] | None = None
    """What becomes of the gateway's messages."""
    call: UUID | None = None
    """Of AudioSocket."""


@dataclass(frozen=True, slots=True)
class Heard:
    at_ms: float
    message: str | bytes
    orders: tuple[Outgoing, ...]

    @property
    def sound_bytes(self) -> int:
        return sum(len(order.payload) for order in self.orders if isinstance(order, Send))


class Line:
    def __init__(self, wire: Wire, peer: Peer, far: FarEnd, how: How, voice: bytes) -> None:
        self.wire, self.peer, self.far = wire, peer, far
        self.call_id = uuid4().hex.translate(LETTERS)
        self.heard: list[Heard] = []
        self.faults: list[str] = []
        """What the gateway would have complained of."""
        self.closed: LostError | None = None
        self.closed_ms = 0.0
        self.most_ahead_ms = 0.0
        self.reads = True
        self._how, self._voice = how, voice
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self._bulk = False
        self._saying = b""
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Hear, and send what a gateway sends by itself, from now on."""
        self._tasks = [self._loop.create_task(each) for each in (self.read(), self.beat())]

    async def finish(self) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.wire.close()
        for trouble in ended:
            if isinstance(trouble, Exception):
                raise trouble

    @property
    def now_ms(self) -> float:
        return (self._loop.time() - self._opened) * 1000

    @property
    def websocket(self) -> ClientConnection:
        if not isinstance(self.wire, WebSocketWire):
            raise TypeError("this line is no WebSocket")
        return self.wire.socket

    # --- what goes out -----------------------------------------------------------------------------------------------

    async def send(self, *messages: str | bytes) -> None:
        for message in self._how.alter(messages) if self._how.alter else messages:
            await self.wire.send(message)

    async def silence(self, ms: int) -> None:
        """So much of the caller's silence in one message, however long."""
        await self.send(*self.far.audio(self.far.format.silence * (self.far.format.frame_bytes * ms // 20)))

    async def cut_in(self, *, by_voice: bool = True) -> str:
        """The caller interrupts, by what this gateway and this kit have; how, in words."""
        if isinstance(self.far, PlainEnd):
            await self.send(*self.far.text(WORDS, 0.9))
            return "words"
        if self._voice and by_voice:
            self._saying = Sound(self.far.format).speak(self._voice)
            return "a voice"
        await self.send(*self.far.digit("1"))
        return "a key"

    async def _tell_due(self) -> None:
        due = self.far.due(self.now_ms)
        marks = [each for each in due if isinstance(each, str) and any(word in each for word in self.peer.marks)]
        if self._how.marks == "never":
            due = tuple(each for each in due if each not in marks)
        elif self._how.marks == "twice":
            due = (*due, *marks)
        if due:
            await self.send(*due)

    async def beat(self) -> None:
        """A frame of the caller every 20 ms, each at its own deadline."""
        size, due = self.far.format.frame_bytes, self._loop.time()
        while self.closed is None:
            due = max(due + FRAME_SECONDS, self._loop.time() - 0.5)
            await asyncio.sleep(due - self._loop.time())
            frame, self._saying = self._saying[:size], self._saying[size:]
            if frame or self._how.beats:
                await self.send(*self.far.audio(frame.ljust(size, self.far.format.silence)))
            await self._tell_due()

    # --- what comes in -----------------------------------------------------------------------------------------------

    async def read(self) -> None:
        while True:
            while not self.reads:  # noqa: ASYNC110  it is a case that says when to go on
                await asyncio.sleep(FRAME_SECONDS)
            try:
                message = await self.wire.receive()
            except LostError as lost:
                self.closed, self.closed_ms = lost, self.now_ms
                return
            self._note(message)
            await self._tell_due()

    def _note(self, message: str | bytes) -> None:
        now_ms = self.now_ms
        try:
            orders = self.far.receive(message, now_ms)
        except WireError as error:
            self.faults.append(error.reason)
            orders = ()
        self.heard.append(Heard(now_ms, message, orders))
        self._note_frames(message, self.heard[-1])
        for order in orders:
            if isinstance(order, Send) and (odd := self.peer.odd_sound(order.payload, self.far.format)):
                self.faults.append(odd)
        self.most_ahead_ms = max(self.most_ahead_ms, self.far.playout.queued_ms(now_ms))

    def _note_frames(self, message: str | bytes, heard: Heard) -> None:
        """Asterisk drops the tail of a message outside of bulk mode."""
        if self.peer.name != "asterisk":
            return
        if isinstance(message, str):
            self._bulk = "START_MEDIA_BUFFERING" in message or (self._bulk and "MARK_MEDIA" in message)
        elif not self._bulk and heard.sound_bytes not in (0, len(message)):
            self.faults.append(f"{len(message)} bytes are no whole frames, and the tail is dropped")

    @property
    def voice_ms(self) -> float:
        """How long the caller's voice is."""
        return len(self._voice) / BYTES_PER_MS

    @property
    def sound(self) -> list[Heard]:
        return [each for each in self.heard if each.sound_bytes]

    def times(self, kind: type[Outgoing]) -> list[float]:
        """When the server gave orders of a kind."""
        return [each.at_ms for each in self.heard for order in each.orders if isinstance(order, kind)]

    @property
    def over(self) -> bool:
        """The server has ended the call."""
        return self.closed is not None or bool(self.times(HangUp) or self.times(Refuse))

    # --- waiting and judging -----------------------------------------------------------------------------------------

    async def pause(self, ms: float) -> None:
        await asyncio.sleep(ms / 1000)

    async def until(self, done: Callable[[], bool], ms: float) -> bool:
        """Wait until this is so; whether it became so in time."""
        give_up = self.now_ms + ms
        while not done():
            if self.now_ms >= give_up:
                return False
            await asyncio.sleep(0.005)
        return True

    async def bot(self, ms: float = GREETING_MS) -> float:
        """Wait for the bot's voice; when it came. Raises `FailedError` where the line closes first."""
        await self.until(lambda: bool(self.sound) or self.over or len(self.faults) >= FAULTY, ms)
        if self.sound:
            return self.sound[0].at_ms
        self.lawful()
        if self.closed:
            raise FailedError(f"a call was expected, and the line was closed with {self.closed}")
        if self.over:
            raise FailedError("a call was expected, and the server refuses it or hangs up without a word")
        raise SkippedError(f"the bot said nothing for {ms / 1000:g} s, so there is nothing to judge")

    @property
    def is_playing(self) -> bool:
        """The caller hears the bot."""
        return self.far.playout.queued_ms(self.now_ms) > 0

    def is_quiet(self, ms: float) -> bool:
        """All that came has been played, so long ago."""
        return self.now_ms > self.far.playout.ends_ms + ms

    async def goes_on(self, ms: float = 500) -> str:
        """The call must go on. Raises `FailedError`."""
        await self.until(lambda: self.over, ms)
        if self.closed:
            raise FailedError(f"the call should go on, and the line was closed with {self.closed}")
        if self.over:
            raise FailedError("the call should go on, and the server hung up")
        await self.bot()
        return "the call goes on"

    async def orderly(self, ms: float = 700) -> str:
        """The call goes on or is ended in order. Raises `FailedError`."""
        await self.until(lambda: self.closed is not None, ms)
        if self.closed is None:
            return "ignored, the call goes on"
        if isinstance(self.wire, WebSocketWire) and self.closed.code in (1006, 1011):
            told = (
                "broke off (1006)" if self.closed.code == 1006 else f"was closed as an error of its own ({self.closed})"
            )
            raise FailedError(
                f"expected to be ignored or closed with 1002, 1003, 1007, 1008 or 1009, and the line {told}"
            )
        return f"that call is closed with {self.closed}"

    def lawful(self) -> None:
        """Raises `FailedError` where something came that the gateway does not take."""
        if self.faults:
            more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
            raise FailedError(f"{self.peer.sound_source}; and there came: {self.faults[0]}{more}")


def raw(line: Line) -> TcpWire:
    if not isinstance(line.wire, TcpWire):
        raise TypeError("this line is no TCP connection")
    return line.wire
