"""What is different between two versions of a script, in the words of its author.

Rules have no names, only places, and a rule put in front moves all others. So the lists of rules are laid side by side
first, by what each rule waits for, and only then is each pair compared. A setting that changes in many stages at once,
because the script sets it for all of them, is one change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from typing import Literal

from engine.content.source import Mark
from engine.grading.grade import Rule as GradeRule
from engine.grading.grade import Scheme
from engine.language.script import Script
from engine.language.stage import Rule, Stage
from engine.language.telling import (
    Aspects,
    Groups,
    rule_aspects,
    stage_prompts,
    stage_settings,
    tell_condition,
    tell_prompt,
    tell_rule,
)
from engine.understanding.grammar import Intent, Phrase

Kind = Literal["stage", "branch", "prompt", "phrase", "setting", "grade rule"]
KINDS: tuple[Kind, ...] = ("stage", "branch", "prompt", "phrase", "setting", "grade rule")
How = Literal["added", "removed", "changed", "moved"]
_TRIGGER = ("hear", "also", "press", "other", "silence", "if", "in")
"""The keys of a rule that say when it applies."""
_SAID = frozenset({"say", "tail"})
MANY = 3
"""Stages in which the same setting has changed are named up to here, then counted."""


@dataclass(frozen=True, slots=True)
class Change:
    kind: Kind
    how: How
    where: str
    """`stage pitch`, `pitch.expect.2`, `intent ask_price`, `rule A1`."""
    what: str = ""
    """The key that has changed; empty for the whole."""
    before: str = ""
    after: str = ""
    mark: Mark | None = None
    """Where it stands: in the new version, or in the old one where it is gone."""

    @property
    def named(self) -> str:
        return f"{self.where} {self.what}".strip()


def changes(old: Script, new: Script) -> tuple[Change, ...]:
    """All differences, kind by kind, each in the order of the file."""
    found = [*_stages(old, new), *_common(old, new), *_settings(old, new), *_intents(old, new)]
    found += _grading(old.scheme, new.scheme)
    return tuple(sorted(found, key=lambda each: KINDS.index(each.kind)))


# --- stages and their rules ------------------------------------------------------------------------------------------


def _stages(old: Script, new: Script) -> Iterator[Change]:
    before, after = Groups(old.grammars), Groups(new.grammars)
    for name, stage in old.stages.items():
        if name not in new.stages:
            yield Change("stage", "removed", f"stage {name}", before=tell_prompt(stage.say), mark=stage.mark)
    settings: list[Change] = []
    for name, stage in new.stages.items():
        if name not in old.stages:
            yield Change("stage", "added", f"stage {name}", after=tell_prompt(stage.say), mark=stage.mark)
            continue
        was = old.stages[name]
        settings += _aspects("prompt", f"stage {name}", stage_prompts(was), stage_prompts(stage), stage.mark)
        settings += _aspects(
            "setting", f"stage {name}", stage_settings(was, before), stage_settings(stage, after), stage.mark
        )
        yield from _rules(was.expect, stage.expect, before, after)
        yield from _recoveries(was, stage, before, after)
    yield from _bundled(settings)


def _bundled(found: Iterable[Change]) -> Iterator[Change]:
    """The same change in several stages is one."""
    alike: dict[tuple[str, str, str, str], list[Change]] = {}
    for each in found:
        alike.setdefault((each.kind, each.what, each.before, each.after), []).append(each)
    for group in alike.values():
        names = [each.where.removeprefix("stage ") for each in group]
        where = f"stages {', '.join(names)}" if len(names) <= MANY else f"{len(names)} stages"
        yield group[0] if len(group) == 1 else replace(group[0], where=where)


def _recoveries(old: Stage, new: Stage, before: Groups, after: Groups) -> Iterator[Change]:
    for was, now in zip(old.recover, new.recover, strict=False):
        yield from _aspects("prompt", now.path, _said(tell_prompt(was.say)), _said(tell_prompt(now.say)), now.mark)
        yield from _aspects("branch", now.path, {"go": was.go}, {"go": now.go}, now.mark)
        yield from _rules(was.expect, now.expect, before, after)
    for gone in old.recover[len(new.recover) :]:
        yield Change("branch", "removed", gone.path, before=tell_prompt(gone.say), mark=gone.mark)
    for come in new.recover[len(old.recover) :]:
        yield Change("branch", "added", come.path, after=tell_prompt(come.say), mark=come.mark)


def _said(text: str) -> Aspects:
    return {"say": text} if text else {}


def _common(old: Script, new: Script) -> Iterator[Change]:
    before, after = Groups(old.grammars), Groups(new.grammars)
    yield from _rules(old.always, new.always, before, after)
    yield from _rules(old.answers, new.answers, before, after)


def _rules(old: Sequence[Rule], new: Sequence[Rule], before: Groups, after: Groups) -> Iterator[Change]:
    was, now = [rule_aspects(rule, before) for rule in old], [rule_aspects(rule, after) for rule in new]
    pairs = dict(_pairs(was, now))
    gone = [place for place in range(len(old)) if place not in pairs]
    come = [place for place in range(len(new)) if place not in pairs.values()]
    moved = {place: other for place in gone for other in come if _trigger(was[place]) == _trigger(now[other])}
    for place in gone:
        if place not in moved:
            yield Change("branch", "removed", old[place].path, before=tell_rule(was[place]), mark=old[place].mark)
    for place, rule in enumerate(new):
        if place in moved.values():
            yield Change("branch", "moved", rule.path, after=tell_rule(now[place]), mark=rule.mark)
        elif place in come:
            yield Change("branch", "added", rule.path, after=tell_rule(now[place]), mark=rule.mark)
    for one, other in {**pairs, **moved}.items():
        for each in _aspects("branch", new[other].path, was[one], now[other], new[other].mark):
            yield replace(each, kind="prompt") if each.what in _SAID else each


def _pairs(old: list[Aspects], new: list[Aspects]) -> Iterator[tuple[int, int]]:
    """Which rule was which: the same trigger in the same order; else one that still waits for a part of it."""
    matcher = SequenceMatcher(None, [_trigger(each) for each in old], [_trigger(each) for each in new], autojunk=False)
    for tag, low, high, from_, to in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(range(low, high), range(from_, to), strict=True)
        elif tag == "replace":
            free = list(range(from_, to))
            for place in range(low, high):
                other = next((each for each in free if _akin(old[place], new[each])), None)
                if other is not None:
                    free.remove(other)
                    yield place, other


def _trigger(aspects: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(aspects.get(key, "") for key in _TRIGGER)


def _akin(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(_words(one.get(key, "")) & _words(other.get(key, "")) for key in ("hear", "press", "other", "silence"))


def _words(text: str) -> set[str]:
    return {word for word in text.split(", ") if word}


def _aspects(kind: Kind, where: str, old: Aspects, new: Aspects, mark: Mark) -> Iterator[Change]:
    for what in dict.fromkeys((*old, *new)):
        before, after = old.get(what, ""), new.get(what, "")
        if before != after:
            yield Change(kind, "changed", where, what, before, after, mark)


# --- what belongs to the whole script --------------------------------------------------------------------------------


def _settings(old: Script, new: Script) -> Iterator[Change]:
    mark = new.stages[new.start].mark
    was, now = _plain(old), _plain(new)
    yield from (replace(each, where="script", mark=None) for each in _aspects("setting", "", was, now, mark))


def _plain(script: Script) -> Aspects:
    limits = {f"limits.{each.name}": str(getattr(script.limits, each.name)) for each in fields(script.limits)}
    slots = {
        f"slot {name}": f"{slot.type}, asked {slot.tries} times: {tell_prompt(slot.ask)}".rstrip(": ")
        for name, slot in script.slots.items()
    }
    variables = {
        f"variable {name}": f"{each.type}{' (required)' if each.required else ''} {each.default}".rstrip()
        for name, each in script.variables.items()
    }
    head = {"start": script.start, "refused": script.refused, "language": script.language, "title": script.title}
    return {**head, **limits, **slots, **variables}


def _intents(old: Script, new: Script) -> Iterator[Change]:
    """What the grammars understand."""
    was, now = _by_id(old), _by_id(new)
    for name, intent in was.items():
        if name not in now:
            yield Change("phrase", "removed", f"intent {name}", before=_listed(_phrases(intent)))
    for name, intent in now.items():
        if name not in was:
            yield Change("phrase", "added", f"intent {name}", after=_listed(_phrases(intent)))
            continue
        before, after = _phrases(was[name]), _phrases(intent)
        gone, come = [each for each in before if each not in after], [each for each in after if each not in before]
        if gone or come:
            yield Change("phrase", "changed", f"intent {name}", "phrases", _listed(gone), _listed(come))
        if was[name].priority != intent.priority:
            priorities = str(was[name].priority), str(intent.priority)
            yield Change("phrase", "changed", f"intent {name}", "priority", *priorities)


def _by_id(script: Script) -> dict[str, Intent]:
    return {intent.id: intent for grammar in script.grammars for intent in grammar.intents}


def _phrases(intent: Intent) -> list[str]:
    return [_tell_phrase(phrase) for phrase in intent.phrases] + [f"not {veto}" for veto in intent.vetoes]


def _tell_phrase(phrase: Phrase) -> str:
    """The words, and what else is said of them."""
    flags = [name for name in ("weak", "whole", "asked", "fallback") if getattr(phrase, name)]
    flags += [f"unless {'/'.join(phrase.unless)}"] if phrase.unless else []
    flags += [f"in {'/'.join(sorted(phrase.roles))}"] if phrase.roles else []
    flags += [f"not in {'/'.join(sorted(phrase.except_roles))}"] if phrase.except_roles else []
    return f"{phrase.text} ({', '.join(flags)})" if flags else phrase.text


MOST_LISTED = 12


def _listed(texts: list[str]) -> str:
    more = len(texts) - MOST_LISTED
    return ", ".join(texts[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


# --- grading ---------------------------------------------------------------------------------------------------------


def _grading(old: Scheme, new: Scheme) -> Iterator[Change]:
    was, now = ({rule.id: rule for rule in scheme.rules} for scheme in (old, new))
    if old.name != new.name:
        yield Change("grade rule", "changed", "scheme", "name", old.name, new.name)
    for name, rule in was.items():
        if name not in now:
            yield Change("grade rule", "removed", f"rule {name}", before=_tell_grade(rule), mark=rule.mark)
    for name, rule in now.items():
        if name not in was:
            yield Change("grade rule", "added", f"rule {name}", after=_tell_grade(rule), mark=rule.mark)
        else:
            yield from _aspects(
                "grade rule", f"rule {name}", _grade_aspects(was[name]), _grade_aspects(rule), rule.mark
            )
    shared = [[name for name in rules if name in was and name in now] for rules in (was, now)]
    if shared[0] != shared[1]:
        yield Change("grade rule", "moved", "scheme", "order", ", ".join(shared[0]), ", ".join(shared[1]))
    points = [[f"{each.add} {each.name} {tell_condition(each.when)}".strip() for each in s.points] for s in (old, new)]
    if points[0] != points[1]:
        yield Change("grade rule", "changed", "scheme", "points", "; ".join(points[0]), "; ".join(points[1]))


def _grade_aspects(rule: GradeRule) -> Aspects:
    score = f"{rule.score.low or ''}..{rule.score.high or ''}" if rule.score else ""
    told = {
        "grade": rule.grade or "none",
        "when": tell_condition(rule.when),
        "score": score,
        "set": ", ".join(rule.sets),
    }
    return {key: text for key, text in told.items() if text}


def _tell_grade(rule: GradeRule) -> str:
    return tell_rule(_grade_aspects(rule))
