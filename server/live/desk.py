"""All calls of this server: who is let in, one clock for all of them, and how they come to an end.

A caller without a place is told so at once; a call that has begun is never thrown out by another. One ticker drives
every call on absolute deadlines, and a fault in one call ends that call alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from engine import VERSION
from engine.calls.log import Header
from engine.calls.mask import mask
from engine.dialogue.state import State
from engine.dialogue.step import LeadError, begin
from engine.grading.load_trunks import Trunks
from engine.inspection.inspect import Inspection
from server.audio.line import Line
from server.audio.playout import Playout
from server.audio.recording import Recording, RecordingError
from server.control.port import Control, Told
from server.gateways import wire
from server.gateways.table import Gateway
from server.live.call import LiveCall
from server.live.ending import WIND_UP_MS
from server.live.media import Media
from server.live.network import Network
from server.live.private import Private, lead_of, person
from server.live.record import RECORDING, Record, RecordError, folder_for
from server.live.session import GoneError, Limits, Session, Socket
from server.live.setup import SetUp
from server.live.shelf import Shelf, Shelved
from server.live.turns import TurnCall
from server.metrics import METRICS
from server.outbox.outbox import Outbox
from server.settings import Settings
from server.speech.provide import Speech
from server.speech.vocabulary import listened_for

log = structlog.get_logger()

TICK_SECONDS = 0.02


class RefusedError(Exception):
    """A call cannot be taken; the message says why, for the people of the gateway."""


def monotonic_ms() -> int:
    """The server's clock."""
    return time.monotonic_ns() // 1_000_000


class Desk:
    def __init__(
        self,
        settings: Settings,
        shelf: Shelf,
        speech: Speech,
        now_ms: Callable[[], int] = monotonic_ms,
        trunks: Trunks | None = None,
        *,
        inspection: Inspection | None = None,
    ) -> None:
        self.settings = settings
        self.shelf = shelf
        self.speech = speech
        self.sessions: dict[str, Session] = {}
        """Calls in progress, by the name of their record's folder."""
        self.asking: dict[str, TurnCall] = {}
        """Calls in progress that have no socket: their platforms ask by HTTP. By the same name."""
        self._started: set[asyncio.Task[None]] = set()
        self.draining = self._drained = False
        self.failed = asyncio.Event()
        """Set when a part of the server without which it is none has failed: it takes no calls, and is to end."""
        self.prepared = False
        """All prompts that can be made before a call are made."""
        self.now_ms = now_ms
        self.controls: Mapping[str, Control] = {}
        """By gateway: what carries out commands beside the media."""
        self.outbox = Outbox(settings)
        """What is decided in calls is told to others by this."""
        self._inspection = inspection
        self._trunks = trunks or Trunks()
        self._zone = ZoneInfo(settings.timezone)
        self.network = Network(settings, shelf, self._trunks, self._now, self.outbox.look)
        """What the network tells of calls."""
        self._places = settings.max_calls
        self.dialled: set[str] = set()
        """Calls that a switch is dialling for us, without a stream yet: a line is kept for each of them."""
        self._quiet = asyncio.Event()
        """Set while there is no call."""
        self._quiet.set()

    @property
    def calls(self) -> dict[str, LiveCall | TurnCall]:
        """All calls in progress, whatever way they came."""
        return {name: session.call for name, session in self.sessions.items() if session.call} | self.asking

    # --- the clock ---------------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Drive all calls until cancelled. Ticks that were missed are not made up for: one does the work of all."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += TICK_SECONDS * max(1, math.ceil((loop.time() - due) / TICK_SECONDS))
            await asyncio.sleep(due - loop.time())
            METRICS.lateness.observe(max(0.0, loop.time() - due))
            for failed in self._tick_all(self.now_ms()):
                await failed.socket.close(1011, "internal error")
            if not self.speech.alive:
                self.wind_up("the recogniser has died")

    def _tick_all(self, now_ms: int) -> list[Session]:
        """Returns those whose tick failed."""
        failed = []
        for name, session in list(self.sessions.items()):
            try:
                session.tick(now_ms)
            except Exception:
                log.exception("call_failed", call=mask(name))
                failed.append(session)
        return failed

    def wind_up(self, why: str) -> None:
        """Bring all calls to a polite end."""
        for session in self.sessions.values():
            if session.call:
                session.call.wind_up(why)

    async def prepare(self) -> None:
        """Have the recogniser know what scripts wait for, and their prompts made, before somebody waits for them."""
        if self.speech.recogniser:
            phrases = [each for shelved in self.shelf.scripts.values() for each in listened_for(shelved.script)]
            await asyncio.to_thread(self.speech.recogniser.know, phrases)
        for name, shelved in list(self.shelf.scripts.items()):
            prompts = self.speech.prompts.beside(shelved.path.parent)
            failed = await prompts.fill(shelved.script, known=self.settings.known)
            if failed:
                log.warning("prompts_failed", script=name, first=failed[0], prompts=len(failed))
        self.prepared = True

    async def keep(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do work that the server cannot be without. A fault in it stops nothing else, but is the end of the server."""
        try:
            await work
        except Exception:
            log.exception("server_failed", part=name, then="no more calls are taken; the server ends with the last one")
            self.failed.set()

    def start(self, call: Coroutine[None, None, None]) -> None:
        """Carry a call on a socket that we opened ourselves. Its end, or its fault, is its own."""

        async def carry() -> None:
            try:
                await call
            except Exception:
                log.exception("call_failed")

        task = asyncio.get_running_loop().create_task(carry())
        self._started.add(task)
        task.add_done_callback(self._started.discard)

    # --- letting in --------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        """Why no call is taken now; empty when one is."""
        if self.failed.is_set():
            return "a part of the server has failed"
        if self.draining:
            return "the server is stopping"
        if self._places <= len(self.dialled):
            return f"all {self.settings.max_calls} lines are taken"
        return "" if self.speech.alive else "the recogniser has died"

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the lines; ask `why_not` right before."""
        self._places -= 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._places += 1
            if self._places == self.settings.max_calls:
                self._quiet.set()

    async def take(
        self, gateway: Gateway, codec: wire.Codec, socket: Socket, allowed: Callable[[wire.Started], bool]
    ) -> None:
        """A gateway has connected: carry its call to the end. `allowed` checks a token in the start message, where the
        upgrade request has not proved enough.
        """
        limits = Limits(
            self.settings.start_seconds,
            self.settings.idle_seconds,
            self.settings.answer_delay_ms,
            gateway.parting_seconds,
        )
        session = Session(socket, codec, self.now_ms, limits, self.controls.get(gateway.name))
        try:
            started = await session.started()
            if not allowed(started):
                raise RefusedError("no valid credential")
            call = self._new_call(session, started, gateway.lead_ms)
        except (RefusedError, RecordError) as refused:
            await self._turn_away(session, gateway, str(refused))
        except wire.WireError as broken:
            log.warning("refused", gateway=gateway.name, why=mask(broken.reason))
            METRICS.refused.labels(gateway.name).inc()
            await socket.close(broken.code, broken.reason[:100])
        except GoneError as gone:
            log.info("gone_before_start", gateway=gateway.name, why=str(gone))
        else:
            await self._carry(session, gateway, call)

    async def _turn_away(self, session: Session, gateway: Gateway, why: str) -> None:
        log.warning("refused", gateway=gateway.name, why=mask(why))
        METRICS.refused.labels(gateway.name).inc()
        with contextlib.suppress(GoneError):
            await session.refuse(why)
        await session.socket.close(1008, why[:100])

    def _new_call(self, session: Session, started: wire.Started, lead_ms: int) -> LiveCall:
        """Everything that one call has to itself. Raises `RefusedError` and `RecordError`."""
        shelved, state, record = self.begin(started.call_id, started.params, person(started))
        prompts = self.speech.prompts.beside(shelved.path.parent)
        recording, trouble = self._recording(record.folder, state.call_id)
        created_ms = self.now_ms()
        playout = Playout(Line(started.format), marks=session.codec.marks, lead_ms=lead_ms)
        listening = self.speech.listen(session.hear)
        media = Media(playout, prompts, listening, recording, now_ms=created_ms)
        media.trouble = trouble
        return LiveCall(
            shelved.script, state, record, media, shelved.expectations,
            now_ms=created_ms, most_ms=self.settings.max_call_seconds * 1000, can=session.can,
            set_up=SetUp(started.params.get("trunk", ""), self._trunks),
        )  # fmt: skip

    def _recording(self, folder: Path, call_id: str) -> tuple[Recording | None, str]:
        """Of one call; or why there is none, which is no reason not to take it."""
        try:
            return (Recording(folder / RECORDING, call_id=mask(call_id)) if self.settings.record else None), ""
        except RecordingError as problem:
            return None, str(problem)

    def begin(self, call_id: str, params: Mapping[str, str], number: str = "") -> tuple[Shelved, State, Record]:
        """What a call with this person has, whatever way it came: its script, its state, its record. Raises
        `RefusedError` and `RecordError`.
        """
        shelved, moment = self._script(params), self._moment()
        state = self._begin(shelved, call_id, params, moment)
        header = Header(state.call_id, shelved.script.name, shelved.script.sha256, VERSION, moment, state.variables)
        folder = folder_for(self.settings.calls, header)
        record = Record(folder, header, Private(folder, lead_of(folder, header, number, params), self.outbox.take))
        record.inspection = self._inspection
        self.network.began(state.call_id, record.folder)
        return shelved, state, record

    def _script(self, params: Mapping[str, str]) -> Shelved:
        found = self.shelf.find(params.get("script", "") or self.settings.script)
        if isinstance(found, str):
            raise RefusedError(found)
        return found

    def _begin(self, shelved: Shelved, call_id: str, params: Mapping[str, str], moment: str) -> State:
        try:
            return begin(shelved.script, call_id or "call", moment, shelved.given(self.settings.known, params))
        except LeadError as problem:
            raise RefusedError(str(problem)) from None

    async def _carry(self, session: Session, gateway: Gateway, call: LiveCall) -> None:
        name = call.record.folder.name
        self.sessions[name] = session
        self.network.joined(call.state.call_id, session)
        call_id = mask(call.state.call_id)
        log.info("call_started", call=call_id, gateway=gateway.name, script=call.script.name)
        METRICS.calls.inc()
        try:
            await session.run(call)
        finally:
            METRICS.calls.dec()
            self.sessions.pop(name, None)
            self._finish(session, gateway, call)
            self.network.closed(call.state.call_id)

    def _finish(self, session: Session, gateway: Gateway, call: LiveCall) -> None:
        more = {"gateway": gateway.name, "socket": session.ended, "prompts_failed": session.prompts_failed}
        call_id = mask(call.state.call_id)
        try:
            summary = call.close(self.now_ms(), more)
        except RecordError as problem:
            log.error("record_incomplete", call=call_id, why=mask(str(problem)))
            return
        grade = str(summary["grade"] or "none")
        METRICS.ended.labels(gateway.name, summary["disposition"], grade).inc()
        for each in call.turns.all:
            if each.audio_ms is not None and each.text_ms is not None:
                METRICS.delay.observe((each.audio_ms - each.text_ms) / 1000)
        told = {name: summary[name] for name in ("disposition", "rule", "ended_by", "socket")}
        told["trouble"] = mask(str(summary["trouble"]))
        log.info("call_ended", call=call_id, grade=grade, seconds=round(call.at_ms / 1000, 1), **told)

    def network_said(self, told: Told) -> asyncio.Task[None]:
        """What became of a call, told beside its stream (`server.live.network`)."""
        return self.network.said(told)

    def _now(self) -> datetime:
        return datetime.now(self._zone)

    def _moment(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    # --- letting go --------------------------------------------------------------------------------------------------

    async def drain(self, seconds: float) -> None:
        """Take no more calls, and let those in progress end: by themselves, then with a goodbye, then at once. Asked
        again when that is done, there is nothing to wait for.
        """
        self.draining = True
        if self._drained:
            return
        for patience, why in ((seconds, ""), (WIND_UP_MS / 1000 + 1, "the server is stopping")):
            if why:
                self.wind_up(why)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._quiet.wait()
        for session in list(self.sessions.values()):
            await session.socket.close(1012, "the server is stopping")
        await self.network.settled()
        self._drained = True
