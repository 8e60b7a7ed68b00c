"""`huashu check --witness`: a conversation for each grade of each script, and warnings where none was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass

import click

from engine.content.source import Problem
from engine.dialogue.step import LeadError
from engine.grading.grade import Rule
from engine.language.script import Script
from engine.trial import transcript
from engine.trial.caller import Answered, Step
from engine.trial.witness import Found, Witness, search
from server.output import line


def tell_witnesses(scripts: Mapping[str, Script], *, as_json: bool) -> list[Problem]:
    """Print the shortest conversation to each grade; with JSON, one to each rule, as `huashu simulate` plays it."""
    problems: list[Problem] = []
    for path, script in scripts.items():
        try:
            found = search(script)
        except LeadError as problem:
            problems.append(Problem(script.stages[script.start].mark, f"no call of {path} can begin: {problem}"))
            continue
        if as_json:
            for witness in found.witnesses:
                line(_plain(path, script, witness))
        else:
            for letter, witness in found.grades.items():
                click.echo(_in_words(path, letter, witness))
        problems += _warnings(path, script, found)
    return problems


def _in_words(path: str, letter: str, witness: Witness) -> str:
    head = f"{path}: grade {letter} by {witness.rule.id} ({witness.rule.mark})"
    lines = [text for entry in witness.played.entries for text in transcript.lines(entry) if " = " not in text]
    return "\n".join([head, *(f"  {text}" for text in lines), ""])


def _plain(path: str, script: Script, witness: Witness) -> dict[str, object]:
    call, rule = witness.call, witness.rule
    return {
        "script": path,
        "scheme": script.scheme.name,
        "grade": rule.grade,
        "rule": rule.id,
        "at": str(rule.mark),
        "call_id": call.call_id,
        "now": call.now,
        "vars": dict(call.vars),
        "steps": [step_json(step) for step in call.steps],
    }


def step_json(step: Step) -> dict[str, object]:
    """A step as `huashu simulate` reads it."""
    if isinstance(step, Answered) and step.answered.by == "unknown":
        return {"answered": True}
    return _given(step)


def _given(value: object) -> dict[str, object]:
    """The fields that differ from their default."""
    found: dict[str, object] = {}
    for each in fields(value):  # type: ignore[arg-type]  # steps and what stands in them are dataclasses
        inner = getattr(value, each.name)
        if each.default is MISSING or inner != each.default:
            found[each.name] = _given(inner) if is_dataclass(inner) else inner
    return found


def _warnings(path: str, script: Script, found: Found) -> Iterator[Problem]:
    reached = found.grades
    far = f"{found.tried:,} turns tried, conversations of up to {found.deepest}"
    far += "; nothing new was left to try" if found.exhausted else ""
    lost: dict[str, Rule] = {}
    for rule in found.missing:
        lost.setdefault(rule.grade or "none", rule)
    for letter, rule in lost.items():
        if letter not in reached:
            yield Problem(rule.mark, f"no conversation of {path} ends in grade {letter}", far, "warning")
    for rule in found.missing:
        if (rule.grade or "none") in reached:
            yield Problem(rule.mark, f"no conversation of {path} ends in rule {rule.id}", far, "warning")
    for item in found.unreached:
        if item.mark:
            yield Problem(item.mark, f"no conversation of {path} comes to {item.name}", far, "warning")
