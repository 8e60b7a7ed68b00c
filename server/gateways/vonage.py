"""Vonage Voice WebSockets, both ways: linear samples as binary messages of exactly 20 ms, JSON for the rest.

Vonage plays what it is sent in order and holds up to a minute of it. A message of another length than one frame ends
the socket, so sound is cut, and what is left over waits for more or is filled up with silence where an utterance ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from server.gateways import fields
from server.gateways.wire import (
    Clear,
    Format,
    Incoming,
    Mark,
    Oddity,
    Outgoing,
    Played,
    Send,
    Started,
    WireError,
)

RATES_HZ = (8000, 16000, 24000)
IDS = ("call_id", "uuid", "conversation_uuid")
"""Where the `headers` of the NCCO may hold the call's name: Vonage itself tells none."""
_TYPE = re.compile(r"audio/l16; ?rate=([0-9]{4,5})")


class Vonage:
    """One socket. What stands in `headers` of the NCCO comes in the first message, beside its own fields."""

    marks = True
    can: frozenset[type] = frozenset()

    def __init__(self, query: Mapping[str, str] | None = None) -> None:
        self._query = dict(query or {})
        self._frame = 0
        self._rest = b""
        self._marks: dict[str, bool] = {}  # on their way, and whether a clear overtook them

    # --- from Vonage -------------------------------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, bytes):
            if not self._frame:
                raise WireError("the first message must be websocket:connected")
            return fields.samples(message, 2)
        event = fields.json_object(message)
        name = fields.kind(event, "event")
        read = self._READ.get(name)
        if read is None:
            return (fields.unknown("event", name),)
        if not self._frame and name != "websocket:connected":
            raise WireError("the first message must be websocket:connected")
        return read(self, event)

    def _start(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        if self._frame:
            raise WireError("websocket:connected came twice")
        told = _TYPE.fullmatch(fields.text(event, "content-type"))
        if told is None or int(told[1]) not in RATES_HZ:
            rates = " or ".join(map(str, RATES_HZ))
            raise WireError(f"content-type must be audio/l16;rate= and {rates}", fields.UNSUPPORTED)
        format_ = Format("l16", int(told[1]))
        self._frame = format_.frame_bytes
        headers = {key: value for key, value in event.items() if key not in ("event", "content-type")}
        params = self._query | fields.params(headers)
        call = next((params[key] for key in IDS if params.get(key)), "")[: fields.LONGEST_ID]
        return (Started(call, "", params.get("caller", ""), format_, params),)

    def _digit(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(event, "digit")),)

    def _played(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        name = fields.text(fields.child(event, "payload"), "id", "")
        if name not in self._marks:
            return (Oddity("a notification that is not ours"),)
        return (Played(name, self._marks.pop(name)),)

    def _cleared(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002  # it says no more than its name
        return ()

    _READ: ClassVar[Mapping[str, Callable[[Vonage, Mapping[str, Any]], tuple[Incoming, ...]]]] = {
        "websocket:connected": _start,
        "websocket:dtmf": _digit,
        "websocket:notify": _played,
        "websocket:cleared": _cleared,
    }

    # --- to Vonage ---------------------------------------------------------------------------------------------------

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        """There is no word for hanging up: the call goes on in its NCCO, or ends, once the socket is closed."""
        if not self._frame:
            return ()
        if isinstance(order, Send):
            return self._frames(order.payload)
        if isinstance(order, Mark):
            return self._mark(fields.mark_name(order.name))
        if isinstance(order, Clear):
            self._rest = b""
            self._marks = dict.fromkeys(self._marks, True)
            return (_say(action="clear"),)
        return ()

    def _frames(self, payload: bytes) -> tuple[bytes, ...]:
        sound = self._rest + payload
        whole = len(sound) - len(sound) % self._frame
        self._rest = sound[whole:]
        return tuple(sound[start : start + self._frame] for start in range(0, whole, self._frame))

    def _mark(self, name: str) -> tuple[str | bytes, ...]:
        tail, self._rest = self._rest, b""
        self._marks[name] = False
        if len(self._marks) > fields.MARKS_KEPT:
            del self._marks[next(iter(self._marks))]
        filled = (tail.ljust(self._frame, b"\0"),) if tail else ()
        return *filled, _say(action="notify", payload={"id": name})


def _say(**told: Any) -> str:
    return json.dumps(told, separators=(",", ":"))
