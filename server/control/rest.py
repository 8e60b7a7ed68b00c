"""Commands for vendors in the internet, by REST: transfer, keys, hanging up. One class, and a row for each vendor.

What becomes of a call they tell by webhook. A vendor answers a transfer when he has taken the call over, not when a
person has picked up; where his webhooks tell that (`Vendor.hears`), it is waited for. A call that he no longer knows is
hung up already.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx
import jwt

from engine.calls.events import Answered, Event, Failed, HungUp
from engine.calls.mask import mask
from server.control.port import Command, ControlError, Tell, destination
from server.gateways import twiml, wire
from server.gateways.statuses import leg_of
from server.gateways.table import GATEWAYS
from server.settings import Settings

ASK_SECONDS = 4.0
"""Below what a command may take, so that it is told what was waited for."""
TOKEN_SECONDS = 60
RING_SECONDS = 20
"""A person is rung for so long, where the vendor tells what becomes of that,"""
PERSON_SECONDS = 24.0
"""and is waited for so long: a vendor who has told nothing then has connected the call, as far as we know."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is sent below the address of the call."""

    method: str
    path: str = ""
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class To:
    """Whom to transfer a call to."""

    address: str
    """A number, or `sip:` and an address."""
    url: str
    """Where this server says so, for vendors who ask."""
    told: str
    """Where they tell of the person's leg, which is no call of ours."""
    leg: str
    """What they tell with that leg, for vendors who have such a field."""


@dataclass(frozen=True, slots=True)
class Vendor:
    name: str
    api: str
    """The setting with the address of the interface."""
    account: str
    """The settings with our name there, and with the secret."""
    secret: str
    proof: Literal["basic", "bearer", "token"]
    call: str
    """Path of a call."""
    hang_up: Ask
    transfer: Callable[[To], Ask]
    keys: Callable[[str], Ask] | None = None
    hears: str = ""
    """The setting with which its webhooks about the person's leg are checked, for a vendor who gives a call back to us
    when nobody answers; set, the leg is waited for.
    """
    form: bool = False
    over: frozenset[str] = frozenset({"404"})
    """Statuses, and codes in answers, of a call that is over."""


def _phone_or_sip(address: str) -> dict[str, str]:
    if address.startswith("sip:"):
        return {"type": "sip", "uri": address}
    return {"type": "phone", "number": address.lstrip("+")}


_OF_TWILIO = frozenset({"404", "20404", "21220"})
VENDORS: Mapping[str, Vendor] = {
    "twilio": Vendor(
        "Twilio", "twilio_api", "twilio_account", "twilio_auth_token", "basic",
        "/2010-04-01/Accounts/{account}/Calls/{call}.json",
        hang_up=Ask("POST", body={"Status": "completed"}),
        transfer=lambda to: Ask("POST", body={"Twiml": twiml.dial(to.address)}),
        form=True,
        over=_OF_TWILIO,
    ),
    "signalwire": Vendor(
        "SignalWire", "signalwire_api", "signalwire_project", "signalwire_token", "basic",
        "/api/laml/2010-04-01/Accounts/{account}/Calls/{call}.json",
        hang_up=Ask("POST", body={"Status": "completed"}),
        transfer=lambda to: Ask("POST", body={"Url": to.url, "Method": "POST"}),
        form=True,
        over=_OF_TWILIO,
    ),
    "telnyx": Vendor(
        "Telnyx", "telnyx_api", "", "telnyx_api_key", "bearer",
        "/v2/calls/{call}/actions",
        hang_up=Ask("POST", "/hangup"),
        transfer=lambda to: Ask(
            "POST", "/transfer", {"to": to.address, "target_leg_client_state": to.leg, "timeout_secs": RING_SECONDS}
        ),
        keys=lambda digits: Ask("POST", "/send_dtmf", {"digits": digits}),
        hears="telnyx_public_key",
        over=frozenset({"404", "90018"}),
    ),
    "plivo": Vendor(
        "Plivo", "plivo_api", "plivo_auth_id", "plivo_auth_token", "basic",
        "/v1/Account/{account}/Call/{call}/",
        hang_up=Ask("DELETE"),
        transfer=lambda to: Ask("POST", body={"legs": "aleg", "aleg_url": to.url, "aleg_method": "POST"}),
    ),
    "vonage": Vendor(
        "Vonage", "vonage_api", "vonage_application", "vonage_private_key", "token",
        "/v1/calls/{call}",
        hang_up=Ask("PUT", body={"action": "hangup"}),
        transfer=lambda to: Ask("PUT", body={"action": "transfer", "destination": {"type": "ncco", "ncco": [
            {"action": "connect", "endpoint": [_phone_or_sip(to.address)], "eventUrl": [to.told]},
        ]}}),
        keys=lambda digits: Ask("PUT", "/dtmf", {"digits": digits}),
    ),
}  # fmt: skip
"""By gateway. Twilio and SignalWire send keys only where the stream would end; Plivo's stream carries them itself."""


def vendors(settings: Settings) -> dict[str, RestControl]:
    """Those whose credentials are set, by gateway."""
    found = {gateway: RestControl(gateway, settings) for gateway in VENDORS}
    return {gateway: control for gateway, control in found.items() if control.is_set}


class RestControl:
    tells = False
    """Not here: `server.live.webhooks` does."""

    def __init__(self, gateway: str, settings: Settings) -> None:
        self._gateway, self._settings, self._vendor = gateway, settings, VENDORS[gateway]
        vendor = self._vendor
        self._api: str = getattr(settings, vendor.api)
        self._account: str = getattr(settings, vendor.account) if vendor.account else ""
        self._secret: str = getattr(settings, vendor.secret).get_secret_value()
        self._hears = bool(vendor.hears and getattr(settings, vendor.hears).get_secret_value())
        self._persons: dict[str, asyncio.Future[None]] = {}
        """Who is being called, by the call."""
        self._tls: ssl.SSLContext | None = None

    @property
    def is_set(self) -> bool:
        return bool(self._api and self._secret and (self._account or not self._vendor.account))

    def can(self, call: wire.Started) -> frozenset[type]:
        if not call.call_id:
            return frozenset()
        return frozenset({wire.Transfer, wire.HangUp, *([wire.Keys] if self._vendor.keys else [])})

    async def run(self, tell: Tell) -> None:
        """There is nothing to listen to."""

    async def carry_out(self, call: wire.Started, command: Command) -> None:
        if not (isinstance(command, wire.Transfer) and self._hears):
            await self._order(call, command)
            return
        came = self._persons[call.call_id] = asyncio.get_running_loop().create_future()
        try:
            await self._order(call, command)
            with suppress(TimeoutError):
                async with asyncio.timeout(PERSON_SECONDS):
                    await came
        finally:
            self._persons.pop(call.call_id, None)

    def person_said(self, call_id: str, event: Event) -> None:
        """What became of the person to whom this call is being transferred; he answers, or will not."""
        came = self._persons.get(call_id)
        if came is None or came.done():
            return
        if isinstance(event, Answered):
            came.set_result(None)
        elif isinstance(event, Failed | HungUp):
            sip = event.sip if isinstance(event, Failed) else None
            word = event.reason if isinstance(event, Failed) else ""
            came.set_exception(ControlError(f"{word or 'no answer'}{f' ({sip})' if sip else ''}"))

    async def _order(self, call: wire.Started, command: Command) -> None:
        ask, over_is_fine = self._asked(call, command)
        answer = await self._ask(call.call_id, ask)
        if answer.is_success:
            return
        codes = _codes(answer)
        if self._vendor.over & codes:
            if over_is_fine:
                return
            raise ControlError("the call is over")
        if answer.status_code in (401, 403):
            raise ControlError(f"{self._vendor.name} does not take our credentials ({answer.status_code})")
        more = " ".join(sorted(codes - {str(answer.status_code)}))
        raise ControlError(f"{self._vendor.name} answered {answer.status_code}{f' ({more})' if more else ''}")

    def _asked(self, call: wire.Started, command: Command) -> tuple[Ask, bool]:
        """And whether it is done too when the call is over."""
        if isinstance(command, wire.HangUp):
            return self._vendor.hang_up, True
        if isinstance(command, wire.Keys):
            if self._vendor.keys is None:
                raise ControlError(f"{self._vendor.name} sends no keys")
            return self._vendor.keys(command.digits), False
        if not isinstance(command, wire.Transfer):
            raise ControlError(f"{self._vendor.name} puts nobody on hold")
        here = self._settings.public_url.rstrip("/") + GATEWAYS[self._gateway].path
        address = destination(self._settings.destinations, command.to)
        to = To(
            address,
            f"{here}/transfer?{urlencode({'to': command.to})}",
            f"{here}/status?leg=person",
            leg_of(call.call_id),
        )
        return self._vendor.transfer(to), False

    async def _ask(self, call_id: str, ask: Ask) -> httpx.Response:
        path = self._vendor.call.format(account=quote(self._account, safe=""), call=quote(call_id, safe=""))
        content: dict[str, Any] = {"data" if self._vendor.form else "json": dict(ask.body)}
        if self._tls is None and self._api.startswith("https:"):
            self._tls = await asyncio.to_thread(ssl.create_default_context)  # once, since it reads many files
        try:
            async with httpx.AsyncClient(
                timeout=ASK_SECONDS, verify=self._tls or False, trust_env=False, **self._proof()
            ) as client:
                return await client.request(
                    ask.method, self._api + path + ask.path, **(content if ask.method != "DELETE" else {})
                )
        except httpx.TimeoutException:
            raise ControlError(f"{self._vendor.name} did not answer within {ASK_SECONDS:g} s") from None
        except httpx.HTTPError as problem:
            raise ControlError(f"{self._vendor.name} cannot be reached: {mask(str(problem))}") from None

    def _proof(self) -> dict[str, Any]:
        if self._vendor.proof == "basic":
            return {"auth": (self._account, self._secret)}
        bearer = self._secret if self._vendor.proof == "bearer" else self._token()
        return {"headers": {"Authorization": f"Bearer {bearer}"}}

    def _token(self) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {"application_id": self._account, "iat": now, "exp": now + TOKEN_SECONDS, "jti": uuid4().hex}
        try:
            return jwt.encode(claims, self._secret, "RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise ControlError(f"the private key of {self._vendor.name} is none") from None


def _codes(answer: httpx.Response) -> set[str]:
    """The status, and the codes that the answer holds: `code`, or that of each of the `errors`."""
    found = {str(answer.status_code)}
    try:
        told = answer.json()
    except ValueError:
        return found
    errors = told.get("errors") if isinstance(told, dict) else None
    for each in [told, *(errors if isinstance(errors, list) else [])]:
        code = each.get("code") if isinstance(each, dict) else None
        if isinstance(code, str | int) and len(str(code)) < 20:
            found.add(str(code))
    return found
