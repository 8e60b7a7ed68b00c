"""The controls that the settings call for, by gateway, and what keeps them listening."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from server.control.ari import AriControl
from server.control.ari_client import Ari
from server.control.esl import EslControl
from server.control.esl_client import Esl
from server.control.port import Control, Tell
from server.control.rest import vendors
from server.live.desk import Desk

log = structlog.get_logger()


def controls(desk: Desk) -> Mapping[str, Control]:
    """What `desk.settings` call for, by name of the gateway; one control may serve several."""
    settings = desk.settings
    found: dict[str, Control] = {**vendors(settings)}
    if settings.ari_url:
        ari = Ari(settings.ari_url, settings.ari_app, settings.ari_user, settings.ari_password.get_secret_value())
        found["asterisk"] = AriControl(desk, ari)
    if settings.esl_address:
        esl = Esl(settings.esl_address, settings.esl_password.get_secret_value())
        control = EslControl(esl, settings.destinations, desk.network_said, desk.dialled)
        found |= {"fork": control, "audiostream": control}
    return found


async def listen(controls: Mapping[str, Control], tell: Tell) -> None:
    """Have each of them listen, until cancelled. What goes wrong with one is told, and stops nothing else."""
    async with asyncio.TaskGroup() as tasks:
        for control in dict.fromkeys(controls.values()):
            tasks.create_task(_listen(control, tell))


async def _listen(control: Control, tell: Tell) -> None:
    try:
        await control.run(tell)
    except Exception:
        log.exception("control_failed", control=type(control).__name__)
