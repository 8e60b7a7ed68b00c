"""Asterisk's side of AudioSocket: no queue at all, so sound that comes faster than time is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from server.gateways.audiosocket import CALL, END, FORMAT, HEADER, KEY, SOUND, frame
from server.gateways.far.playout import Playout
from server.gateways.wire import HangUp, Outgoing, Send, WireError

SLACK_MS = 200
"""What a network and a busy machine may bunch together."""


class AudioSocketEnd:
    """A channel with `AudioSocket(uuid,host:port)`."""

    def __init__(self, call: UUID | None = None, slack_ms: float = SLACK_MS) -> None:
        self.format = FORMAT
        self.playout = Playout(FORMAT)
        self._call, self._slack_ms = call, slack_ms

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """For the ticket, which holds them: the wire can carry none."""
        return params

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:  # noqa: ARG002
        """The ticket is among the params, where it was not known before."""
        call = self._call or UUID(params["ticket"])
        return (frame(CALL, call.bytes),)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        return (frame(SOUND, payload),)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (frame(KEY, digit.encode("ascii")),)

    def stop(self) -> tuple[str | bytes, ...]:
        """Asterisk says nothing, it closes the connection."""
        return ()

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, str) or HEADER.unpack_from(message)[1] != len(message) - HEADER.size:
            raise WireError("not a whole frame")
        kind, payload = message[0], message[HEADER.size :]
        if kind == END:
            return (HangUp(),)
        if kind != SOUND or not payload:
            raise WireError("a frame that tears the session down")
        if self.playout.queued_ms(now_ms) > self._slack_ms:
            raise WireError("sound came faster than it can be played")
        self.playout.add(len(payload), now_ms)
        return (Send(payload),)

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:  # noqa: ARG002
        return ()

    @property
    def next_ms(self) -> float | None:
        return None
