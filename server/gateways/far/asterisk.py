"""Asterisk's side of `chan_websocket`: a queue with high and low water, marks in it, and a flush that forgets them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from server.gateways import fields
from server.gateways.asterisk import COMMAND_BYTES, FORMATS
from server.gateways.far.playout import Playout
from server.gateways.wire import Clear, HangUp, Mark, Outgoing, Send, WireError

XOFF_MS = 900 * 20
XON_MS = 800 * 20
FULL_MS = 1000 * 20
"""Frames of 20 ms: at the first a pause is asked for, below the second more, from the third on audio is dropped."""
LARGEST_BYTES = 65535 - 10

_MARKED, _BUFFERED = "MEDIA_MARK_PROCESSED", "MEDIA_BUFFERING_COMPLETED"


class AsteriskEnd:
    """A channel that dials the bot: `WebSocket/bot/c(slin)f(json)v(…)`."""

    def __init__(self, form: Literal["json", "plain"] = "json", codec: str = "slin") -> None:
        self._json, self._codec = form == "json", codec
        self.format = FORMATS[codec]
        self.playout = Playout(self.format)
        self.answered = False
        """By the command ANSWER."""
        self._channel = ""
        self._bulk = self._off = False
        self._rest = b""
        self._told: list[str] = []
        self._kinds: dict[str, str] = {}

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:
        return params

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:  # noqa: ARG002  # `v()`
        self._channel = call_id
        start = {
            "connection_id": "bot",
            "channel": "WebSocket/bot/0x7f01",
            "channel_id": call_id,
            "format": self._codec,
            "optimal_frame_size": self.format.frame_bytes,
            "ptime": 20,
        }
        if self._json:
            return (json.dumps({"event": "MEDIA_START", **start, "channel_variables": {}}),)
        return (" ".join(["MEDIA_START", *(f"{key}:{value}" for key, value in start.items())]),)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        return (payload,)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        if self._json:
            return (json.dumps({"event": "DTMF_END", "channel_id": self._channel, "digit": digit}),)
        return (f"DTMF_END digit:{digit} channel_id:{self._channel}",)

    def stop(self) -> tuple[str | bytes, ...]:
        """Asterisk says nothing, it closes the socket."""
        return ()

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            return self._queue(message, now_ms)
        if len(message.encode()) > COMMAND_BYTES:
            raise WireError("a command of more than 128 bytes is dropped")
        if self._json:
            command = fields.json_object(message)
            name, told = fields.text(command, "command"), fields.text(command, "correlation_id", "")
        else:
            name, _, told = message.partition(" ")
        return self._obey(name, told, now_ms)

    def _queue(self, audio: bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if len(audio) > LARGEST_BYTES:
            raise WireError("the message is too big", 1009)
        if self.playout.queued_ms(now_ms) >= FULL_MS:
            return ()
        data = self._rest + audio
        whole = len(data) - len(data) % self.format.frame_bytes
        self._rest = data[whole:] if self._bulk else b""
        self.playout.add(whole, now_ms)
        if not self._off and self.playout.queued_ms(now_ms) >= XOFF_MS:
            self._off = True
            self._told.append(self._event("MEDIA_XOFF"))
        return (Send(data[:whole]),) if whole else ()

    def _obey(self, name: str, told: str, now_ms: float) -> tuple[Outgoing, ...]:
        match name:
            case "ANSWER":
                self.answered = True
                return ()
            case "HANGUP":
                return (HangUp(),)
            case "START_MEDIA_BUFFERING":
                self._bulk = True
                return ()
            case "STOP_MEDIA_BUFFERING":
                rest, self._rest, self._bulk = self._rest, b"", False
                self.playout.add(len(rest), now_ms)
                return (*([Send(rest)] if rest else []), *self._mark(_BUFFERED, told, now_ms))
            case "MARK_MEDIA":
                return self._mark(_MARKED, told, now_ms)
            case "FLUSH_MEDIA":
                self.playout.clear(now_ms)
                self._rest, self._bulk = b"", False
                return (Clear(),)
            case _:
                raise WireError("not a command")

    def _mark(self, kind: str, name: str, now_ms: float) -> tuple[Outgoing, ...]:
        self._kinds[name] = kind
        self.playout.mark(name, now_ms)
        return (Mark(name),)

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        told, self._told = self._told, []
        told += [self._event(self._kinds[name], name) for name in self.playout.reached(now_ms)]
        if self._off and self.playout.queued_ms(now_ms) < XON_MS:
            self._off = False
            told.append(self._event("MEDIA_XON"))
        return tuple(told)

    @property
    def next_ms(self) -> float | None:
        if self._told:
            return 0.0
        more = [self.playout.ends_ms - XON_MS + 1] if self._off else []
        mark = self.playout.next_ms
        return min([*more, *([mark] if mark is not None else [])], default=None)

    def _event(self, name: str, correlation_id: str = "") -> str:
        if not self._json:
            return f"{name} {correlation_id}".rstrip()
        told = {"event": name, "channel_id": self._channel}
        return json.dumps(told | ({"correlation_id": correlation_id} if correlation_id else {}))
