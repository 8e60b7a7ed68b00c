"""Utterance tests: what callers say and what it must be understood as, kept in YAML beside the grammars.

utterances:
refuse: [不需要, 暂时不需要谢谢]
refuse (dialect): [唔使, 甭了]
not refuse: [也不是不需要]
cases:
- {say: 没有, role: invitation, expect: refuse}
- {say: 明天下午三点, now: "2026-11-23T10:00:00+08:00", slots: {time: "2026-11-24T15:00:00+08:00"}}
- {say: 您拨打的用户已关机, disposition: powered_off}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from engine.content.shape import Field, Fields, Id, ListOf, MapOf, OneOf, OneOrMany, Record, Text, Words, read, suggest
from engine.content.source import Mark, Node, Problem
from engine.understanding.grammar import GROUPS, Understanding
from engine.understanding.lexicon import Lexicon

NOW = "2026-11-23T10:00:00+08:00"
"""A Monday morning, for cases that do not say when they are spoken."""
VAGUE = "vague"
"""Stands in a case for a time that was told without saying which."""
KINDS = ("plain", "negated", "homophone", "dialect")
"""What makes an utterance hard; what must not be understood counts as negated."""
_SLOTS = ("time", "number", "name", "quantity")

CASE = Record(
    "case",
    {
        "say": Field(Words(), "The utterance.", required=True),
        "now": Field(Words(), "When it is said, RFC 3339 with offset."),
        "role": Field(Words(), "The role of the stage in which it is said."),
        "expect": Field(OneOrMany(Words()), "Intents that must be understood; not: one that must not."),
        "first": Field(Words(), "The strongest intent."),
        "not": Field(OneOrMany(Words()), "Intents that must not be understood."),
        "slots": Field(MapOf(Words(), OneOf(_SLOTS)), "What must be told, by type."),
        "disposition": Field(
            Id("disposition"), "What became of the call, when these are a machine's words; `none` when they are not."
        ),
    },
    "One utterance with its circumstances.",
)
UTTERANCES = Record(
    "utterance tests",
    {
        "utterances": Field(
            MapOf(ListOf(Words())),
            "Intent, or `not` intent, to what people say; what makes it hard may follow in brackets: `negated`, "
            "`homophone` or `dialect`, as in `refuse (dialect)`.",
            required=True,
        ),
        "cases": Field(ListOf(CASE), "Utterances with a role, a time or slots."),
    },
    "Tests of the grammars.",
)


@dataclass(frozen=True, slots=True)
class Case:
    say: str
    mark: Mark
    expect: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    first: str = ""
    now: str = NOW
    role: str = ""
    slots: tuple[tuple[str, str], ...] = ()
    disposition: str = ""
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Report:
    cases: int
    failures: tuple[Problem, ...]
    hit: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """(intent, phrase) of every phrase that some case hit: what coverage counts."""


def cases_from(node: Node, problems: list[Problem]) -> list[Case]:
    """The cases of a test file; what is wrong with it is added to `problems`."""
    fields = cast("Fields | None", read(UTTERANCES, node, problems))
    if fields is None:
        return []
    cases = list(_listed(cast("Fields", fields.get("utterances", Fields())), problems))
    cases += [_case(case) for case in cast("list[Fields]", fields.get("cases", []))]
    return cases


def _listed(classes: Fields, problems: list[Problem]) -> Iterator[Case]:
    for name, values in classes.items():
        seen: set[str] = set()
        unwanted = name.startswith("not ")
        intent, _, kind = name.removeprefix("not ").rstrip(")").partition("(")
        intent = intent.strip()
        kind = kind.strip() or ("negated" if unwanted else "plain")
        for say in cast("list[Text]", values):
            if kind not in KINDS:
                problems.append(Problem(say.mark, f"no kind '{kind}'", suggest(kind, KINDS)))
            if say in seen:
                problems.append(Problem(say.mark, f"'{say}' stands here twice"))
            seen.add(say)
            yield Case(say, say.mark, () if unwanted else (intent,), (intent,) if unwanted else (), kind=kind)


def _case(fields: Fields) -> Case:
    say = cast("Text", fields.get("say", Text("")))
    slots = cast("Fields", fields.get("slots", Fields()))
    return Case(
        say,
        say.mark,
        tuple(cast("list[str]", fields.get("expect", []))),
        tuple(cast("list[str]", fields.get("not", []))),
        str(fields.get("first", "")),
        str(fields.get("now", NOW)),
        str(fields.get("role", "")),
        tuple((str(type_), str(value)) for type_, value in slots.items()),
        str(fields.get("disposition", "")),
    )


def run(cases: list[Case], lexicon: Lexicon) -> Report:
    """Every failure with its place. An intent that no grammar knows is a failure of its own."""
    failures: list[Problem] = []
    hit: set[tuple[str, str]] = set()
    for case in cases:
        understood = lexicon.understand(case.say, now=case.now, role=case.role)
        hit |= {(each.id, each.phrase) for each in understood.hits}
        unknown = [name for name in (*case.expect, *case.never) if name not in lexicon.ids and name not in GROUPS]
        failures += [Problem(case.mark, f"no intent '{name}'", suggest(name, lexicon.ids)) for name in unknown]
        failures += [Problem(case.mark, f"'{case.say}' {miss}") for miss in _misses(case, understood)]
    return Report(len(cases), tuple(failures), frozenset(hit))


def _misses(case: Case, understood: Understanding) -> Iterator[str]:
    active = [hit for hit in understood.hits if not hit.negated]
    ids = {hit.id for hit in active} | {understood.disposition}
    heard = ", ".join(hit.id for hit in active) or understood.disposition or "nothing"
    for name in case.expect:
        if name not in ids:
            yield f"should mean {name}, heard: {heard}"
    for name in case.never:
        if name in ids:
            phrase = next((hit.phrase for hit in active if hit.id == name), "")
            yield f"should not mean {name}, heard '{phrase}'"
    if case.first and (not active or active[0].id != case.first):
        yield f"should mean {case.first} first of all, heard: {heard}"
    if case.disposition and case.disposition != (understood.disposition or "none"):
        yield f"should be {case.disposition}, heard: {heard}"
    told = {str(each.type): each.value or VAGUE for each in reversed(understood.told)}
    for type_, value in case.slots:
        if told.get(type_) != value:
            yield f"should tell {type_} {value}, told: {told.get(type_, 'nothing')}"
