"""What can be asked while the server runs: is it well, which calls are there, what is said in them.

Monitors ask without a token and learn no more than numbers; calls are for those who bring it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from engine import VERSION
from engine.calls.log import entry_line, header_line
from engine.calls.mask import mask
from server.live.call import LiveCall
from server.live.desk import Desk
from server.live.doorman import Doorman
from server.live.record import unwritable
from server.live.turns import TurnCall
from server.metrics import METRICS

LOOK_SECONDS = 0.1


def router(desk: Desk, doorman: Doorman) -> APIRouter:
    routes = APIRouter()

    @routes.get("/health")
    async def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "version": VERSION}

    @routes.get("/ready")
    async def ready() -> JSONResponse:
        """Would a call be taken now, and its first word come at once?"""
        why = desk.why_not() or ("" if desk.prepared else "the prompts are being made")
        why = why or await asyncio.to_thread(unwritable, desk.settings.calls)
        return JSONResponse({"ready": not why, "why": why, "calls": len(desk.calls)}, 503 if why else 200)

    @routes.get("/metrics")
    async def metrics() -> Response:
        METRICS.tasks.set(len(asyncio.all_tasks()))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/calls", dependencies=[Depends(doorman.let_in)])
    async def calls() -> list[dict[str, object]]:
        return [_told(name, call) for name, call in desk.calls.items()]

    @routes.get("/calls/{name}/log", dependencies=[Depends(doorman.let_in)])
    async def call_log(name: str) -> StreamingResponse:
        """The log of a call in progress, a line a step, until the call is over."""
        call = desk.calls.get(name)
        if call is None:
            raise HTTPException(404, f"no call {name!r} is in progress")
        return StreamingResponse(_follow(call), media_type="application/x-ndjson")

    @routes.get("/openapi.json", dependencies=[Depends(doorman.let_in)], include_in_schema=False)
    async def openapi(request: Request) -> dict[str, object]:
        """All that can be asked, here and elsewhere in the application."""
        return dict(request.app.openapi())

    return routes


def _told(name: str, call: LiveCall | TurnCall) -> dict[str, object]:
    return {
        "call": name,
        "call_id": mask(call.state.call_id),
        "script": call.script.name,
        "stage": call.state.stage,
        "phase": call.state.phase,
        "seconds": call.at_ms // 1000,
    }


async def _follow(call: LiveCall | TurnCall) -> AsyncIterator[str]:
    """The lines of its log, from the first to the last."""
    yield header_line(call.record.header)
    told = 0
    while True:
        over = call.over
        for entry in call.record.entries[told:]:
            yield entry_line(entry)
        told = len(call.record.entries)
        if over:
            return
        await asyncio.sleep(LOOK_SECONDS)
