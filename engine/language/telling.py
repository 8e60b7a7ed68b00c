"""Pieces of a script in words, as its author would name them: for people who compare two versions of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from engine.calls.actions import NORMAL, RELEASES, Part
from engine.grading.condition import AnyOf, Condition, Has, Includes, Is, Not, Test, Within
from engine.grading.facts import FACTS
from engine.language.stage import NOTHING, BargeIn, Doing, Prompt, Rule, Stage
from engine.understanding.grammar import Grammar

Aspects = dict[str, str]
"""What there is to say of a thing, by the key of the YAML file; what is not said is left out."""


class Groups:
    """The groups of intents, by which a long list of intents is named."""

    def __init__(self, grammars: Iterable[Grammar]) -> None:
        self._members: dict[str, set[str]] = {}
        for grammar in grammars:
            for intent in grammar.intents:
                self._members.setdefault(intent.group, set()).add(intent.id)

    def named(self, ids: Iterable[str]) -> str:
        """`ask_price, interest`: the intents, a whole group by its name."""
        left = set(ids)
        names = []
        for group, members in sorted(self._members.items()):
            if len(members) > 1 and members <= left:
                names.append(group)
                left -= members
        return ", ".join([*names, *sorted(left)])


# --- prompts ---------------------------------------------------------------------------------------------------------


def tell_prompt(prompt: Prompt) -> str:
    """All wordings, as they are said."""
    return " / ".join("".join(map(_tell_part, wording)) for wording in prompt)


def _tell_part(part: Part) -> str:
    sound = f"[{part.audio}]" if part.audio else ""
    pause = f"[{part.pause_ms} ms]" if part.pause_ms else ""
    keys = f"[keys {part.keys}]" if part.keys else ""
    return part.text + sound + pause + keys


# --- conditions ------------------------------------------------------------------------------------------------------


def tell_condition(condition: Condition | None) -> str:
    """`interest_questions ≥ 2 and not visited invite`."""
    return " and ".join(_tell_test(test) for test in condition.tests) if condition else ""


def _tell_test(test: Test) -> str:
    match test:
        case Within():
            return _tell_bounds(test)
        case Is():
            return f"{test.fact} {' or '.join(test.values)}"
        case Has():
            return f"{test.fact} {'yes' if test.wanted else 'no'}"
        case Includes():
            return f"{test.fact} {(' and ' if test.every else ' or ').join(test.values)}"
        case Not():
            return f"not {_tell_test(test.test)}"
        case AnyOf():
            return f"({' or '.join(tell_condition(each) for each in test.conditions)})"


def _tell_bounds(test: Within) -> str:
    low, high = (_amount(test.fact, value) for value in (test.low, test.high))
    if test.low == test.high:
        return f"{test.fact} = {low}"
    parts = [*([f"≥ {low}"] if low else []), *([f"≤ {high}"] if high else [])]
    return f"{test.fact} {' and '.join(parts)}"


def _amount(fact: str, value: int | None) -> str:
    if value is None:
        return ""
    return f"{value / 1000:g}s" if FACTS[fact].kind == "duration" else str(value)


# --- rules and stages ------------------------------------------------------------------------------------------------


def rule_aspects(rule: Rule, groups: Groups) -> Aspects:
    """A rule of a script, by the keys of its line."""
    return _given(
        {
            "hear": groups.named(rule.hear),
            "also": groups.named(rule.also),
            "press": rule.press,
            "other": _flag(rule.other),
            "silence": _flag(rule.silence),
            "if": tell_condition(rule.when),
            "in": ", ".join(sorted(rule.stages)),
            "ignore": _count(rule.ignore),
            "limit": _count(rule.limit),
            "over": rule.over,
            "answer": _flag(rule.answer),
            "say": tell_prompt(rule.say),
            "tail": tell_prompt(rule.tail),
            "fill": ", ".join(rule.fill),
            "need": ", ".join(rule.need),
            "accept": "" if rule.accept is None else "yes" if rule.accept else "no",
            "contact": rule.contact,
            "do": tell_doing(rule.do),
            "repeat": _flag(rule.repeat),
            "transfer": rule.transfer,
            "hold": _time(rule.hold_ms),
            "else": rule.otherwise,
            "end": _tell_end(rule.end),
            "then": "" if rule.go or rule.then == "return" else rule.then,
            "wait": _time(rule.wait_ms),
            "go": rule.go,
        }
    )


def tell_rule(aspects: Mapping[str, str]) -> str:
    """`hear: ask_price; say: 八折。; go: bye`."""
    return "; ".join(f"{key}: {text}" if text != "yes" else key for key, text in aspects.items())


def stage_prompts(stage: Stage) -> Aspects:
    """What a stage says, but for its rules."""
    return _given(
        {
            "say": tell_prompt(stage.say),
            "reprompt": tell_prompt(stage.reprompt),
            "confirm": tell_prompt(stage.confirm.say) if stage.confirm else "",
            "silence": tell_prompt(stage.silence.say),
            "no_match": tell_prompt(stage.no_match.say),
        }
    )


def stage_settings(stage: Stage, groups: Groups) -> Aspects:
    """Everything else about a stage."""
    return _given(
        {
            "role": stage.role,
            "refusal": groups.named(stage.refusal),
            "fill": ", ".join(stage.fill),
            "unsure": stage.confirm.unsure if stage.confirm else "",
            "skip": "; ".join(f"if {tell_condition(when)} go {to}" for when, to in stage.skip),
            "silence after": _time(stage.silence.after_ms),
            "silence then": stage.silence.then,
            "no_match short": _count(stage.no_match.short_chars),
            "no_match then": stage.no_match.then,
            "barge_in": _tell_barge_in(stage.barge_in, groups),
            "go": stage.go,
            "end": _tell_end(stage.end),
            "do": tell_doing(stage.do),
        }
    )


def _tell_barge_in(policy: BargeIn, groups: Groups) -> str:
    if policy.only is not None:
        return f"only {groups.named(policy.only)}" if policy.only else "off"
    return (
        f"after {policy.after_chars} characters, always {groups.named(policy.always) or 'none'}, "
        f"never {groups.named(policy.never) or 'none'}"
    )


def tell_doing(doing: Doing) -> str:
    """`callback appointment, tag 请柬`."""
    return ", ".join(_done(doing))


def _done(doing: Doing) -> Iterator[str]:
    for each in fields(doing):
        value = getattr(doing, each.name)
        if value is True:
            yield each.name
        elif value != getattr(NOTHING, each.name):
            told = ", ".join(value) if isinstance(value, tuple) else value
            yield f"{each.name} {told}".strip()


def _given(aspects: Aspects) -> Aspects:
    return {key: text for key, text in aspects.items() if text}


def _flag(value: bool) -> str:
    return "yes" if value else ""


def _tell_end(cause: int) -> str:
    """`yes`, or the word for another cause than the ordinary one."""
    return _flag(cause == NORMAL) or next((word for word, code in RELEASES.items() if code == cause), "")


def _count(value: int) -> str:
    return str(value) if value else ""


def _time(value_ms: int) -> str:
    return f"{value_ms / 1000:g}s" if value_ms else ""
