"""The calls of platforms that ask by HTTP what to do next, and the routes at which they ask.

A call lives between its requests, by the platform's name for it; one that asks no more is closed after a while, and
there are never more of them than the server has lines.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request

from engine.calls.events import Failed, HungUp
from engine.calls.mask import mask
from server.control import port as control
from server.gateways import wire
from server.gateways.platforms import PLATFORMS
from server.gateways.smartcall import SMARTCALL, Report, reports
from server.gateways.turns import Asked, Bye, Next, Platform
from server.live.desk import Desk, RefusedError
from server.live.doorman import Doorman
from server.live.private import person
from server.live.record import RecordError
from server.live.turns import TurnCall
from server.metrics import METRICS

log = structlog.get_logger()

IDLE_MS = 120_000
"""A platform asks at the end of each prompt and wait; after this time it will not ask any more."""
PARTING_MS = 8_000
"""While the server stops, a platform is waited for so long beyond the time at which it should have asked."""
SWEEP_SECONDS = 1


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
        call = self.calls.get(key) or self._begun(platform, asked, query, now_ms)
        if call is None:
            return Bye("no such call")
        for told in asked.told:
            call.take(told, now_ms)
        what = call.next()
        if isinstance(what, Bye):
            self._close(key)
        return what

    def _begun(self, platform: Platform, asked: Asked, query: Mapping[str, str], now_ms: int) -> TurnCall | None:
        key = (platform.name, asked.call_id)
        started = next((told for told in asked.told if isinstance(told, wire.Started)), None)
        if started is None:
            return None
        if why := self._desk.why_not():
            raise RefusedError(why)
        brought = {**started.params, **query}
        shelved, state, record = self._desk.begin(asked.call_id, brought, person(started))
        recordings = brought.get("recordings") == "yes"
        call = TurnCall(shelved.script, state, record, platform, now_ms, recordings=recordings)
        self._places[key] = ExitStack()
        self._places[key].enter_context(self._desk.place())
        self.calls[key] = self._desk.asking[record.folder.name] = call
        METRICS.calls.inc()
        log.info("call_started", call=mask(asked.call_id), gateway=key[0], script=call.script.name)
        return call

    def _close(self, key: tuple[str, str]) -> None:
        call = self.calls.pop(key)
        self._desk.asking.pop(call.record.folder.name, None)
        self._places.pop(key).close()
        METRICS.calls.dec()
        call_id = mask(key[1])
        try:
            summary = call.close(key[0])
        except RecordError as problem:
            log.error("record_incomplete", call=call_id, why=mask(str(problem)))
            return
        finally:
            self._desk.network.closed(call.state.call_id)
        METRICS.ended.labels(key[0], str(summary["disposition"]), str(summary["grade"] or "none")).inc()
        log.info("call_ended", call=call_id, grade=summary["grade"], disposition=summary["disposition"])

    def reported(self, platform: Platform, report: Report, query: Mapping[str, str]) -> asyncio.Task[None]:
        """What became of a call, told beside its turns: it is over, or it was never answered. The task ends when that
        is kept.
        """
        key = (platform.name, report.call_id)
        call = self.calls.get(key)
        if call and isinstance(report.event, HungUp | Failed):
            call.take(wire.Ended("report", "caller"), self._desk.now_ms())
            self._close(key)
        return self._desk.network_said(control.Told(report.call_id, platform.name, report.event, report.raw, query))

    def sweep(self, idle_ms: int = IDLE_MS) -> None:
        """Close the calls that ask no more; while the server stops, those whose platform is late already."""
        now_ms, draining = self._desk.now_ms(), self._desk.draining
        for key, call in list(self.calls.items()):
            late = draining and now_ms - max(call.asks_ms, call.asked_ms) >= PARTING_MS
            if late or now_ms - call.asked_ms >= idle_ms:
                self._close_alone(key)

    def _close_alone(self, key: tuple[str, str]) -> None:
        """A fault in one call is the end of that call alone."""
        try:
            self._close(key)
        except Exception:
            log.exception("call_failed", call=mask(key[1]))

    async def run(self) -> None:
        """Sweep until cancelled; then all calls are over."""
        try:
            while True:
                await asyncio.sleep(SWEEP_SECONDS)
                self.sweep()
        finally:
            self.sweep(0)


def router(turns_: Turns, doorman: Doorman) -> APIRouter:
    """`POST /smartivr` and the like; `POST /smartcall/report` for what became of calls of that platform."""
    routes = APIRouter(dependencies=[Depends(doorman.let_in)])

    def add(platform: Platform) -> None:
        @routes.post(platform.path, name=platform.name)
        async def turn(request: Request) -> dict[str, Any]:
            query = _query(request)
            asked: Asked | None = None
            try:
                asked = platform.read(await _told(request, platform), query)
                what = turns_.answer(platform, asked, query)
            except wire.WireError as wrong:
                log.warning("turn_refused", gateway=platform.name, why=mask(wrong.reason))
                raise HTTPException(400, wrong.reason) from None
            except (RefusedError, RecordError) as refused:
                log.warning("refused", gateway=platform.name, why=mask(str(refused)))
                METRICS.refused.labels(platform.name).inc()
                what = Bye("not taken")
            return platform.write(what, asked or Asked("", ()), query)

    for platform in PLATFORMS.values():
        add(platform)

    @routes.post(f"{SMARTCALL.path}/report")
    async def report(request: Request) -> dict[str, Any]:
        """What became of calls. Aliyun sends the batch again until it is thanked, which it is for what is kept."""
        try:
            told = list(reports(_json(await _body(request))))
        except wire.WireError as wrong:
            raise HTTPException(400, wrong.reason) from None
        await asyncio.gather(*(turns_.reported(SMARTCALL, each, _query(request)) for each in told))
        return {"code": 0, "msg": "success"}

    return routes


def _query(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if name != "token"}


async def _told(request: Request, platform: Platform) -> dict[str, Any]:
    body = await _body(request)
    if platform.by_form and not body.lstrip().startswith("{"):
        return dict(request.query_params) | dict(parse_qsl(body))
    told = _json(body)
    if not isinstance(told, dict):
        raise wire.WireError("the request is JSON, but not an object")
    return told


async def _body(request: Request) -> str:
    return (await request.body()).decode("utf-8", "replace")


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise wire.WireError("the request is not JSON") from None
