"""How an inspection is written: the shapes of its file, from which editors and the reference know it too."""

from __future__ import annotations

from engine.calls.actions import FOLLOW_UPS
from engine.calls.log import ACTIONS
from engine.content.shape import (
    Duration,
    Field,
    Flag,
    Id,
    Lazy,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Shape,
    Whole,
    Words,
)
from engine.grading.condition import CONDITION as FACTS
from engine.inspection.inspect import SEVERITIES

DEEDS = tuple(name for name, kind in ACTIONS.items() if kind in FOLLOW_UPS)
_TEXTS = OneOrMany(Words())
_PERCENT = Whole(1, 100)
_WHO = OneOf(("bot", "caller"))

ANCHOR = Record(
    "anchor",
    {
        "says": Field(_TEXTS, "An utterance with any of these words."),
        "pattern": Field(_TEXTS, "An utterance in which one of these patterns occurs."),
        "means": Field(_TEXTS, "An utterance of the caller with any of these intents."),
        "who": Field(_WHO, "Only what this side says."),
        "which": Field(OneOf(("each", "first", "last")), "Of several such utterances (each)."),
    },
    "Another utterance, from which a place is counted.",
)
ANCHORS = ("after", "before", "around", "at")

PLACE = {
    "who": Field(_WHO, "Only what this side says."),
    "first": Field(Whole(1, 1000), "Only the first so many utterances of those."),
    "last": Field(Whole(1, 1000), "Only the last so many."),
    "after": Field(ANCHOR, "Only after such an utterance."),
    "before": Field(ANCHOR, "Only before such an utterance."),
    "around": Field(ANCHOR, "Only around and in such an utterance."),
    "at": Field(ANCHOR, "Only in such an utterance."),
    "reach": Field(Whole(1, 1000), "So many utterances from it at most."),
    "every": Field(Flag(), "It must be so for every anchor, not for one of them."),
}


def _test(name: str, fields: dict[str, Field], doc: str) -> Record:
    return Record(f"test of {name}", fields | PLACE, doc)


def _bounds(item: Shape, what: str) -> dict[str, Field]:
    return {"more_than": Field(item, f"{what}: more than this."), "less_than": Field(item, f"{what}: less than this.")}


def _marks(item: Shape, of: str) -> dict[str, Field]:
    return {
        "any": Field(item, f"Any of these {of}."),
        "all": Field(item, f"Every one of these {of}."),
        "none": Field(item, f"None of these {of}."),
        "different": Field(Whole(1, 1000), "So many different ones of `any` at least (1)."),
        "times": Field(Whole(1, 1000), "Found so many times in all at least (1)."),
        "together": Field(Flag(), "All that in one utterance, not over several."),
    }


SAYS = _test("says", _marks(_TEXTS, "words") | {
    "affirmed": Field(Flag(), "Words that are denied where they stand do not count: 不能保证收益."),
}, "Words that are said.")  # fmt: skip
PATTERN = _test("pattern", _marks(_TEXTS, "patterns, written as in a grammar") | {
    "except": Field(_TEXTS, "Not in an utterance in which one of these patterns occurs."),
}, "Patterns that occur.")  # fmt: skip
MEANS = _test("means", _marks(_TEXTS, "intents"), "What the caller means.")
LIKE = _test("like", _marks(_TEXTS, "sentences") | {
    "alike": Field(_PERCENT, "In so many percent at least (80)."),
}, "Sentences like these.")  # fmt: skip
REPEATS = _test("repeats", {
    "times": Field(Whole(1, 100), "Said so many times before (1)."),
    "within": Field(Whole(1, 1000), "Among so many utterances of the same side before it (5)."),
    "alike": Field(_PERCENT, "In so many percent at least (90)."),
    "min_chars": Field(Whole(1, 1000), "Only what has so many characters (4)."),
    "except": Field(_TEXTS, "Not what has any of these words."),
}, "Somebody says the same again.")  # fmt: skip
SILENCE = _test("silence", _bounds(Duration(), "How long") | {
    "from": Field(OneOf(("start", "bot", "caller")), "Only after this side has spoken, or at the start of the call."),
    "to": Field(OneOf(("bot", "caller", "end")), "Only before this side speaks, or before the call ends."),
}, "Nobody speaks between two utterances.")  # fmt: skip
SPEED = _test("speed", _bounds(Whole(1, 10_000), "Characters a minute") | {
    "min_chars": Field(Whole(1, 1000), "Only what has so many characters (6)."),
    "average": Field(Flag(), "Of all these utterances together."),
}, "How fast somebody speaks.")  # fmt: skip
OVERLAP = _test("overlap", _bounds(Duration(), "How long") | {
    "by": Field(_WHO, "Who speaks over the other."),
}, "Somebody begins while the other still speaks.")  # fmt: skip
LOUDNESS = _test("loudness", _bounds(Whole(-100, 0), "Decibels below full scale") | {
    "rises": Field(Whole(1, 60), "By more than so many decibels over the mean of the same side."),
}, "How loud somebody speaks, where there is a recording.")  # fmt: skip
LASTS = _test("lasts", _bounds(Duration(), "How long"), "How long one utterance is.")
COUNT = _test("count", _bounds(Whole(0, 10_000), "Utterances"), "How many utterances there are.")
CUT = _test("cut off", {}, "A prompt that was not heard to its end.")
DEED = _test("deed", {
    "any": Field(OneOrMany(OneOf(DEEDS)), "Any of these orders was given.", required=True),
}, "What was ordered for the caller between these utterances.")  # fmt: skip
LENGTH = Record("call length", _bounds(Duration(), "How long"), "From the first step of the call to the last.")

CHECK: Record = Record(
    "inspection condition",
    {
        "says": Field(SAYS, "Words."),
        "pattern": Field(PATTERN, "Patterns."),
        "means": Field(MEANS, "Intents of the caller."),
        "like": Field(LIKE, "Likeness to sentences."),
        "repeats": Field(REPEATS, "Repetition."),
        "silence": Field(SILENCE, "Silence."),
        "speed": Field(SPEED, "Speed of speech."),
        "lasts": Field(LASTS, "Length of an utterance."),
        "overlap": Field(OVERLAP, "Speaking over each other."),
        "loudness": Field(LOUDNESS, "Loudness."),
        "count": Field(COUNT, "Number of utterances."),
        "cut_off": Field(CUT, "Prompts that were cut off."),
        "deed": Field(DEED, "What was done for the caller."),
        "length": Field(LENGTH, "Length of the call."),
        "hours": Field(Words(), "The call began within these hours: `09:00-20:00`."),
        "call": Field(MapOf(_TEXTS), "What the call brought: variables, `script`, `source`; one value of each."),
        "facts": Field(FACTS, "Facts of the call, as grade rules ask them: who hung up, how it went, what was asked."),
        "not": Field(Lazy(lambda: CHECK), "This condition does not hold."),
        "any": Field(ListOf(Lazy(lambda: CHECK)), "At least one of these conditions holds."),
        "all": Field(ListOf(Lazy(lambda: CHECK)), "Each of these conditions holds."),
    },
    "What must all hold for a call.",
    aliases={
        "keywords": "says", "keyword": "says", "regex": "pattern", "intent": "means", "hears": "means",
        "similar": "like", "repeat": "repeats", "energy": "loudness", "volume": "loudness", "interrupts": "overlap",
        "action": "deed", "does": "deed", "duration": "length", "parameters": "call", "vars": "call",
    },
)  # fmt: skip

RULE = Record(
    "inspection rule",
    {
        "id": Field(Id("rule"), "Its name.", required=True),
        "title": Field(Words(), "What it asks, for people."),
        "severity": Field(OneOf(SEVERITIES), "critical fails a call by itself (major)."),
        "points": Field(Whole(0, 100), "What a violation costs, of 100 (critical 100, major 20, minor 5)."),
        "if": Field(CHECK, "Only calls of which this holds."),
        "require": Field(CHECK, "What a call must have."),
        "forbid": Field(CHECK, "What a call must not have."),
    },
    "What a call must or must not have.",
    aliases={"when": "if", "must": "require", "must_not": "forbid", "name": "title"},
)
INSPECTION = Record(
    "inspection",
    {
        "inspection": Field(Id("inspection"), "Its name.", required=True),
        "title": Field(Words(), "What it is for."),
        "pass": Field(Whole(0, 100), "Points that are enough (100: nothing may be violated)."),
        "rules": Field(ListOf(RULE), "The rules, each for itself.", required=True),
    },
    "What calls are inspected for.",
)
