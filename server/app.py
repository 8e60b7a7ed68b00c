"""The web application: gateways by WebSocket, their webhooks, what monitors ask, and the calls in progress."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, WebSocket
from fastapi.responses import PlainTextResponse
from watchfiles import awatch

from engine import VERSION
from server.control import placing
from server.control import table as control
from server.gateways.table import GATEWAYS, Gateway, subprotocol
from server.gateways.wire import Started, WireError
from server.live import asking, audiosocket, dialling, vosk, watching, webhooks
from server.live.desk import Desk
from server.live.doorman import Doorman
from server.live.shelf import Shelf
from server.live.sockets import ServerSocket
from server.live.sweeping import sweep_daily
from server.metrics import METRICS
from server.outbox import routes as outbox_routes
from server.refusal import refusal
from server.settings import Settings

log = structlog.get_logger()

MOST_BODY_BYTES = 64 * 1024
"""Of a request, whoever sends it: a form, a call to place, a batch of reports. Sound comes by sockets."""


def create(desk: Desk, *, prepare: bool = True) -> FastAPI:
    """The application; its scripts and models are loaded, and closed again by whoever loaded them. It makes all prompts
    at once unless told not to.
    """
    settings, shelf = desk.settings, desk.shelf
    doorman, tickets = Doorman(settings, time.monotonic), audiosocket.Tickets(time.monotonic)
    asked = asking.Turns(desk)
    desk.controls = control.controls(desk)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with (
            AsyncExitStack() as afterwards,
            desk.outbox.running(settings.drain_seconds),
            asyncio.TaskGroup() as tasks,
        ):
            if settings.audiosocket_port:
                port = await audiosocket.listen(desk, tickets)
                afterwards.callback(port.close)
            work = {
                "ticker": desk.tick(),
                "turns": asked.run(),
                "scripts": watch(shelf, settings, desk),
                "recordings": sweep_daily(settings),
                "controls": control.listen(desk.controls, desk.network_said),
                **({"prompts": desk.prepare()} if prepare else {}),
            }
            running = [tasks.create_task(desk.keep(name, each)) for name, each in work.items()]
            try:
                yield
                await desk.drain(settings.drain_seconds)
            finally:
                for task in running:
                    task.cancel()

    app = FastAPI(
        title="huashu",
        version=VERSION,
        lifespan=lifespan,
        openapi_url=None,  # strangers need no list of what can be asked: `watching` tells it those who may know
        max_body_size=MOST_BODY_BYTES,
    )
    app.state.desk, app.state.doorman, app.state.turns = desk, doorman, asked
    app.include_router(watching.router(desk, doorman))
    app.include_router(webhooks.router(desk, doorman))
    app.include_router(outbox_routes.router(desk.outbox, doorman))
    app.include_router(audiosocket.router(doorman, tickets, settings.audiosocket_port))
    app.include_router(asking.router(asked, doorman))
    app.include_router(dialling.router(desk, doorman))
    app.include_router(placing.router(desk, doorman))
    for gateway in GATEWAYS.values():
        route = _gateway_route(gateway, desk, doorman)
        app.add_api_websocket_route(gateway.path, route, name=gateway.name)
        app.add_api_websocket_route(gateway.path + "/{token}", route, name=gateway.name)
    for path in (vosk.PATH, vosk.PATH + "/{token}"):
        app.add_api_websocket_route(path, vosk.route(desk, doorman), name=vosk.NAME)
    return app


# --- scripts ---------------------------------------------------------------------------------------------------------


async def watch(shelf: Shelf, settings: Settings, desk: Desk) -> None:
    """Take up scripts when files in their folders change."""
    places = {settings.scripts, *(Path(path).parent for each in shelf.scripts.values() for path in each.sources)}
    async for _ in awatch(*places, step=200, debounce=1000):
        taken: list[str] = []
        try:
            taken = await asyncio.to_thread(shelf.load)
        except OSError as problem:  # what a call runs with must be kept, so that it can be run again
            log.error("scripts_not_kept", why=refusal(problem), then="the last good versions stay")
        for name, problems in shelf.problems.items():
            then = "the last good version stays" if name in shelf.scripts else "it cannot be called"
            log.warning("script_has_problems", script=name, first=str(problems[0]), problems=len(problems), then=then)
        for name in taken:
            log.info("script_taken_up", script=name, sha256=shelf.scripts[name].script.sha256[:12])
        await desk.prepare()


# --- gateways --------------------------------------------------------------------------------------------------------


def _gateway_route(gateway: Gateway, desk: Desk, doorman: Doorman) -> Callable[[WebSocket], Coroutine[Any, Any, None]]:
    async def connect(socket: WebSocket) -> None:
        behind = socket.path_params.get("token", "")
        target = f"{socket.url.path}?{socket.url.query}" if socket.url.query else socket.url.path
        proved = doorman.lets_in(gateway, socket.headers, socket.query_params, behind, target)
        try:
            codec = gateway.codec(dict(socket.query_params))
        except WireError as wrong:
            return await _refuse(socket, gateway, 400, wrong.reason)
        if proved is False:
            return await _refuse(socket, gateway, 401, "no valid credential")
        desk.dialled.discard(doorman.call_of(socket.query_params.get("token", "")))
        if why := desk.why_not():
            return await _refuse(socket, gateway, 503, why)
        with desk.place():
            await socket.accept(subprotocol(gateway, socket.scope.get("subprotocols", [])))

            def allowed(started: Started) -> bool:
                return proved is True or doorman.takes(started.params.get("token", ""), started.call_id)

            await desk.take(gateway, codec, ServerSocket(socket), allowed)
        return None

    return connect


async def _refuse(socket: WebSocket, gateway: Gateway, status: int, why: str) -> None:
    log.warning("refused", gateway=gateway.name, why=why)
    METRICS.refused.labels(gateway.name).inc()
    await socket.send_denial_response(PlainTextResponse(why, status))
