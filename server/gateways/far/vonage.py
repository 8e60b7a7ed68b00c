"""Vonage's side of a Voice WebSocket: frames of 20 ms, notifications in the queue, and a buffer with an end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.far.playout import Playout
from server.gateways.wire import Clear, Format, Mark, Outgoing, Send, WireError

MOST_FRAMES = 3072
"""In the buffer, a minute."""


class VonageEnd:
    """A call whose NCCO connects it to a WebSocket; the params are the `headers` of its endpoint."""

    def __init__(self, rate_hz: int = 16000) -> None:
        self.format = Format("l16", rate_hz)
        self.playout = Playout(self.format)
        self._told: list[str] = []

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002  # all are headers
        return {}

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        type_ = {"content-type": f"audio/l16;rate={self.format.rate_hz}"}
        return (_event("websocket:connected", **type_, uuid=call_id, **params),)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        return (payload,)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (_event("websocket:dtmf", digit=digit, duration=260),)

    def stop(self) -> tuple[str | bytes, ...]:
        """Vonage says nothing, it closes the socket."""
        return ()

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            return self._queue(message, now_ms)
        told = fields.json_object(message)
        match told.get("action"):
            case "notify":
                payload = fields.child(told, "payload")
                self.playout.mark(json.dumps(payload), now_ms)
                return (Mark(fields.text(payload, "id")),)
            case "clear":
                self.playout.clear(now_ms)
                self._told.append(_event("websocket:cleared"))
                return (Clear(),)
            case _:
                raise WireError("an unknown action")

    def _queue(self, frame: bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if len(frame) != self.format.frame_bytes:
            raise WireError(f"unexpected frame size {len(frame)}, when required {self.format.frame_bytes}", 1006)
        if self.playout.queued_ms(now_ms) >= MOST_FRAMES * 20:
            raise WireError("the buffer is full")
        self.playout.add(len(frame), now_ms)
        return (Send(frame),)

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        told, self._told = self._told, []
        reached = (_event("websocket:notify", payload=json.loads(each)) for each in self.playout.reached(now_ms))
        return *told, *reached

    @property
    def next_ms(self) -> float | None:
        return 0.0 if self._told else self.playout.next_ms


def _event(name: str, /, **more: Any) -> str:
    return json.dumps({"event": name, **more})
