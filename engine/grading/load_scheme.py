"""Grade schemes in YAML. A scheme is a list of rules, of which the first that holds decides.

    scheme: standard
    parameters: {A.max_refusals: 1}
    rules:
      - id: A1
        grade: A
        when: {interest_questions: {at_least: 2}, refusals: {at_most: A.max_refusals}}
      - {id: D9, grade: D, reason: 没有可用的信息}      # no `when`: whatever is left

A parameter stands wherever a bound of a rule does. Its value is put in before the rule is read, so that a value of the
wrong type is told where it is written. A scheme may give points, whose sum its rules compare:

    points:
      - {add: 30, each: ask_price}                       # for each utterance with this intent
      - {add: 40, when: {invitation: success}}           # once
    rules:
      - {id: A, grade: A, score: {at_least: 90}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from engine.content.shape import (
    Field,
    Fields,
    Id,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Text,
    Whole,
    Words,
    read,
    suggest,
)
from engine.content.source import Mark, Node, Problem
from engine.grading.condition import CONDITION, NUMBER, bounds_of, condition_from
from engine.grading.grade import CONSEQUENCES, LETTERS, Band, Points, Rule, Scheme

RULE = Record(
    "grade rule",
    {
        "id": Field(Id("rule"), "Its name, which every grade it gives carries.", required=True),
        "grade": Field(OneOf((*LETTERS, "none")), "The grade; none: no grade, and no attempt counted.", required=True),
        "when": Field(CONDITION, "When it applies. The last rule has none: it takes what is left."),
        "score": Field(NUMBER, "The sum of the scheme's points that it needs, together with `when`."),
        "title": Field(Words(), "A short name for people."),
        "reason": Field(Words(), "Why it has this grade, in a sentence."),
        "set": Field(OneOrMany(OneOf(CONSEQUENCES)), "What follows for the number."),
    },
    "One rule of a scheme.",
    aliases={"if": "when", "name": "title", "why": "reason", "letter": "grade"},
)
POINTS = Record(
    "points",
    {
        "add": Field(Whole(-1000, 1000), "How many; a negative number takes them off.", required=True),
        "when": Field(CONDITION, "Only when this holds for the whole call."),
        "each": Field(OneOrMany(Words()), "Intents; the points are added for each utterance that has one of them."),
        "title": Field(Words(), "What they are given for, for people."),
    },
    "What something in a call adds to its score: once, or with `each` every time it is heard.",
    aliases={"if": "when", "name": "title", "points": "add", "heard": "each"},
)
SCHEME = Record(
    "scheme",
    {
        "scheme": Field(Id("scheme"), "Its name.", required=True),
        "title": Field(Words(), "What it is for."),
        "parameters": Field(MapOf(Words()), "Thresholds by name, numbers or times, for the bounds of the rules."),
        "rules": Field(ListOf(RULE), "The rules; the first that holds wins.", required=True),
        "points": Field(ListOf(POINTS), "What adds to the score of a call, for rules that compare it."),
    },
    "How calls are graded.",
)

_BOUNDS = ("at_least", "at_most", "more_than", "less_than")
_PARAMETER = re.compile(r"[^\W\d][\w.]*")


def scheme_from(node: Node, problems: list[Problem]) -> Scheme | None:
    """The scheme of a file, as far as it could be read; None when there is nothing to grade by."""
    found: list[Problem] = []
    parameters = _parameters(node)
    fields = read(SCHEME, _with_parameters(node, parameters, found), found)
    problems.extend(dict.fromkeys(found))  # a parameter used twice is wrong once
    if not isinstance(fields, Fields) or "scheme" not in fields:
        return None
    written = cast("list[Fields]", fields.get("rules", []))
    rules = [rule for each in written if (rule := _rule(each, problems))]
    points = tuple(_points(each, problems) for each in cast("list[Fields]", fields.get("points", [])))
    if not points:
        _check_scores(written, problems)
    readable = all(problem.severity != "error" for problem in problems)
    if "rules" in fields:
        _check(rules, _unconditional(node), fields.key_marks["rules"], problems)
    if all(problem.severity != "error" for problem in problems):  # a slip of the pen leaves two names, told once
        problems += _unused(node, parameters)
    values = cast("dict[str, str]", fields.get("parameters", {}))
    thresholds = {str(name): str(value) for name, value in values.items()}
    if not readable:
        rules = []  # what was not understood whole would be thought through as if it asked for less
    return Scheme(str(fields["scheme"]), tuple(rules), thresholds, str(fields.get("title", "")), points)


def _rule(fields: Fields, problems: list[Problem]) -> Rule | None:
    if "id" not in fields or "grade" not in fields:
        return None
    when = condition_from(cast(Fields, fields.get("when", Fields())), problems)
    letter = next((letter for letter in LETTERS if letter == fields["grade"]), None)
    wanted = cast("list[str]", fields.get("set", []))
    return Rule(
        id=str(fields["id"]),
        grade=letter,
        when=when,
        mark=cast(Text, fields["id"]).mark,
        title=str(fields.get("title", "")),
        reason=str(fields.get("reason", "")),
        sets=tuple(name for name in CONSEQUENCES if name in wanted),
        score=Band(*bounds_of("score", fields["score"], problems)) if "score" in fields else None,
    )


def _points(fields: Fields, problems: list[Problem]) -> Points:
    return Points(
        add=cast(int, fields.get("add", 0)),
        when=condition_from(cast(Fields, fields.get("when", Fields())), problems),
        each=tuple(cast("list[Text]", fields.get("each", []))),
        title=str(fields.get("title", "")),
    )


def _check_scores(written: list[Fields], problems: list[Problem]) -> None:
    marks = [fields.key_marks["score"] for fields in written if "score" in fields]
    problems += [Problem(mark, "this scheme gives no points", "list them under 'points:'") for mark in marks]


def _unconditional(node: Node) -> set[Mark]:
    """The places of the ids of rules that are written without a condition; one that cannot be read is none of them."""
    written = _entry(node, "rules")
    rules = written.items if written else ()
    ids = (_entry(rule, "id") for rule in rules if not any(_entry(rule, key) for key in ("when", "if", "score")))
    return {found.mark for found in ids if found}


def _check(rules: list[Rule], unconditional: set[Mark], at: Mark, problems: list[Problem]) -> None:
    """What no single rule shows: names used twice, rules behind the default, no default."""
    seen: dict[str, Rule] = {}
    default: Rule | None = None
    for rule in rules:
        if rule.id in seen:
            message = f"rule '{rule.id}' is defined twice (first at line {seen[rule.id].mark.line})"
            problems.append(Problem(rule.mark, message))
        seen.setdefault(rule.id, rule)
        if default:
            problems.append(
                Problem(rule.mark, f"rule '{rule.id}' never applies", f"'{default.id}' above takes everything")
            )
        elif rule.mark in unconditional:
            default = rule
    if not default:
        hint = "end with a rule that has no 'when'"
        problems.append(Problem(at, "some calls get no grade: there is no default rule", hint))


# --- parameters ----------------------------------------------------------------------------------------------------


def _entry(node: Node, name: str) -> Node | None:
    return next((value for key, value in node.entries if key.text == name), None)


def _parameters(node: Node) -> dict[str, Node]:
    written = _entry(node, "parameters")
    return {key.text: value for key, value in written.entries} if written else {}


def _unused(node: Node, parameters: Mapping[str, Node]) -> Iterator[Problem]:
    written = {text for name in ("rules", "points") if (part := _entry(node, name)) for text in _scalars(part)}
    for name, value in parameters.items():
        if name not in written:
            hint = "write its name in place of a number, or remove it"
            yield Problem(value.mark, f"no rule uses the parameter '{name}'", hint, "warning")


def _scalars(node: Node) -> Iterator[str]:
    yield node.text
    for item in (*node.items, *(value for _, value in node.entries)):
        yield from _scalars(item)


def _with_parameters(node: Node, parameters: Mapping[str, Node], problems: list[Problem]) -> Node:
    """The file with the values of its parameters in the bounds of its rules."""
    entries = [
        (key, _resolved(value, parameters, problems) if key.text in ("rules", "points") else value)
        for key, value in node.entries
    ]
    return replace(node, entries=tuple(entries))


def _resolved(node: Node, parameters: Mapping[str, Node], problems: list[Problem]) -> Node:
    items = tuple(_resolved(item, parameters, problems) for item in node.items)
    entries = tuple(
        (key, resolved)
        for key, value in node.entries
        if (resolved := (_bound if key.text in _BOUNDS else _resolved)(value, parameters, problems))
    )
    return replace(node, items=items, entries=entries)


def _bound(node: Node, parameters: Mapping[str, Node], problems: list[Problem]) -> Node | None:
    """The value of a bound; None for a parameter that nobody declares, so that the bound is left out."""
    if node.kind != "scalar" or node.null or not _PARAMETER.fullmatch(node.text):
        return node
    if node.text not in parameters:
        hint = suggest(node.text, parameters) or "parameters are declared under 'parameters'"
        problems.append(Problem(node.mark, f"unknown parameter '{node.text}'", hint))
    return parameters.get(node.text)
