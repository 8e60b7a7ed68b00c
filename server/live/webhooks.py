"""What Twilio asks and tells by HTTP: what to do with a call, and what became of it.

A request that is neither signed nor brings the token changes nothing. A status may come late, twice or never: the
call's own record is whole without it.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from engine.calls.mask import mask
from server.control.port import Told
from server.gateways import twiml
from server.gateways.table import GATEWAYS
from server.live.desk import Desk
from server.live.doorman import Doorman

log = structlog.get_logger()

MOST_FORM_BYTES = 64 * 1024


def router(desk: Desk, doorman: Doorman) -> APIRouter:
    """`POST /twilio/voice` and `POST /twilio/status`."""
    routes = APIRouter(prefix=GATEWAYS["twilio"].path)

    async def form_of(request: Request) -> dict[str, str]:
        if int(request.headers.get("content-length") or 0) > MOST_FORM_BYTES:
            raise HTTPException(413, "the form is too large")
        form = [(name, str(value)) for name, value in (await request.form()).multi_items()]
        query = f"?{request.url.query}" if request.url.query else ""
        if not (doorman.knows(request.headers, request.query_params) or doorman.signed(
            request.headers, request.url.path + query, form
        )):  # fmt: skip
            log.warning("webhook_refused", path=request.url.path, why="neither signed nor with the token")
            raise HTTPException(401, "neither signed nor with the token")
        return dict(form)

    @routes.post("/voice")
    async def voice(request: Request) -> Response:
        """A call has been answered: join it to a stream, or have it rejected where no line is free."""
        form = await form_of(request)
        call_id = form.get("CallSid", "")
        if not call_id:
            raise HTTPException(400, "the form has no CallSid")
        if why := desk.why_not():
            log.warning("refused", gateway="twilio", why=why)
            return Response(twiml.reject(), media_type="text/xml")
        told = {name: value for name, value in request.query_params.items() if name != "token"}
        answer = twiml.answer(_stream_url(request, desk), told, form, doorman.ticket(call_id))
        return Response(answer, media_type="text/xml")

    @routes.post("/status", status_code=204)
    async def status(request: Request) -> Response:
        """What became of a call."""
        told = twiml.status(await form_of(request), 0)
        log.info("network_said", call=mask(told.call_id), **cast("dict[str, str]", dict(told.raw)))
        params = {name: value for name, value in request.query_params.items() if name != "token"}
        desk.network_said(Told(told.call_id, "twilio", told.event, told.raw, params))
        return Response(status_code=204)

    return routes


def _stream_url(request: Request, desk: Desk) -> str:
    """Where the stream goes: the public address, or, for one who asks from this machine, the way he came."""
    base = urlsplit(desk.settings.public_url or str(request.base_url))
    scheme = "wss" if base.scheme == "https" else "ws"
    return f"{scheme}://{base.netloc}{base.path.rstrip('/')}{GATEWAYS['twilio'].path}"
