"""FreeSWITCH `mod_audio_fork`, and the `listen` verb of jambonz which runs on it: linear samples as binary messages.

The first text is metadata of the dialplan, if there is any. Sound for the caller is streamed as binary messages, or
sent as files in base64 where streaming is off (`playout=file`).

What the module does with streamed sound shapes this codec. It holds sound back until 160 ms have come, later 80 ms, so
the end of an utterance would wait for the next one: silence follows each. A mark waits until the sound before it has
run out, or goes in front of the sound after it as a sample of value -1: real samples of that value are moved aside. And
marks that a clear threw away in that second state make it swallow as many of the next: samples of -1 feed it first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from server.gateways import fields
from server.gateways.wire import (
    Audio,
    Clear,
    Ended,
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

MARKS = 30
"""In flight; the module drops more."""
FIRST_MS = 160
HELD_MS = 80
"""What the module holds back before it plays, at first and later."""
FILE_MS = 1000
"""Of sound in one file: queued files play with a small gap, and jambonz queues eleven at most."""
MARKER = b"\xff\xff"
"""The sample of value -1."""
RATES_HZ = (8000, 16000, 24000, 32000, 48000, 64000)
CHANNELS = {"mono": 1, "mixed": 1, "stereo": 2}


class Fork:
    """One fork of a call. What the metadata does not tell, the query may: `call_id`, `caller`, `rate`, `mix`
    (mono, mixed, stereo) and `playout` (stream, file). A fork of a call that is not answered yet says `early: true`,
    and later, by `uuid_audio_fork ... send_text`, `{"type":"answered"}` or `{"type":"failed","sip":480}`.
    """

    can: frozenset[type] = frozenset()

    def __init__(self, query: Mapping[str, str] | None = None, *, tells_play_done: bool = False) -> None:
        self._query = dict(query or {})
        playout = self._query.get("playout", "stream")
        if playout not in ("stream", "file"):
            raise WireError("playout must be stream or file", fields.POLICY)
        self._files = playout == "file"
        self.marks = tells_play_done or not self._files
        self._rate = self._channels = 0
        self._over = False
        self._marks: dict[str, bool] = {}  # in flight, and whether a clear overtook it
        self._last: list[str] = []  # marks with no sound after them
        self._among: set[str] = set()  # marks that went among the sound
        self._lost = 0
        self._sent = 0
        self._file = b""

    # --- from FreeSWITCH ---------------------------------------------------------------------------------------------

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if self._over:
            return ()
        if isinstance(message, bytes):
            started = () if self._rate else self._start({})
            return *started, *self._audio(message)
        try:
            told = fields.json_object(message)
        except WireError:
            told = {}
        name = fields.kind(told, "type") or fields.kind(told, "event")
        read = self._READ.get(name)
        if read is not None:
            return read(self, told)
        if not self._rate:
            return self._start(told or {"metadata": message} if message else {})
        return (fields.unknown("message", name),)

    def _start(self, metadata: Mapping[str, Any]) -> tuple[Incoming, ...]:
        params = self._query | fields.params(metadata)
        rate = fields.number(params, "sampleRate" if "sampleRate" in params else "rate", RATES_HZ[0])
        channels = CHANNELS.get(mix := params.get("mixType", params.get("mix", "mono")))
        if rate not in RATES_HZ or channels is None:
            raise WireError("the rate must be 8000 to 64000, the mix mono, mixed or stereo", fields.UNSUPPORTED)
        self._rate, self._channels = rate, channels
        started = Started(
            next((params[key] for key in ("callSid", "call_id", "uuid") if params.get(key)), "")[: fields.LONGEST_ID],
            params.get("callId", ""),
            params.get("from", params.get("caller", "")),
            Format("l16", rate),
            params,
            early=fields.is_true(params, "early"),
        )
        both = (Oddity("the bot hears itself: fork with mono or stereo, not mixed"),) if mix == "mixed" else ()
        return started, *both

    def _audio(self, payload: bytes) -> tuple[Incoming, ...]:
        if not payload:
            self._over = True
            return (Ended("graceful shutdown"),)
        return first_of(payload, self._channels)

    def _answered(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.answered(told),)

    def _failed(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        self._over = True
        return (fields.failed(told),)

    def _digit(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        return (fields.pressed(fields.text(told, "dtmf")),)

    def _mark(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        data = fields.child(told, "data")
        name = fields.text(data, "name")
        if name not in self._marks:
            return (Oddity("a mark that is not ours"),)
        del self._marks[name]
        self._among.discard(name)
        return (Played(name, cleared=data.get("event") == "cleared"),)

    def _play_done(self, told: Mapping[str, Any]) -> tuple[Incoming, ...]:
        """A file has ended. Whether it was played or killed is not told; ours to know is that we killed it."""
        name = fields.text(fields.child(told, "data"), "id", "")
        return (Played(name, cleared=self._marks.pop(name)),) if name in self._marks else ()

    _READ: ClassVar[Mapping[str, Callable[[Fork, Mapping[str, Any]], tuple[Incoming, ...]]]] = {
        "dtmf": _digit,
        "answered": _answered,
        "failed": _failed,
        "mark": _mark,
        "playDone": _play_done,
    }

    # --- to FreeSWITCH -----------------------------------------------------------------------------------------------

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        if isinstance(order, HangUp):
            return (_say("disconnect"),)
        if isinstance(order, Refuse):
            return _say("error", reason=order.reason), _say("disconnect")
        if not self._rate:
            return ()
        if isinstance(order, Send):
            return self._queue(order.payload) if self._files else (self._stream(order.payload),)
        if isinstance(order, Mark):
            name = fields.mark_name(order.name)
            return self._end_file(name) if self._files else self._end_stream(name)
        if isinstance(order, Clear):
            return self._clear()
        return ()

    def _stream(self, payload: bytes) -> bytes:
        if MARKER in payload:  # perhaps across two samples
            sound = np.frombuffer(payload, "<i2")
            payload = np.where(sound == -1, np.int16(-2), sound).astype("<i2").tobytes()
        fed, self._lost = MARKER * self._lost, 0
        self._among.update(self._last)
        self._last.clear()
        self._sent += len(payload)
        return fed + payload

    def _end_stream(self, name: str) -> tuple[str | bytes, ...]:
        silent = bytes(self._rate * 2 * HELD_MS // 1000)
        first = bytes(max(0, self._rate * 2 * FIRST_MS // 1000 - self._sent - len(silent)))
        silence = self._stream(silent + first)
        if len(self._marks) >= MARKS:
            return (silence,)
        self._marks[name] = False
        self._last.append(name)
        return silence, _say("mark", name=name)

    def _clear(self) -> tuple[str, ...]:
        self._marks = dict.fromkeys(self._marks, True)
        self._lost += len(self._among)
        self._among.clear()
        self._last.clear()
        self._file = b""
        return (_say("killAudio"),)

    def _queue(self, payload: bytes) -> tuple[str, ...]:
        self._file += payload
        full = len(self._file) >= self._rate * 2 * FILE_MS // 1000
        return (self._play(),) if full else ()

    def _end_file(self, name: str) -> tuple[str, ...]:
        if not self._file:  # a file of silence, to have one that bears the name
            self._file = bytes(self._rate * 2 // 50)
        if len(self._marks) < MARKS:
            self._marks[name] = False
        return (self._play(name),)

    def _play(self, name: str = "") -> str:
        sound, self._file = self._file, b""
        named = {"id": name} if name else {}
        return _say(
            "playAudio",
            audioContentType="raw",
            sampleRate=self._rate,
            audioContent=fields.base64(sound),
            queuePlay=True,
            **named,
        )


def first_of(payload: bytes, channels: int) -> tuple[Audio, ...]:
    """The caller's sound, who is alone or comes first. Raises `WireError` for what ends within a sample."""
    audio = fields.samples(payload, 2 * channels)
    return audio if channels == 1 or not audio else (Audio(np.frombuffer(payload, "<i2")[::channels].tobytes()),)


def _say(type_: str, **data: Any) -> str:
    return json.dumps({"type": type_, "data": data} if data else {"type": type_}, separators=(",", ":"))
