"""smartivr of 顶顶通: a notification for everything that happens, and one action in answer to each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.calls.actions import NORMAL
from server.gateways import fields
from server.gateways.turns import (
    Asked,
    Bye,
    Connect,
    GoOn,
    Hush,
    Next,
    Platform,
    Say,
    Told,
    Wait,
    Waited,
    keyed,
    worded,
)
from server.gateways.wire import Ended, Oddity, Played, Started, TransferResult

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


def _read(told: Mapping[str, Any], _: Mapping[str, str]) -> Asked:
    call, notify = fields.identifier(told, "callid"), fields.kind(told, "notify")
    read = _NOTIFIED.get(notify)
    return Asked(call, read(told) if read else (fields.unknown("notify", notify),))


def _entered(told: Mapping[str, Any]) -> tuple[Told, ...]:
    flow, caller = fields.text(told, "flowid", ""), fields.text(told, "callerid", "")
    return (Started(fields.identifier(told, "callid"), flow, caller, params={"caller": caller}),)


def _words(told: Mapping[str, Any], *, final: bool) -> tuple[Told, ...]:
    """`1.你好;2.什么事;`: the pieces between the caller's pauses."""
    pieces = _PIECE.split(fields.text(told, "message", ""))
    return worded("，".join(filter(None, (piece.strip("; ") for piece in pieces))), final=final)


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
    "asrprogress_notify": lambda told: _words(told, final=False),
    "asrmessage_notify": lambda told: _words(told, final=True),
    "playback_result": lambda _: (Played("", cleared=False),),
    "wait_result": lambda _: (Waited(),),
    "getdtmf_result": lambda told: keyed(fields.text(told, "message", "")),
    "bridge_result": _bridged,
    "leave": lambda _: (Ended("leave", "caller"),),
}


def _write(what: Next, _: Asked, __: Mapping[str, str]) -> dict[str, Any]:
    match what:
        case Say(prompts, _, first):
            params = {"prompt": prompts[0], "wait": 0, "retry": 0}
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
        case Bye(reason, q850):
            cause = 0 if q850 == NORMAL else q850
            return {"action": "hangup", "params": {"cause": cause, "usermsg": reason}}
        case GoOn():
            return {"action": "noop", "params": {}}


SMARTIVR = Platform("smartivr", "/smartivr", _read, _write)
