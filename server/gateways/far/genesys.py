"""Genesys' side of an Audio Connector session: numbered messages, and playback that tells its beginning and its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.far.playout import Playout
from server.gateways.genesys import NOBODY
from server.gateways.wire import Clear, Format, HangUp, Outgoing, Refuse, Send, WireError

LARGEST_BYTES = 64000
ORGANISATION = "d7934305-0972-4844-938e-9060eef73d05"


class GenesysEnd:
    """A call whose Architect flow connects it to a bot. With `probe` nobody is on the line."""

    def __init__(self, *, stereo: bool = False, probe: bool = False) -> None:
        self.format = Format("ulaw", 8000)
        self.playout = Playout(self.format)
        self.opened = self.closed = False
        self.output: Mapping[str, str] = {}
        """The variables that the bot gave back."""
        self._stereo, self._probe = stereo, probe
        self._session = ""
        self._seq = self._server_seq = self._bytes = 0
        self._playing = False
        self._told: list[str] = []

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """The credential stands in the connection's address."""
        return {"token": params["token"]} if "token" in params else {}

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        self._session = f"session-{call_id}"
        conversation = NOBODY if self._probe else call_id
        both = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}
        media = [both] if self._stereo else [both, {**both, "channels": ["external"]}]
        participant = {"id": conversation, "ani": params.get("caller", ""), "aniName": "", "dnis": "10010"}
        variables = {name: value for name, value in params.items() if name != "token"}
        return (
            self._say(
                "open",
                organizationId=ORGANISATION,
                conversationId=conversation,
                participant=participant,
                media=media,
                language="zh-CN",
                inputVariables=variables,
            ),
        )

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        """Nothing is sent until the session is open."""
        if not self.opened:
            return ()
        self._bytes += len(payload)
        return (b"".join(bytes((each, 0xFF)) for each in payload) if self._stereo else payload,)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (self._say("dtmf", digit=digit),)

    def ping(self) -> tuple[str | bytes, ...]:
        return (self._say("ping", rtt="PT0.1S"),)

    def aside(self, type_: str, **parameters: Any) -> tuple[str | bytes, ...]:
        """Something that Genesys tells beside the call."""
        return (self._say(type_, **parameters),)

    def stop(self) -> tuple[str | bytes, ...]:
        return (self._say("close", reason="end"),)

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            return self._queue(message, now_ms)
        told = fields.json_object(message)
        self._server_seq += 1
        if (told.get("seq"), told.get("id")) != (self._server_seq, self._session):
            raise WireError("seq or id is not what comes next")
        if fields.number(told, "clientseq") > self._seq:
            raise WireError("clientseq is of a message that was never sent")
        return self._obey(fields.kind(told, "type"), fields.child(told, "parameters"), now_ms)

    def _obey(self, name: str, told: Mapping[str, Any], now_ms: float) -> tuple[Outgoing, ...]:
        match name:
            case "opened":
                self.opened = True
            case "closed":
                self.closed = True
            case "pong" | "updated":
                pass
            case "event":
                if [each.get("type") for each in told.get("entities", [])] == ["barge_in"]:
                    self.playout.clear(now_ms)
                    return (Clear(),)
            case "disconnect":
                return self._leave(told)
            case _:
                raise WireError("an unknown type")
        return ()

    def _leave(self, told: Mapping[str, Any]) -> tuple[Outgoing, ...]:
        self.output = fields.params(fields.child(told, "outputVariables"))
        self._told.append(self._say("close", reason="disconnect"))
        info = fields.text(told, "info", "")
        return (HangUp(info) if told.get("reason") == "completed" else Refuse(info),)

    def _queue(self, sound: bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if len(sound) > LARGEST_BYTES or not self.opened:
            raise WireError("413: the packet is too large, or the session is not open")
        if not self._playing:
            self._playing = True
            self._told.append(self._say("playback_started"))
        self.playout.add(len(sound), now_ms)
        return (Send(sound),)

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        told, self._told = self._told, []
        if self._playing and self.playout.ends_ms <= now_ms:
            self._playing = False
            told.append(self._say("playback_completed"))
        return tuple(told)

    @property
    def next_ms(self) -> float | None:
        if self._told:
            return 0.0
        return self.playout.ends_ms if self._playing else None

    def _say(self, type_: str, **parameters: Any) -> str:
        self._seq += 1
        return json.dumps(
            {
                "version": "2",
                "type": type_,
                "id": self._session,
                "seq": self._seq,
                "serverseq": self._server_seq,
                "position": f"PT{self._bytes / 8000:.3f}S",
                "parameters": parameters,
            }
        )
