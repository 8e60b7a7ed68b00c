"""FreeSWITCH by its event socket: what becomes of calls, and commands on them.

A call is known by the id of its channel. It is ours when its sound comes to us (`mod_audio_fork`, `mod_audio_stream`),
or when whoever dialled it has put a variable for us on the channel: so a call that nobody answers has its record too.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from urllib.parse import quote
from uuid import uuid4

import structlog

from engine.calls.events import HoldEnded
from engine.calls.mask import mask
from server.control import esl_events
from server.control.esl_client import Esl
from server.control.esl_events import SUMMARY
from server.control.esl_wire import event_of_json
from server.control.keeping import keep
from server.control.port import Command, ControlError, Dial, Tell, Told, destination
from server.control.progress import Progress
from server.gateways import wire
from server.gateways.causes import WORDS
from server.live.handover import written

log = structlog.get_logger()

_UUID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}")
"""Nothing else is put into a command."""
PERSON_SECONDS = 30
HOLD_MUSIC = "local_stream://moh"
"""What a caller on hold hears: the stream of FreeSWITCH's own `hold_music`."""
MOST_LINES = 10_000
"""Known at a time; beyond those FreeSWITCH has not told of the end of the oldest."""
DIALLED = re.compile(r"[A-Za-z0-9_]{1,20}/[A-Za-z0-9_.@:+*#/=;-]{1,200}")
"""What may be dialled: one leg, and nothing that FreeSWITCH would take for more."""
BEGUN_SECONDS = 5.0
"""FreeSWITCH has so long to begin dialling."""
STREAM_SECONDS = 60
"""When a call has rung its time, its stream may come for so long; then its line is free, whatever is not told of it."""
SILENT = "endless_playback(silence_stream://-1)"
"""The bot is mixed into what a channel plays."""
NO_SUCH = "No such channel"


class _Line:
    """A call of ours."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self.params = params
        self.progress = Progress()
        self.handed_over = self.on_hold = False
        self.dial: Dial | None = None
        """How we have placed it, until its sound comes to us."""
        self.begun: asyncio.Future[None] | None = None


class EslControl:
    tells = True

    def __init__(self, esl: Esl, destinations: Mapping[str, str], tell: Tell, dialled: set[str]) -> None:
        self._esl = esl
        self._destinations = destinations
        self._tell = tell
        self._dialled = dialled
        """Calls for which a line is kept, until they have their stream or are over."""
        self._lines: dict[str, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what FreeSWITCH tells ---------------------------------------------------------------------------------------

    async def run(self, tell: Tell) -> None:
        self._tell = tell
        await keep("ESL", self._listen)

    async def _listen(self, in_order: Callable[[], None]) -> None:
        def connected() -> None:
            in_order()
            self._start(self._catch_up())

        await self._esl.events(connected, self._hear)

    async def _catch_up(self) -> None:
        """What became of calls while nobody listened."""
        for uuid in list(self._lines):
            event = {"Event-Name": "CHANNEL_ANSWER", "Unique-ID": uuid}
            try:
                dump = event_of_json(await self._esl.api(f"uuid_dump {uuid} json"))
            except ControlError as problem:
                if NO_SUCH not in str(problem):
                    return
                event |= {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Hangup-Cause": "UNSEEN"}
            else:
                if dump.get("Answer-State") != "answered":
                    continue
            self._hear(event)

    def _hear(self, event: Mapping[str, str]) -> None:
        uuid, name = esl_events.uuid_of(event), event.get("Event-Name", "")
        line = self._lines.get(uuid)
        if name == "CUSTOM":
            return self._obey(uuid, event) if line else None
        if line is None:
            if not (params := esl_events.params(event)) or not _UUID.fullmatch(uuid):
                return None
            line = self._line(uuid, params)
        if line.begun and not line.begun.done():
            line.begun.set_result(None)
        if line.dial and name in ("CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER"):
            self._start(self._fork(line.dial, early=name != "CHANNEL_ANSWER"))
            line.dial = None
        heard = None if line.handed_over else esl_events.hear(line.progress, event)
        if name == "CHANNEL_UNHOLD" and line.on_hold:
            line.on_hold, heard = False, HoldEnded(0, 0)
        if name == "CHANNEL_HANGUP_COMPLETE":
            del self._lines[uuid]
            self._dialled.discard(uuid)
        if heard or name == "CHANNEL_HANGUP_COMPLETE":
            self._tell(Told(uuid, "fork", heard, esl_events.raw(event), line.params))
        return None

    def _line(self, uuid: str, params: Mapping[str, str]) -> _Line:
        line = self._lines[uuid] = _Line(params)
        if len(self._lines) > MOST_LINES:
            del self._lines[next(iter(self._lines))]
        return line

    def _obey(self, uuid: str, event: Mapping[str, str]) -> None:
        """`mod_audio_stream` only writes files, and repeats our words: we play them, and fall silent."""
        if event.get("Event-Subclass") == "mod_audio_stream::play":
            if file := esl_events.file_of(event):
                self._start(self._may(f"uuid_broadcast {uuid} {file} aleg"))
        elif '"killAudio"' in event.get("_body", ""):
            self._start(self._may(f"uuid_break {uuid} all"))

    # --- calls that we place -----------------------------------------------------------------------------------------

    async def place(self, dial: Dial) -> None:
        """Its sound comes to us from the first that there is, which may be before the answer."""
        if not DIALLED.fullmatch(dial.endpoint):
            raise ControlError("FreeSWITCH dials one leg at a time, such as sofia/gateway/mobile-gz/13800138000")
        loop = asyncio.get_running_loop()
        uuid, line = dial.call_id, self._line(dial.call_id, dial.params)
        line.dial, line.begun = dial, loop.create_future()
        self._dialled.add(uuid)
        loop.call_later(dial.ring_seconds + STREAM_SECONDS, self._dialled.discard, uuid)
        self._start(self._originate(dial, line.begun))
        try:
            async with asyncio.timeout(BEGUN_SECONDS):
                await line.begun
        except (ControlError, TimeoutError) as problem:
            self._lines.pop(uuid, None)
            self._dialled.discard(uuid)
            self._start(self._may(f"uuid_kill {uuid} ORIGINATOR_CANCEL"))
            raise ControlError(str(problem) or "FreeSWITCH does not begin to dial") from None

    async def _originate(self, dial: Dial, begun: asyncio.Future[None]) -> None:
        """That a call which is being dialled comes to nothing is told by its events."""
        named = f"origination_uuid={dial.call_id},originate_timeout={dial.ring_seconds}"
        named += f",origination_caller_id_number={dial.shows}" if dial.shows else ""
        try:
            await self._esl.job(f"originate {{{named}}}{dial.endpoint} &{SILENT}")
        except ControlError as problem:
            if not begun.done():
                begun.set_exception(problem)

    async def _fork(self, dial: Dial, *, early: bool) -> None:
        told = {**dial.params, "uuid": dial.call_id, **({"early": "true"} if early else {})}
        metadata = json.dumps(told, separators=(",", ":")).replace(" ", "\\u0020")  # a space would end it
        start = f"{dial.call_id} start {dial.stream()} mono 8k huashu {metadata} true true 8000"
        try:
            await self._esl.api(f"uuid_audio_fork {start}")
        except ControlError as problem:
            log.warning("fork_failed", call=mask(dial.call_id), why=mask(str(problem)))
            await self._may(f"uuid_kill {dial.call_id} NORMAL_TEMPORARY_FAILURE")

    # --- commands ----------------------------------------------------------------------------------------------------

    def can(self, call: wire.Started) -> frozenset[type]:
        if not _UUID.fullmatch(call.call_id):
            return frozenset()
        line = self._lines.get(call.call_id) or self._line(call.call_id, call.params)
        if not call.early:
            line.progress.answers()
        return frozenset({wire.Transfer, wire.Keys, wire.Hold, wire.Unhold, wire.HangUp})

    async def carry_out(self, call: wire.Started, command: Command) -> None:
        uuid, line = call.call_id, self._lines.get(call.call_id)
        if line is None:
            raise ControlError("FreeSWITCH does not have this call any more")
        match command:
            case wire.HangUp(_, q850):
                await self._esl.api(f"uuid_kill {uuid} {WORDS.get(q850, q850)}")
            case wire.Keys(digits):
                await self._esl.api(f"uuid_send_dtmf {uuid} {digits}@100")
            case wire.Hold():
                await self._hold(uuid, line)
            case wire.Unhold():
                await self._unhold(uuid, line)
            case wire.Transfer(to, summary):
                told = quote(written(summary), safe="") if summary else ""
                await self._transfer(uuid, line, destination(self._destinations, to), told)

    async def _hold(self, uuid: str, line: _Line) -> None:
        """The far end learns of it (a re-INVITE), and hears music."""
        try:
            await self._esl.api(f"uuid_hold {uuid}")
            await self._esl.api(f"uuid_broadcast {uuid} {HOLD_MUSIC} aleg")
        except BaseException:  # half a hold is none
            self._start(self._unhold(uuid, line))
            raise
        line.on_hold = True

    async def _unhold(self, uuid: str, line: _Line) -> None:
        line.on_hold = False
        await self._may(f"uuid_break {uuid} all")
        await self._may(f"uuid_hold off {uuid}")

    async def _transfer(self, uuid: str, line: _Line, to: str, summary: str) -> None:
        """To `user/6001`, who is called and joined with the caller; `600@agents`, where the dialplan goes on; or
        `sip:…`, to whom the caller's own exchange is referred.
        """
        if summary:
            await self._may(f"uuid_setvar {uuid} {SUMMARY} {summary}")
        if "/" in to and not to.startswith("sip:"):
            return await self._call_in(uuid, line, to, summary)
        extension, _, context = to.partition("@")
        line.handed_over = True  # its channel may be gone, or the stream closed, before this is answered
        try:
            if to.startswith("sip:"):
                await self._esl.api(f"uuid_deflect {uuid} {to}")
            else:
                await self._esl.api(f"uuid_transfer {uuid} {extension}{f' XML {context}' if context else ''}")
        except BaseException:
            line.handed_over = False
            raise
        return None

    async def _call_in(self, uuid: str, line: _Line, to: str, summary: str) -> None:
        """Ring a person, with the caller on hold; both are joined when the person answers."""
        person = str(uuid4())
        variables = f"origination_uuid={person},originate_timeout={PERSON_SECONDS},ignore_early_media=true"
        shown = f",{SUMMARY}={summary}" if summary else ""
        try:
            await self._may(f"uuid_broadcast {uuid} {HOLD_MUSIC} aleg")  # which joining them ends
            await self._esl.job(f"originate {{{variables}{shown}}}{to} &park()")
            await self._esl.api(f"uuid_bridge {uuid} {person}")
        except BaseException:  # cancelled too: nobody is rung in vain
            self._start(self._may(f"uuid_kill {person} ORIGINATOR_CANCEL"))
            self._start(self._may(f"uuid_break {uuid} all"))
            raise
        line.handed_over = True

    async def _may(self, line: str) -> None:
        try:
            await self._esl.api(line)
        except ControlError as problem:
            log.info("not_done", control="ESL", command=line.partition(" ")[0], why=mask(str(problem)))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
