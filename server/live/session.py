"""One socket and the call on it: messages in, messages out, and nothing in between that waits.

The reader never waits for the writer: what goes out stands in a bounded queue, and a gateway that does not take it is
given up, since its caller hears nothing any more. However the socket ends, the call ends with a complete record.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from engine.calls.mask import mask
from server.control.commands import Commands
from server.control.port import Control
from server.gateways import wire
from server.live.call import LiveCall
from server.live.handover import handover
from server.live.media import Wanted
from server.live.record import outcome
from server.speech.ports import Reading, VoiceError

log = structlog.get_logger()

QUEUE_MESSAGES = 400
"""Of 100 ms and more: with what is in flight, far beyond what playing in time ever needs."""
HEARING_SECONDS = 0.02
MOST_EARLY = 100
"""Of what comes before the stream begins: a few messages from a sound gateway, from a stranger perhaps without end."""
FLUSH_SECONDS = 2.0
"""Last messages, such as the order to hang up, have this long to leave."""


_BESIDE = wire.Transfer | wire.Keys | wire.Hold | wire.Unhold
"""Orders that go to the control where the codec has no word for them."""
NOT_TAKEN = "the gateway does not take what is sent to it"


class GoneError(Exception):
    """The other side has closed the socket, in order (`clean`) or not; the message says how."""

    def __init__(self, how: str, *, clean: bool = False) -> None:
        super().__init__(how)
        self.clean = clean


class Socket(Protocol):
    """A WebSocket that is open, whoever opened it, or what does its work."""

    async def receive(self) -> str | bytes:
        """The next message. Raises `GoneError`."""

    async def send(self, message: str | bytes) -> None:
        """Raises `GoneError`."""

    async def close(self, code: int, reason: str) -> None:
        """Never raises; closing twice is fine."""


@dataclass(frozen=True, slots=True)
class Limits:
    start_seconds: float
    idle_seconds: float
    answer_delay_ms: int = 0
    parting_seconds: float = 0
    """A gateway that closes its socket itself, after a last exchange, has this long for it."""


class Session:
    """Runs one call on one socket. `now_ms` is the server's monotonic clock."""

    def __init__(
        self,
        socket: Socket,
        codec: wire.Codec,
        now_ms: Callable[[], int],
        limits: Limits,
        control: Control | None = None,
    ) -> None:
        self.socket = socket
        self.codec = codec
        self.commands = Commands(None, wire.Started(""), self.told)
        self.call: LiveCall | None = None
        self.ended = ""
        """Why the socket was given up; empty while it is in order."""
        self._close = (1000, "the call is over")
        self.prompts_failed = 0
        self._now_ms = now_ms
        self._limits = limits
        self._control = control
        self._early: list[wire.Incoming] = []
        """What came before the stream began."""
        self._caller = ""
        """The number of the person, where the gateway tells it."""
        self._is_early = False
        """The stream began before the answer."""
        self._out: asyncio.Queue[str | bytes | None] = asyncio.Queue(QUEUE_MESSAGES)
        self._tasks: asyncio.TaskGroup | None = None
        self._beside: set[asyncio.Task[None]] = set()
        """What is being made for the call, and ends with it."""
        self._closing = False
        self._gone = False

    async def started(self) -> wire.Started:
        """Wait for the gateway to say which call this is. Raises `WireError` and `GoneError`."""
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                while True:
                    for incoming in self.codec.receive(await self.socket.receive()):
                        # An answer to the start itself waits until the call is taken or refused.
                        begun = any(isinstance(each, wire.Started) for each in self._early)
                        if isinstance(incoming, wire.Answer) and not begun:
                            await self.socket.send(incoming.message)
                        else:
                            self._early.append(incoming)
                    if len(self._early) > MOST_EARLY:
                        raise wire.WireError("too much came before the stream was started", 1008)
                    for place, incoming in enumerate(self._early):
                        if isinstance(incoming, wire.Started):
                            del self._early[place]
                            self._is_early = incoming.early
                            self._caller = incoming.caller
                            self.commands = Commands(self._control, incoming, self.told)
                            return incoming
        except TimeoutError:
            raise wire.WireError(f"no stream was started within {self._limits.start_seconds:g} s", 1008) from None

    @property
    def can(self) -> frozenset[type]:
        """The orders that the codec or the control can carry out."""
        return self.codec.can | self.commands.can

    async def run(self, call: LiveCall) -> None:
        """Carry the call to its end."""
        self.call = call
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                writer = tasks.create_task(self._write())
                for message in self._answers():
                    self._out.put_nowait(message)
                call.begin(self._limits.answer_delay_ms, self._now_ms(), early=self._is_early)
                self._pump()
                for incoming in self._early:
                    self._do(call.take, incoming)
                # In a task of its own, which waits six frames deep: beneath those of the web server, all of them were
                # gone through at every message.
                ended = await tasks.create_task(self._read(call))
                await self.commands.last_word(lambda: call.over or call.left)
                if ended:
                    self._do(call.take, ended)
                self._do(call.lost)
                while not call.over:  # noqa: ASYNC110  its last words are being recognised, which `call` bounds
                    await asyncio.sleep(HEARING_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0 if self._gone else FLUSH_SECONDS):
                        await writer
                for each in (writer, *self._beside):
                    each.cancel()
        finally:
            self._tasks = None
            await self.socket.close(self._close[0], self.ended[:100])
            await self.commands.finish()

    async def _read(self, call: LiveCall) -> wire.Ended | None:
        """Until the call is over, or the socket is gone: that is for some gateways to do. A stream that ends while a
        person is being called may have ended because he has answered; that is returned, and not yet told.
        """
        try:
            async with asyncio.timeout(self._limits.idle_seconds) as patience:
                while not (call.over or call.left) or self._limits.parting_seconds:
                    message = await self.socket.receive()
                    _put_off(patience, self._limits.idle_seconds)
                    for incoming in self.codec.receive(message):
                        if isinstance(incoming, wire.Answer):
                            self._out.put_nowait(incoming.message)
                        elif isinstance(incoming, wire.Ended) and self.commands.transferring:
                            return incoming
                        else:
                            self._do(call.take, incoming)
        except GoneError as gone:
            self._gone = True
            if not gone.clean:
                self.ended = f"the gateway is gone: {gone}"
        except TimeoutError:
            self.ended = f"nothing came from the gateway for {self._limits.idle_seconds:g} s"
        except wire.WireError as broken:
            self.ended = f"the gateway broke the protocol: {broken.reason}"
            self._close = (broken.code, broken.reason[:100])
        except asyncio.QueueFull:
            self.ended = NOT_TAKEN
        return None

    def _answers(self) -> list[str | bytes]:
        """What the protocol wants back for what came so far."""
        answers = [each.message for each in self._early if isinstance(each, wire.Answer)]
        self._early = [each for each in self._early if not isinstance(each, wire.Answer)]
        return answers

    async def refuse(self, why: str) -> None:
        """Say that the call is not taken, and let a gateway that closes its socket itself do so."""
        for message in (*self._answers(), *self.codec.send(wire.Refuse(why))):
            await self.socket.send(message)
        with contextlib.suppress(TimeoutError, GoneError, wire.WireError):
            async with asyncio.timeout(self._limits.parting_seconds):
                while self._limits.parting_seconds:
                    for incoming in self.codec.receive(await self.socket.receive()):
                        if isinstance(incoming, wire.Answer):
                            await self.socket.send(incoming.message)

    async def _write(self) -> None:
        try:
            while (message := await self._out.get()) is not None:
                await self.socket.send(message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.parting_seconds):
                    while self._limits.parting_seconds:
                        if message := await self._out.get():
                            await self.socket.send(message)
        except GoneError:
            return  # the reader sees it too
        await self.socket.close(*self._close)

    # --- what happens between messages -------------------------------------------------------------------------------

    def tick(self, now_ms: int) -> None:
        if self.call and self._tasks and self.call.tick(now_ms):
            self._pump()

    def hear(self, reading: Reading) -> None:
        """Words from the recogniser, on the event loop."""
        call = self.call
        if call and self._tasks:
            self._do(call.reading, reading)

    def told(self, incoming: wire.Incoming) -> None:
        """The network, or what comes of a command, beside the stream; what comes before the call begins waits."""
        if self.call and self._tasks:
            self._do(self.call.take, incoming)
            self.commands.changed()
        elif self.call is None:
            self._early.append(incoming)

    def _do(self, what: Callable[..., None], *arguments: object) -> None:
        """Let something happen to the call, now, and see to what comes of it."""
        what(*arguments, self._now_ms())
        self._pump()

    def _pump(self) -> None:
        """Send what the call ordered and make the prompts it wants."""
        call = self.call
        if call is None or self._tasks is None:
            return
        if not (call.orders or call.wanted or call.over or self.commands.transferring):
            return  # as after nearly every frame of sound
        orders, call.orders = call.orders, []
        wanted, call.wanted = call.wanted, []
        try:
            for order in orders:
                for message in self._messages(call, order):
                    self._out.put_nowait(message)
            if not call.state.transfer:
                self.commands.no_transfer()
            if call.over and not self._closing:
                self._closing = True
                self._out.put_nowait(None)
        except asyncio.QueueFull:
            self.ended = NOT_TAKEN
            call.lost(self._now_ms())
            self._start(self._tasks, self.socket.close(1011, self.ended))
        for each in wanted:
            self._start(self._tasks, self._make(call, each))

    def _start(self, tasks: asyncio.TaskGroup, work: Coroutine[None, None, None]) -> None:
        task = tasks.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _messages(self, call: LiveCall, order: wire.Outgoing) -> tuple[str | bytes, ...]:
        """What an order becomes on the socket; what the codec has no word for goes to the control."""
        if isinstance(order, wire.Transfer):
            order = replace(order, summary=handover(call.script, call.state, call.record.entries, self._caller))
        if isinstance(order, _BESIDE) and type(order) not in self.codec.can:
            self.commands.give(order)
            return ()
        if isinstance(order, wire.HangUp):
            self.commands.give(order)
            if self.commands.handed_over:  # the stream alone ends
                return ()
            if wire.Outcome in self.codec.can:
                self.codec.send(wire.Outcome(outcome(call.script, call.state.facts)))
        return self.codec.send(order)

    async def _make(self, call: LiveCall, wanted: Wanted) -> None:
        for part in wanted.parts:
            try:
                async for pcm in call.media.fetch(part):
                    self._do(call.sound, wanted.ref, pcm)
            except VoiceError as problem:
                self.prompts_failed += 1
                log.error("prompt_failed", call=mask(call.state.call_id), why=mask(str(problem)))
        self._do(call.sound, wanted.ref, None)


def _put_off(patience: asyncio.Timeout, seconds: float) -> None:
    """Something came, so the wait begins anew. Putting it off costs as much as reading a frame of sound: it is put off
    by a tenth more than must be, and so fifty times more rarely.
    """
    until = asyncio.get_running_loop().time() + seconds
    due = patience.when()
    if due is None or due < until:
        patience.reschedule(until + seconds / 10)
