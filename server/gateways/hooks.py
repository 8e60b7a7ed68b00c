"""The vendors that call us by webhook: how each proves who it is, what it tells, and what it is answered.

Each has the same routes below its path: `/voice` asks what to do with a call, `/status` tells what became of it, and
`/transfer`, where there is one, asks whom a call shall be connected to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.gateways import signatures, statuses, twiml
from server.gateways.statuses import Shape


@dataclass(frozen=True, slots=True)
class Hooks:
    check: signatures.Check
    secret: str
    """The setting with what its signatures are checked with."""
    form: Shape | None
    """What it tells in forms."""
    json: Shape | None
    """What it tells in JSON."""
    call_id: str
    """The field in its question that names the call; the stream calls it the same."""
    join: Callable[[str, Mapping[str, str]], str]
    """The answer that joins the call to a stream."""
    refuse: Callable[[], str]
    media_type: str = "text/xml"
    dial: Callable[[str], str] | None = None
    """The answer that connects the call to a person, where a transfer makes the vendor ask for one."""
    named: str = ""
    """The parameter by which the stream must be told the call's name, where it knows none by itself."""


HOOKS: Mapping[str, Hooks] = {
    "twilio": Hooks(
        signatures.by_twilio, "twilio_auth_token", statuses.TWILIO, None, "CallSid", twiml.connect, twiml.reject
    ),
    "signalwire": Hooks(
        signatures.by_signalwire,
        "signalwire_signing_key",
        statuses.SIGNALWIRE,
        None,
        "CallSid",
        twiml.connect,
        twiml.reject,
        dial=twiml.dial,
    ),
    "telnyx": Hooks(
        signatures.by_telnyx,
        "telnyx_public_key",
        statuses.TEXML,
        statuses.TELNYX,
        "CallSid",
        twiml.texml,
        twiml.reject,
    ),
    "plivo": Hooks(
        signatures.by_plivo,
        "plivo_auth_token",
        statuses.PLIVO,
        None,
        "CallUUID",
        twiml.plivo,
        twiml.hang_up,
        dial=twiml.dial_by_plivo,
    ),
    "vonage": Hooks(
        signatures.by_vonage,
        "vonage_signature_secret",
        None,
        statuses.VONAGE,
        "uuid",
        twiml.ncco,
        lambda: "[]",
        "application/json",
        named="uuid",
    ),
}
"""By the name of the gateway."""


def person(told: Mapping[str, str]) -> str:
    """The number of the person: who calls us, or whom we call. Each vendor writes the same three names its own way."""
    said = {name.removeprefix("data.payload.").lower(): value for name, value in told.items()}
    outbound = said.get("direction", "").startswith("out")
    return said.get("to" if outbound else "from", "")
