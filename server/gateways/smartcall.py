"""Smart calls of Aliyun's voice service (智能语音交互): a callback for each sentence and each silence, an action back.

The callback comes as a form or a query with JSON in `content`. It does not tell when a prompt has ended: `is_playing`
tells with the next words, `mute` after a silence whose length each answer sets anew. What became of the call, answered
or not, comes in a report of its own, by the batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.calls.events import Answered, Event, HungUp
from engine.calls.events import Failed as CallFailed
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
    Waited,
    echo_of,
    keyed,
    worded,
)
from server.gateways.wire import Played, Started, TransferResult, WireError

LEAST_MUTE_MS, MOST_MUTE_MS = 1_000, 20_000
"""What `mute_time` may be."""
_FORBIDDEN = str.maketrans(dict.fromkeys('@=:"${}^*¥', "，"))
"""Characters that no answer may hold."""
EARLY = "early_media"


def _read(told: Mapping[str, Any], _: Mapping[str, str]) -> Asked:
    call, kind = fields.identifier(told, "call_id"), fields.kind(told, "content_type")
    content = _content(told)
    echo = Echo.of(content.get("dynamic_id") or told.get("dynamic_id"))
    read = _KINDS.get(kind)
    found = read(content, echo) if read else (fields.unknown("content_type", kind),)
    early = content.get("current_media_code") == EARLY
    caller = fields.text(content, "caller", "")
    started = () if echo.did else (Started(call, "", caller, params={"caller": caller} if caller else {}, early=early),)
    return Asked(call, (*started, *found), {"first": "yes" if kind == "callin" else ""})


def _content(told: Mapping[str, Any]) -> dict[str, Any]:
    """JSON within the form; in published examples with typographic quotes."""
    content = told.get("content", "")
    if isinstance(content, dict):
        return content
    try:
        found = json.loads(str(content).translate(str.maketrans("“”", '""')) or "{}")
    except (ValueError, RecursionError):
        raise WireError("content is not JSON") from None
    if not isinstance(found, dict):
        raise WireError("content must be an object")
    return {str(key).strip(): value for key, value in found.items()}


def _normal(content: Mapping[str, Any], _: Echo) -> tuple[Told, ...]:
    heard = worded(fields.text(content, "words", ""))
    playing = fields.is_true(content, "is_playing") or content.get("current_media_code") == EARLY
    return heard if playing else (Played("", cleared=False), *heard)


def _transferred(content: Mapping[str, Any], _: Echo) -> tuple[Told, ...]:
    status, cause = fields.text(content, "transfer_status", ""), fields.text(content, "fail_cause", "")
    if status.lower() in ("", "calling", "ringing"):
        return (Waited(),)
    ok = not cause and "fail" not in status.lower()
    return (TransferResult(ok, "" if ok else (cause or status)[:60]),)


_KINDS: Mapping[str, Callable[[Mapping[str, Any], Echo], tuple[Told, ...]]] = {
    "callin": lambda *_: (Waited(),),
    "normal": _normal,
    "timebreak": lambda content, _: worded(fields.text(content, "words", ""), final=False),
    "mute": lambda _, echo: (Quiet(echo.ms),),
    "dtmf": lambda content, _: keyed(fields.text(content, "dtmf_digits", fields.text(content, "dtmf", ""))),
    "parallel_transfer": _transferred,
}


def _write(what: Next, asked: Asked, _: Mapping[str, str]) -> dict[str, Any]:
    first = bool(asked.back.get("first"))
    echo = Echo("say", LEAST_MUTE_MS) if isinstance(what, GoOn) else echo_of(what)
    data = {"call_id": asked.call_id, "dynamic_id": str(echo), **_does(what, first=first)}
    return {"result": "success", "msg": "", "code": 200, "data": data}


def _does(what: Next, *, first: bool) -> dict[str, Any]:
    match what:
        case Say(prompts, listen_ms):
            codes, texts = _codes(prompts)
            said = {"action_code": codes, "action_code_param": json.dumps(texts, ensure_ascii=False)}
            muted = {"mute_time": max(LEAST_MUTE_MS, min(listen_ms, MOST_MUTE_MS))}
            return (
                {"action": "answer"} | said | muted
                if first
                else {"action": "play", "action_break": True} | said | muted
            )
        case Wait(ms):
            return {"action": "donothing", "mute_time": max(LEAST_MUTE_MS, min(ms, MOST_MUTE_MS))}
        case Hush():
            return {"action": "break"}
        case GoOn():  # what was heard meanwhile is answered soon after the prompt
            return {"action": "continue", "mute_time": LEAST_MUTE_MS}
        case Connect(to):
            return {"action": "transfer", "callee": to}
        case Bye():
            return {"action": "hangup"}


def _codes(prompts: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """`$tts$,hello.wav`: names of texts between dollars, names of recordings as they are."""
    codes: list[str] = []
    texts: dict[str, str] = {}
    for prompt in prompts:
        if prompt.endswith(".wav"):
            codes.append(prompt)
            continue
        name = f"tts{len(texts) or ''}"
        texts[name] = prompt.translate(_FORBIDDEN)
        codes.append(f"${name}$")
    return ",".join(codes), texts


SMARTCALL = Platform("smartcall", "/smartcall", _read, _write, whole=True, by_form=True)


# --- what became of calls ---------------------------------------------------------------------------------------------

STATES = {
    "200002": "busy",
    "200003": "no_answer",
    "200004": "invalid_number",
    "200005": "unreachable",
    "200007": "unreachable",
    "200010": "powered_off",
    "200011": "suspended",
    "200012": "barred",
}
"""What its status codes mean, in the engine's words; one that is not here says nothing. All are kept as they came."""
ANSWERED = frozenset({"200000", "200100", "300000"})
_RAW = (
    "status_code",
    "smart_status_code",
    "status_msg",
    "duration",
    "hangup_direction",
    "out_id",
    "dtmf",
    "status_time",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one call."""

    call_id: str
    event: Event | None
    raw: Mapping[str, str]


def reports(told: object) -> Iterator[Report]:
    """One, or a list of them. Raises `WireError`."""
    for each in told if isinstance(told, list) else [told]:
        if not isinstance(each, dict):
            raise WireError("a report must be an object, or a list of them")
        raw = {name: fields.text(each, name)[:200] for name in _RAW if each.get(name) not in (None, "")}
        yield Report(fields.identifier(each, "call_id"), _event(raw), raw)


def _event(raw: Mapping[str, str]) -> Event | None:
    code = raw.get("status_code", "")
    if not code:
        return None
    if code in ANSWERED:
        return HungUp(0) if "duration" in raw else Answered(0)
    return CallFailed(0, reason=STATES.get(code, code))
