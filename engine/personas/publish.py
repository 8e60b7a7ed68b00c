"""May the new version of a script be published? What is different about it, tried on witnesses, on simulated callers
and on recorded calls, and what of that somebody should look at first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.language.changes import Change
from engine.language.script import Script
from engine.personas.findings import Findings
from engine.personas.proof import Recorded, Witnessed
from engine.trial.compare import LETTERS_AND_NONE

SHIFT_PERCENT = 2.0
"""A grade whose share of the simulated calls moves by as much is worth a look."""
LONGER_PERCENT = 20.0
"""So are calls that have become longer by as much."""
MISHEARD_PERCENT = 1.0
"""And more utterances that are misunderstood as they are said."""
FEWEST = 3
"""Fewer calls than this prove nothing."""


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that somebody should look at before publishing."""

    kind: str
    """Names a sentence; the values go into it."""
    values: Mapping[str, object]


SENTENCES: Mapping[str, str] = {
    "warning": "{count} new warnings of check",
    "dead_end": "a dead end in stage {stage} ({kind}, {calls} calls)",
    "unreached": "nobody comes to the new {name}",
    "lost_stage": "no simulated caller comes to stage {name} any more",
    "lost_rule": "no call ends in rule {rule} any more",
    "grade": "{letter} goes from {before} % to {after} % of the simulated calls",
    "witness": "the shortest call to rule {rule} ({of}) goes from {before} to {after}",
    "recorded": "{count} of {of} recorded calls that go the same way have another grade",
    "unfit": "the variables of {count} recorded calls do not fit",
    "longer": "simulated calls take {after} s, not {before} s",
    "misheard": "{after} % of utterances are misunderstood as they are said, not {before} %",
}


@dataclass(frozen=True)
class Comparison:
    """Everything there is to say about two versions."""

    old: Script
    new: Script
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]
    """Of the new version, that the old one does not have."""
    witnesses: Witnessed | None
    before: Findings
    after: Findings
    moved: Mapping[tuple[str, str], int]
    """The same simulated callers: from which grade to which."""
    recorded: Recorded | None

    @property
    def concerns(self) -> tuple[Concern, ...]:
        return tuple(each for look in _LOOKS for each in look(self))

    @property
    def verdict(self) -> str:
        """One line."""
        if not self.concerns:
            return "publish"
        told = [SENTENCES[each.kind].format(**each.values) for each in self.concerns]
        return f"look at: {'; '.join(told)}"


def _warned(both: Comparison) -> Iterator[Concern]:
    if both.warnings:
        yield Concern("warning", {"count": len(both.warnings)})


def _stuck(both: Comparison) -> Iterator[Concern]:
    """Dead ends that are new, or have become much more frequent."""
    was = {(each.kind, each.stage): each.calls for each in both.before.dead_ends}
    for each in both.after.dead_ends:
        before = was.get((each.kind, each.stage), 0)
        if each.calls >= max(2 * before, before + FEWEST):
            yield Concern("dead_end", {"stage": each.stage, "kind": each.kind, "calls": each.calls})


def _unreached(both: Comparison) -> Iterator[Concern]:
    missed = {item.name for each in both.after.coverage for item in each.missed}
    known = both.witnesses.came_by if both.witnesses else frozenset()
    for change in both.changes:
        name = change.where if change.kind == "stage" else f"branch {change.where}"
        if change.kind in ("stage", "branch") and change.how == "added" and name in missed - known:
            yield Concern("unreached", {"name": name})
    came = {each.stage for each in both.before.stages if each.calls >= FEWEST}
    for stage in both.after.stages:
        if stage.stage in came and not stage.calls:
            yield Concern("lost_stage", {"name": stage.stage})


def _lost(both: Comparison) -> Iterator[Concern]:
    for rule in both.witnesses.lost if both.witnesses else ():
        yield Concern("lost_rule", {"rule": rule})


def _shifted(both: Comparison) -> Iterator[Concern]:
    for letter in LETTERS_AND_NONE:
        before, after = (100 * found.letters()[letter] / max(found.calls, 1) for found in (both.before, both.after))
        few = abs(both.after.letters()[letter] - both.before.letters()[letter]) < FEWEST
        if abs(after - before) >= SHIFT_PERCENT and not few:
            yield Concern("grade", {"letter": letter, "before": f"{before:.1f}", "after": f"{after:.1f}"})


def _proved(both: Comparison) -> Iterator[Concern]:
    for each in both.witnesses.changed if both.witnesses else ():
        yield Concern("witness", {"rule": each.rule, "of": each.of, "before": each.before, "after": each.after})


def _regraded(both: Comparison) -> Iterator[Concern]:
    if both.recorded and both.recorded.changed:
        yield Concern("recorded", {"count": len(both.recorded.changed), "of": both.recorded.same})


def _unfit(both: Comparison) -> Iterator[Concern]:
    if both.recorded and both.recorded.unfit:
        yield Concern("unfit", {"count": both.recorded.unfit})


def _longer(both: Comparison) -> Iterator[Concern]:
    before, after = (found.talk_ms / max(found.answered, 1) / 1000 for found in (both.before, both.after))
    if before and 100 * (after / before - 1) >= LONGER_PERCENT:
        yield Concern("longer", {"before": f"{before:.0f}", "after": f"{after:.0f}"})


def _misheard(both: Comparison) -> Iterator[Concern]:
    shares = [100 * found.mistaken("words") / max(found.utterances, 1) for found in (both.before, both.after)]
    if shares[1] - shares[0] >= MISHEARD_PERCENT:
        yield Concern("misheard", {"before": f"{shares[0]:.1f}", "after": f"{shares[1]:.1f}"})


_LOOKS = (_warned, _stuck, _unreached, _lost, _shifted, _proved, _regraded, _unfit, _longer, _misheard)
