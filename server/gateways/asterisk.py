"""Asterisk `chan_websocket`: audio as binary messages, control as text, in lines of words or in JSON.

Which of the two forms a channel speaks shows in what arrives, and commands go out in the same. Asterisk plays by its
own timer and cuts what it gets into frames, so messages hold whole frames; or, in bulk mode, any number of bytes
between START_MEDIA_BUFFERING and STOP_MEDIA_BUFFERING. Audio may come before MEDIA_START.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, ClassVar

from server.gateways import fields
from server.gateways.wire import (
    Clear,
    Flow,
    Format,
    HangUp,
    Incoming,
    Mark,
    Oddity,
    Outgoing,
    Played,
    Refuse,
    Send,
    Started,
    WireError,
)

FORMATS: Mapping[str, Format] = {
    "ulaw": Format("ulaw", 8000),
    "alaw": Format("alaw", 8000),
    "slin": Format("l16", 8000),
    **{f"slin{khz}": Format("l16", khz * 1000) for khz in (12, 16, 24, 32, 48, 96, 192)},
    "slin44": Format("l16", 44100),
}
"""Formats of Asterisk without compression, by its names. It transcodes, so none but these is needed."""
LARGEST_BYTES = 32 * 1024
"""Of a binary message. Asterisk closes the socket, and ends the call, at 64 KiB with the header."""
COMMAND_BYTES = 128
"""A longer command is dropped, and only Asterisk's log tells. Ours hold one short name at most."""
HELD_BYTES = 32_000
"""Of audio that came before MEDIA_START: a second at the widest format a telephone call has use for."""

_IDS = ("MEDIA_MARK_PROCESSED ", "MEDIA_BUFFERING_COMPLETED ")
_ERROR = "error_text:"


class Asterisk:
    """One channel. In the query `mode=bulk` chooses bulk mode, and `answer=yes` answers the channel with the first
    sound, for a dial string with `n`; `call_id` there goes before Asterisk's own id of the channel. `early=true` says
    that the call is not answered yet: what becomes of it comes by ARI.
    """

    marks = True
    can: frozenset[type] = frozenset()

    def __init__(self, query: Mapping[str, str] | None = None) -> None:
        self._query = dict(query or {})
        if self._query.get("mode", "frames") not in ("frames", "bulk"):
            raise WireError("mode must be frames or bulk", fields.POLICY)
        self._bulk = self._query.get("mode") == "bulk"
        self._unanswered = self._query.get("answer") == "yes"
        self._format: Format | None = None
        self._frame = 0
        self._json = False
        self._held: list[bytes] = []
        self._dropped = 0
        self._buffering = False
        self._rest = b""

    # --- from Asterisk -----------------------------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, bytes):
            if self._format is None:
                return self._hold(message)
            return fields.samples(message, self._format.sample_bytes)
        in_json = message.startswith("{")
        event = fields.json_object(message) if in_json else _words(message)
        name = fields.kind(event, "event")
        read = self._READ.get(name)
        if read is None:
            return (fields.unknown("event", name),)
        self._json = in_json
        return read(self, event)

    def _hold(self, audio: bytes) -> tuple[Incoming, ...]:
        self._held.append(audio)
        while sum(map(len, self._held)) > HELD_BYTES:
            self._dropped += len(self._held.pop(0))
        return ()

    def _start(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        if self._format is not None:
            raise WireError("MEDIA_START came twice")
        format_ = FORMATS.get(fields.text(event, "format"))
        if format_ is None:
            raise WireError("format is compressed: write c(slin) or c(ulaw) in the dial string", fields.UNSUPPORTED)
        self._frame = fields.number(event, "optimal_frame_size", format_.frame_bytes)
        if self._frame == 0 or event.get("passthrough") in (True, "true"):
            raise WireError("pass-through has no marks: leave p out of the dial string", fields.UNSUPPORTED)
        if not 0 < self._frame <= LARGEST_BYTES or self._frame % format_.sample_bytes:
            raise WireError("optimal_frame_size cannot be")
        call = fields.identifier(event, "channel_id" if event.get("channel_id") else "channel")
        params = self._query | fields.params(fields.child(event, "channel_variables"))
        started = Started(
            self._query.get("call_id") or call,
            fields.text(event, "connection_id", ""),
            params.get("caller", ""),
            format_,
            params,
            early=fields.is_true(params, "early"),
        )
        self._format = format_
        return (started, *self._release(format_))

    def _release(self, format_: Format) -> tuple[Incoming, ...]:
        """The last second of what came too early."""
        early, self._held = b"".join(self._held), []
        kept = early[-50 * format_.frame_bytes :]
        dropped = self._dropped + len(early) - len(kept)
        told = (Oddity(f"{dropped} bytes of audio from before MEDIA_START dropped"),) if dropped else ()
        return *told, *fields.samples(kept, format_.sample_bytes)

    def _digit(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(event, "digit")),)

    def _played(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        name = fields.text(event, "correlation_id", "")
        return (Played(name, cleared=False),) if name else ()

    def _flow(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (Flow(event["event"] == "MEDIA_XON"),)

    def _error(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (Oddity(f"Asterisk: {fields.text(event, 'error_text', 'error')[:200]}"),)

    def _aside(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        """STATUS and QUEUE_DRAINED answer questions we do not ask."""
        return (Oddity(f"{event['event']}, unasked"),)

    _READ: ClassVar[Mapping[str, Callable[[Asterisk, Mapping[str, Any]], tuple[Incoming, ...]]]] = {
        "MEDIA_START": _start,
        "DTMF_END": _digit,
        "MEDIA_MARK_PROCESSED": _played,
        "MEDIA_BUFFERING_COMPLETED": _played,
        "MEDIA_XOFF": _flow,
        "MEDIA_XON": _flow,
        "ERROR": _error,
        "STATUS": _aside,
        "QUEUE_DRAINED": _aside,
    }

    # --- to Asterisk -------------------------------------------------------------------------------------------------

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        if isinstance(order, HangUp | Refuse):
            return (self._command("HANGUP"),)
        if self._format is None:
            return ()
        if isinstance(order, Send):
            return (*self._answer(), *(self._in_bulk(order.payload) if self._bulk else self._in_frames(order.payload)))
        if isinstance(order, Mark):
            return self._mark(self._format, fields.mark_name(order.name))
        if isinstance(order, Clear):  # leaves bulk mode; marks never come back
            self._rest, self._buffering = b"", False
            return (self._command("FLUSH_MEDIA"),)
        return ()

    def _answer(self) -> tuple[str, ...]:
        wanted, self._unanswered = self._unanswered, False
        return (self._command("ANSWER"),) if wanted else ()

    def _in_frames(self, payload: bytes) -> tuple[bytes, ...]:
        """Whole frames only, since Asterisk drops the tail of a message; the tail waits here."""
        data = self._rest + payload if self._rest else payload
        whole = len(data) - len(data) % self._frame
        self._rest = data[whole:]
        return _cut(data[:whole] if self._rest else data, LARGEST_BYTES // self._frame * self._frame)

    def _in_bulk(self, payload: bytes) -> tuple[str | bytes, ...]:
        return *self._buffer(), *_cut(payload, LARGEST_BYTES)

    def _buffer(self) -> tuple[str, ...]:
        started, self._buffering = self._buffering, True
        return () if started else (self._command("START_MEDIA_BUFFERING"),)

    def _mark(self, format_: Format, name: str) -> tuple[str | bytes, ...]:
        """A mark ends what was said: the tail is filled up with silence. In bulk mode it is the end of buffering that
        is told back, which Asterisk could do before it knew marks.
        """
        if self._bulk:
            before = self._buffer()
            self._buffering = False
            return *before, self._command("STOP_MEDIA_BUFFERING", name)
        tail, self._rest = self._rest, b""
        filled = (tail + format_.silence * (self._frame - len(tail)),) if tail else ()
        return *filled, self._command("MARK_MEDIA", name)

    def _command(self, name: str, correlation_id: str = "") -> str:
        if not self._json:
            return f"{name} {correlation_id}".rstrip()
        told = {"command": name} | ({"correlation_id": correlation_id} if correlation_id else {})
        return json.dumps(told, separators=(",", ":"))


def _words(message: str) -> dict[str, Any]:
    """`NAME key:value key:value`; ids stand alone and may hold colons and spaces, as may the text of an error."""
    name, _, rest = message.strip().partition(" ")
    if message.startswith(_IDS):
        return {"event": name, "correlation_id": rest}
    rest, _, error = rest.partition(_ERROR)
    pairs = (word.partition(":") for word in rest.split())
    return dict(chain([("event", name), ("error_text", error)], ((key, value) for key, _, value in pairs)))


def _cut(data: bytes, size: int) -> tuple[bytes, ...]:
    if len(data) <= size:
        return (data,) if data else ()
    return tuple(data[start : start + size] for start in range(0, len(data), size))
