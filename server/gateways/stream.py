"""Twilio Media Streams and those who speak like it, both ways: JSON text, sound in base64.

The gateway plays whatever it is sent in order, buffers far more than we send ahead, and returns each mark when it is
reached. Twilio's `clear` makes it return all marks at once, so a mark that comes back after our `clear` was not heard.
What each vendor calls things is in `server.gateways.vendors`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.byteorder import Roughness, is_big, swapped
from server.gateways.ordered import Ordered
from server.gateways.vendors import COMPRESSED, Vendor
from server.gateways.wire import (
    Audio,
    Clear,
    Ended,
    Format,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Outgoing,
    Played,
    Send,
    Started,
    WireError,
)


class Stream:
    """One stream. Sequence numbers and timestamps, strings with some and numbers with others, are not needed."""

    marks = True

    def __init__(self, vendor: Vendor, query: Mapping[str, str] | None = None) -> None:
        self.can: frozenset[type] = frozenset({Keys} if vendor.keys else ())
        self._vendor = vendor
        self._query = dict(query or {})  # Twilio allows none, others do
        self._stream = ""
        self._format = Format()
        self._big = False
        self._roughness: Roughness | None = None
        self._over = False
        self._media = ""
        self._held = b""
        self._marks: dict[str, bool] = {}  # on their way, and whether a clear overtook them
        self._ordered = Ordered() if vendor.unordered else None
        self._read = {
            "start": self._start,
            "dtmf": self._digit,
            "error": self._error,
            "stop": self._stop,
            vendor.played: self._played,
        }

    # --- from the gateway --------------------------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, bytes):
            raise WireError(f"{self._vendor.name} sends text only, this was binary", fields.UNSUPPORTED)
        event = fields.json_object(message)
        name = fields.kind(event, "event")
        if self._over or name in self._vendor.aside:
            return ()
        if name == "media":  # fifty times a second: past the table
            return self._audio(event)
        read = self._read.get(name)
        if read is None:
            return (fields.unknown("event", name),)
        if name not in ("start", "error"):
            self._check(event)
        return read(event)

    def _check(self, event: Mapping[str, Any]) -> None:
        if not self._stream:
            raise WireError("the first event must be start")
        if event.get(self._vendor.stream_id, self._stream) != self._stream:
            raise WireError(f"{self._vendor.stream_id} is of another stream")

    def _start(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        if self._stream:
            raise WireError("start came twice")
        vendor, start = self._vendor, fields.child(event, "start")
        format_ = self._agreed(fields.child(start, vendor.media_format))
        call = fields.identifier(start, vendor.call_id)
        self._stream = fields.identifier(start if vendor.stream_id in start else event, vendor.stream_id)
        self._format = format_
        self._media = self._media_head(start)
        params = self._query | fields.params(fields.child(start, vendor.params)) | self._headers(event)
        params = self._called(start, params) | params
        if format_.encoding == "l16":
            self._big, self._roughness = is_big(params, vendor.big_endian), Roughness(format_.rate_hz)
        caller = params.get("caller") or (fields.text(start, vendor.caller, "") if vendor.caller else "")
        return (Started(call, self._stream, caller, format_, params),)

    def _called(self, start: Mapping[str, Any], params: Mapping[str, str]) -> dict[str, str]:
        """The number of the person where it is told that we have called, and not they us: then `from` is our own."""
        outbound = (params.get("direction") or fields.text(start, "direction", "")).startswith("out")
        called = fields.text(start, "to", "") if outbound and self._vendor.caller else ""
        return {"caller": called} if called else {}

    def _agreed(self, media: Mapping[str, Any]) -> Format:
        """The format, if it is one that we can take."""
        vendor = self._vendor
        encoding = fields.text(media, "encoding", next(iter(vendor.encodings)))
        known = vendor.encodings.get(encoding) or vendor.encodings.get("*")
        rate, channels = fields.number(media, vendor.rate, 8000), fields.number(media, "channels", 1)
        rates_hz = vendor.rates_hz if known == "l16" else (8000,)
        if known is None or rate not in rates_hz or channels != 1:
            packed = f", not {encoding.upper()}" if encoding.upper() in COMPRESSED else ""
            raise WireError(f"{vendor.media_format} must be {_taken(vendor)}, 1 channel{packed}", fields.UNSUPPORTED)
        return Format(known, rate)

    def _headers(self, event: Mapping[str, Any]) -> dict[str, str]:
        """Plivo's headers of the call: pairs in a string, each perhaps with a prefix of its own."""
        told = event.get(self._vendor.headers) if self._vendor.headers else None
        if told is None:
            return {}
        if isinstance(told, dict):
            return fields.params(told)
        text = fields.written(told).strip("{} ")
        pairs = (pair.partition("=") for pair in text.split(";" if ";" in text else ","))
        return {key.strip().removeprefix("X-PH-"): value.strip() for key, equals, value in pairs if equals}

    def _audio(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        self._check(event)
        media = fields.child(event, "media")
        if media.get("track", "inbound") != "inbound":
            return ()  # our own voice, from a stream of both tracks
        payload = fields.unbase64(media, "payload")
        if self._ordered:
            payload = self._ordered.take(fields.number(media, "chunk", self._ordered.next), payload)
        audio = fields.samples(payload, self._format.sample_bytes)
        return self._in_order(payload) if audio and self._roughness else audio

    def _in_order(self, payload: bytes) -> tuple[Incoming, ...]:
        """Linear samples, low byte first. What is obviously swapped is told once."""
        payload = swapped(payload) if self._big else payload
        rough = self._roughness
        if rough is None or rough.settled or not rough.hear(payload):
            return (Audio(payload),)
        other = "little" if self._big else "big"
        return Audio(payload), Oddity(f"the sound is noise, in the other byte order it is a voice: l16={other}")

    def _digit(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(fields.child(event, "dtmf"), "digit")),)

    def _played(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        name = fields.text(event if self._vendor.flat_marks else fields.child(event, "mark"), "name")
        if name not in self._marks:
            return (Oddity("a mark that is not ours"),)
        return (Played(name, self._marks.pop(name)),)

    def _error(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:
        """Telnyx tells what it could not use."""
        told = fields.child(event, "payload")
        return (Oddity(f"{self._vendor.name}: {fields.text(told, 'title', 'error')[:200]}"),)

    def _stop(self, event: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002  # it says no more than its name
        self._over = True
        rest = self._ordered.rest() if self._ordered else b""
        rest = swapped(rest[: len(rest) // 2 * 2]) if self._big else rest
        return *([Audio(rest)] if rest else []), Ended("stop")

    # --- to the gateway ----------------------------------------------------------------------------------------------

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        """None of them has a word for hanging up: the call goes on after the stream once the socket is closed."""
        if not self._stream:
            return ()
        if isinstance(order, Send):
            self._held += swapped(order.payload) if self._big else order.payload
            return self._sound() if len(self._held) >= self._vendor.least_bytes else ()
        if isinstance(order, Mark):
            self._held += self._format.silence * (self._vendor.least_bytes - len(self._held) if self._held else 0)
            return *self._sound(), self._mark(fields.mark_name(order.name))
        if isinstance(order, Clear):
            self._held = b""
            self._marks = dict.fromkeys(self._marks, True)
            return (self._say(self._vendor.clear),)
        if isinstance(order, Keys) and self._vendor.keys:
            return (json.dumps({"event": self._vendor.keys, "dtmf": order.digits}, separators=(",", ":")),)
        return ()

    def _sound(self) -> tuple[str, ...]:
        sound, self._held = self._held, b""
        return (f'{self._media}{fields.base64(sound)}"}}}}',) if sound else ()

    def _mark(self, name: str) -> str:
        self._marks[name] = False
        if len(self._marks) > fields.MARKS_KEPT:
            del self._marks[next(iter(self._marks))]
        told = {"name": name}
        return self._say(self._vendor.mark, **(told if self._vendor.flat_marks else {"mark": told}))

    def _say(self, event: str, **more: Any) -> str:
        return json.dumps({"event": event, **self._named(), **more}, separators=(",", ":"))

    def _named(self) -> dict[str, str]:
        return {} if self._vendor.bare else {self._vendor.stream_id: self._stream}

    def _media_head(self, start: Mapping[str, Any]) -> str:
        """A message of sound up to the sound itself, which is the same every time."""
        told: dict[str, Any] = {}
        if self._vendor.plays_format:
            encoding = fields.text(fields.child(start, self._vendor.media_format), "encoding", "audio/x-mulaw")
            told = {"contentType": encoding, "sampleRate": self._format.rate_hz}
        return self._say(self._vendor.play, media=told | {"payload": ""}).removesuffix('"}}')


def _taken(vendor: Vendor) -> str:
    """What this vendor may send, in words."""
    plain = " or ".join(name for name, encoding in vendor.encodings.items() if encoding != "l16")
    linear = next((name for name, encoding in vendor.encodings.items() if encoding == "l16"), "")
    rates = " or ".join(map(str, vendor.rates_hz))
    told = [f"{plain}, 8000 Hz" if plain else "", f"{linear}, {rates} Hz".removeprefix("*, ") if linear else ""]
    return ", or ".join(filter(None, told))
