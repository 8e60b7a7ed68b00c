"""FreeSWITCH `mod_audio_stream`, the open edition: the caller's sound as binary messages, the bot's as files in base64.

The module only writes each file to disk and raises an event with its name; an application on FreeSWITCH's event socket,
or a Lua hook, plays it. It raises an event for any other text too, so our words for falling silent and for hanging up
reach the same hook. Nobody tells when a file has been played: the clock does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.fork import CHANNELS, first_of
from server.gateways.wire import (
    Clear,
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

RATES_HZ = (8000, 16000)
FILE_MS = 1000
"""Of sound in one file: files play one after the other with a small gap."""
IDS = ("call_id", "uuid")


class AudioStream:
    """One stream. The metadata is the first text, JSON or not; what it does not tell, the query may: `call_id`,
    `caller`, `rate` and `mix` (mono, mixed, stereo).
    """

    marks = False
    can: frozenset[type] = frozenset()

    def __init__(self, query: Mapping[str, str] | None = None) -> None:
        self._query = dict(query or {})
        self._rate = self._channels = 0
        self._file = b""

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        if isinstance(message, bytes):
            started = () if self._rate else self._start({})
            return *started, *first_of(message, self._channels)
        try:
            told = fields.json_object(message)
        except WireError:
            told = {}
        if not self._rate:
            return self._start(told or {"metadata": message} if message else {})
        if told.get("event") == "dtmf":
            return (fields.pressed(fields.text(told, "dtmf")),)
        return (fields.unknown("message", fields.kind(told, "event") or fields.kind(told, "type")),)

    def _start(self, metadata: Mapping[str, Any]) -> tuple[Incoming, ...]:
        params = self._query | fields.params(metadata)
        rate, channels = fields.number(params, "rate", 8000), CHANNELS.get(mix := params.get("mix", "mono"))
        if rate not in RATES_HZ or channels is None:
            raise WireError("the rate must be 8000 or 16000, the mix mono, mixed or stereo", fields.UNSUPPORTED)
        self._rate, self._channels = rate, channels
        call = next((params[key] for key in IDS if params.get(key)), "")[: fields.LONGEST_ID]
        started = Started(call, "", params.get("caller", ""), Format("l16", rate), params)
        both = (Oddity("the bot hears itself: stream mono or stereo, not mixed"),) if mix == "mixed" else ()
        return started, *both

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        if isinstance(order, HangUp):
            return (_say("disconnect"),)
        if isinstance(order, Refuse):
            return _say("error", reason=order.reason), _say("disconnect")
        if not self._rate:
            return ()
        if isinstance(order, Send):
            self._file += order.payload
            full = len(self._file) >= self._rate * 2 * FILE_MS // 1000
            return (self._play(),) if full else ()
        if isinstance(order, Mark):  # the end of an utterance
            return (self._play(),) if self._file else ()
        if isinstance(order, Clear):
            self._file = b""
            return (_say("killAudio"),)
        return ()

    def _play(self) -> str:
        sound, self._file = self._file, b""
        return _say("streamAudio", audioDataType="raw", sampleRate=self._rate, audioData=fields.base64(sound))


def _say(type_: str, **data: Any) -> str:
    return json.dumps({"type": type_, "data": data} if data else {"type": type_}, separators=(",", ":"))
