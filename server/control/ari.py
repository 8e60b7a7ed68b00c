"""Asterisk by its REST interface (ARI): calls that come, calls that we place, what becomes of them, and commands.

A call comes when the dialplan gives it to our Stasis application, with `name=value` arguments: script, trunk,
variables. Only calls that came or were placed here are known here; one that the dialplan dialled to our WebSocket by
itself is carried without a control, since Asterisk takes commands only for channels in an application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog

from engine.calls.events import Answered, Event, Failed, HoldEnded
from engine.calls.mask import mask
from server.control import ari_events
from server.control.ari_client import Ari, RefusedError
from server.control.ari_lines import GATEWAY, NO_CIRCUIT, OF_A_CALL, Line, Lines
from server.control.keeping import keep
from server.control.port import Command, ControlError, Dial, Tell, Told, destination
from server.gateways import wire
from server.live.desk import Desk
from server.live.handover import written

log = structlog.get_logger()

SUMMARY = "HUASHU_SUMMARY"
"""Variable of a person's channel, or of a call that goes on in the dialplan: the call in short, as JSON."""
PERSON_SECONDS = 30
PLACED = "placed"
"""The argument of channels that we make: one that comes when its call is over is no caller."""


class AriControl:
    tells = True

    def __init__(self, desk: Desk, ari: Ari) -> None:
        self.lines = Lines(desk, ari)
        self._desk = desk
        self._ari = ari
        self._tell: Tell = desk.network_said

    # --- what Asterisk tells -----------------------------------------------------------------------------------------

    async def run(self, tell: Tell) -> None:
        self._tell = tell
        try:
            await keep("ARI", self._listen)
        finally:
            await self._ari.close()

    async def _listen(self, in_order: Callable[[], None]) -> None:
        def connected() -> None:
            in_order()
            self._desk.start(self._catch_up())

        await self._ari.events(connected, self._hear)

    async def _catch_up(self) -> None:
        """What happened while nobody listened."""
        for channel in [each for each, line in self.lines.of.items() if each != line.media]:
            told: dict[str, Any] = {"type": "ChannelStateChange", "channel": {"id": channel}}
            try:
                told["channel"] |= await self._ari.ask("GET", "channels", channel)
            except ControlError as problem:
                if not (isinstance(problem, RefusedError) and problem.code == HTTPStatus.NOT_FOUND):
                    return
                told |= {"type": "ChannelDestroyed", "cause_txt": "gone while nobody listened"}
            self._take(told)

    def _hear(self, message: str | bytes) -> None:
        if told := ari_events.read(message):
            self._take(told)

    def _take(self, told: Mapping[str, Any]) -> None:
        channel, kind = ari_events.id_of(told), told["type"]
        line = self.lines.of.get(channel)
        if line is None:
            if kind == "StasisStart" and channel:
                late = told.get("args") == [PLACED] or OF_A_CALL.search(channel)
                self._desk.start(self._drop(channel) if late else self._let_in(told))
        elif channel == line.call_id:
            event: Event | None = None if line.handed_over else ari_events.hear(line.progress, told)
            if kind == "ChannelUnhold" and line.on_hold:
                line.on_hold, event = False, HoldEnded(0, 0)
            if event or kind in ("ChannelDestroyed", "ChannelHangupRequest"):
                self._tell(Told(line.call_id, GATEWAY.name, event, ari_events.raw(told), line.params))
            if kind == "ChannelDestroyed":
                self.lines.of.pop(channel)
                self._desk.start(self.lines.end(line))
        elif channel == line.person:
            self._hear_of_person(line, told)

    def _hear_of_person(self, line: Line, told: Mapping[str, Any]) -> None:
        event, came = ari_events.hear(line.person_progress, told), line.person_came
        if told["type"] == "ChannelDestroyed" and line.handed_over:
            self._desk.start(self.lines.end(line))
        if came is None or came.done():
            return
        if isinstance(event, Answered) or told["type"] == "StasisStart":
            came.set_result(None)
        elif isinstance(event, Failed):
            code = event.sip or event.q850
            came.set_exception(ControlError(f"{event.reason or 'no answer'}{f' ({code})' if code else ''}"))

    # --- calls -------------------------------------------------------------------------------------------------------

    async def _let_in(self, told: Mapping[str, Any]) -> None:
        """A call that the dialplan has given to our application: `Stasis(huashu,script=phone-robot,name=王)`."""
        channel = ari_events.channel_of(told)
        caller = channel.get("caller")
        arguments = (str(each).partition("=") for each in told.get("args") or ())
        params = {name.strip(): value for name, equals, value in arguments if equals}
        number = str(caller.get("number", "")) if isinstance(caller, dict) else ""
        line = self.lines.open(str(channel["id"]), {"caller": number, **params}, answered=True)
        try:
            if why := self._desk.why_not():
                raise ControlError(why)
            await self._ari.ask("POST", "channels", line.call_id, "answer")
            await self.lines.carry(line, lambda: None)
        except ControlError as problem:
            log.warning("refused", gateway=GATEWAY.name, call=mask(line.call_id), why=mask(str(problem)))
            await self.lines.end(line, NO_CIRCUIT)

    async def place(self, dial: Dial) -> None:
        line = self.lines.open(dial.call_id, {**dial.params, "early": "true"}, answered=False)
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def carry() -> None:
            problem = ControlError("its sound does not begin")
            try:
                await self.lines.carry(line, lambda: begun.set_result(None))
            except ControlError as told:
                problem = told
            finally:
                if not begun.done():
                    begun.set_exception(problem)

        try:
            query: dict[str, str | int] = {"endpoint": dial.endpoint, "app": self._ari.app, "channelId": dial.call_id}
            query["appArgs"] = PLACED
            shown = {"CALLERID(num)": dial.shows} if dial.shows else None
            await self._ari.ask("POST", "channels", "create", query=query, variables=shown)
            self._desk.start(carry())
            await begun
            await self._ari.ask("POST", "channels", dial.call_id, "dial", query={"timeout": dial.ring_seconds})
        except ControlError:
            await self.lines.end(line)
            raise

    # --- commands ----------------------------------------------------------------------------------------------------

    def can(self, call: wire.Started) -> frozenset[type]:
        known = call.call_id in self.lines.of
        return frozenset({wire.Transfer, wire.Keys, wire.Hold, wire.Unhold, wire.HangUp}) if known else frozenset()

    async def carry_out(self, call: wire.Started, command: Command) -> None:
        line = self.lines.of.get(call.call_id)
        if line is None:
            raise ControlError("Asterisk does not have this call any more")
        match command:
            case wire.HangUp(_, q850):
                await self.lines.end(line, q850)
            case wire.Keys(digits):
                await self._ari.ask("POST", "channels", line.call_id, "dtmf", query={"dtmf": digits})
            case wire.Hold():
                await self._hold(line)
            case wire.Unhold():
                await self._unhold(line)
            case wire.Transfer(to, summary):
                told = {SUMMARY: written(summary)} if summary else {}
                await self._transfer(line, destination(self._desk.settings.destinations, to), told)

    async def _hold(self, line: Line) -> None:
        """The channel hears music, and the far end learns of it where its driver passes that on."""
        try:
            await self._ari.ask("POST", "channels", line.call_id, "hold")
            await self._ari.ask("POST", "channels", line.call_id, "moh")
        except BaseException:  # half a hold is none
            self._desk.start(self._unhold(line))
            raise
        line.on_hold = True

    async def _unhold(self, line: Line) -> None:
        line.on_hold = False
        await self._may("DELETE", "channels", line.call_id, "moh")
        await self._may("DELETE", "channels", line.call_id, "hold")

    async def _transfer(self, line: Line, to: str, told: Mapping[str, str]) -> None:
        """To `PJSIP/6001`, who is called and taken into the bridge; `600@agents`, where the dialplan goes on; or
        `sip:…`, to whom the caller's own exchange is referred.
        """
        if to.startswith("sip:"):
            with line.leaving():
                await self._ari.ask("POST", "channels", line.call_id, "redirect", query={"endpoint": f"PJSIP/{to}"})
        elif "/" in to:
            await self._call_in(line, to, told)
        else:
            for name, value in told.items():
                query = {"variable": name, "value": value}
                await self._ari.ask("POST", "channels", line.call_id, "variable", query=query)
            extension, _, context = to.partition("@")
            where: dict[str, str | int] = {"extension": extension, "priority": 1}
            where |= {"context": context} if context else {}
            with line.leaving():
                await self._ari.ask("POST", "channels", line.call_id, "continue", query=where)
            self._desk.start(self.lines.let_go(line))

    async def _call_in(self, line: Line, endpoint: str, told: Mapping[str, str]) -> None:
        """Ring a person, with music for the caller meanwhile, and leave the two alone."""
        came = line.call_in()
        person = line.person
        self.lines.of[person] = line
        query: dict[str, str | int] = {
            "endpoint": endpoint,
            "app": self._ari.app,
            "channelId": person,
            "appArgs": PLACED,
            "originator": line.call_id,
            "timeout": PERSON_SECONDS,
        }
        music = await self._may("POST", "bridges", line.bridge, "moh")
        try:
            await self._ari.ask("POST", "channels", query=query, variables=told)
            await came
            await self._ari.ask("POST", "bridges", line.bridge, "addChannel", query={"channel": person})
        except BaseException:  # cancelled too: nobody is rung in vain
            self.lines.of.pop(person, None)
            line.person = ""
            self._desk.start(self._drop(person))
            raise
        finally:
            if music:
                await self._may("DELETE", "bridges", line.bridge, "moh")
        line.handed_over = True
        self._desk.start(self._drop(line.media))

    async def _drop(self, channel: str) -> None:
        await self._ari.drop("channels", channel)

    async def _may(self, method: str, *path: str) -> bool:
        try:
            await self._ari.ask(method, *path)
        except ControlError:
            return False
        return True
