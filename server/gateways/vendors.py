"""Those who speak like Twilio: one codec (`server.gateways.stream`), and for each what it calls things.

A vendor's line here says only what differs from Twilio. What none of them tells by a word has no place here: which of
them answers marks after a clear does not matter, since a mark that comes back after our clear was not heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.gateways.wire import Encoding


@dataclass(frozen=True, slots=True)
class Vendor:
    """Names of fields and events; the defaults are Twilio's."""

    name: str

    stream_id: str = "streamSid"
    """In every event; in `start` the inner one goes first."""
    call_id: str = "callSid"
    params: str = "customParameters"
    media_format: str = "mediaFormat"
    rate: str = "sampleRate"
    headers: str = ""
    """A field beside `start` with `name=value;name=value`."""
    caller: str = ""
    """In `start`: the number the call came from, where the params name nobody."""

    encodings: Mapping[str, Encoding] = field(default_factory=lambda: {"audio/x-mulaw": "ulaw"})
    """By the vendor's names; the name `*` stands for any."""
    rates_hz: tuple[int, ...] = (8000,)
    """Of linear samples; G.711 has 8000 alone."""
    big_endian: bool = False
    """Linear samples come with the high byte first, unless the call says otherwise (`l16`)."""
    unordered: bool = False
    """Audio may come in another order than that of its `chunk` numbers."""
    aside: tuple[str, ...] = ("connected",)
    """Events that tell nothing new."""

    play: str = "media"
    plays_format: bool = False
    """Sound that is sent says its `contentType` and `sampleRate`."""
    least_bytes: int = 0
    """Of sound in one message. Less waits for more; the end of an utterance is filled up with silence."""
    mark: str = "mark"
    played: str = "mark"
    """The event that answers a mark."""
    flat_marks: bool = False
    """The name of a mark stands in the event itself."""
    clear: str = "clear"
    keys: str = ""
    """The event that sends telephone keys, where there is one."""
    bare: bool = False
    """What is sent does not name the stream."""


VENDORS: Mapping[str, Vendor] = {
    "twilio": Vendor("Twilio"),
    "telnyx": Vendor(
        "Telnyx",
        stream_id="stream_id",
        call_id="call_control_id",
        params="custom_parameters",
        media_format="media_format",
        rate="sample_rate",
        caller="from",
        encodings={"PCMU": "ulaw", "PCMA": "alaw", "L16": "l16"},
        rates_hz=(8000, 16000, 24000),
        big_endian=True,  # as RFC 3551 section 4.5.11 has it; reports differ
        unordered=True,
        bare=True,
    ),
    "plivo": Vendor(
        "Plivo",
        stream_id="streamId",
        call_id="callId",
        headers="extra_headers",
        encodings={"audio/x-mulaw": "ulaw", "audio/x-l16": "l16"},
        rates_hz=(8000, 16000),
        aside=("clearedAudio",),
        play="playAudio",
        plays_format=True,
        mark="checkpoint",
        played="playedStream",
        flat_marks=True,
        clear="clearAudio",
        keys="sendDTMF",
    ),
    "signalwire": Vendor(
        "SignalWire",
        encodings={"audio/x-mulaw": "ulaw", "audio/x-l16": "l16", "audio/l16": "l16", "L16": "l16"},
        rates_hz=(8000, 16000, 24000),
    ),
    "exotel": Vendor(
        "Exotel",
        stream_id="stream_sid",
        call_id="call_sid",
        params="custom_parameters",
        media_format="media_format",
        rate="sample_rate",
        caller="from",
        encodings={"*": "l16"},  # named differently from page to page; it never is anything else
        rates_hz=(8000, 16000, 24000),
        least_bytes=3200,
    ),
}
"""By the name of the gateway."""

COMPRESSED = frozenset({"G722", "OPUS", "AMR-WB", "G729"})
"""Encodings that some of them offer and nobody here unpacks."""
TWILIO = VENDORS["twilio"]
