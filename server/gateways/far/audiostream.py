"""FreeSWITCH's side of `mod_audio_stream`, with the hook that plays its files, breaks them off and hangs up."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from server.gateways import fields
from server.gateways.far.playout import Playout
from server.gateways.wire import Clear, Format, HangUp, Outgoing, Refuse, Send, WireError


class AudioStreamEnd:
    """A stream of a call. It never tells what it has played."""

    def __init__(self, rate_hz: int = 8000, *, stereo: bool = False) -> None:
        self.format = Format("l16", rate_hz)
        self.playout = Playout(self.format)
        self._stereo = stereo

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002  # all are in the metadata
        told = {"rate": str(self.format.rate_hz)} if self.format.rate_hz != 8000 else {}
        return told | ({"mix": "stereo"} if self._stereo else {})

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        return (json.dumps({"uuid": call_id, **params}),)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        if not self._stereo:
            return (payload,)
        caller = np.frombuffer(payload, "<i2")
        return (np.column_stack([caller, np.zeros_like(caller)]).tobytes(),)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (json.dumps({"event": "dtmf", "dtmf": digit}),)

    def stop(self) -> tuple[str | bytes, ...]:
        """The module says nothing, it closes the socket."""
        return ()

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            raise WireError("the open edition takes text alone")
        told = fields.json_object(message)
        data = fields.child(told, "data")
        match told.get("type"):
            case "streamAudio":
                if (data.get("audioDataType"), data.get("sampleRate")) != ("raw", self.format.rate_hz):
                    raise WireError("the file has another type or rate than the stream")
                sound = fields.unbase64(data, "audioData")
                self.playout.add(len(sound), now_ms)
                return (Send(sound),)
            case "killAudio":
                self.playout.clear(now_ms)
                return (Clear(),)
            case "disconnect":
                return (HangUp(),)
            case "error":
                return (Refuse(fields.text(data, "reason", "")),)
            case _:
                raise WireError("no hook knows this type of message")

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:  # noqa: ARG002
        return ()

    @property
    def next_ms(self) -> float | None:
        return None
