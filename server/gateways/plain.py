"""huashu's own protocol, for gateways yet to be written: JSON for what happens, binary messages for sound.

Small on purpose: the first message is `start`, sound is 16-bit little endian samples, and whatever a gateway cannot do
it leaves out and says so. docs/reference/gateway.md is its full description.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from engine.calls.actions import NORMAL
from server.gateways import fields
from server.gateways.wire import (
    Clear,
    Ended,
    Format,
    HangUp,
    Held,
    Hold,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Outcome,
    Outgoing,
    Played,
    Refuse,
    Send,
    Started,
    Text,
    Transfer,
    TransferResult,
    Unhold,
    WireError,
)

VERSION = 1
RATES_HZ = (8000, 16000)
NEEDS: Mapping[type, str] = {Mark: "marks", Keys: "keys", Transfer: "transfer", Hold: "hold", Unhold: "hold"}
"""Orders that are given only to a gateway that named them in `can`."""
LONGEST_TEXT = 2000
"""Of words the gateway recognised, in characters: a minute of speech has some three hundred."""


class Plain:
    """One call."""

    def __init__(self, query: Mapping[str, str] | None = None) -> None:
        self._query = dict(query or {})
        self._started = self._over = False
        self.marks = False
        self.can: frozenset[type] = frozenset()
        self._orders: frozenset[type] = frozenset()

    # --- from the gateway --------------------------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if self._over:
            return ()
        if isinstance(message, bytes):
            if not self._started:
                raise WireError("the first message must be start")
            return fields.samples(message, 2)
        told = fields.json_object(message)
        name = fields.kind(told, "type")
        if not self._started and name != "start":
            raise WireError("the first message must be start")
        read = self._READ.get(name)
        return read(self, told) if read else (fields.unknown("type", name),)

    def _start(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        if self._started:
            raise WireError("start came twice")
        if fields.number(told, "version") != VERSION:
            raise WireError(f"version must be {VERSION}")
        rate = fields.number(told, "rate_hz", RATES_HZ[0])
        if rate not in RATES_HZ:
            raise WireError("rate_hz must be 8000 or 16000", fields.UNSUPPORTED)
        can = told.get("can", [])
        if not isinstance(can, list) or any(each not in NEEDS.values() for each in can):
            raise WireError(f"can must be a list of {', '.join(dict.fromkeys(NEEDS.values()))}")
        named = {key: fields.text(told, key) for key in ("script", "token", "trunk") if told.get(key) is not None}
        params = self._query | fields.params(fields.child(told, "vars")) | named
        call, caller = fields.identifier(told, "call_id"), fields.text(told, "caller", "")
        self._started, self._orders = True, frozenset(order for order, name in NEEDS.items() if name in can)
        self.marks, self.can = Mark in self._orders, self._orders - {Mark}
        early = _flag(told, "early", False)
        return (Started(call, "", caller, Format("l16", rate), params, early),)

    def _answered(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.answered(told),)

    def _failed(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        self._over = True
        return (fields.failed(told),)

    def _digit(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(told, "digit")),)

    def _text(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        text = fields.text(told, "text")
        if len(text) > LONGEST_TEXT:
            raise WireError(f"text must have {LONGEST_TEXT} characters at most")
        confidence = told.get("confidence")
        sure = isinstance(confidence, int | float) and not isinstance(confidence, bool) and 0 <= confidence <= 1
        if confidence is not None and not sure:
            raise WireError("confidence must be a number from 0 to 1")
        return (Text(text, None if confidence is None else float(confidence), _flag(told, "final", True)),)

    def _played(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (Played(fields.identifier(told, "mark"), _flag(told, "cleared", False)),)

    def _transferred(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (TransferResult(_flag(told, "ok", None), fields.text(told, "reason", "")),)

    def _hold_result(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        began = _flag(told, "ok", None)
        return (Held("began" if began else "failed", fields.text(told, "reason", "")),)

    def _hold_ended(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (Held("ended", fields.text(told, "reason", "")),)

    def _hung_up(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        self._over = True
        by = fields.text(told, "by", "caller")
        if by not in ("caller", "network"):
            raise WireError("by must be caller or network")
        return (Ended(fields.text(told, "reason", ""), "caller" if by == "caller" else "network"),)

    def _ended(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        self._over = True
        return (Ended(fields.text(told, "reason", "")),)

    def _error(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (Oddity(f"the gateway: {fields.text(told, 'reason', 'error')[:200]}"),)

    _READ: ClassVar[Mapping[str, Callable[[Plain, Mapping[str, Any]], tuple[Incoming, ...]]]] = {
        "start": _start,
        "answered": _answered,
        "failed": _failed,
        "digit": _digit,
        "text": _text,
        "played": _played,
        "transfer_result": _transferred,
        "hold_result": _hold_result,
        "hold_ended": _hold_ended,
        "hangup": _hung_up,
        "ended": _ended,
        "error": _error,
    }

    # --- to the gateway ----------------------------------------------------------------------------------------------

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        if isinstance(order, Send):
            return (order.payload,) if self._started else ()
        if isinstance(order, Outcome) or (type(order) in NEEDS and type(order) not in self._orders):
            return ()
        return (json.dumps(_told(order), ensure_ascii=False, separators=(",", ":")),)


def _told(order: Clear | Mark | Keys | Transfer | Hold | Unhold | HangUp | Refuse) -> dict[str, Any]:
    match order:
        case Mark(name):
            return {"type": "mark", "mark": fields.mark_name(name)}
        case Clear():
            return {"type": "clear"}
        case Keys(digits):
            return {"type": "keys", "digits": digits}
        case Transfer(to, summary):
            return {"type": "transfer", "to": to} | ({"summary": dict(summary)} if summary else {})
        case Hold() | Unhold():
            return {"type": type(order).__name__.lower()}
        case HangUp(reason, q850):
            return {"type": "hangup", "reason": reason} | ({} if q850 == NORMAL else {"q850": q850})
        case Refuse(reason):
            return {"type": "error", "reason": reason}


def _flag(told: Mapping[str, Any], key: str, default: bool | None) -> bool:
    value = told.get(key, default)
    if not isinstance(value, bool):
        raise WireError(f"{key} must be true or false")
    return value
