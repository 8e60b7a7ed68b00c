"""What Asterisk's REST interface (ARI) tells of a channel, as what became of a call: messages in, events out.

A channel is Down, Ringing, Up and then destroyed, with a cause. Asterisk translates SIP statuses to Q.850 causes by a
table of its own, several to one: where it tells the status too (`tech_cause`), a cause that only is its translation is
kept as Asterisk's word, and not as one of the network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.calls.events import Answered, Event, Failed, HungUp, Ringing

TRANSLATED: Mapping[int, int] = {
    401: 21, 402: 127, 403: 21, 404: 1, 407: 21, 408: 18, 410: 22, 480: 19, 484: 28, 485: 1, 486: 17, 487: 127,
    488: 58, 500: 38, 502: 27, 503: 34, 504: 102, 600: 17, 603: 21, 604: 1, 606: 58,
}  # fmt: skip
"""The cause that Asterisk makes of a SIP status (`res_pjsip`); of others below 500 it makes 127, of the rest 34."""
BY_THE_CALLER = frozenset({0, 16, 31})
"""Causes of an answered call that was ended in order; 0 is Asterisk's for one that it did not hear."""
_KEPT = ("type", "timestamp", "cause", "cause_txt", "tech_cause", "dialstatus")


def read(message: str | bytes) -> Mapping[str, Any]:
    """The message as an object with a `type`; an empty one for what is none."""
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("type"), str) else {}


def channel_of(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The channel that a message is about: of a `Dial`, the one that is dialled."""
    channel = told.get("peer" if told["type"] == "Dial" else "channel")
    return channel if isinstance(channel, dict) else {}


def id_of(told: Mapping[str, Any]) -> str:
    return str(channel_of(told).get("id", ""))


def raw(told: Mapping[str, Any]) -> dict[str, str]:
    """Asterisk's own words and codes, those that matter."""
    found = {name: str(told[name])[:200] for name in _KEPT if told.get(name) not in (None, "")}
    state = channel_of(told).get("state")
    return found | ({"state": str(state)[:200]} if state else {})


class Progress:
    """How far one call has come. Each step is told once, whatever comes twice, late or not at all."""

    def __init__(self, *, answered: bool) -> None:
        self.answered = answered
        self.over = False
        self._rang = False
        self._word = ""
        """The last `dialstatus`, which tells more than the words for a cause."""

    def hear(self, told: Mapping[str, Any]) -> Event | None:
        """What this message makes of the call; None where it adds nothing."""
        if self.over:
            return None
        match told["type"]:
            case "ChannelStateChange":
                return self.state(str(channel_of(told).get("state", "")))
            case "Dial":
                self._word = str(told.get("dialstatus", "")) or self._word
                return self.state({"RINGING": "Ringing", "ANSWER": "Up"}.get(self._word, ""))
            case "ChannelDestroyed":
                return self.gone(_code(told, "cause"), str(told.get("cause_txt", "")), _code(told, "tech_cause"))
        return None

    def state(self, state: str) -> Event | None:
        if self.answered or self.over:
            return None
        if state == "Up":
            self.answered = True
            return Answered(0)
        if state == "Ringing" and not self._rang:
            self._rang = True
            return Ringing(0)
        return None

    def gone(self, cause: int | None, words: str, sip: int | None = None) -> Event | None:
        """The channel is no more."""
        if self.over:
            return None
        self.over = True
        q850 = cause or None
        if self.answered:
            return HungUp(0, "caller" if cause in BY_THE_CALLER else "network", q850)
        status = sip if sip and 300 <= sip < 700 else None
        if status and q850 == TRANSLATED.get(status, 127 if status < 500 else 34):
            q850 = None
        return Failed(0, status, q850, self._word or words)


def _code(told: Mapping[str, Any], name: str) -> int | None:
    try:
        return int(told.get(name))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
