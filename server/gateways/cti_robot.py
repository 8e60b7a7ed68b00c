"""cti_robot of 顶顶通, which follows smartivr: one action plays a whole prompt and listens meanwhile.

While it lasts, `input` tells words as they are said (`S…`), when they are complete (`F…`), and keys (`D…`); an empty
answer lets it go on. `complete` tells that it is over, and needs another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server.gateways import fields
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
from server.gateways.wire import Ended, Oddity, Played, Started, TransferResult

RECOGNISER = "127.0.0.1:9988"
"""Of 顶顶通's asrproxy, unless the query says otherwise (`asr`)."""
VOICE = "http://127.0.0.1:9989/tts"
"""And of its ttsproxy (`tts`)."""
SILENCE = "silence_stream://300"
"""An action must play something; this is FreeSWITCH's name for nothing (`silence`)."""
_MODE, _INTERRUPT, _VAD, _FILTER = "1", "32", "0", "0.3"
_LEAST_VOICE_MS, _PAUSE_MS, _LONGEST_VOICE_MS = 120, 800, 20_000


def _read(told: Mapping[str, Any], query: Mapping[str, str]) -> Asked:
    call, method = fields.identifier(told, "callid"), fields.kind(told, "method")
    read = _METHODS.get(method)
    found = read(told, query) if read else (fields.unknown("method", method),)
    over = method == "create" or fields.kind(told, "input_type") == "complete"
    echo = Echo.of(told.get("privatedata"))
    return Asked(call, found, {"app": fields.text(told, "appid", ""), "over": "yes" if over else "", "echo": str(echo)})


def _created(told: Mapping[str, Any], query: Mapping[str, str]) -> tuple[Told, ...]:
    """The request does not tell the number; the dialplan puts it into the query."""
    caller = query.get("caller", "")
    return (Started(fields.identifier(told, "callid"), fields.text(told, "source_name", ""), caller),)


def _input(told: Mapping[str, Any], _: Mapping[str, str]) -> tuple[Told, ...]:
    heard = fields.text(told, "input_args", "")
    if fields.kind(told, "input_type") == "complete":
        return _completed(heard, Echo.of(told.get("privatedata")))
    read = _HEARD.get(heard[:1])
    found = read(heard[1:]) if read else (fields.unknown("input", heard[:1]),)
    ended = fields.text(told, "play_progress", "") == "0"
    return (Played("", cleared=False), *found) if ended else found


_HEARD: Mapping[str, Callable[[str], tuple[Told, ...]]] = {
    "S": lambda words: worded(words, final=False),
    "F": worded,
    "D": keyed,
}


def _completed(how: str, echo: Echo) -> tuple[Told, ...]:
    if "hangup" in how.lower():
        return (Ended(how[:60], "caller"),)
    if echo.did == "connect":
        ok = "success" in how.lower()
        return (TransferResult(ok, "" if ok else how[:60]),)
    odd = (Oddity(f"cti_robot: {how[:60]}"),) if "error" in how.lower() else ()
    return (*odd, Quiet(echo.ms))


_METHODS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, str]], tuple[Told, ...]]] = {
    "create": _created,
    "input": _input,
    "destory": lambda *_: (Ended("destory", "caller"),),
    "destroy": lambda *_: (Ended("destroy", "caller"),),
}
"""The published examples write `destory`."""


def _write(what: Next, asked: Asked, query: Mapping[str, str]) -> dict[str, Any]:
    mine = {"privatedata": str(echo_of(what))}
    match what:
        case Say(prompts, listen_ms, first):
            return _plays(list(prompts), listen_ms, asked, query, first=first) | mine
        case Wait(ms) if asked.back.get("over"):
            return _plays([query.get("silence", SILENCE)], ms, asked, query) | mine
        case Hush():
            stop = f"uuid_cti_play_and_detect_speech_break_play {asked.call_id}"
            return {"commands": [stop], "privatedata": asked.back.get("echo", "")}
        case Connect(to):
            return {"action": "bridge", "argument": to} | mine
        case Bye(reason):
            return {"action": "hangup", "log": reason}
        case Wait() | GoOn():
            return {"log": "goes on"}


def _plays(
    prompts: list[str], listen_ms: int, asked: Asked, query: Mapping[str, str], *, first: bool = False
) -> dict[str, Any]:
    """The arguments in the order of the published examples; the recording is left to the platform."""
    given = (
        query.get("mode", _MODE), query.get("interrupt", _INTERRUPT), query.get("vad", _VAD),
        query.get("filter", _FILTER), query.get("asr", RECOGNISER), _LEAST_VOICE_MS, _PAUSE_MS, max(listen_ms, 200),
        _LONGEST_VOICE_MS, "", "", asked.back.get("app", ""), "0", "", "wav",
    )  # fmt: skip
    argument = " ".join("'{}'".format(str(each).replace("'", "")) for each in given)
    told = {"action": "cti_play_and_detect_speech", "argument": argument, "playbacks": prompts}
    if "sounds" in query:
        told["sound_file_dir"] = query["sounds"]
    if not first:
        return told
    return told | {"tts": {"ttsurl": query.get("tts", VOICE), "ttsvoicename": query.get("ttsvoice", "")}}


CTI_ROBOT = Platform("cti_robot", "/cti_robot", _read, _write, whole=True, mute_of_ends=True)
