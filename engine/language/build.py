"""From the shapes an author wrote to the script the engine runs: names are resolved, defaults filled in.

The builder never raises on content. What does not fit becomes a problem with its place, and a stand-in lets the rest
be checked in the same run; a script is used only when there was no problem at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from engine.calls.actions import NORMAL, RELEASES
from engine.content.shape import Fields, Text
from engine.language.refer import Names, as_list
from engine.language.stage import (
    BargeIn,
    Confirm,
    NoMatch,
    Recovery,
    Role,
    Rule,
    Silence,
    Slot,
    SlotType,
    Stage,
    Variable,
    VariableType,
)

STOP_WORDS = frozenset({"refuse", "do_not_call", "complain", "abuse", "wrong_number", "ask_wait"})
"""Intents that cut a prompt at once unless a script says otherwise."""


# --- rules -----------------------------------------------------------------------------------------------------------


def rules(names: Names, value: object, path: str, words_allowed: bool = True) -> tuple[Rule, ...]:
    return tuple(
        rule(names, fields, f"{path}.{number}", words_allowed)
        for number, fields in enumerate(as_list(value), 1)
        if isinstance(fields, Fields)
    )


def rule(names: Names, fields: Fields, path: str, words_allowed: bool = True) -> Rule:
    ids, words = names.heard(fields.get("hear"), words_allowed)
    shorthand = next((key for key in ("other", "silence") if key in fields), "")
    press = names.keys(fields.get("press"))
    if not (press or shorthand or "hear" in fields):
        names.problem(fields.mark, "this rule listens for nothing", "give it 'hear:', 'press:', 'other:' or 'silence:'")
    for key in fields if shorthand else ():
        if key != shorthand:
            hint = f"write {shorthand}: {{…, {key}: …}}" if key in _ACTING else "make it a branch of its own"
            names.problem(fields.key_marks[key], f"'{key}' stands beside '{shorthand}:', where it is not read", hint)
    outcome = fields.get(shorthand)
    acting = {"go": names.stage(outcome)} if isinstance(outcome, Text) else _acting(names, outcome or fields)
    return Rule(
        path=path,
        mark=fields.mark,
        hear=ids | words,
        also=names.heard(fields.get("also"), words_allowed=False)[0],
        press=press,
        other=shorthand == "other",
        silence=shorthand == "silence",
        **acting,
    )


def _acting(names: Names, given: object) -> dict[str, Any]:
    """What a rule does, as keywords of `Rule`; only what is given, since most rules give two or three of them."""
    fields = cast(Fields, given)
    return {_ACTING[key][0]: _ACTING[key][1](names, value) for key, value in fields.items() if key in _ACTING}


def _plain(_: Names, value: object) -> object:
    return value


def _text(_: Names, value: object) -> str:
    return str(value)


def _cause(_: Names, value: object) -> int:
    """With which a call ends; 0 where it does not."""
    return RELEASES[value] if isinstance(value, Text) else NORMAL if value else 0


_ACTING: dict[str, tuple[str, Callable[[Names, object], object]]] = {
    "if": ("when", Names.condition),
    "say": ("say", Names.prompt),
    "answer": ("answer", _plain),
    "go": ("go", Names.stage),
    "then": ("then", _text),
    "tail": ("tail", Names.prompt),
    "repeat": ("repeat", _plain),
    "transfer": ("transfer", _text),
    "else": ("otherwise", Names.stage),
    "hold": ("hold_ms", _plain),
    "end": ("end", _cause),
    "wait": ("wait_ms", _plain),
    "ignore": ("ignore", _plain),
    "limit": ("limit", _plain),
    "over": ("over", Names.stage),
    "accept": ("accept", _plain),
    "contact": ("contact", _text),
    "fill": ("fill", Names.slot_names),
    "need": ("need", Names.slot_names),
    "do": ("do", Names.doing),
    "in": ("stages", Names.places),
}
"""Key of an author → field of `Rule` and how it is read."""


# --- stages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Defaults:
    """What a stage has when it says nothing of its own."""

    silence: Silence
    no_match: NoMatch
    barge_in: BargeIn
    refusal: frozenset[str]
    goodbye: str


def stage(names: Names, name: str, fields: Fields, defaults: Defaults) -> Stage:
    expect = rules(names, fields.get("expect"), f"{name}.expect")
    heard = frozenset().union(*(rule.hear for rule in expect))
    recover = _recoveries(names, name, fields)
    own = heard.intersection(names.intents)
    heard |= {hear for recovery in recover for rule in recovery.expect for hear in rule.hear}
    return Stage(
        name=name,
        role=cast(Role, str(fields.get("role", "opening"))),
        mark=names.marks[name],
        say=names.prompt(fields.get("say")),
        reprompt=names.prompt(fields.get("reprompt")),
        expect=expect,
        refusal=defaults.refusal,
        recover=recover,
        confirm=_confirm(names, fields.get("confirm"), defaults.goodbye),
        fill=names.slot_names(fields.get("fill")),
        named=own | names.heard(fields.get("except"), words_allowed=False)[0],
        words=heard.difference(names.intents),
        skip=tuple(
            (condition, target)
            for each in as_list(fields.get("skip"))
            if isinstance(each, Fields)
            and (condition := names.condition(each.get("if")))
            and (target := names.stage(each.get("go")))
        ),
        silence=silence(names, fields.get("silence"), defaults.silence),
        no_match=no_match(names, fields.get("no_match"), defaults.no_match),
        barge_in=barge_in(names, fields.get("barge_in"), defaults.barge_in),
        go=names.stage(fields.get("go")),
        end=_cause(names, fields.get("end")),
        do=names.doing(fields.get("do")),
    )


def _recoveries(names: Names, stage_name: str, fields: Fields) -> tuple[Recovery, ...]:
    made = []
    for number, item in enumerate(as_list(fields.get("recover")), 1):
        path = f"{stage_name}.recover.{number}"
        if isinstance(item, Text):
            made.append(Recovery(path, item.mark, names.prompt(item)))
        elif isinstance(item, Fields):
            expect = rules(names, item.get("expect"), f"{path}.expect")
            target, doing = names.stage(item.get("go")), names.doing(item.get("do"))
            made.append(Recovery(path, item.mark, names.prompt(item.get("say")), target, expect, doing))
    return tuple(made)


def _confirm(names: Names, value: object, goodbye: str) -> Confirm | None:
    if isinstance(value, Fields):
        return Confirm(names.prompt(value.get("say")), names.stage(value.get("unsure")) or goodbye)
    return Confirm(names.prompt(value), goodbye) if value else None


def silence(names: Names, value: object, base: Silence) -> Silence:
    if not isinstance(value, Fields):
        return base
    return Silence(
        after_ms=_number(value, "after") or base.after_ms,
        say=names.prompt(value["say"]) if "say" in value else base.say,
        then=names.stage(value.get("then")) or base.then,
    )


def no_match(names: Names, value: object, base: NoMatch) -> NoMatch:
    if not isinstance(value, Fields):
        return base
    return NoMatch(
        short_chars=_number(value, "short") if "short" in value else base.short_chars,
        say=names.prompt(value["say"]) if "say" in value else base.say,
        then=names.stage(value.get("then")) or base.then,
    )


def barge_in(names: Names, value: object, base: BargeIn) -> BargeIn:
    if isinstance(value, Text):
        return BargeIn(after_chars=1, only=frozenset() if value == "off" else None, never=base.never)
    if not isinstance(value, Fields):
        return base
    intents = {key: names.heard(value.get(key), words_allowed=False)[0] for key in ("only", "never", "always")}
    return BargeIn(
        after_chars=_number(value, "after") if "after" in value else base.after_chars,
        only=intents["only"] if "only" in value else None if value else base.only,
        never=intents["never"] if "never" in value else base.never,
        always=intents["always"] if "always" in value else base.always,
    )


def variable(names: Names, name: str, fields: Fields) -> Variable:
    kind = cast(VariableType, str(fields.get("type", "text")))
    return Variable(name, kind, str(fields.get("default", "")), bool(fields.get("required")))


def slot(names: Names, name: str, fields: Fields) -> Slot:
    kind = cast(SlotType, str(fields.get("type", "words")))
    return Slot(name, kind, names.prompt(fields.get("ask")), _number(fields, "tries") or 2)


# --- small readers ---------------------------------------------------------------------------------------------------


def _number(fields: Fields, key: str) -> int:
    value = fields.get(key)
    return value if isinstance(value, int) else 0
