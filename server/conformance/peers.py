"""The gateways as the kit plays them: how marks come back, and what each says about sound it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.gateways.table import AUDIOSOCKET
from server.gateways.vendors import VENDORS
from server.gateways.wire import Format


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    marks: tuple[str, ...] = ()
    """Words, one of which is in each message that answers a mark; none where marks are not answered."""
    returned: bool = False
    """A clear brings the marks back that it threw away."""
    ahead_ms: int = 0
    """How much sound the gateway can hold; 0 where it names no bound."""
    multiple_bytes: int = 1
    least_bytes: int = 0
    most_bytes: int = 0
    """Of the sound in one message; 0 for no bound."""
    sound_source: str = ""

    def odd_sound(self, payload: bytes, format_: Format) -> str:
        """What is wrong with the sound of one message; empty when nothing is."""
        if not payload:
            return "a message without sound"
        if payload[:4] == b"RIFF":
            return "a WAV header in the sound"
        if len(payload) % format_.sample_bytes:
            return f"{len(payload)} bytes of sound end within a sample"
        if len(payload) % self.multiple_bytes:
            return f"{len(payload)} bytes of sound are no multiple of {self.multiple_bytes}"
        if len(payload) < self.least_bytes:
            return f"{len(payload)} bytes of sound in a message are fewer than {self.least_bytes}"
        if self.most_bytes and len(payload) > self.most_bytes:
            return f"{len(payload)} bytes of sound in a message are more than {self.most_bytes}"
        return ""


_TWILIO = "Twilio, Media Streams: media messages hold base64 mulaw, text only (error 31950)"
_FORK = "mod_audio_fork: binary linear samples, little endian"
_ROWS = (
    Peer("twilio", marks=('"mark"',), returned=True, ahead_ms=600_000, sound_source=_TWILIO),
    Peer(
        "telnyx", marks=('"mark"',), returned=True, least_bytes=160, most_bytes=240_000,
        sound_source="Telnyx, bidirectional streaming: 20 ms to 30 s in one media message",
    ),
    Peer(
        "plivo", marks=('"playedStream"',), ahead_ms=40_000,
        sound_source="Plivo, Audio Streaming: playAudio with the contentType and sampleRate of the stream",
    ),
    Peer("signalwire", marks=('"mark"',), returned=True, sound_source="SignalWire, <Stream>: as Twilio"),
    Peer(
        "exotel", marks=('"mark"',), returned=True, multiple_bytes=320, least_bytes=3_200, most_bytes=100_000,
        sound_source="Exotel, Voicebot applet: 3.2 to 100 KB of samples in one message, a multiple of 320 bytes",
    ),
    Peer(
        "asterisk", marks=("MEDIA_MARK_PROCESSED", "MEDIA_BUFFERING_COMPLETED"), ahead_ms=20_000,
        sound_source="Asterisk, chan_websocket: whole frames, or bulk mode; commands of 128 bytes at most",
    ),
    Peer("fork", marks=('"mark"',), returned=True, sound_source=_FORK),
    Peer("jambonz", marks=('"mark"', '"playDone"'), returned=True, sound_source=_FORK),
    Peer("audiostream", sound_source="mod_audio_stream: streamAudio with raw base64 of the stream's rate, text only"),
    Peer(
        "vonage", marks=('"websocket:notify"',), ahead_ms=61_440,
        sound_source="Vonage, Voice WebSockets: binary messages of exactly 20 ms",
    ),
    Peer(
        "genesys", marks=('"playback_completed"',), returned=True,
        sound_source="Genesys, Audio Connector: binary mu-law, 64000 bytes at most in one message",
    ),
    Peer("huashu", marks=('"played"',), returned=True, sound_source="huashu, docs/reference/gateway.md"),
    Peer(AUDIOSOCKET.name, sound_source="Asterisk, AudioSocket: frames of 16-bit samples, none of them empty"),
)  # fmt: skip

PEERS: Mapping[str, Peer] = {row.name: row for row in _ROWS}
"""By the gateway's name."""

ALL = frozenset(PEERS)
TEXT_ONLY = frozenset({*VENDORS})
"""Gateways that send JSON text alone."""
BY_WEBSOCKET = ALL - {AUDIOSOCKET.name}
IN_BINARY = BY_WEBSOCKET - TEXT_ONLY
