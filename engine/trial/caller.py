"""A simulated call as it is written: one JSON object a line, which says what the caller and the network do in turn.

    {"call_id": "x1", "now": "2026-11-23T10:00:00+08:00", "vars": {"name": "王"},
     "steps": [{"answered": true}, {"say": "喂你好"}, {"silence": true}, {"hangup": true, "after_ms": 1500}]}

A step is told by its key, and the classes below are the steps: their first field is that key. Content is checked here
once and for all, so that playing a call cannot fail; a mistake is a sentence that names the step and the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Literal

from engine.calls.codec import Codec, MisfitError, Unpack, as_list, as_object, at, kind
from engine.calls.events import KEYS, Alternative
from engine.content.shape import suggest
from engine.dialogue.step import LeadError, begin
from engine.language.script import Script

DEFAULT_NOW = "2026-01-05T10:00:00+08:00"
"""When a call takes place that does not say: a Monday morning, always the same one."""


@dataclass(frozen=True, slots=True)
class Say:
    """Words of the caller."""

    say: str
    confidence: float | None = None
    """0..1."""
    barge_in_ms: int | None = None
    """How far into the prompt in progress; None: after it."""
    alternatives: tuple[Alternative, ...] = ()
    """What else the recogniser makes of these words, likeliest first: each with `text` and perhaps `confidence`."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller lets one no-input time pass."""

    silence: bool


@dataclass(frozen=True, slots=True)
class Dtmf:
    """Keys, pressed one after the other."""

    dtmf: str
    barge_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TransferOk:
    """Does a person take the call when the bot transfers it?"""

    transfer_ok: bool


HoldOutcome = Literal["ok", "failed", "ended"]


@dataclass(frozen=True, slots=True)
class Hold:
    """What becomes of the hold when the bot puts the caller on it: `ok`, and it lasts its time; `failed`; or `ended` by
    the network before.
    """

    hold: HoldOutcome


@dataclass(frozen=True, slots=True)
class EarlyMedia:
    """An announcement before the answer; empty for mere tones."""

    early_media: str


@dataclass(frozen=True, slots=True)
class Failure:
    sip: int | None = None
    q850: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The call is not set up."""

    failed: Failure


@dataclass(frozen=True, slots=True)
class Answer:
    by: Literal["human", "machine", "unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Answered:
    """The call is answered; written `true`, or with what the gateway believes has answered."""

    answered: Answer


@dataclass(frozen=True, slots=True)
class Hangup:
    """The caller hangs up."""

    hangup: bool
    after_ms: int = 0
    """Counted from the answer or the last step."""


Step = Say | Silence | Dtmf | TransferOk | Hold | EarlyMedia | Failed | Answered | Hangup
SETUP = (EarlyMedia, Failed, Answered)
"""Steps of a call that is still to be answered; one that begins otherwise counts as answered at once."""


@dataclass(frozen=True, slots=True)
class Call:
    call_id: str
    now: str = DEFAULT_NOW
    """RFC 3339 time at which the call is created."""
    vars: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


STEPS: Mapping[str, type[Step]] = {
    fields(cls)[0].name: cls for cls in (Say, Silence, Dtmf, TransferOk, Hold, EarlyMedia, Failed, Answered, Hangup)
}
_CODEC = Codec(plain={})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def parse_call(text: str, script: Script, given: Mapping[str, str] | None = None) -> Call | str:
    """The call in this line, or what is wrong with it, as one sentence. `given` are variables it may lack."""
    try:
        found = as_object(json.loads(text))
        call = _call(found)
        brought = {name: value for name, value in call.vars.items() if value.strip() or name not in (given or {})}
        call = replace(call, vars={**(given or {}), **brought})
        begin(script, call.call_id, call.now, call.vars)
    except json.JSONDecodeError as error:
        return f"not JSON at character {error.pos + 1}: {error.msg}"
    except RecursionError:
        return "not a call: nested too deeply"
    except MisfitError as misfit:
        return str(misfit) if misfit.where else f"a call {misfit}"
    except LeadError as error:
        return str(error)
    except ValueError:
        return "not JSON: a number has too many digits"
    return call


def _call(found: Mapping[str, object]) -> Call:
    for key in found.keys() - _CALL.keys():
        # Other keys are the business of whoever wrote the line, unless they are a slip of the pen for one of ours.
        if hint := suggest(key, _CALL.keys() - found.keys()):
            raise MisfitError(f"is no key of a call ({hint})", repr(key))
    for key in ("call_id", "steps"):
        if key not in found:
            raise MisfitError("is missing", key)
    given = {key: at(key, read, found[key]) for key, read in _CALL.items() if key in found}
    return Call(**given | {"steps": tuple([_numbered(*each) for each in enumerate(given["steps"], 1)])})


def _call_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MisfitError(f"must be text, not {kind(value) if value != '' else 'empty'}")
    return value


def _now(value: object) -> str:
    wanted = f"must be an RFC 3339 time such as {DEFAULT_NOW}, not"
    if not isinstance(value, str):
        raise MisfitError(f"{wanted} {kind(value)}")
    if not (now := moment(value)):
        raise MisfitError(f"{wanted} {value[:40]!r}")
    return now


def moment(text: str) -> str:
    """A time as RFC 3339 has it, whose letters may come small and are large then; empty where it is none."""
    time = text.upper()
    try:
        datetime.fromisoformat(time)
    except ValueError:
        return ""
    return time if _TIME.fullmatch(time) else ""


def _variables(value: object) -> dict[str, str]:
    return {name: at(name, _variable, each) for name, each in as_object(value).items()}


def _variable(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise MisfitError(f"must be text or a number, not {kind(value)}")
    return str(value)


_CALL: Mapping[str, Unpack] = {"call_id": _call_id, "now": _now, "vars": _variables, "steps": as_list}


# --- steps -----------------------------------------------------------------------------------------------------------


def _numbered(number: int, value: object) -> Step:
    try:
        return _step(as_object(value))
    except MisfitError as misfit:
        raise MisfitError(str(misfit), f"step {number}:") from None


def _step(found: dict[str, object]) -> Step:
    told = [key for key in found if key in STEPS]
    if len(told) != 1:
        raise MisfitError(_no_step(found, told))
    cls = STEPS[told[0]]
    _keys_of(told[0], found, cls)
    if isinstance(found.get("answered"), bool):
        if not found["answered"]:
            raise MisfitError("must be true", "answered")
        found = {"answered": {}}
    inner = found[told[0]]
    if told[0] in _INNER and isinstance(inner, dict):
        _keys_of(told[0], inner, _INNER[told[0]])
    others = found.get("alternatives")
    for other in others if isinstance(others, list) else ():
        if isinstance(other, dict):
            _keys_of("alternatives", other, Alternative)
    step: Step = _CODEC.form(cls).unpack(found)
    _check(step)
    return step


_INNER: Mapping[str, type] = {"failed": Failure, "answered": Answer}


def _keys_of(name: str, found: Mapping[str, object], cls: type) -> None:
    allowed = [each.name for each in fields(cls)]
    for key in found:
        if key not in allowed:
            hint = suggest(key, allowed) or f"there are: {', '.join(allowed)}"
            raise MisfitError(f"is no key of '{name}' ({hint})", repr(key))


def _no_step(found: Mapping[str, object], told: list[str]) -> str:
    if told:
        return f"says {' and '.join(repr(key) for key in told)}: a step does one thing"
    if not found:
        return f"is empty; a step is one of {', '.join(STEPS)}"
    hint = next((hint for key in found if (hint := suggest(key, STEPS))), f"a step is one of {', '.join(STEPS)}")
    return f"no step is called {next(iter(found))!r} ({hint})"


def _check(step: Step) -> None:
    """The values that a type alone does not tell right from wrong."""
    if isinstance(step, Silence | Hangup) and not getattr(step, fields(step)[0].name):
        raise MisfitError("must be true", fields(step)[0].name)
    if isinstance(step, Say):
        _check_sure("confidence", step.confidence)
        for number, other in enumerate(step.alternatives):
            _check_sure(f"alternatives.{number}.confidence", other.confidence)
    if isinstance(step, Dtmf) and not (step.dtmf and KEYS.issuperset(step.dtmf)):
        raise MisfitError(f"must be keys out of 0-9 * # A-D, not {step.dtmf!r}", "dtmf")
    for name in ("barge_in_ms", "after_ms"):
        if (getattr(step, name, None) or 0) < 0:
            raise MisfitError("must not be negative", name)


def _check_sure(where: str, confidence: float | None) -> None:
    if confidence is not None and not 0 <= confidence <= 1:
        raise MisfitError(f"must lie between 0 and 1, not {confidence:g}", where)
