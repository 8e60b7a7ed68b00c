"""What any system tells of a call in JSON, where no vendor's own form fits: an exchange's script, a dialler, a proxy.

{"call_id": "7d1c", "sip": 480, "q850": 20, "reason": "E-77", "header": "Q.850;cause=20", "trunk": "mobile-gz"}
{"call_id": "7d1c", "status": "answered", "answered_by": "machine"}
{"call_id": "7d1c", "status": "hung_up", "by": "caller", "q850": 16, "at": "2026-11-26T10:00:00+08:00"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing, Side
from engine.calls.mask import mask
from server.gateways import fields
from server.gateways.wire import WireError

NAMES = (
    "call_id",
    "status",
    "sip",
    "q850",
    "reason",
    "header",
    "trunk",
    "answered_by",
    "by",
    "at",
    "gateway",
    "caller",
)
CODES = ("sip", "q850", "reason", "header")
SIDES: tuple[Side, ...] = ("caller", "bot", "network")


class OutcomeError(ValueError):
    """What was told cannot be used; the message says why, without the values."""


@dataclass(frozen=True, slots=True)
class Outcome:
    call_id: str
    event: Event
    raw: Mapping[str, str]
    trunk: str = ""
    gateway: str = ""
    """By which the call came, where that is told."""
    at: datetime | None = None
    caller: str = ""
    """The number of the person."""


def read(told: Mapping[str, Any]) -> Outcome:
    """Raises `OutcomeError`."""
    if unknown := [name for name in told if name not in NAMES]:
        raise OutcomeError(f"no field {unknown[0][:40]!r} (there are: {', '.join(NAMES)})")
    try:
        call_id = fields.identifier(told, "call_id")
        trunk, gateway = fields.text(told, "trunk", ""), fields.text(told, "gateway", "")
        status = fields.text(told, "status", "") or _status(told)
        if status not in _EVENTS:
            raise OutcomeError(f"no such status (there are: {', '.join(_EVENTS)})")
        event = _EVENTS[status](told)
        caller = fields.text(told, "caller", "")[:40]
        raw = {name: fields.text(told, name)[:500] for name in NAMES[1:-1] if told.get(name) is not None}
    except WireError as wrong:
        raise OutcomeError(wrong.reason) from None
    return Outcome(call_id, event, raw, trunk, gateway[:40], _time(fields.text(told, "at", "")), caller)


def _status(told: Mapping[str, Any]) -> str:
    """Where none is told: who brings codes, tells of a failure."""
    if any(told.get(name) not in (None, "") for name in CODES):
        return "failed"
    if told.get("answered_by"):
        return "answered"
    raise OutcomeError("tells nothing: no status and no code")


def _time(at: str) -> datetime | None:
    if not at:
        return None
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise OutcomeError("at must be a time with its offset (RFC 3339)")
    return found


def _answered(told: Mapping[str, Any]) -> Event:
    return Answered(0, fields.answered({"by": told.get("answered_by")}).by)


def _failed(told: Mapping[str, Any]) -> Event:
    failed = fields.failed({name: value for name, value in told.items() if value is not None})
    return Failed(0, failed.sip, failed.q850, mask(failed.reason), mask(failed.header))


def _hung_up(told: Mapping[str, Any]) -> Event:
    by = fields.text(told, "by", "network")
    if by not in SIDES:
        raise OutcomeError(f"by must be one of {', '.join(SIDES)}")
    return HungUp(0, by, fields.failed({"q850": told.get("q850") or ""}).q850)


_EVENTS: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "dialed": lambda _: Dialed(0),
    "ringing": lambda _: Ringing(0),
    "answered": _answered,
    "failed": _failed,
    "hung_up": _hung_up,
}
