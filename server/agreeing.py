"""`huashu labels agree`: how far people agree with the machine about the calls that they have labelled.

The latest word of a person about a call is held to be right. Where several people have labelled the same calls, their
agreement with each other is told beside it: nobody can ask more of a machine than of two reviewers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import click

from engine.grading.grade import Grade
from engine.trial.agreement import Agreement, agreement, heard
from engine.trial.compare import LETTERS_AND_NONE, NO_GRADE
from engine.understanding.score import Tally
from server.grading import Grading
from server.labels import Label, LabelFiles, Labels, utterances_in
from server.logs import logs_in
from server.output import OK, PROBLEMS, error, line, write_page
from server.reports.words import Lang

SHOWN = 20
"""How many disagreements people are shown; JSON has all."""


@dataclass(frozen=True, slots=True)
class Quarrel:
    """A call that a person grades otherwise than the machine."""

    path: Path
    label: Label
    machine: Grade

    @property
    def found(self) -> str:
        return self.machine.letter or NO_GRADE

    @property
    def distance(self) -> int:
        return abs(LETTERS_AND_NONE.index(self.label.grade) - LETTERS_AND_NONE.index(self.found))


@dataclass(slots=True)
class Findings:
    calls: int = 0
    """Logs read."""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    quarrels: list[Quarrel] = field(default_factory=list)
    utterances: list[tuple[frozenset[str], frozenset[str]]] = field(default_factory=list)
    people: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    """Of each two who have graded the same calls: what the one and what the other said."""
    strangers: list[str] = field(default_factory=list)
    """Calls that are labelled and not there."""
    wrong: int = 0

    @property
    def grades(self) -> Agreement:
        """People first, the machine second."""
        return agreement(self.pairs, LETTERS_AND_NONE)

    @property
    def intents(self) -> tuple[Tally, ...]:
        return heard(self.utterances)

    @property
    def between_people(self) -> list[tuple[tuple[str, str], Agreement]]:
        return [(who, agreement(pairs, LETTERS_AND_NONE)) for who, pairs in sorted(self.people.items())]

    @property
    def worst_first(self) -> list[Quarrel]:
        return sorted(self.quarrels, key=lambda each: (-each.distance, each.label.call_id))


def agree(
    paths: tuple[Path, ...], *, labels: tuple[Path, ...], script: Path | None, scheme: str, as_json: bool,
    report: Path | None, lang: Lang,
) -> int:  # fmt: skip
    """Compare, and tell; PROBLEMS when a log or a label could not be used."""
    grading = Grading(script, scheme)
    if scheme and grading.scheme is None:
        return PROBLEMS
    found = compare(paths, labels, grading)
    if as_json:
        line(as_plain(found))
    else:
        click.echo("\n".join(_in_words(found)))
    if report:
        from server.reports import agreed  # noqa: PLC0415  charts are slow to load

        if not write_page(agreed.page(found, lang), report):
            return PROBLEMS
    return PROBLEMS if found.wrong or found.strangers else OK


def compare(paths: Iterable[Path], more: Iterable[Path], grading: Grading) -> Findings:
    """Read the logs, and hold each call against its labels: those beside its log, and those of the files named."""
    files, found, seen = LabelFiles(), Findings(), set[str]()
    given = files.of(more)
    for path, log in logs_in(paths):
        said = [given, files.beside(path)]
        graded = log if isinstance(log, str) else grading.of(path, log)
        if isinstance(log, str) or isinstance(graded, str):
            error(str(graded))
            found.wrong += 1
            continue
        call_id = log.header.call_id
        seen.add(call_id)
        found.calls += 1
        _about_grade(found, path, [label for each in said for label in each.grades.get(call_id, ())], graded[1])
        for step, matched in utterances_in(log).items():
            told = [label for each in said for label in each.intents.get((call_id, step), ())]
            if told:
                machine = frozenset(hit.id for hit in matched.hits if not hit.negated)
                found.utterances.append((frozenset(_latest(told).intents), machine))
    _find_strangers(found, [given, *files.all_read()], seen)
    found.wrong += files.wrong
    return found


def _latest(labels: list[Label]) -> Label:
    return max(reversed(labels), key=lambda label: label.at)  # of the same second the one that was written last


def _about_grade(found: Findings, path: Path, labels: list[Label], machine: Grade) -> None:
    if not labels:
        return
    quarrel = Quarrel(path, _latest(labels), machine)
    found.pairs.append((quarrel.label.grade, quarrel.found))
    if quarrel.label.grade != quarrel.found:
        found.quarrels.append(quarrel)
    by_person = {label.by: label.grade for label in sorted(labels, key=lambda label: label.at)}
    for one, other in combinations(sorted(by_person), 2):
        found.people.setdefault((one, other), []).append((by_person[one], by_person[other]))


def _find_strangers(found: Findings, labels: Iterable[Labels], seen: set[str]) -> None:
    found.strangers = sorted({call_id for each in labels for call_id in each.calls()} - seen)
    for call_id in found.strangers:
        error(f"a label is about call '{call_id}', which is not among these logs")


# --- telling it ------------------------------------------------------------------------------------------------------


def as_plain(found: Findings) -> dict[str, object]:
    grades = found.grades
    return {
        "calls": found.calls,
        "labelled": grades.total,
        "agreed": grades.agreed,
        "kappa": grades.kappa,
        "weighted_kappa": grades.weighted_kappa,
        "confusion": [{"person": one, "machine": two, "calls": n} for (one, two), n in sorted(grades.counts.items())],
        "grades": [_plain(tally) for tally in grades.tallies],
        "people": [
            {"one": one, "other": other, "calls": each.total, "agreed": each.agreed, "kappa": each.kappa}
            for (one, other), each in found.between_people
        ],
        "utterances": len(found.utterances),
        "intents": [_plain(tally) for tally in found.intents],
        "disagreements": [
            {
                "call_id": each.label.call_id, "log": str(each.path), "person": each.label.grade, "by": each.label.by,
                "why": each.label.why, "machine": each.found, "rule": each.machine.rule, "reason": each.machine.reason,
            }
            for each in found.worst_first
        ],
        "not_there": found.strangers,
    }  # fmt: skip


def _plain(tally: Tally) -> dict[str, object]:
    return {
        "name": tally.name, "precision": tally.precision, "recall": tally.recall, "f1": tally.f1, "count": tally.count,
        "right": tally.right, "missed": tally.missed, "wrong": tally.wrong,
    }  # fmt: skip


def _in_words(found: Findings) -> Iterator[str]:
    grades = found.grades
    yield f"{grades.total} of {found.calls} calls have a person's grade"
    if grades.total:
        yield f"the machine agrees on {grades.agreed} ({grades.agreed / grades.total:.1%}), {_kappas(grades)}"
        yield from _matrix(grades)
        yield ""
        yield from _tallies("grade", grades.tallies)
    for (one, other), each in found.between_people:
        yield f"{one} and {other} agree on {each.agreed} of {each.total} calls, {_kappas(each)}"
    if found.utterances:
        yield f"\n{len(found.utterances)} utterances have a person's intents"
        yield from _tallies("intent", found.intents)
    for place, quarrel in enumerate(found.worst_first[:SHOWN]):
        if not place:
            yield f"\ndisagreements, worst first ({min(SHOWN, len(found.quarrels))} of {len(found.quarrels)})"
        label = quarrel.label
        yield (
            f"{quarrel.path}: call {label.call_id}: {quarrel.found} by {quarrel.machine.rule or 'no rule'}, "
            f"but {label.grade} says {label.by}{': ' + label.why if label.why else ''}"
        )
    if found.strangers:
        yield f"{len(found.strangers)} labelled calls are not among these logs"


def _kappas(each: Agreement) -> str:
    if each.kappa is None:
        return "no kappa: all have one grade"
    return f"kappa {each.kappa:.2f}, weighted {each.weighted_kappa or 0:.2f}"


def _matrix(grades: Agreement) -> Iterator[str]:
    yield "\nrows: people, columns: the machine"
    yield "".join(f"{name:>6}" for name in ["", *grades.names])
    for row in grades.names:
        cells = (str(grades.counts.get((row, column), ".")) for column in grades.names)
        yield "".join(f"{cell:>6}" for cell in [row, *cells])


def _tallies(of: str, tallies: Iterable[Tally]) -> Iterator[str]:
    yield f"{of:<20}{'precision':>10}{'recall':>10}{'F1':>10}{'count':>10}"
    for tally in tallies:
        right = tally.right
        shares = (_share(right, right + tally.wrong), _share(right, tally.count), f"{tally.f1:.1%}")
        yield f"{tally.name:<20}{''.join(f'{share:>10}' for share in shares)}{tally.count:>10}"


def _share(part: int, whole: int) -> str:
    """A grade that the machine never gave has no precision, and one that no person gave no recall."""
    return f"{part / whole:.1%}" if whole else "-"
