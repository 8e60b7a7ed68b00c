"""FreeSWITCH's side of `mod_audio_fork`: a buffer that holds sound back, and marks as samples among the sound."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from server.gateways import fields
from server.gateways.far.playout import Playout
from server.gateways.wire import Clear, Format, HangUp, Mark, Outgoing, Refuse, Send, WireError

FIRST_SAMPLES = 1280
LATER_SAMPLES = 640
"""What must have come before any of it is played, at a fork whose rate is that of the call."""
MARKS = 30


class ForkEnd:
    """A fork of a call, or a `listen` verb of jambonz. With `streaming` off, sound comes as files."""

    def __init__(self, rate_hz: int = 8000, *, stereo: bool = False, streaming: bool = True) -> None:
        self.format = Format("l16", rate_hz)
        self.playout = Playout(self.format)
        self._stereo, self._streaming = stereo, streaming
        self._threshold = FIRST_SAMPLES
        self._held = np.zeros(0, "<i2")
        self._waiting: deque[str] = deque()  # marks with no sound after them yet
        self._in_use: deque[str] = deque()
        self._cleared: deque[str] = deque()  # thrown away; each takes the next marker for its own
        self._told: list[str] = []

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002  # all are in the metadata
        return {} if self._streaming else {"playout": "file"}

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        mix = "stereo" if self._stereo else "mono"
        known = {"callSid": call_id, "from": params.get("caller", ""), "sampleRate": self.format.rate_hz}
        return (json.dumps({**known, "mixType": mix, "direction": "inbound", **params}),)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        if not self._stereo:
            return (payload,)
        caller = np.frombuffer(payload, "<i2")
        return (np.column_stack([caller, np.zeros_like(caller)]).tobytes(),)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (json.dumps({"event": "dtmf", "dtmf": digit, "duration": "1600"}),)

    def stop(self) -> tuple[str | bytes, ...]:
        """The module says nothing, it closes the socket."""
        return ()

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            return self._stream(message, now_ms) if self._streaming else ()
        told = fields.json_object(message)
        data = fields.child(told, "data")
        match told.get("type"):
            case "mark":
                return self._mark(fields.text(data, "name"))
            case "killAudio":
                self._kill(now_ms)
                return (Clear(),)
            case "playAudio" if not self._streaming:
                return self._file(data, now_ms)
            case "disconnect":
                return (HangUp(),)
            case "error":
                return (Refuse(fields.text(data, "reason", "")),)
            case _:
                raise WireError("unsupported message type")

    def _stream(self, message: bytes, now_ms: float) -> tuple[Outgoing, ...]:
        markers = np.full(len(self._waiting), -1, "<i2")
        self._in_use += self._waiting
        self._waiting.clear()
        self._held = np.concatenate([self._held, markers, np.frombuffer(message, "<i2")])
        if len(self._held) < self._threshold:
            return ()
        self._threshold = LATER_SAMPLES
        sound, self._held = self._held, self._held[:0]
        for piece in np.split(sound, np.flatnonzero(sound == -1)):
            heard = piece[piece != -1]
            if len(heard) < len(piece):
                self.playout.mark("", now_ms)
            self.playout.add(heard.nbytes, now_ms)
        return (Send(sound[sound != -1].tobytes()),)

    def _mark(self, name: str) -> tuple[Outgoing, ...]:
        if len(self._waiting) + len(self._in_use) >= MARKS:
            return ()
        self._waiting.append(name)
        return (Mark(name),)

    def _kill(self, now_ms: float) -> None:
        files = self.playout.clear(now_ms)
        if not self._streaming:
            self._told += [_play_done(name) for name in files]
        self._told += [_mark(name, "cleared") for name in (*self._in_use, *self._waiting)]
        self._cleared += self._in_use
        self._in_use.clear()
        self._waiting.clear()

    def _file(self, data: Mapping[str, Any], now_ms: float) -> tuple[Outgoing, ...]:
        sound = fields.unbase64(data, "audioContent")
        if not data.get("queuePlay"):
            self.playout.clear(now_ms)
        self.playout.add(len(sound), now_ms)
        name = fields.text(data, "id", "")
        self.playout.mark(name, now_ms)
        return Send(sound), *([Mark(name)] if name else [])

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        told, self._told = self._told, []
        for name in self.playout.reached(now_ms):
            if not self._streaming:
                told.append(_play_done(name))
            elif self._cleared:
                self._cleared.popleft()
            elif self._in_use:
                told.append(_mark(self._in_use.popleft(), "playout"))
        if self._idle and self.playout.ends_ms <= now_ms:
            told += [_mark(name, "playout") for name in self._waiting]
            self._waiting.clear()
        return tuple(told)

    @property
    def _idle(self) -> bool:
        """Do marks wait for nothing but the end of the sound?"""
        return bool(self._waiting) and not self._in_use and not self._cleared

    @property
    def next_ms(self) -> float | None:
        if self._told:
            return 0.0
        mark = self.playout.next_ms
        ends = [self.playout.ends_ms] if self._idle else []
        return min([*ends, *([mark] if mark is not None else [])], default=None)


def _mark(name: str, event: str) -> str:
    return json.dumps({"type": "mark", "data": {"name": name, "event": event}})


def _play_done(name: str) -> str:
    return json.dumps({"type": "playDone", "data": {"id": name}})
