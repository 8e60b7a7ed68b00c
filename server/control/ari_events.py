"""What Asterisk's REST interface (ARI) tells of a channel, as what became of a call: messages in, events out.

A channel is Down, Ringing, Up and then destroyed, with a cause. Asterisk translates SIP statuses to Q.850 causes by a
table of its own, several to one: where it tells the status too (`tech_cause`), a cause that only is its translation is
kept as Asterisk's word, and not as one of the network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.calls.events import Event, Failed, HungUp, Side
from server.control.progress import Progress

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


def hear(progress: Progress, told: Mapping[str, Any]) -> Event | None:
    """What this message makes of the call; None where it adds nothing."""
    match told["type"]:
        case "ChannelStateChange":
            return _state(progress, str(channel_of(told).get("state", "")))
        case "Dial":
            progress.word = str(told.get("dialstatus", "")) or progress.word
            return _state(progress, {"RINGING": "Ringing", "ANSWER": "Up"}.get(progress.word, ""))
        case "ChannelDestroyed":
            cause, sip = _code(told, "cause"), _code(told, "tech_cause")
            words = progress.word or str(told.get("cause_txt", ""))
            side: Side = "caller" if cause in BY_THE_CALLER else "network"
            return progress.ends(HungUp(0, side, cause or None), _failed(cause or None, sip, words))
    return None


def _state(progress: Progress, state: str) -> Event | None:
    if state == "Up":
        return progress.answers()
    return progress.rings() if state == "Ringing" else None


def _failed(cause: int | None, sip: int | None, words: str) -> Failed:
    status = sip if sip and 300 <= sip < 700 else None
    if status and cause == TRANSLATED.get(status, 127 if status < 500 else 34):
        cause = None
    return Failed(0, status, cause, words)


def _code(told: Mapping[str, Any], name: str) -> int | None:
    try:
        return int(told.get(name))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
