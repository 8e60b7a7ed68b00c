"""Twilio Media Streams, both ways (`<Connect><Stream>`): JSON text, mu-law at 8 kHz in base64.

Twilio plays whatever it is sent in order, buffers up to ten minutes of it, and returns each mark when it is reached. A
`clear` makes it return all marks at once, so a mark that comes back after our `clear` was not heard.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.wire import (
    Audio,
    Clear,
    Ended,
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

MARKS_KEPT = 256
"""Marks remembered; a stream whose marks never return must not fill the memory."""


class Twilio:
    """One stream. Numbers come as strings (`sequenceNumber`, `chunk`, `timestamp`) and are not needed."""

    marks = True
    can: frozenset[type] = frozenset()

    def __init__(self, query: Mapping[str, str] | None = None) -> None:
        self._query = dict(query or {})  # Twilio allows none, but a stand-in for it may
        self._stream = ""
        self._over = False
        self._media = ""
        self._marks: dict[str, bool] = {}  # on their way, and whether a clear overtook them

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, bytes):
            raise WireError("Twilio sends text only, this was binary", fields.UNSUPPORTED)
        event = fields.json_object(message)
        name = fields.kind(event, "event")
        if self._over:
            return ()
        if name == "media":  # fifty times a second: past the table
            return self._audio(event)
        if name == "connected":
            return ()
        if name == "start":
            return self._start(event)
        read = {"dtmf": self._digit, "mark": self._played, "stop": self._stop}.get(name)
        if read is None:
            return (fields.unknown("event", name),)
        self._check(event)
        return read(event)

    def _check(self, event: Mapping[str, Any]) -> None:
        if not self._stream:
            raise WireError("the first event must be start")
        if event.get("streamSid", self._stream) != self._stream:
            raise WireError("streamSid is of another stream")

    def _start(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        if self._stream:
            raise WireError("start came twice")
        start = fields.child(event, "start")
        media = fields.child(start, "mediaFormat")
        encoding = fields.text(media, "encoding", "audio/x-mulaw")
        rate, channels = fields.number(media, "sampleRate", 8000), fields.number(media, "channels", 1)
        if (encoding, rate, channels) != ("audio/x-mulaw", 8000, 1):
            raise WireError("mediaFormat must be audio/x-mulaw, 8000 Hz, 1 channel", fields.UNSUPPORTED)
        call, self._stream = fields.identifier(start, "callSid"), fields.identifier(start, "streamSid")
        self._media = f'{{"event":"media","streamSid":{json.dumps(self._stream)},"media":{{"payload":"'
        params = self._query | fields.params(fields.child(start, "customParameters"))
        return (Started(call, self._stream, params.get("caller", ""), Format("ulaw", 8000), params),)

    def _audio(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        self._check(event)
        media = fields.child(event, "media")
        if media.get("track", "inbound") != "inbound":
            return ()  # our own voice, from a stream of both tracks
        payload = fields.unbase64(media, "payload")
        return (Audio(payload),) if payload else ()

    def _digit(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(fields.child(event, "dtmf"), "digit")),)

    def _played(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        name = fields.text(fields.child(event, "mark"), "name")
        if name not in self._marks:
            return (Oddity("a mark that is not ours"),)
        return (Played(name, self._marks.pop(name)),)

    def _stop(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002  # it says no more than its name
        self._over = True
        return (Ended("stop"),)

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        """Twilio has no word for hanging up: the call goes on after `<Connect>` once the socket is closed."""
        if not self._stream:
            return ()
        if isinstance(order, Send):
            return (f'{self._media}{fields.base64(order.payload)}"}}}}',)
        if isinstance(order, Mark):
            self._marks[fields.mark_name(order.name)] = False
            if len(self._marks) > MARKS_KEPT:
                del self._marks[next(iter(self._marks))]
            return (self._say({"event": "mark", "mark": {"name": order.name}}),)
        if isinstance(order, Clear):
            self._marks = dict.fromkeys(self._marks, True)
            return (self._say({"event": "clear"}),)
        return ()

    def _say(self, event: dict[str, Any]) -> str:
        return json.dumps(event | {"streamSid": self._stream}, separators=(",", ":"))
