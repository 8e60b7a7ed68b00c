"""Asterisk AudioSocket: frames of kind, length and payload on a plain TCP connection, linear samples at 8 kHz.

Asterisk keeps no queue: it plays each frame the moment it comes. So whoever holds the connection paces (the socket of
`server.live.audiosocket`), and falling silent means that what waits there is thrown away. Nothing is ever answered.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from uuid import UUID

from server.gateways import fields
from server.gateways.wire import (
    Clear,
    Ended,
    Format,
    HangUp,
    Incoming,
    Mark,
    Oddity,
    Outgoing,
    Refuse,
    Send,
    Started,
    WireError,
)

HEADER = struct.Struct(">BH")
"""Kind and length of what follows."""
END, CALL, KEY, SOUND, ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
"""Kinds: hang-up, the call's UUID, a telephone key, samples at 8 kHz, an error of Asterisk."""
OTHER_RATES = range(0x11, 0x19)
FORMAT = Format("l16", 8000)
HANG_UP = HEADER.pack(END, 0)
PORT = "AudioSocket-Port"
"""The header of a ticket that tells our port to whoever does not know it."""
FORGET = b""
"""Not for the wire: throw away the frames that wait."""


def frame(kind: int, payload: bytes = b"") -> bytes:
    return HEADER.pack(kind, len(payload)) + payload


def call_of(message: bytes) -> UUID | None:
    """The call that a frame names; None for any other frame."""
    if message[:1] != bytes([CALL]) or len(message) != HEADER.size + 16:
        return None
    return UUID(bytes=message[HEADER.size :])


class AudioSocket:
    """One connection; each message is one whole frame. The wire tells nothing but the UUID, so the params are those
    that its ticket was bought with.
    """

    marks = False
    can: frozenset[type] = frozenset()

    def __init__(self, params: Mapping[str, str] | None = None) -> None:
        self._params = dict(params or {})
        self._started = False
        self._rest = b""

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, str) or len(message) < HEADER.size:
            raise WireError("not a frame")
        kind, size = HEADER.unpack_from(message)
        payload = message[HEADER.size :]
        if size != len(payload):
            raise WireError("a frame is longer or shorter than it says")
        if not self._started:
            return self._start(message)
        if kind == SOUND:
            return fields.samples(payload, FORMAT.sample_bytes)
        if kind in OTHER_RATES:
            raise WireError("samples must be at 8 kHz: write c(slin) in the dial string", fields.UNSUPPORTED)
        if kind == KEY:
            return (fields.pressed(payload.decode("latin-1")),)
        if kind == END:
            return (Ended("hang-up"),)
        if kind == ERROR:
            return (Oddity(f"Asterisk: error {payload[:4].hex() or 'without a code'}"),)
        return (Oddity(f"unknown frame: {kind:02x}"),)

    def _start(self, message: bytes) -> tuple[Incoming, ...]:
        call = call_of(message)
        if call is None:
            raise WireError("the first frame must be the UUID of the call")
        self._started = True
        name, caller = self._params.get("call_id") or str(call), self._params.get("caller", "")
        return (Started(name, str(call), caller, FORMAT, self._params),)

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        if isinstance(order, HangUp | Refuse):
            return (HANG_UP,)
        if not self._started:
            return ()
        if isinstance(order, Send):
            sound = self._rest + order.payload
            whole = len(sound) - len(sound) % FORMAT.frame_bytes
            self._rest = sound[whole:]
            return _frames(sound[:whole])
        if isinstance(order, Mark):  # an utterance ends
            tail, self._rest = self._rest, b""
            return _frames(tail.ljust(FORMAT.frame_bytes, FORMAT.silence)) if tail else ()
        if isinstance(order, Clear):
            self._rest = b""
            return (FORGET,)
        return ()


def _frames(sound: bytes) -> tuple[bytes, ...]:
    size = FORMAT.frame_bytes
    return tuple(frame(SOUND, sound[start : start + size]) for start in range(0, len(sound), size))
