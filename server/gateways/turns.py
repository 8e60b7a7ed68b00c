"""Platforms that listen and speak themselves and ask by HTTP what to do next: requests in, one action out.

A table row for each platform: how its requests are read, how an action is written. Nothing here knows a call; what is
decided in one is in `server.live.turns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.gateways import fields
from server.gateways.wire import Digit, Ended, Oddity, Played, Started, Text, TransferResult, WireError

LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Waited:
    """The time that was to be waited is over, or the platform only wants to know how to go on."""


Told = Started | Text | Played | Digit | TransferResult | Ended | Oddity | Waited


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    call_id: str
    told: tuple[Told, ...]


# --- what to do next -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Speak this text, or play the recording whose name it is (it ends in `.wav`)."""

    prompt: str
    first: bool = False
    """The first of the call: the platform must begin to listen."""


@dataclass(frozen=True, slots=True)
class Hush:
    """Fall silent and go on listening."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """With what is being done."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Listen, and ask again after this time if nothing is heard."""

    ms: int


@dataclass(frozen=True, slots=True)
class Connect:
    """The caller to a person."""

    to: str


@dataclass(frozen=True, slots=True)
class Bye:
    """Hang up."""

    reason: str = ""


Next = Say | Hush | GoOn | Wait | Connect | Bye


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    path: str
    read: Callable[[Mapping[str, Any]], Asked]
    """Raises `WireError` for a request that no sound platform sends."""
    write: Callable[[Next], dict[str, Any]]


# --- smartivr of 顶顶通 ----------------------------------------------------------------------------------------------

LISTENING = {
    "min_speak_ms": 100,
    "max_speak_ms": 10000,
    "min_pause_ms": 300,
    "max_pause_ms": 600,
    "pause_play_ms": 0,
    "threshold": 0,
    "recordpath": "",
    "volume": 50,
    "filter_level": 0.3,
}
"""How smartivr listens: its own defaults. It never pauses by itself: the words decide what interrupts."""
_PIECE = re.compile(r"(?:^|(?<=;))\s*[0-9]+\.")


def _smartivr_told(told: Mapping[str, Any]) -> Asked:
    call, notify = fields.identifier(told, "callid"), fields.kind(told, "notify")
    read = _NOTIFIED.get(notify)
    return Asked(call, read(told) if read else (fields.unknown("notify", notify),))


def _entered(told: Mapping[str, Any]) -> tuple[Told, ...]:
    flow, caller = fields.text(told, "flowid", ""), fields.text(told, "callerid", "")
    return (Started(fields.identifier(told, "callid"), flow, caller, params={"caller": caller}),)


def _worded(told: Mapping[str, Any], *, final: bool) -> tuple[Told, ...]:
    """`1.你好;2.什么事;`: the pieces between the caller's pauses."""
    message = fields.text(told, "message", "")
    if len(message) > LONGEST_TEXT:
        raise WireError(f"message must have {LONGEST_TEXT} characters at most")
    text = "，".join(filter(None, (piece.strip("; ") for piece in _PIECE.split(message))))
    return (Text(text, final=final),) if text else (Waited(),)


def _keyed(told: Mapping[str, Any]) -> tuple[Told, ...]:
    keys = fields.text(told, "message", "")[:32].upper()
    return tuple(Digit(key) for key in keys if key in fields.KEYS) or (Waited(),)


def _bridged(told: Mapping[str, Any]) -> tuple[Told, ...]:
    code = fields.text(told, "errorcode", "0")
    return (TransferResult(code == "0", "" if code == "0" else f"errorcode {code[:20]}"),)


def _listens(told: Mapping[str, Any]) -> tuple[Told, ...]:
    code = fields.text(told, "errorcode", "0")
    return (Waited(),) if code == "0" else (Oddity(f"smartivr does not listen: errorcode {code[:20]}"), Waited())


_NOTIFIED: Mapping[str, Callable[[Mapping[str, Any]], tuple[Told, ...]]] = {
    "enter": _entered,
    "start_asr_result": _listens,
    "stop_asr_result": lambda _: (Waited(),),
    "asrprogress_notify": lambda told: _worded(told, final=False),
    "asrmessage_notify": lambda told: _worded(told, final=True),
    "playback_result": lambda _: (Played("", cleared=False),),
    "wait_result": lambda _: (Waited(),),
    "getdtmf_result": _keyed,
    "bridge_result": _bridged,
    "leave": lambda _: (Ended("leave", "caller"),),
}


def _smartivr_does(what: Next) -> dict[str, Any]:
    match what:
        case Say(prompt, first):
            params = {"prompt": prompt, "wait": 0, "retry": 0}
            if not first:
                return {"action": "playback", "params": params}
            then = {"after_action": "playback", "after_ignore_error": False, "after_params": params}
            return {"action": "start_asr", "params": LISTENING, **then}
        case Hush():
            return {"action": "console_playback", "params": {"command": "pause"}}
        case Wait(ms):
            return {"action": "wait", "params": {"timeout": ms}}
        case Connect(to):
            return {"action": "bridge", "params": {"number": to}}
        case Bye(reason):
            return {"action": "hangup", "params": {"cause": 0, "usermsg": reason}}
        case GoOn():
            return {"action": "noop", "params": {}}


PLATFORMS: Mapping[str, Platform] = {
    platform.name: platform for platform in (Platform("smartivr", "/smartivr", _smartivr_told, _smartivr_does),)
}
