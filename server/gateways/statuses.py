"""What became of a call, as vendors tell it by webhook: forms and JSON in, events out; a table row for each vendor.

The raw words and codes that matter are kept besides. What a row does not know becomes no event, and a reason that no
table knows becomes `unknown`, with its word.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing, Side
from engine.calls.mask import mask
from engine.grading.outcome import of_word
from server.gateways.fields import written

LONGEST = 200
"""Characters of a raw value that are kept."""

Step = Literal["dialed", "ringing", "answered", "human", "machine", "detected", "failed", "over", "ended"]
"""What a state of a vendor is. `detected`: a field tells who has answered. `ended`: its cause tells whether the call
was in order (`over`) or never came about (`failed`).
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a vendor calls things. Fields are named by their path: `data.payload.from`."""

    call_id: tuple[str, ...]
    """The first that is there."""
    state: str
    states: Mapping[str, Step]
    words: tuple[str, ...]
    """Fields that may hold the reason; the first whose word is known."""
    keep: tuple[str, ...]
    """Fields that are kept as they came."""
    sip: tuple[str, ...] = ()
    orderly: frozenset[str] = frozenset()
    """Reasons of a call that was in order."""
    answered_by: str = ""
    ended_by: str = ""
    direction: str = ""
    leg: str = ""
    """The field by which a leg is known that we ourselves have added to a call (`leg_of`); it is none of its own."""


@dataclass(frozen=True, slots=True)
class Status:
    call_id: str
    event: Event | None
    """For the engine, at 0; None for what it need not know."""
    raw: Mapping[str, str]
    """The vendor's own words and codes."""
    leg_of: str = ""
    """The call to which this leg was added; then the event is the leg's."""


def read(shape: Shape, told: Mapping[str, Any]) -> Status:
    """A webhook of a vendor. Without a call's name it is about no call."""
    fields = flat(told)
    raw = {name.rpartition(".")[2]: fields[name][:LONGEST] for name in shape.keep if fields.get(name)}
    step = shape.states.get(fields.get(shape.state, ""))
    event = _EVENTS[step](shape, fields) if step else None
    return Status(_first(fields, shape.call_id), event, raw, called_back(fields.get(shape.leg, "")))


def leg_of(call_id: str) -> str:
    """What a vendor is to tell us with a leg that is added to this call."""
    return b64encode(_LEG + call_id.encode()).decode()


def called_back(told: str) -> str:
    """The call to which a leg with this was added; empty for a leg that is none of ours."""
    try:
        found = b64decode(told, validate=True)
    except ValueError:
        return ""
    return found.removeprefix(_LEG).decode("utf-8", "replace") if found.startswith(_LEG) else ""


_LEG = b"huashu:"


def flat(told: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """The values of nested objects, as text, by their paths. What is null was not said; lists say nothing here."""
    found: dict[str, str] = {}
    for name, value in told.items():
        if isinstance(value, dict) and path.count(".") < 3:
            found |= flat(value, f"{path}{name}.")
        elif isinstance(value, str | int | float):
            found[path + str(name)] = written(value)
    return found


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


# --- events ----------------------------------------------------------------------------------------------------------


def _detected(shape: Shape, fields: Mapping[str, str]) -> Event:
    by = fields.get(shape.answered_by, "")
    return Answered(0, next((who for sign, who in _ANSWERERS.items() if by.startswith(sign)), "unknown"))


_ANSWERERS: Mapping[str, Literal["human", "machine"]] = {
    "human": "human", "machine": "machine", "fax": "machine", "true": "machine", "false": "human"
}  # fmt: skip
"""By how a vendor's word begins: `machine_end_beep`, `human_residence`; the last two are Plivo's `Machine`."""


def _failed(shape: Shape, fields: Mapping[str, str]) -> Event:
    return Failed(0, sip=_sip(_first(fields, shape.sip)), reason=mask(_word(shape, fields)))


def _ended(shape: Shape, fields: Mapping[str, str]) -> Event:
    orderly = _key(_word(shape, fields)) in shape.orderly
    return _over(shape, fields) if orderly else _failed(shape, fields)


def _over(shape: Shape, fields: Mapping[str, str]) -> Event:
    outbound = fields.get(shape.direction, "").startswith("out")
    inbound = fields.get(shape.direction, "").startswith("in")
    by = _key(fields.get(shape.ended_by, ""))
    person = by == "user" or (by in ("callee", "call_recipient") and outbound) or (by == "caller" and inbound)
    side: Side = "caller" if person else "network"
    return HungUp(0, side)


def _word(shape: Shape, fields: Mapping[str, str]) -> str:
    words = [fields[name][:LONGEST] for name in shape.words if fields.get(name)]
    told = [word for word in words if of_word(word) or _key(word) in shape.orderly]
    return next(iter([*told, *words]), "")


def _key(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def _sip(told: str) -> int | None:
    """A SIP status that is final and no success."""
    return int(told) if re.fullmatch("[3-6][0-9][0-9]", told) else None


_EVENTS: Mapping[Step, Callable[[Shape, Mapping[str, str]], Event]] = {
    "dialed": lambda *_: Dialed(0),
    "ringing": lambda *_: Ringing(0),
    "answered": _detected,
    "detected": _detected,
    "human": lambda *_: Answered(0, "human"),
    "machine": lambda *_: Answered(0, "machine"),
    "failed": _failed,
    "over": _over,
    "ended": _ended,
}

# --- the vendors -----------------------------------------------------------------------------------------------------

_TWILIO_STATES: Mapping[str, Step] = {
    "initiated": "dialed",
    "ringing": "ringing",
    "in-progress": "answered",
    "completed": "over",
    "busy": "failed",
    "no-answer": "failed",
    "failed": "failed",
    "canceled": "failed",
}
"""By `CallStatus`. `queued` is not yet a call; `completed` does not tell who hung up."""

TWILIO = Shape(
    call_id=("CallSid",),
    state="CallStatus",
    states=_TWILIO_STATES,
    words=("CallStatus",),
    sip=("SipResponseCode",),
    answered_by="AnsweredBy",
    keep=("CallStatus", "SipResponseCode", "ErrorCode", "ErrorMessage", "AnsweredBy", "CallDuration", "Direction"),
)
SIGNALWIRE = Shape(
    call_id=("CallSid",),
    state="CallStatus",
    states=_TWILIO_STATES,
    words=("CallStatus",),
    sip=("SipResponseCode", "SipResultCode"),
    answered_by="AnsweredBy",
    keep=(*TWILIO.keep, "SipResultCode", "HangupBy", "HangupDirection"),
)
TELNYX = Shape(
    call_id=("data.payload.call_control_id",),
    state="data.event_type",
    states={
        "call.initiated": "dialed",
        "call.ringing": "ringing",
        "call.answered": "answered",
        "call.machine.detection.ended": "detected",
        "call.machine.premium.detection.ended": "detected",
        "call.hangup": "ended",
    },
    words=("data.payload.hangup_cause",),
    sip=("data.payload.sip_hangup_cause",),
    orderly=frozenset({"normal_clearing", "time_limit"}),
    answered_by="data.payload.result",
    ended_by="data.payload.hangup_source",
    direction="data.payload.direction",
    leg="data.payload.client_state",
    keep=(
        "data.event_type",
        *(f"data.payload.{name}" for name in ("hangup_cause", "sip_hangup_cause", "hangup_source", "result", "state")),
    ),
)
"""Its Call Control API."""
TEXML = Shape(
    call_id=("CallSid",),
    state="CallStatus",
    states=_TWILIO_STATES,
    words=("HangupCause", "CallStatus"),
    sip=("SipHangupCause",),
    answered_by="AnsweredBy",
    ended_by="HangupSource",
    direction="Direction",
    keep=(*TWILIO.keep, "HangupCause", "SipHangupCause", "HangupSource"),
)
"""Telnyx, where XML leads the call."""
PLIVO = Shape(
    call_id=("CallUUID", "RequestUUID"),
    state="CallStatus",
    states={
        "ringing": "ringing",
        "in-progress": "answered",
        **dict.fromkeys(
            ("completed", "busy", "failed", "timeout", "no-answer", "cancel", "canceled", "rejected"), "ended"
        ),
    },
    words=("HangupCauseName", "HangupCause", "CallStatus"),
    orderly=frozenset(
        "normal_hangup end_of_xml_instructions multiparty_call_ended kicked_out_of_multiparty_call scheduled_hangup"
        " media_timeout confirm_key_challenge_failed normal_clearing completed".split()
    ),
    answered_by="Machine",
    ended_by="HangupSource",
    direction="Direction",
    keep=(
        "Event", "CallStatus", "HangupCause", "HangupCauseName", "HangupCauseCode", "HangupSource", "Machine",
        "Duration", "Direction",
    ),
)  # fmt: skip
VONAGE = Shape(
    call_id=("uuid", "call_uuid"),
    state="status",
    states={
        "started": "dialed",
        "ringing": "ringing",
        "answered": "answered",
        "human": "human",
        "machine": "machine",
        "completed": "over",
        **dict.fromkeys(("busy", "cancelled", "unanswered", "rejected", "failed", "timeout"), "failed"),
    },
    words=("detail", "reason", "status"),
    sip=("sip_code",),
    ended_by="disconnected_by",
    direction="direction",
    keep=("status", "detail", "reason", "sip_code", "sub_state", "disconnected_by", "duration", "direction"),
)
