"""Calls that we place: `POST /asterisk/originate`, by whoever brings the token."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import structlog
from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field, StringConstraints

from engine.calls.mask import mask
from server.control.ari import AriControl
from server.control.ari_lines import GATEWAY
from server.control.port import ControlError
from server.live.desk import Desk
from server.live.doorman import Doorman

log = structlog.get_logger()


class Call(BaseModel):
    """Whom to call, how, and with which script."""

    endpoint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,20}/[^\s]{1,200}$")]
    """As Asterisk dials it: `PJSIP/13800138000@trunk-gz`."""
    caller: str = ""
    """The number of the person called."""
    shows: Annotated[str, StringConstraints(pattern=r"^[0-9+*#A-Za-z]{0,40}$")] = ""
    """The number that the person sees."""
    trunk: str = ""
    """Name of the line, by which tables of lines say what its codes mean."""
    script: str = ""
    variables: dict[str, str] = Field(default_factory=dict)
    mode: Annotated[str, StringConstraints(pattern="^(|frames|bulk)$")] = ""
    ring_seconds: int = Field(60, ge=5, le=180)


def router(desk: Desk, doorman: Doorman) -> APIRouter:
    """`POST /asterisk/originate`."""
    routes = APIRouter()

    @routes.post(f"{GATEWAY.path}/originate", status_code=202, dependencies=[Depends(doorman.let_in)])
    async def originate(call: Call) -> dict[str, str]:
        """Place a call through Asterisk, unless the number is not to be called. What becomes of it is in its record."""
        if why := await desk.outbox.why_not_call(call.caller, *call.endpoint.split("/")[1:]):
            log.warning("not_placed", why=why)
            raise HTTPException(403, why)
        control = desk.controls.get(GATEWAY.name)
        if not isinstance(control, AriControl):
            raise HTTPException(503, "HUASHU_ARI_URL does not say where Asterisk is")
        if why := desk.why_not():
            raise HTTPException(503, why)
        script = desk.shelf.find(call.script or desk.settings.script)
        if isinstance(script, str):
            raise HTTPException(400, script)
        named = {name: value for name in ("script", "caller", "trunk", "mode") if (value := getattr(call, name))}
        call_id = str(uuid4())
        try:
            params = {**call.variables, **named}
            await control.place(call_id, call.endpoint, params, shows=call.shows, seconds=call.ring_seconds)
        except ControlError as problem:
            log.warning("not_placed", call=call_id, why=mask(str(problem)))
            raise HTTPException(502, str(problem)) from None
        return {"call_id": call_id}

    return routes
