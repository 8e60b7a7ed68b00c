"""The gateway's side of huashu's own protocol: the shortest of them, as an example of how little it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.calls.actions import NORMAL
from server.gateways import fields
from server.gateways.far.playout import Playout
from server.gateways.wire import (
    Clear,
    Format,
    HangUp,
    Hold,
    Keys,
    Mark,
    Outgoing,
    Refuse,
    Send,
    Transfer,
    Unhold,
    WireError,
)

_PLACED = ("caller", "script", "token", "trunk")
"""Params with a field of their own; the others are variables of the script."""


class PlainEnd:
    """A gateway that can do everything the protocol has."""

    def __init__(self, rate_hz: int = 8000, can: Sequence[str] = ("marks", "keys", "transfer")) -> None:
        self.format = Format("l16", rate_hz)
        self._can = list(can)
        self.playout = Playout(self.format)
        self._thrown: list[str] = []
        self._answers: list[str] = []

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002  # all are in `start`
        return {}

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        known = {key: params[key] for key in _PLACED if key in params}
        rest = {key: value for key, value in params.items() if key not in _PLACED}
        told: dict[str, Any] = {"early": True} if rest.pop("early", "") == "true" else {}
        told |= {"rate_hz": self.format.rate_hz, "can": self._can, **known, "vars": rest}
        return (_told("start", version=1, call_id=call_id, **told),)

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        return (payload,)

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        return (_told("digit", digit=digit),)

    def text(self, text: str, confidence: float | None = None, *, final: bool = True) -> tuple[str | bytes, ...]:
        """Words of the caller, from a gateway that recognises speech itself."""
        return (_told("text", text=text, final=final, **({} if confidence is None else {"confidence": confidence})),)

    def transfer_result(self, *, ok: bool, reason: str = "") -> tuple[str | bytes, ...]:
        return (_told("transfer_result", ok=ok, reason=reason),)

    def stop(self) -> tuple[str | bytes, ...]:
        return (_told("hangup", by="caller"),)

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        if isinstance(message, bytes):
            self.playout.add(len(message), now_ms)
            return (Send(message),)
        told = fields.json_object(message)
        match told.get("type"):
            case "mark":
                name = fields.text(told, "mark")
                self.playout.mark(name, now_ms)
                return (Mark(name),)
            case "clear":
                self._thrown += self.playout.clear(now_ms)
                return (Clear(),)
            case "keys":
                return (Keys(fields.text(told, "digits")),)
            case "transfer":
                return (Transfer(fields.text(told, "to"), fields.child(told, "summary")),)
            case "hold":
                self._answers.append(_told("hold_result", ok=True))
                return (Hold(),)
            case "unhold":
                self._answers.append(_told("hold_ended"))
                return (Unhold(),)
            case "hangup":
                return (HangUp(fields.text(told, "reason", ""), fields.number(told, "q850", NORMAL)),)
            case "error":
                return (Refuse(fields.text(told, "reason")),)
            case _:
                raise WireError("an unknown type")

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        thrown, self._thrown = self._thrown, []
        answers, self._answers = self._answers, []
        reached = self.playout.reached(now_ms)
        return (
            *answers,
            *(_told("played", mark=name, cleared=True) for name in thrown),
            *(_told("played", mark=name, cleared=False) for name in reached),
        )

    @property
    def next_ms(self) -> float | None:
        return 0.0 if self._thrown or self._answers else self.playout.next_ms


def _told(type_: str, **told: Any) -> str:
    return json.dumps({"type": type_} | told, ensure_ascii=False, separators=(",", ":"))
