"""What vendors ask and tell by HTTP: what to do with a call, and what became of it; and what any other system tells.

A request that is neither signed nor brings the token changes nothing, and neither does one that was there before: a
vendor who repeats himself is thanked, and that is all. A status may come late, twice or never: the call's own record
is whole without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from engine.calls.events import HungUp
from server.control.port import ControlError, Told, destination
from server.control.rest import RestControl
from server.gateways import outcomes, statuses
from server.gateways.hooks import HOOKS, Hooks, person
from server.gateways.signatures import Signed
from server.gateways.table import GATEWAYS
from server.live.desk import Desk
from server.live.doorman import Doorman
from server.metrics import METRICS

log = structlog.get_logger()

OUTCOME = "/outcome"


@dataclass(frozen=True, slots=True)
class Brought:
    """A webhook that has proved who sends it."""

    told: dict[str, Any]
    """Its form, its JSON, or its query."""
    is_form: bool
    params: dict[str, str]
    """Its query, without the token."""
    name: str
    """By which it is known when it comes again; empty where it was let in by the token."""


class Hall:
    """Where webhooks come in."""

    def __init__(self, desk: Desk, doorman: Doorman) -> None:
        self.desk = desk
        self.doorman = doorman

    async def takes(self, request: Request, hooks: Hooks | None) -> Brought:
        """Raises 400 or 401."""
        body = await request.body()
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        form = _form(body) if is_form else ()
        name = self.doorman.proves(hooks, Signed(self._public(request), request.headers, body, form))
        if not name and not self.doorman.knows(request.headers, request.query_params):
            log.warning("webhook_refused", path=request.url.path, why="neither signed nor with the token")
            METRICS.webhooks.labels(request.url.path, "refused").inc()
            raise HTTPException(401, "neither signed nor with the token")
        params = {name: value for name, value in request.query_params.items() if name != "token"}
        told = dict(form) if is_form else _json(body) if body else params
        return Brought(told, is_form, params, f"{request.url.path} {name}" if name else "")

    async def keep(self, request: Request, brought: Brought, told: Told) -> None:
        """Have it kept, unless it was there before."""
        if brought.name and not self.doorman.first(brought.name):
            log.warning("webhook_repeated", path=request.url.path)
            METRICS.webhooks.labels(request.url.path, "repeated").inc()
            return
        METRICS.webhooks.labels(request.url.path, "taken").inc()
        # Of an end without a side and a cause the stream tells more, a moment earlier or later.
        await self.desk.network.said(told, stream_knows=told.event == HungUp(0, "network"))

    def person_said(self, gateway: str, told: statuses.Status) -> None:
        """Something became of a person to whom a call is being transferred."""
        control = self.desk.controls.get(gateway)
        if isinstance(control, RestControl) and told.event:
            control.person_said(told.leg_of, told.event)

    def _public(self, request: Request) -> str:
        """The address that the sender was told to call: behind a proxy, the server sees another one."""
        query = f"?{request.url.query}" if request.url.query else ""
        return self.desk.settings.public_url.rstrip("/") + request.url.path + query

    def stream_url(self, request: Request, gateway: str) -> str:
        """Where the stream goes: the public address, or, for one who asks from this machine, the way he came."""
        base = urlsplit(self.desk.settings.public_url or str(request.base_url))
        scheme = "wss" if base.scheme == "https" else "ws"
        return f"{scheme}://{base.netloc}{base.path.rstrip('/')}{GATEWAYS[gateway].path}"


def router(desk: Desk, doorman: Doorman) -> APIRouter:
    """`/twilio/voice`, `/twilio/status`, and the same for each vendor; `POST /outcome`."""
    routes = APIRouter()
    hall = Hall(desk, doorman)
    for gateway, hooks in HOOKS.items():
        _add(routes, hall, gateway, hooks)

    @routes.post(OUTCOME, status_code=204)
    async def outcome(request: Request) -> Response:
        """What became of a call, told by any system."""
        brought = await hall.takes(request, None)
        try:
            told = outcomes.read(brought.told)
        except outcomes.OutcomeError as wrong:
            raise HTTPException(400, str(wrong)) from None
        more = {name: value for name, value in (("trunk", told.trunk), ("caller", told.caller)) if value}
        params = {**brought.params, **more}
        gateway = told.gateway or "outcome"
        await hall.keep(request, brought, Told(told.call_id, gateway, told.event, told.raw, params, told.at))
        return Response(status_code=204)

    return routes


def _add(routes: APIRouter, hall: Hall, gateway: str, hooks: Hooks) -> None:
    path = GATEWAYS[gateway].path

    @routes.get(f"{path}/voice", name=f"{gateway}_asks")
    @routes.post(f"{path}/voice", name=f"{gateway}_voice")
    async def voice(request: Request) -> Response:
        """A call is there: join it to a stream, or have it rejected where no line is free."""
        brought = await hall.takes(request, hooks)
        told = statuses.flat(brought.told)
        call_id = told.get(hooks.call_id, "")
        if not call_id:
            raise HTTPException(400, f"{hooks.call_id} is missing")
        if why := hall.desk.why_not():
            log.warning("refused", gateway=gateway, why=why)
            return Response(hooks.refuse(), media_type=hooks.media_type)
        asked = {name: value for name, value in brought.params.items() if request.method == "POST" or name not in _OWN}
        named = {hooks.named: call_id} if hooks.named else {}
        params = {"caller": person(told), **asked, **named, "token": hall.doorman.ticket(call_id)}
        return Response(hooks.join(hall.stream_url(request, gateway), params), media_type=hooks.media_type)

    @routes.post(f"{path}/status", status_code=204, name=f"{gateway}_status")
    async def status(request: Request) -> Response:
        """What became of a call."""
        brought = await hall.takes(request, hooks)
        shape = hooks.form if brought.is_form else hooks.json
        if shape is None:
            raise HTTPException(415, f"{gateway} tells this in another form")
        told, number = statuses.read(shape, brought.told), person(statuses.flat(brought.told))
        params = {**({"caller": number} if number else {}), **brought.params}
        if LEG in brought.params:
            return Response(status_code=204)  # of the person that a call was transferred to
        if told.leg_of:
            hall.person_said(gateway, told)
            return Response(status_code=204)
        if not told.call_id:
            raise HTTPException(400, f"{' or '.join(shape.call_id)} is missing")
        await hall.keep(request, brought, Told(told.call_id, gateway, told.event, told.raw, params))
        return Response(status_code=204)

    if hooks.dial is None:
        return

    @routes.post(f"{path}/transfer", name=f"{gateway}_transfer")
    async def transfer(request: Request) -> Response:
        """Whom to connect the call to: the script's name for it is in the query."""
        brought = await hall.takes(request, hooks)
        try:
            address = destination(hall.desk.settings.destinations, brought.params.get("to", ""))
        except ControlError as problem:
            raise HTTPException(404, str(problem)) from None
        return Response(hooks.dial(address) if hooks.dial else "", media_type=hooks.media_type)


LEG = "leg"
"""In the query of a status that is of no call of ours."""
_OWN = frozenset({"from", "to", "uuid", "conversation_uuid", "region_url"})
"""What Vonage adds to a query of ours; no variables of a script."""


def _form(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200))
    except ValueError:
        raise HTTPException(400, "the form has too many fields") from None


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the request is not JSON") from None
    if not isinstance(told, dict):
        raise HTTPException(400, "the request is JSON, but not an object")
    return told
