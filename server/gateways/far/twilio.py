"""Twilio's side of a media stream: numbered events, and marks that all come back when the queue is cleared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.far.playout import Playout
from server.gateways.wire import Clear, Format, Mark, Outgoing, Send, WireError

_ACCOUNT = "AC00000000000000000000000000000000"


class TwilioEnd:
    """A call that Twilio brings to `<Connect><Stream>`."""

    def __init__(self) -> None:
        self.format = Format("ulaw", 8000)
        self.playout = Playout(self.format)
        self._call = self._stream = ""
        self._sequence = self._chunk = self._bytes = 0
        self._thrown: list[str] = []

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002  # all are in `start`
        return {}

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        self._call, self._stream = call_id, f"MZ{call_id}"
        start = {
            "accountSid": _ACCOUNT,
            "streamSid": self._stream,
            "callSid": call_id,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": dict(params),
        }
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}), self._event("start", start)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        self._chunk += 1
        time_ms = self._bytes // 8
        self._bytes += len(payload)
        media = {"track": "inbound", "chunk": str(self._chunk), "timestamp": str(time_ms)}
        return (self._event("media", media | {"payload": fields.base64(payload)}),)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (self._event("dtmf", {"track": "inbound_track", "digit": digit}),)

    def stop(self) -> tuple[str | bytes, ...]:
        return (self._event("stop", {"accountSid": _ACCOUNT, "callSid": self._call}),)

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            raise WireError("31950: a binary message")
        event = fields.json_object(message)
        if event.get("streamSid") != self._stream:
            raise WireError("31950: streamSid is missing or of another stream")
        match event.get("event"):
            case "media":
                payload = fields.unbase64(fields.child(event, "media"), "payload")
                self.playout.add(len(payload), now_ms)
                return (Send(payload),)
            case "mark":
                name = fields.text(fields.child(event, "mark"), "name")
                self.playout.mark(name, now_ms)
                return (Mark(name),)
            case "clear":
                self._thrown += self.playout.clear(now_ms)
                return (Clear(),)
            case _:
                raise WireError("31950: an unknown event")

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        names, self._thrown = [*self._thrown, *self.playout.reached(now_ms)], []
        return tuple(self._event("mark", {"name": name}) for name in names)

    @property
    def next_ms(self) -> float | None:
        return 0.0 if self._thrown else self.playout.next_ms

    def _event(self, name: str, fields_: dict[str, Any]) -> str:
        self._sequence += 1
        event = {"event": name, "sequenceNumber": str(self._sequence), "streamSid": self._stream, name: fields_}
        return json.dumps(event, separators=(",", ":"))
