"""The report on many calls as plain data: the counts of `server.reports.figures` with shares, percentiles and orders.

Every list is whole and in an order that depends on the data alone; a page shows the beginning of the long ones.
Percentiles are of the nearest rank, so each is a time that was measured.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from engine.grading.grade import LETTERS
from engine.language.pace import speech_ms
from engine.trial.compare import LETTERS_AND_NONE
from engine.understanding.grammar import Grammar
from engine.understanding.suggest import Unknown, suggestions
from server.reports.figures import NOT_GRADED, PARTS, Example, Figures, Place, Rule

GRADES = (*LETTERS_AND_NONE, NOT_GRADED)
MOST_UNKNOWN = 3_000
"""Different utterances that are compared with each other; the most frequent ones."""
MOST_COMPARED = 100
"""Groups of them that are compared with the phrases of the grammars, which takes longer."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number is spread over what was counted."""

    count: int
    p50: int
    p95: int
    p99: int
    most: int


@dataclass(frozen=True, slots=True)
class Version:
    script: str
    sha256: str
    calls: int
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """One stage of a script: who came, who asked for nothing more."""

    script: str
    stage: str
    entered: int
    left: Mapping[str, int]
    """By the way in which the call ended there."""
    no_input: int
    no_match: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """A prompt that callers did not hear to its end, or after which they went."""

    script: str
    stage: str
    prompt: str
    calls: int
    """How often it was stopped, or was the last."""
    during: int
    """How often while it was being said."""
    said: int
    """How often it was begun."""
    length_ms: int
    """How long it takes: as measured where it was heard to its end, else as its words usually take."""
    measured: bool
    median_ms: int | None
    """How far into it they were, half of them farther."""

    @property
    def heard(self) -> float | None:
        """The share of the prompt that was heard then."""
        if self.median_ms is None or not self.length_ms:
            return None
        return min(1.0, self.median_ms / self.length_ms)


@dataclass(frozen=True, slots=True)
class Heard:
    intent: str
    calls: int
    utterances: int


@dataclass(frozen=True, slots=True)
class Unmet:
    """What callers said that no intent covers."""

    text: str
    count: int
    also: tuple[tuple[str, int], ...]
    stages: tuple[tuple[str, int], ...]
    nearest: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Used:
    """A rule that gave grades."""

    scheme: str
    rule: str
    grade: str
    calls: int
    example: Example


@dataclass(frozen=True, slots=True)
class Report:
    calls: int
    first_day: str
    last_day: str
    days: Mapping[str, Mapping[str, int]]
    """How many calls of each grade began on each day."""
    sources: Mapping[str, int]
    torn: int
    grades: Mapping[str, int]
    """By letter; `none` is what the rules give no letter, `?` what could not be graded."""
    came_to: Mapping[str, int]
    versions: Sequence[Version]
    dispositions: Mapping[str, int]
    flows: Sequence[Flow]
    hang_ups: Sequence[Stopped]
    hang_ups_by_share: Mapping[str, int]
    """Hang-ups during a prompt by the tenth of it in which they came, `0` to `9`, and `after` it."""
    barge_ins: Sequence[Stopped]
    unmet: Sequence[Unmet]
    delays: Mapping[str, Spread]
    delays_ms: Mapping[int, int]
    intents: Sequence[Heard]
    talk_ms: Mapping[int, int]
    talk: Spread | None
    turns: Mapping[int, int]
    turns_spread: Spread | None
    rules: Sequence[Used]


def report(figures: Figures, grammars: Iterable[Grammar] = ()) -> Report:
    """`grammars` name the intents that unknown utterances come nearest to."""
    grades = Counter[str]()
    for (_, _, letter), number in figures.grades.items():
        grades[letter] += number
    days = defaultdict[str, dict[str, int]](dict)
    for (day, letter), number in sorted(figures.days.items()):
        days[day][letter] = number
    delays = {part: spread(_of(figures.delays, part)) for part in PARTS}
    return Report(
        calls=figures.calls,
        first_day=min(days, default=""),
        last_day=max(days, default=""),
        days=dict(days),
        sources=_falling(figures.sources),
        torn=figures.torn,
        grades={letter: grades[letter] for letter in GRADES if letter in LETTERS or grades[letter]},
        came_to=dict(sorted(figures.came_to.items())),
        versions=_versions(figures),
        dispositions=_falling(figures.dispositions),
        flows=_flows(figures),
        hang_ups=_stopped(figures, figures.hung_up),
        hang_ups_by_share=_by_share(figures),
        barge_ins=_stopped(figures, figures.cut),
        unmet=_unmet(figures, grammars),
        delays={part: found for part, found in delays.items() if found},
        delays_ms=dict(sorted(_of(figures.delays, "answer").items())),
        intents=[
            Heard(intent, calls, figures.utterances[intent]) for intent, calls in _falling(figures.intents).items()
        ],
        talk_ms=dict(sorted(figures.talk_ms.items())),
        talk=spread(figures.talk_ms),
        turns=dict(sorted(figures.turns.items())),
        turns_spread=spread(figures.turns),
        rules=_rules(figures),
    )


def spread(counts: Mapping[int, int]) -> Spread | None:
    """None of nothing."""
    total = sum(counts.values())
    if not total:
        return None
    p50, p95, p99 = (percentile(counts, share) for share in (50, 95, 99))
    return Spread(total, p50, p95, p99, max(counts))


def percentile(counts: Mapping[int, int], share: int) -> int:
    """The least value that so many percent do not exceed."""
    wanted = max(1, ceil(sum(counts.values()) * share / 100))
    for value in sorted(counts):
        wanted -= counts[value]
        if wanted <= 0:
            return value
    raise ValueError("percentile of nothing")


def _falling(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _of(counts: Mapping[tuple[str, int], int], part: str) -> dict[int, int]:
    return {ms: number for (name, ms), number in counts.items() if name == part}


def _versions(figures: Figures) -> list[Version]:
    by_version = defaultdict[tuple[str, str], Counter[str]](Counter)
    for (script, sha256, letter), number in figures.grades.items():
        by_version[script, sha256][letter] += number
    return [
        Version(script, sha256, counts.total(), {letter: counts[letter] for letter in GRADES if counts[letter]})
        for (script, sha256), counts in sorted(by_version.items(), key=lambda item: (-item[1].total(), item[0]))
    ]


def _flows(figures: Figures) -> list[Flow]:
    """The most visited stages first, those that close a call after all others."""
    left = defaultdict[Place, dict[str, int]](dict)
    for (place, way), number in sorted(figures.ended.items()):
        left[place][way] = number
    by_script = Counter[str]()
    for place, number in figures.entered.items():
        by_script[place.script] += number

    def order(place: Place) -> tuple[object, ...]:
        is_closing = figures.closing[place] > 0
        return -by_script[place.script], place.script, is_closing, -figures.entered[place], place.stage

    return [
        Flow(
            place.script, place.stage, figures.entered[place], left.get(place, {}),
            figures.no_input[place], figures.no_match[place],
        )
        for place in sorted(figures.entered, key=order)
    ]  # fmt: skip


def _stopped(figures: Figures, counts: Mapping[tuple[Place, int], int]) -> list[Stopped]:
    by_place = defaultdict[Place, Counter[int]](Counter)
    for (place, ms), number in counts.items():
        by_place[place][ms] += number
    return [
        _one_stopped(figures, place, times)
        for place, times in sorted(by_place.items(), key=lambda item: (-item[1].total(), item[0]))
    ]


def _one_stopped(figures: Figures, place: Place, times: Counter[int]) -> Stopped:
    during = {ms: number for ms, number in times.items() if ms >= 0}
    length_ms, measured = _length(figures, place.prompt)
    return Stopped(
        place.script, place.stage, place.prompt, times.total(), sum(during.values()), figures.said[place],
        length_ms, measured, percentile(during, 50) if during else None,
    )  # fmt: skip


def _length(figures: Figures, prompt: str) -> tuple[int, bool]:
    if figures.whole[prompt]:
        return round(figures.whole_ms[prompt] / figures.whole[prompt]), True
    return speech_ms(prompt), False


AFTER = "after"


def _by_share(figures: Figures) -> dict[str, int]:
    found = {**{str(tenth): 0 for tenth in range(10)}, AFTER: 0}
    for (place, ms), number in figures.hung_up.items():
        length_ms, _ = _length(figures, place.prompt)
        tenth = AFTER if ms < 0 or not length_ms else str(min(9, ms * 10 // length_ms))
        found[tenth] += number
    return found


def _unmet(figures: Figures, grammars: Iterable[Grammar]) -> list[Unmet]:
    texts = Counter[str]()
    for (text, _), number in figures.unknown.items():
        texts[text] += number
    frequent = {text for text, _ in sorted(texts.items(), key=lambda item: (-item[1], item[0]))[:MOST_UNKNOWN]}
    said = (
        Unknown(text, stage)
        for (text, stage), number in sorted(figures.unknown.items())
        if text in frequent
        for _ in range(number)
    )
    return [
        Unmet(
            each.text, each.count, each.said[1:], each.stages,
            each.nearest.id if each.nearest else "", each.nearest.likeness if each.nearest else 0,
        )
        for each in suggestions(said, grammars, MOST_COMPARED)
    ]  # fmt: skip


def _rules(figures: Figures) -> list[Used]:
    def order(item: tuple[Rule, int]) -> tuple[object, ...]:
        rule, number = item
        return rule.scheme, GRADES.index(rule.grade), -number, rule.rule

    return [
        Used(rule.scheme, rule.rule, rule.grade, number, figures.examples[rule])
        for rule, number in sorted(figures.rules.items(), key=order)
    ]
