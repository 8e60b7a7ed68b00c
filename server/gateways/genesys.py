"""Genesys Audio Connector (AudioHook version 2), both ways: mu-law at 8 kHz as binary messages, JSON for the rest.

Every message of ours has a number of its own and names the last one of theirs. Genesys opens a session, which must be
answered within seconds; now and then it opens one only to see whether anybody is there. It plays what it is sent in
order and tells when it begins and has finished, not how far it is: all marks are reached when it has finished. Small
packets make it complain of too many, so sound is collected. A session ends by our `disconnect` or their `close`, and
they close the socket after the last word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from server.gateways import fields
from server.gateways.wire import (
    Answer,
    Audio,
    Clear,
    Ended,
    Format,
    HangUp,
    Incoming,
    Mark,
    Oddity,
    Outcome,
    Outgoing,
    Played,
    Refuse,
    Send,
    Started,
    WireError,
)

LEAST_BYTES = 1600
"""Of a packet, 200 ms; the last of an utterance may be shorter."""
NOBODY = "00000000-0000-0000-0000-000000000000"
"""The conversation and participant of a probe."""
CHANNELS = (["external"], ["external", "internal"])
"""What is taken, best first: the caller alone, or first of two."""


class Genesys:
    """One session."""

    marks = True
    can: frozenset[type] = frozenset({Outcome})

    def __init__(self, query: Mapping[str, str] | None = None) -> None:
        self._query = dict(query or {})
        self._session = ""
        self._seq = self._client_seq = 0
        self._stereo = self._over = self._probed = False
        self._held = b""
        self._marks: list[str] = []
        self._playing = self._stale = False
        self._outcome: dict[str, str] = {}

    # --- from Genesys ------------------------------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, bytes):
            return self._audio(message)
        told = fields.json_object(message)
        name = fields.kind(told, "type")
        if not self._session and name != "open":
            raise WireError("the first message must be open")
        if self._session and told.get("id", self._session) != self._session:
            raise WireError("id is of another session")
        self._client_seq = fields.number(told, "seq", self._client_seq)
        read = self._READ.get(name)
        if read is None:
            return (fields.unknown("type", name),)
        return read(self, fields.child(told, "parameters") if name != "open" else told)

    def _audio(self, payload: bytes) -> tuple[Incoming, ...]:
        if not self._session:
            raise WireError("the first message must be open")
        if self._over or self._probed or not payload:
            return ()
        if not self._stereo:
            return (Audio(payload),)
        if len(payload) % 2:
            raise WireError("audio of two channels ends within a sample")
        return (Audio(np.frombuffer(payload, np.uint8)[::2].tobytes()),)

    def _open(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        if self._session:
            raise WireError("open came twice")
        if fields.text(told, "version", "2") != "2":
            raise WireError("version must be 2")
        parameters = fields.child(told, "parameters")
        session, media = fields.identifier(told, "id"), _best(parameters)
        conversation = fields.identifier(parameters, "conversationId")
        participant = fields.child(parameters, "participant")
        self._session, self._stereo = session, len(media["channels"]) > 1
        opened = Answer(self._say("opened", startPaused=False, media=[media]))
        if conversation == NOBODY:
            self._probed = True
            return (opened,)
        params = self._query | fields.params(fields.child(parameters, "inputVariables"))
        caller = params.get("caller") or fields.text(participant, "ani", "")
        return Started(conversation, session, caller, Format("ulaw", 8000), params), opened

    def _ping(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002
        return (Answer(self._say("pong")),)

    def _update(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002  # scripts have one language
        return (Answer(self._say("updated")),)

    def _digit(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(told, "digit")),)

    def _began(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002
        self._playing, self._stale = True, False
        return ()

    def _played(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002
        """All that was sent has been heard; or what a barge-in cut, whose marks are forgotten."""
        self._playing = False
        if self._stale:
            self._stale = False
            return ()
        marks, self._marks = self._marks, []
        return tuple(Played(name, cleared=False) for name in marks)

    def _lost(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002
        return (Oddity("Genesys discarded audio"),)

    def _aside(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:  # noqa: ARG002
        """Answers to a pause, which we never ask for."""
        return ()

    def _error(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        code, why = fields.text(told, "code", ""), fields.text(told, "message", "error")
        return (Oddity(f"Genesys: {code} {why[:200]}"),)

    def _close(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        closed = Answer(self._say("closed"))
        if self._probed or self._over:
            return (closed,)
        self._over = True
        reason = fields.text(told, "reason", "")
        return closed, Ended(reason, "caller" if reason == "end" else "network")

    _READ: ClassVar[Mapping[str, Callable[[Genesys, Mapping[str, Any]], tuple[Incoming, ...]]]] = {
        "open": _open,
        "ping": _ping,
        "update": _update,
        "dtmf": _digit,
        "playback_started": _began,
        "playback_completed": _played,
        "discarded": _lost,
        "paused": _aside,
        "resumed": _aside,
        "error": _error,
        "close": _close,
    }

    # --- to Genesys --------------------------------------------------------------------------------------------------

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        if not self._session or self._over:
            return ()
        match order:
            case Send(payload):
                self._held += payload
                return self._packet() if len(self._held) >= LEAST_BYTES else ()
            case Mark(name):
                self._marks.append(fields.mark_name(name))
                del self._marks[: -fields.MARKS_KEPT]
                return self._packet()
            case Clear():
                self._held, self._marks, self._stale = b"", [], self._playing
                return (self._say("event", entities=[{"type": "barge_in", "data": {}}]),)
            case Outcome(told):
                self._outcome = dict(told)
            case HangUp(reason):
                return self._disconnect("completed", reason)
            case Refuse(reason):
                return self._disconnect("error", reason)
        return ()

    def _packet(self) -> tuple[bytes, ...]:
        sound, self._held = self._held, b""
        return (sound,) if sound else ()

    def _disconnect(self, why: str, info: str) -> tuple[str, ...]:
        self._over = True
        return (self._say("disconnect", reason=why, info=info, outputVariables=self._outcome),)

    def _say(self, type_: str, **parameters: Any) -> str:
        self._seq += 1
        told = {
            "version": "2",
            "id": self._session,
            "type": type_,
            "seq": self._seq,
            "clientseq": self._client_seq,
            "parameters": parameters,
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _best(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Of the media that are offered, the one to choose."""
    offered = parameters.get("media")
    choices = [each for each in offered if isinstance(each, dict)] if isinstance(offered, list) else []
    for channels in CHANNELS:
        for media in choices:
            if (media.get("format"), media.get("rate"), media.get("channels")) == ("PCMU", 8000, channels):
                return {"type": "audio", "format": "PCMU", "channels": channels, "rate": 8000}
    raise WireError("media must offer PCMU at 8000 Hz, external or both channels", fields.UNSUPPORTED)
