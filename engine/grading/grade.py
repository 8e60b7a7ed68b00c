"""The grade of a call: the first rule of a scheme whose condition holds, with the proof of it.

A scheme is data, read from YAML by `engine.grading.load_scheme`. Letters mean something within one scheme only, so a
grade names its scheme and is never compared with one of another. A scheme may also give points for what happens in a
call; its rules then compare their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from engine.content.source import Mark
from engine.grading.condition import Condition, Ground
from engine.grading.facts import Evidence, Facts
from engine.grading.readout import value_of

Letter = Literal["A", "B", "C", "D", "E", "F"]
LETTERS: tuple[Letter, ...] = ("A", "B", "C", "D", "E", "F")
"""The best first."""
Consequence = Literal["do_not_call", "data_invalid"]
CONSEQUENCES: tuple[Consequence, ...] = ("do_not_call", "data_invalid")


class Band(NamedTuple):
    """Between these two sums of points, both included; None is no bound."""

    low: int | None
    high: int | None

    def miss(self, score: int) -> str:
        """What is wanting, such as `score 60 < 70`; empty for nothing."""
        if self.low is not None and score < self.low:
            return f"score {score} < {self.low}"
        return f"score {score} > {self.high}" if self.high is not None and score > self.high else ""


@dataclass(frozen=True, slots=True)
class Points:
    """What something in a call adds to its score."""

    add: int
    when: Condition
    each: tuple[str, ...] = ()
    """Added for each utterance that has one of these intents, once for each of them; without any it is added once."""
    title: str = ""

    def of(self, facts: Facts) -> int:
        if not self.when.holds(facts):
            return 0
        return self.add * (sum(facts.heard.count(intent) for intent in self.each) if self.each else 1)

    def evidence(self, facts: Facts) -> tuple[Evidence, ...]:
        grounds = (*self.when.grounds(facts), *((("heard", self.each),) if self.each else ()))
        return tuple(one for fact, members in grounds for one in _steps(facts, fact, members))

    @property
    def name(self) -> str:
        return self.title or ", ".join(self.each)


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    grade: Letter | None
    """None: the call has no grade and counts as no attempt."""
    when: Condition
    mark: Mark
    title: str = ""
    reason: str = ""
    sets: tuple[Consequence, ...] = ()
    """What follows for the number, whatever the script has done."""
    score: Band | None = None
    """What the points of the scheme must add up to besides."""

    def holds(self, facts: Facts, score: int) -> bool:
        return self.when.holds(facts) and not (self.score and self.score.miss(score))

    def short(self, facts: Facts, score: int) -> int:
        """How many things are wanting."""
        return self.when.short(facts) + bool(self.score and self.score.miss(score))

    def misses(self, facts: Facts, score: int) -> tuple[str, ...]:
        short = self.score.miss(score) if self.score else ""
        return (*((short,) if short else ()), *self.when.misses(facts))


@dataclass(frozen=True, slots=True)
class Scheme:
    name: str
    rules: tuple[Rule, ...] = ()
    """The first that holds wins."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Thresholds by name, already written into the rules."""
    title: str = ""
    points: tuple[Points, ...] = ()

    def score(self, facts: Facts) -> int:
        return sum(points.of(facts) for points in self.points)


@dataclass(frozen=True, slots=True)
class Proof:
    """A fact that a rule rests on. Beside the facts of the call there are `score`, the `points` that it is made of,
    and last `negated`: what was heard but denied, so that it counted for nothing.
    """

    fact: str
    value: Any
    evidence: tuple[Evidence, ...]
    """Where in the log it was made; empty for what no single step makes, such as the time talked."""
    turns: tuple[int, ...] = ()
    """For each piece of evidence the number of the caller's utterance, from 1; 0 where nothing was said."""


@dataclass(frozen=True, slots=True)
class Missed:
    """The rule for a better grade that came nearest."""

    letter: Letter
    rule: str
    wanting: tuple[str, ...]
    """What failed, each a text such as `interest_questions 1 < 2`; empty when the rule held, but an earlier one won."""
    won: str

    def __str__(self) -> str:
        why = f"missed: {'; '.join(self.wanting)}" if self.wanting else f"held, but {self.won} comes first"
        return f"{self.rule} {why}"


@dataclass(frozen=True, slots=True)
class Grade:
    letter: Letter | None
    rule: str
    """Id of the rule that won; empty when no rule did."""
    scheme: str
    reason: str = ""
    title: str = ""
    mark: Mark | None = None
    """Where the rule stands."""
    evidence: tuple[Proof, ...] = ()
    missed: tuple[Missed, ...] = ()
    """For each better grade its nearest rule, the best grade first; nothing where no human answered."""
    sets: tuple[Consequence, ...] = ()


def grade(scheme: Scheme, facts: Facts) -> Grade:
    """The grade of a call with these facts. A scheme without a default rule may have none."""
    score = scheme.score(facts)
    for rule in scheme.rules:
        if rule.holds(facts, score):
            return Grade(
                rule.grade, rule.id, scheme.name, rule.reason, rule.title, rule.mark,
                tuple(_proofs(scheme, rule, facts)), tuple(_missed(scheme, rule, facts, score)), rule.sets,
            )  # fmt: skip
    return Grade(None, "", scheme.name, "no rule of the scheme holds")


def _proofs(scheme: Scheme, rule: Rule, facts: Facts) -> Iterator[Proof]:
    turns = {one.seq: number for number, one in enumerate(facts.evidence_of("turns"), 1)}

    def proof(fact: str, value: object, evidence: tuple[Evidence, ...]) -> Proof:
        return Proof(fact, value, evidence, tuple([turns.get(one.seq, 0) for one in evidence]))

    if rule.score:
        yield Proof("score", scheme.score(facts), ())
        for points in scheme.points:
            if gained := points.of(facts):
                yield proof("points", f"{gained:+d} {points.name}", points.evidence(facts))
    for fact, members in rule.when.grounds(facts) or _all_there_was(rule, facts):
        yield proof(fact, list(members) or value_of(fact, facts), _steps(facts, fact, members))
    if denied := tuple([one for one in facts.evidence if one.fact == "negated"]):
        yield proof("negated", list(dict.fromkeys([one.value for one in denied])), denied)


def _all_there_was(rule: Rule, facts: Facts) -> tuple[Ground, ...]:
    """Where nothing speaks for a rule, since it takes the calls that are left or asks for what was not: what became of
    the call, and whatever was said in it. A score speaks for itself.
    """
    return () if rule.score else tuple([(fact, ()) for fact in ("disposition", "turns") if value_of(fact, facts)])


def _steps(facts: Facts, fact: str, members: tuple[str, ...]) -> tuple[Evidence, ...]:
    found = facts.evidence_of(fact)
    return tuple([one for one in found if one.value in members]) if members else found


def _missed(scheme: Scheme, won: Rule, facts: Facts, score: int) -> Iterator[Missed]:
    if won.grade is None or facts.answered_by != "human":
        return
    for letter in LETTERS[: LETTERS.index(won.grade)]:
        tried = [(rule.short(facts, score), rule) for rule in scheme.rules if rule.grade == letter]
        if tried:
            least = min([short for short, _ in tried])
            rule, *others = [rule for short, rule in tried if short == least]
            if others:
                rule = max((rule, *others), key=lambda rule: len(rule.when.grounds(facts)))
            yield Missed(letter, rule.id, rule.misses(facts, score), won.id)


def plain(graded: Grade) -> dict[str, object]:
    """A grade as plain values for JSON: the keys `grade`, `rule`, `evidence` and more."""
    return {
        "grade": graded.letter,
        "rule": graded.rule,
        "scheme": graded.scheme,
        "title": graded.title,
        "reason": graded.reason,
        "at": str(graded.mark) if graded.mark else "",
        "evidence": [_plain_proof(proof) for proof in graded.evidence],
        "missed": [str(missed) for missed in graded.missed],
    }


_STEP = ("turn", *Evidence._fields[1:])
"""The evidence of a proof as it is told: with the turn in place of the fact."""


def _plain_proof(proof: Proof) -> dict[str, object]:
    steps = [
        {name: value for name, value in zip(_STEP, (turn, *one[1:]), strict=True) if value or name == "seq"}
        for one, turn in zip(proof.evidence, proof.turns, strict=True)
    ]
    return {"fact": proof.fact, "value": proof.value, "seq": [one.seq for one in proof.evidence], "steps": steps}
