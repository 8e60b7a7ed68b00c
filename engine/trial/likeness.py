"""When are two calls alike? When nothing ahead can tell them apart, as far as a search cares.

What lies ahead depends on where the call stands, what was offered and told already, and on those facts that the
script or its scheme ask for. Numbers count up to the largest bound that anybody sets; texts and sets count as far as
somebody names them. How far a call is from a grade is told by the same conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.dialogue.state import State
from engine.grading.condition import AnyOf, Condition, Has, Includes, Plain, Test, Within
from engine.grading.facts import FACTS, Facts
from engine.language.prompts import asks_yes_no
from engine.language.script import Script

COARSE_MS = 5_000
"""Durations closer together than this are alike."""
ALWAYS = ("answered_by", "spoke", "invitation", "sms", "wechat", "do_not_call")
"""Facts that the engine itself goes by."""

Reader = Callable[[Facts], object]


def distance(condition: Condition, facts: Facts) -> int:
    """How far these facts are from a condition, about in turns of the caller; 0 where it holds."""
    return sum(_distance(test, facts) for test in condition.tests)


def _distance(test: Test, facts: Facts) -> int:
    if test.holds(facts):
        return 0
    if isinstance(test, AnyOf):
        return min((distance(condition, facts) for condition in test.conditions), default=1)
    if isinstance(test, Within):
        short = (test.low or 0) - (getattr(facts, test.field) or 0)
        return max(1, short // COARSE_MS if FACTS[test.fact].kind == "duration" else short)
    return 1


class Likeness:
    """`tests` are all conditions on facts that the script and its scheme hold."""

    def __init__(self, script: Script) -> None:
        self.tests = tuple(dict.fromkeys(_tests(script)))
        by_field: dict[str, list[Plain]] = {}
        for test in self.tests:
            by_field.setdefault(test.field, []).append(test)
        self._readers = [_reader(field, tests) for field, tests in by_field.items() if field not in ALWAYS]

    def of(self, state: State) -> object:
        """What this call has in common with all calls like it."""
        facts = state.facts
        return (
            state.phase, state.stage, state.focus, state.after.kind, state.transfer > 0, state.hold > 0, state.reason,
            state.channel, state.silences, state.misses, frozenset(state.slots), asks_yes_no(state.question),
            state.recovered.get(state.stage, 0), sum(state.recovered.values()),
            tuple(getattr(facts, name) for name in ALWAYS),
            tuple(read(facts) for read in self._readers),
        )  # fmt: skip


def _tests(script: Script) -> Iterator[Plain]:
    for rule in script.scheme.rules:
        yield from rule.when.plain()
    for branch in script.rules.values():
        if branch.when:
            yield from branch.when.plain()
    for stage in script.stages.values():
        for when, _ in stage.skip:
            yield from when.plain()


def _reader(field: str, tests: list[Plain]) -> Reader:
    """What matters of one fact to those who ask for it."""
    within = [test for test in tests if isinstance(test, Within)]
    if within:
        most = max(max(test.low or 0, -1 if test.high is None else test.high + 1) for test in within)
        coarse = COARSE_MS if FACTS[within[0].fact].kind == "duration" else 1
        return lambda facts: _clipped(getattr(facts, field), most, coarse)
    named = frozenset(value for test in tests if not isinstance(test, Has | Within) for value in test.values)
    if any(isinstance(test, Includes) for test in tests):
        return lambda facts: named.intersection(getattr(facts, field))
    return lambda facts: (bool(getattr(facts, field)), named.intersection([getattr(facts, field)]))


def _clipped(value: int | None, most: int, coarse: int) -> int | None:
    return None if value is None else -(-min(value, most) // coarse)
