"""Calls that we place: `POST /asterisk/originate` and `POST /freeswitch/originate`, by whoever brings the token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field, StringConstraints

from engine.calls.mask import mask
from server.control.ari import AriControl
from server.control.esl import EslControl
from server.control.port import ControlError, Dial
from server.gateways.table import GATEWAYS
from server.live.desk import Desk
from server.live.doorman import Doorman

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Switch:
    """Who places calls for us."""

    gateway: str
    """By which its calls come."""
    control: type[AriControl | EslControl]
    missing: str


SWITCHES: Mapping[str, Switch] = {
    "asterisk": Switch("asterisk", AriControl, "HUASHU_ARI_URL does not say where Asterisk is"),
    "freeswitch": Switch("fork", EslControl, "HUASHU_ESL_ADDRESS does not say where FreeSWITCH is"),
}
"""By their path."""


class Call(BaseModel):
    """Whom to call, how, and with which script."""

    endpoint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,20}/[^\s]{1,200}$")]
    """As the switch dials it: `PJSIP/13800138000@trunk-gz`, `sofia/gateway/trunk-gz/13800138000`."""
    caller: str = ""
    """The number of the person called."""
    shows: Annotated[str, StringConstraints(pattern=r"^[0-9+*#A-Za-z]{0,40}$")] = ""
    """The number that the person sees."""
    trunk: str = ""
    """Name of the line, by which tables of lines say what its codes mean."""
    script: str = ""
    variables: dict[str, str] = Field(default_factory=dict)
    mode: Annotated[str, StringConstraints(pattern="^(|frames|bulk)$")] = ""
    """Of Asterisk."""
    ring_seconds: int = Field(60, ge=5, le=180)


def router(desk: Desk, doorman: Doorman) -> APIRouter:
    """`POST /asterisk/originate`, `POST /freeswitch/originate`."""
    routes = APIRouter()
    for name, switch in SWITCHES.items():
        _add(routes, desk, doorman, name, switch)
    return routes


def _add(routes: APIRouter, desk: Desk, doorman: Doorman, name: str, switch: Switch) -> None:
    @routes.post(
        f"/{name}/originate", status_code=202, name=f"{name}_originate", dependencies=[Depends(doorman.let_in)]
    )
    async def originate(call: Call, request: Request) -> dict[str, str]:
        """Place a call, unless the number is not to be called. What becomes of it is in its record."""
        if why := await desk.outbox.why_not_call(call.caller, *call.endpoint.split("/")[1:]):
            log.warning("not_placed", why=why)
            raise HTTPException(403, why)
        control = desk.controls.get(switch.gateway)
        if not isinstance(control, switch.control):
            raise HTTPException(503, switch.missing)
        if why := desk.why_not():
            raise HTTPException(503, why)
        script = desk.shelf.find(call.script or desk.settings.script)
        if isinstance(script, str):
            raise HTTPException(400, script)
        url = _stream_url(desk.settings.public_url or str(request.base_url), switch.gateway)
        dial = _dial(call, lambda: f"{url}?{urlencode({'token': doorman.ticket(dial.call_id)})}")
        try:
            await control.place(dial)
        except ControlError as problem:
            log.warning("not_placed", call=dial.call_id, why=mask(str(problem)))
            raise HTTPException(502, str(problem)) from None
        return {"call_id": dial.call_id}


def _dial(call: Call, stream: Callable[[], str]) -> Dial:
    named = {key: value for key in ("script", "caller", "trunk", "mode") if (value := getattr(call, key))}
    return Dial(str(uuid4()), call.endpoint, {**call.variables, **named}, call.shows, call.ring_seconds, stream)


def _stream_url(address: str, gateway: str) -> str:
    """Of the public address, or, where there is none, of that at which the call was asked for."""
    base = urlsplit(address)
    scheme = "wss" if base.scheme == "https" else "ws"
    return f"{scheme}://{base.netloc}{base.path.rstrip('/')}{GATEWAYS[gateway].path}"
