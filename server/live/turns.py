"""Calls that come as HTTP requests, a turn each: the platform listens and speaks, the engine decides.

The same fold as in a call with sound, and the same record. A call lives between its requests, by the platform's name
for it; one that asks no more is closed after a while, and there are never more of them than the server has lines.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import PurePath
from typing import Any

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request

from engine.calls import events
from engine.calls.actions import Action, CancelTimer, HangUp, Play, StartTimer, StopPlayback, Transfer
from engine.calls.events import Event, Heard, HungUp, PlaybackFinished, Pressed, TimerFired
from engine.calls.log import Entry
from engine.calls.mask import mask
from engine.dialogue.state import State
from engine.dialogue.step import step
from engine.language.script import Script
from server.gateways import turns, wire
from server.gateways.turns import Asked, Bye, Connect, GoOn, Hush, Next, Platform, Say, Wait
from server.live.desk import Desk, RefusedError
from server.live.doorman import Doorman
from server.live.private import person
from server.live.record import Record, RecordError
from server.metrics import METRICS

log = structlog.get_logger()

MOST_BODY_BYTES = 64 * 1024
IDLE_MS = 120_000
"""A platform asks at the end of each prompt and wait; after this time it will not ask any more."""
SWEEP_SECONDS = 5
LEAST_WAIT_MS, MOST_WAIT_MS = 100, 10_000


class TurnCall:
    """One call. `take` what the platform tells, then `next` says what it is to do."""

    def __init__(self, script: Script, state: State, record: Record, now_ms: int, *, recordings: bool) -> None:
        self.script, self.state, self.record = script, state, record
        self.asked_ms = now_ms
        """When the platform last asked."""
        self.oddities: list[str] = []
        self._recordings = recordings
        self._created_ms = now_ms
        self._events: deque[Event] = deque()
        self._timers: dict[int, int] = {}
        self._waiting: deque[tuple[int, str]] = deque()
        """Prompts not yet told the platform, with the `Play` that each belongs to."""
        self._playing = 0
        """The `Play` that the platform is busy with."""
        self._since_ms = 0
        self._begun = self._hushed = False
        self._transfer: Transfer | None = None
        self._connecting = 0
        self._bye: HangUp | None = None

    @property
    def at_ms(self) -> int:
        return self.asked_ms - self._created_ms

    def take(self, told: turns.Told, now_ms: int) -> None:
        self.asked_ms = max(now_ms, self.asked_ms)
        self._ring()
        if told_how := _TAKE.get(type(told)):
            told_how(self, told)
        self._fold()

    def lost(self) -> None:
        """The platform asks no more."""
        self._happen(HungUp(self.at_ms, "network"))

    def next(self) -> Next:
        """What the platform is to do now."""
        hushed, self._hushed = self._hushed, False
        if self.state.phase == "ended":
            return Bye(self._bye.reason if self._bye else "over")
        if self._transfer:
            self._connecting, to, self._transfer = self._transfer.ref, self._transfer.to, None
            return Connect(to)
        if self._playing:
            return GoOn()
        if self._waiting:
            self._playing, prompt = self._waiting.popleft()
            first, self._begun, self._since_ms = not self._begun, True, self.at_ms
            return Say(prompt, first)
        if self._connecting:
            return GoOn()
        if hushed:
            return Hush()
        due_ms = min(self._timers.values(), default=self.at_ms + MOST_WAIT_MS)
        return Wait(max(LEAST_WAIT_MS, min(due_ms - self.at_ms, MOST_WAIT_MS)))

    def close(self, gateway: str) -> dict[str, object]:
        """End the record, whatever the call came to. Raises `RecordError`."""
        if self.state.phase != "ended":
            self.lost()
        more = {"gateway": gateway, "duration_ms": self.at_ms, "oddities": self.oddities}
        return self.record.close(self.script, self.state.facts, more)

    # --- from the platform -------------------------------------------------------------------------------------------

    def on_started(self, _: wire.Started) -> None:
        if self.state.phase == "new":
            self._happen(events.Answered(self.at_ms))

    def on_text(self, text: wire.Text) -> None:
        self._happen(Heard(self.at_ms, text.text, text.confidence, text.final))

    def on_digit(self, digit: wire.Digit) -> None:
        self._happen(Pressed(self.at_ms, digit.digit))

    def on_played(self, _: wire.Played) -> None:
        """The prompt is over; its `Play` is when nothing of it waits any more."""
        ref, self._playing = self._playing, 0
        if ref and all(each != ref for each, _ in self._waiting):
            self._happen(PlaybackFinished(self.at_ms, ref, self.at_ms - self._since_ms))

    def on_transfer(self, result: wire.TransferResult) -> None:
        ref, self._connecting = self._connecting, 0
        if ref and result.ok:
            self._happen(events.TransferSucceeded(self.at_ms, ref))
        elif ref:
            self._happen(events.TransferFailed(self.at_ms, ref, result.reason))

    def on_ended(self, _: wire.Ended) -> None:
        self._happen(HungUp(self.at_ms, "caller"))

    def on_oddity(self, oddity: wire.Oddity) -> None:
        if len(self.oddities) < 100:
            self.oddities.append(oddity.what)

    # --- the fold ----------------------------------------------------------------------------------------------------

    def _ring(self) -> None:
        """Timers that ran out while nobody asked."""
        for ref, due_ms in sorted(self._timers.items(), key=lambda timer: timer[1]):
            if due_ms <= self.at_ms and self._timers.pop(ref, None) is not None:
                self._happen(TimerFired(self.at_ms, ref))

    def _happen(self, event: Event) -> None:
        self._events.append(event)
        self._fold()

    def _fold(self) -> None:
        while self._events:
            event, seq = self._events.popleft(), self.state.seq
            self.state, decided = step(self.script, self.state, event)
            self.record.append(Entry(seq, event, decided))
            for action in decided:
                self._carry_out(action)

    def _carry_out(self, action: Action) -> None:
        match action:
            case Play(ref):
                self._waiting += ((ref, prompt) for prompt in prompts(action, recordings=self._recordings))
                if all(each != ref for each, _ in self._waiting):  # nothing that a platform can say
                    self._events.append(PlaybackFinished(self.at_ms, ref))
            case StopPlayback(ref):
                played_ms = self.at_ms - self._since_ms if self._playing == ref else 0
                self._hushed = self._hushed or self._playing == ref
                self._playing = 0 if self._playing == ref else self._playing
                self._waiting = deque(each for each in self._waiting if each[0] != ref)
                self._events.append(PlaybackFinished(self.at_ms, ref, played_ms, completed=False))
            case StartTimer(ref, _, delay_ms):
                self._timers[ref] = self.at_ms + delay_ms
            case CancelTimer(ref):
                self._timers.pop(ref, None)
            case Transfer():
                self._transfer = action
            case HangUp():
                self._bye = action
                self._events.append(HungUp(self.at_ms, "bot"))


def prompts(play: Play, *, recordings: bool) -> list[str]:
    """What a platform can say of a prompt: texts, and names of recordings that lie on it, where it has them."""
    found: list[str] = []
    for part in play.parts:
        if recordings and part.audio:
            found.append(PurePath(part.audio).name)
        elif part.text and found and not found[-1].endswith(".wav"):
            found[-1] += part.text
        elif part.text:
            found.append(part.text)
    return found


_TAKE: Mapping[type, Callable[[TurnCall, Any], None]] = {
    wire.Started: TurnCall.on_started,
    wire.Text: TurnCall.on_text,
    wire.Digit: TurnCall.on_digit,
    wire.Played: TurnCall.on_played,
    wire.TransferResult: TurnCall.on_transfer,
    wire.Ended: TurnCall.on_ended,
    wire.Oddity: TurnCall.on_oddity,
}


class Turns:
    """All such calls of this server."""

    def __init__(self, desk: Desk) -> None:
        self.calls: dict[tuple[str, str], TurnCall] = {}
        """By platform and its name for the call."""
        self._desk = desk
        self._places: dict[tuple[str, str], ExitStack] = {}

    def answer(self, platform: Platform, asked: Asked, query: Mapping[str, str]) -> Next:
        """What to do next in the call that asks. Raises `RefusedError` and `RecordError`."""
        key, now_ms = (platform.name, asked.call_id), self._desk.now_ms()
        call = self.calls.get(key) or self._begun(key, asked, query, now_ms)
        if call is None:
            return Bye("no such call")
        for told in asked.told:
            call.take(told, now_ms)
        what = call.next()
        if isinstance(what, Bye):
            self._close(key)
        return what

    def _begun(self, key: tuple[str, str], asked: Asked, query: Mapping[str, str], now_ms: int) -> TurnCall | None:
        started = next((told for told in asked.told if isinstance(told, wire.Started)), None)
        if started is None:
            return None
        if why := self._desk.why_not():
            raise RefusedError(why)
        brought = {**started.params, **query}
        shelved, state, record = self._desk.begin(asked.call_id, brought, person(started))
        call = TurnCall(shelved.script, state, record, now_ms, recordings=brought.get("recordings") == "yes")
        self._places[key] = ExitStack()
        self._places[key].enter_context(self._desk.place())
        self.calls[key] = call
        METRICS.calls.inc()
        log.info("call_started", call=mask(asked.call_id), gateway=key[0], script=call.script.name)
        return call

    def _close(self, key: tuple[str, str]) -> None:
        call = self.calls.pop(key)
        self._places.pop(key).close()
        METRICS.calls.dec()
        call_id = mask(key[1])
        try:
            summary = call.close(key[0])
        except RecordError as problem:
            log.error("record_incomplete", call=call_id, why=str(problem))
            return
        METRICS.ended.labels(key[0], str(summary["disposition"]), str(summary["grade"] or "none")).inc()
        log.info("call_ended", call=call_id, grade=summary["grade"], disposition=summary["disposition"])

    def sweep(self, idle_ms: int = IDLE_MS) -> None:
        """Close the calls that ask no more."""
        now_ms = self._desk.now_ms()
        for key in [key for key, call in self.calls.items() if now_ms - call.asked_ms >= idle_ms]:
            self._close(key)

    async def run(self) -> None:
        """Sweep until cancelled; then all calls are over."""
        try:
            while True:
                await asyncio.sleep(SWEEP_SECONDS)
                self.sweep()
        finally:
            self.sweep(0)


def router(turns_: Turns, doorman: Doorman) -> APIRouter:
    """`POST /smartivr` and the like."""
    routes = APIRouter()

    def add(platform: Platform) -> None:
        @routes.post(platform.path, name=platform.name, dependencies=[Depends(doorman.let_in)])
        async def turn(request: Request) -> dict[str, Any]:
            query = {name: value for name, value in request.query_params.items() if name != "token"}
            try:
                what = turns_.answer(platform, platform.read(await _json(request)), query)
            except wire.WireError as wrong:
                log.warning("turn_refused", gateway=platform.name, why=wrong.reason)
                raise HTTPException(400, wrong.reason) from None
            except (RefusedError, RecordError) as refused:
                log.warning("refused", gateway=platform.name, why=str(refused))
                METRICS.refused.labels(platform.name).inc()
                what = Bye("not taken")
            return platform.write(what)

    for platform in turns.PLATFORMS.values():
        add(platform)
    return routes


async def _json(request: Request) -> dict[str, Any]:
    if int(request.headers.get("content-length") or 0) > MOST_BODY_BYTES:
        raise HTTPException(413, "the request is too large")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise wire.WireError("the request is not JSON") from None
    if not isinstance(told, dict):
        raise wire.WireError("the request is JSON, but not an object")
    return told
