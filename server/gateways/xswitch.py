"""XSwitch AIAPI (`mod_ai`): an action plays one thing, listens, and is over before the next request comes.

So each request tells that the last prompt has ended, with what was heard, or with nothing. Whether a voice cuts the
prompt is the recogniser's affair on that side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.gateways import fields
from server.gateways.causes import WORDS
from server.gateways.turns import (
    Asked,
    Bye,
    Connect,
    Echo,
    GoOn,
    Hush,
    Next,
    Platform,
    Quiet,
    Say,
    Told,
    Wait,
    echo_of,
    keyed,
    worded,
)
from server.gateways.wire import Ended, Failed, Played, Started, Text, TransferResult

RECOGNISER, GRAMMAR = "ali", "default"
"""Unless the query says otherwise (`asr`, `grammar`)."""
SILENCE = "silence_stream://100"
KEYS = "keys"
"""The name that we give to what is pressed."""
KEY_MS = 2000
PAUSE_MS = 200
_OVER = frozenset({"hangup", "hungup", "ended", "end", "completed", "destroyed", "destroy"})
_FAILED = frozenset({"failed", "busy", "no_answer", "noanswer", "no-answer", "rejected", "cancelled", "canceled"})
_WORDS = ("text", "result", "results", "payload", "nbest")
"""Where recognisers have the words; what is in there may be text, a list of texts, or an object again."""
_DEPTH = 6


def _read(told: Mapping[str, Any], _: Mapping[str, str]) -> Asked:
    call, status = fields.identifier(told, "uuid"), fields.kind(told, "call_status").lower()
    echo = Echo.of(_given_back(told))
    started = () if echo.did else (_started(told, early=status in _FAILED),)
    return Asked(call, (*started, *_told(told, status, echo)), {"next": fields.text(told, "url", "")})


def _given_back(told: Mapping[str, Any]) -> object:
    """The documents call the field by two names."""
    data = told.get("private_data") or told.get("privateData")
    return data.get("echo") if isinstance(data, dict) else None


def _started(told: Mapping[str, Any], *, early: bool) -> Started:
    outbound = fields.kind(told, "direction") == "outbound"
    caller = fields.text(told, "dest_number" if outbound else "cid_number", "")
    return Started(fields.identifier(told, "uuid"), "", caller, params={"caller": caller}, early=early)


def _told(told: Mapping[str, Any], status: str, echo: Echo) -> tuple[Told, ...]:
    if status in _OVER:
        return (Ended(status, "caller"),)
    if status in _FAILED:
        return (Failed(reason=status),)
    if echo.did == "connect":
        return (_connected(told),)
    ended, kind = Played("", cleared=False), fields.kind(told, "input_type")
    if kind == "detected_speech":
        heard = worded(_words(told.get("asr_result")))
        return (ended, *heard) if isinstance(heard[0], Text) else (Quiet(echo.ms),)
    if kind == "dtmf" or told.get(KEYS) or told.get("dtmf"):
        return (ended, *keyed(next((str(told[key]) for key in (KEYS, "dtmf", "input") if told.get(key)), "")))
    return (Quiet(echo.ms),)


def _connected(told: Mapping[str, Any]) -> TransferResult:
    """The bridge is over, or never was: FreeSWITCH's own variable tells which."""
    data = told.get("channel_data")
    known = data if isinstance(data, dict) else {}
    how = str(known.get("variable_originate_disposition", ""))[:60]
    return TransferResult(how == "SUCCESS", "" if how == "SUCCESS" else how or "not told")


def _words(found: object, depth: int = 0) -> str:
    """The words in what a recogniser answered, in whatever form its vendor has."""
    if isinstance(found, str):
        return _inside(found, depth) if found.startswith(("{", "[")) else found
    if isinstance(found, list):
        return next((words for each in found if (words := _words(each, depth + 1))), "") if depth < _DEPTH else ""
    if isinstance(found, dict) and depth < _DEPTH:
        return next((words for key in _WORDS if (words := _words(found.get(key), depth + 1))), "")
    return ""


def _inside(text: str, depth: int) -> str:
    try:
        return _words(json.loads(text), depth + 1)
    except (ValueError, RecursionError):
        return ""


def _write(what: Next, asked: Asked, query: Mapping[str, str]) -> dict[str, Any]:
    back = {"echo": str(echo_of(what))}
    mine: dict[str, Any] = {"private_data": back, "privateData": back}
    if asked.back.get("next"):
        mine["next"] = asked.back["next"]
    match what:
        case Say(prompts, listen_ms):
            file = prompts[0] if prompts[0].endswith(".wav") else f"say:{prompts[0]}"
            return {"action": "play", "file": file} | _listening(listen_ms, query) | mine
        case Wait(ms):
            return {"action": "play", "file": SILENCE} | _listening(ms, query) | mine
        case Connect(to):
            return {"action": "execute", "application": "bridge", "data": to} | mine
        case Bye(_, q850):
            return {"action": "hangup", "cause": WORDS.get(q850, str(q850))} | mine
        case Hush() | GoOn():
            return {"action": "pause", "milliseconds": str(PAUSE_MS)} | mine


def _listening(ms: int, query: Mapping[str, str]) -> dict[str, Any]:
    if not ms:
        return {}
    return {
        "name": KEYS,
        "asr-engine": query.get("asr", RECOGNISER),
        "asr-grammar": query.get("grammar", GRAMMAR),
        "input-timeout": str(ms),
        "digit-timeout": str(KEY_MS),
    }


XSWITCH = Platform("xswitch", "/xswitch", _read, _write)
