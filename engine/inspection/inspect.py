"""A call held against the rules of an inspection: what is violated, by which words, and the points it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.content.source import Mark
from engine.inspection.checks import Check, Proof
from engine.inspection.spoken import Conversation

Severity = Literal["critical", "major", "minor"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor")
"""The worst first. One critical violation fails a call, whatever its points."""
FULL_POINTS = 100

Verdict = Literal["ok", "violated", "unknown", "does_not_apply"]


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    title: str
    mark: Mark
    severity: Severity
    points: int
    """That a violation costs."""
    when: Check | None
    """Whether the rule applies."""
    check: Check
    forbids: bool
    """The check must not hold; else it must."""


@dataclass(frozen=True, slots=True)
class Inspection:
    name: str
    title: str = ""
    rules: tuple[Rule, ...] = ()
    passes_from: int = FULL_POINTS
    """So many points are enough, unless something critical is violated."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule finds in a call."""

    rule: Rule
    verdict: Verdict
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspected:
    call_id: str
    results: tuple[Result, ...]
    points: int
    passed: bool

    @property
    def violations(self) -> tuple[Result, ...]:
        return tuple(each for each in self.results if each.verdict == "violated")


def inspect(inspection: Inspection, call: Conversation) -> Inspected:
    results = tuple(_result(rule, call) for rule in inspection.rules)
    if call.stand_ins:
        filled = call.filled()
        results = tuple(_undecided(each, _result(each.rule, filled)) for each in results)
    violated = [each.rule for each in results if each.verdict == "violated"]
    points = max(0, FULL_POINTS - sum(rule.points for rule in violated))
    failed = any(rule.severity == "critical" for rule in violated)
    return Inspected(call.call_id, results, points, not failed and points >= inspection.passes_from)


def _undecided(found: Result, filled: Result) -> Result:
    """What hangs on a value that the call was not given cannot be told."""
    return found if found.verdict == filled.verdict else Result(found.rule, "unknown")


def _result(rule: Rule, call: Conversation) -> Result:
    applies = rule.when(call) if rule.when else None
    if applies and applies.holds is not True:
        return Result(rule, "unknown" if applies.holds is None else "does_not_apply")
    found = rule.check(call)
    if found.holds is None:
        return Result(rule, "unknown")
    violated = found.holds if rule.forbids else not found.holds
    grounds = applies.proofs if applies else ()
    shown = found.looked if violated and not rule.forbids else ()
    return Result(rule, "violated" if violated else "ok", tuple(dict.fromkeys((*grounds, *found.proofs, *shown))))


def plain(inspected: Inspected, inspection: Inspection) -> dict[str, object]:
    """As JSON has it."""
    return {
        "call_id": inspected.call_id,
        "inspection": inspection.name,
        "passed": inspected.passed,
        "points": inspected.points,
        "violations": [_plain(each) for each in inspected.violations],
        "unknown": [each.rule.id for each in inspected.results if each.verdict == "unknown"],
    }


def _plain(result: Result) -> dict[str, object]:
    rule = result.rule
    return {
        "rule": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "points": rule.points,
        "at": str(rule.mark),
        "evidence": [
            {"seq": each.seq, "at_ms": each.at_ms, "who": each.who, "words": each.words, "found": each.found}
            for each in result.proofs
        ],
    }
