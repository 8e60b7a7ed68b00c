"""Twilio's side of a media stream, and that of those who speak like it: numbered events, and marks in the queue.

The names are those of `server.gateways.vendors`. What the messages hold beside them, and what becomes of marks that a
clear throws away, is here, vendor by vendor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.gateways import fields
from server.gateways.byteorder import swapped as in_other_order
from server.gateways.far.playout import Playout
from server.gateways.vendors import TWILIO, Vendor
from server.gateways.wire import Clear, Format, Keys, Mark, Outgoing, Send, WireError

ACCOUNT = "AC00000000000000000000000000000000"
NUMBER = "+861012345678"
"""Of the bot's line."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """What a start message tells."""

    id: str
    stream: str
    encoding: str
    rate_hz: int
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one vendor fills its messages."""

    start: Callable[[Call], Json]
    """The fields of the event beside its name and number."""
    connected: Json | None
    by_query: bool = False
    """Params of the call come in the query of the URL."""
    number: Callable[[int], int | str] = str
    cleared: str = ""
    """An event that answers a clear; else all marks that were ahead come back."""
    error: str = ""
    """What the vendor calls a message it does not understand."""


def _like_twilio(call: Call) -> Json:
    media = {"encoding": call.encoding, "sampleRate": call.rate_hz, "channels": 1}
    inner = {"accountSid": ACCOUNT, "streamSid": call.stream, "callSid": call.id, "tracks": ["inbound"]}
    return {
        "streamSid": call.stream,
        "start": {**inner, "mediaFormat": media, "customParameters": dict(call.params)},
    }


def _telnyx(call: Call) -> Json:
    media = {"encoding": call.encoding, "sample_rate": call.rate_hz, "channels": 1}
    numbers = {"from": call.params.get("caller", ""), "to": NUMBER}
    return {
        "stream_id": call.stream,
        "start": {"user_id": "u", "call_control_id": call.id, **numbers, "media_format": media},
    }


def _plivo(call: Call) -> Json:
    media = {"encoding": call.encoding, "sampleRate": call.rate_hz}
    inner = {"callId": call.id, "streamId": call.stream, "accountId": "MA1", "tracks": ["inbound"]}
    headers = ";".join(f"{name}={value}" for name, value in call.params.items())
    return {"start": {**inner, "mediaFormat": media}, "extra_headers": headers}


def _exotel(call: Call) -> Json:
    media = {"encoding": call.encoding, "sample_rate": str(call.rate_hz), "bit_rate": "16"}
    inner = {"stream_sid": call.stream, "call_sid": call.id, "account_sid": ACCOUNT}
    numbers = {"from": call.params.get("caller", ""), "to": NUMBER}
    return {
        "stream_sid": call.stream,
        "start": {**inner, **numbers, "custom_parameters": {}, "media_format": media},
    }


_CONNECTED: Json = {"protocol": "Call", "version": "1.0.0"}
SHAPES: Mapping[str, Shape] = {
    "Twilio": Shape(_like_twilio, _CONNECTED, error="31950: "),
    "Telnyx": Shape(_telnyx, {"version": "1.0.0"}, by_query=True),
    "Plivo": Shape(_plivo, None, number=int, cleared="clearedAudio"),
    "SignalWire": Shape(_like_twilio, _CONNECTED),
    "Exotel": Shape(_exotel, {}, by_query=True),
}
"""By the vendor's name."""


class StreamEnd:
    """A call that such a gateway brings. `swapped` lets every second piece of sound overtake the one before it; `big`
    has linear samples with the high byte first, else it is as the vendor has it.
    """

    def __init__(
        self,
        vendor: Vendor = TWILIO,
        encoding: str = "",
        rate_hz: int = 8000,
        *,
        swapped: bool = False,
        big: bool | None = None,
    ) -> None:
        self._vendor, self._shape = vendor, SHAPES[vendor.name]
        name = encoding or next(iter(vendor.encodings))
        self._encoding = "audio/x-raw" if name == "*" else name
        self.format = Format(vendor.encodings[name], rate_hz)
        self.playout = Playout(self.format)
        self._big = self.format.encoding == "l16" and (vendor.big_endian if big is None else big)
        self._stream = ""
        self._call = ""
        self._sequence = self._chunk = self._bytes = 0
        self._snake = "_" in vendor.stream_id
        self._told: list[str] = []
        self._swapped = swapped
        self._held: str | None = None

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:
        return params if self._shape.by_query else {}

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        self._call, self._stream = call_id, f"MZ{call_id}"
        call = Call(call_id, self._stream, self._encoding, self.format.rate_hz, params)
        first = self._shape.connected
        connected = () if first is None else (json.dumps({"event": "connected", **first}),)
        return *connected, self._numbered("start", self._shape.start(call))

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        self._chunk += 1
        time_ms = self._bytes * 20 // self.format.frame_bytes
        self._bytes += len(payload)
        track = {} if self._vendor.name == "Exotel" else {"track": "inbound"}
        media = {**track, "chunk": self._shape.number(self._chunk), "timestamp": str(time_ms)}
        payload = in_other_order(payload) if self._big else payload
        message = self._event("media", media | {"payload": fields.base64(payload)})
        if not self._swapped:
            return (message,)
        before, self._held = self._held, None if self._held else message
        return (message, before) if before else ()

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (self._event("dtmf", {"track": "inbound_track", "digit": digit}),)

    def stop(self) -> tuple[str | bytes, ...]:
        """Plivo says nothing, it closes the socket."""
        if self._vendor.flat_marks:
            return ()
        return (self._event("stop", {self._field("accountSid"): ACCOUNT, self._vendor.call_id: self._call}),)

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        vendor = self._vendor
        if isinstance(message, bytes):
            raise self._wrong("a binary message")
        event = fields.json_object(message)
        name = fields.kind(event, "event")
        if not vendor.bare and name != vendor.keys and event.get(vendor.stream_id) != self._stream:
            raise self._wrong(f"{vendor.stream_id} is missing or of another stream")
        if name == vendor.play:
            return self._queue(fields.child(event, "media"), now_ms)
        if name == vendor.mark:
            mark = fields.text(event if vendor.flat_marks else fields.child(event, "mark"), "name")
            self.playout.mark(mark, now_ms)
            return (Mark(mark),)
        if name == vendor.clear:
            thrown = self.playout.clear(now_ms)
            self._told += [self._cleared()] if self._shape.cleared else [self._mark(each) for each in thrown]
            return (Clear(),)
        if name and name == vendor.keys:
            return (Keys(fields.text(event, "dtmf")),)
        raise self._wrong("an unknown event")

    def _queue(self, media: Mapping[str, Any], now_ms: float) -> tuple[Outgoing, ...]:
        told = (media.get("contentType"), media.get("sampleRate"))
        if self._vendor.plays_format and told != (self._encoding, self.format.rate_hz):
            raise self._wrong("contentType and sampleRate are not those of the stream")
        payload = fields.unbase64(media, "payload")
        self.playout.add(len(payload), now_ms)
        return (Send(in_other_order(payload) if self._big else payload),)

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        told, self._told = self._told, []
        return *told, *(self._mark(name) for name in self.playout.reached(now_ms))

    @property
    def next_ms(self) -> float | None:
        return 0.0 if self._told else self.playout.next_ms

    # --- messages ----------------------------------------------------------------------------------------------------

    def _mark(self, name: str) -> str:
        if self._vendor.flat_marks:
            return json.dumps({"event": self._vendor.played, "streamId": self._stream, "name": name})
        return self._event("mark", {"name": name})

    def _cleared(self) -> str:
        return json.dumps({"event": self._shape.cleared, self._vendor.stream_id: self._stream})

    def _event(self, name: str, fields_: Json) -> str:
        return self._numbered(name, {self._vendor.stream_id: self._stream, name: fields_})

    def _numbered(self, name: str, fields_: Json) -> str:
        self._sequence += 1
        number = {self._field("sequenceNumber"): self._shape.number(self._sequence)}
        return json.dumps({"event": name, **number, **fields_}, separators=(",", ":"))

    def _field(self, name: str) -> str:
        return {"sequenceNumber": "sequence_number", "accountSid": "account_sid"}[name] if self._snake else name

    def _wrong(self, why: str) -> WireError:
        return WireError(self._shape.error + why)
