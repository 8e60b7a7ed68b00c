"""`huashu test`: the conversation and utterance tests beside scripts and grammars, and what they never reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click

from engine.content.source import Mark, Problem, parse
from engine.trial import conversation
from engine.trial.conversation import Suite
from engine.trial.coverage import Coverage, cover, cover_grammars
from engine.understanding import utterances
from engine.understanding.grammar import Grammar
from engine.understanding.lexicon import Lexicon
from server.content import Files, first_key, shipped_grammars, yaml_files
from server.output import OK, PROBLEMS, USAGE, all_there, error, line, problem_json


@dataclass
class Results:
    """What all test files together have shown."""

    suites: list[Suite] = field(default_factory=list)
    grammars: tuple[Grammar, ...] = ()
    hit: set[tuple[str, str]] = field(default_factory=set)
    failures: list[Problem] = field(default_factory=list)
    passed: int = 0
    failed: int = 0

    def add(self, cases: int, failures: Iterable[tuple[Problem, ...]]) -> None:
        """Count so many cases, of which these failed, each with its problems."""
        wrong = list(failures)
        self.failures += [problem for problems in wrong for problem in problems]
        self.failed += len(wrong)
        self.passed += cases - len(wrong)

    def conversations(self, path: str) -> None:
        suite = conversation.run(path, Files())
        self.suites.append(suite)
        broken = [(problem,) for problem in suite.problems]
        self.add(len(suite.tested) + len(broken), [*broken, *(t.failures for t in suite.tested if t.failures)])

    def utterances(self, path: str) -> None:
        data = Files().read(path)
        node, problems = parse(data, path) if isinstance(data, bytes) else (None, [Problem(Mark(path, 1, 1), data)])
        cases = utterances.cases_from(node, problems) if node else []
        if problems:
            return self.add(len(problems), [(problem,) for problem in problems])
        self.grammars = self.grammars or shipped_grammars()
        report = utterances.run(cases, self.lexicon)
        self.hit |= report.hit
        by_case: dict[Mark, list[Problem]] = {}
        for failure in report.failures:
            by_case.setdefault(failure.mark, []).append(failure)
        return self.add(report.cases, [tuple(problems) for problems in by_case.values()])

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon(self.grammars)


KINDS = {"conversations": Results.conversations, "utterances": Results.utterances}
WHERE = "tests begin with 'conversations' or 'utterances'; those of scripts/a.yaml are in tests/scripts/a.yaml"


def run_tests(paths: list[Path], *, coverage: bool, as_json: bool, mutants: int = 0) -> int:
    if not all_there(paths):
        return USAGE
    results = Results()
    found = {path: tests_of(path) for path in paths}
    for file in dict.fromkeys(file for files in found.values() for file in files):
        KINDS[first_key(file.read_bytes())](results, str(file))
    _tell(results, as_json=as_json)
    if coverage:
        _tell_coverage([*cover(results.suites), *cover_grammars(results.grammars, results.hit)], as_json=as_json)
    if mutants:
        from server.mutating import tell_mutants  # noqa: PLC0415  few runs of the tests ask for it

        tell_mutants(results.suites, mutants, as_json=as_json)
    none_at_all = not results.passed and not results.failed
    without = [path for path, files in found.items() if none_at_all or (path.is_file() and not files)]
    if without:
        error(f"no tests in {', '.join(map(str, without))} ({WHERE})")
    return PROBLEMS if results.failed or without else OK


def tests_of(path: Path) -> list[Path]:
    """The test files among and below this path. A script, a grammar and a folder of them hold none: theirs are kept
    under the same name in `tests/`.
    """
    if found := _tests_in(path):
        return found
    inside = ((folder, path.relative_to(folder)) for folder in path.parents)
    kept = (folder / "tests" / name for folder, name in inside if ".." not in name.parts)
    return next((_tests_in(place) for place in kept if place.exists()), [])


def _tests_in(path: Path) -> list[Path]:
    return [file for file in yaml_files([path]) if first_key(file.read_bytes()) in KINDS]


def _tell(results: Results, *, as_json: bool) -> None:
    for failure in results.failures:
        line(problem_json(failure)) if as_json else click.echo(failure)
    if as_json:
        line({"passed": results.passed, "failed": results.failed})
    else:
        click.echo(f"{results.passed} passed, {results.failed} failed")


def _tell_coverage(found: list[Coverage], *, as_json: bool) -> None:
    for each in found:
        if as_json:
            missed = [{"name": item.name, "at": str(item.mark) if item.mark else None} for item in each.missed]
            line({"script": each.script, "kind": each.kind, "reached": each.reached, "of": each.of, "missed": missed})
            continue
        click.echo(f"{each.script}: {each.kind} {each.reached}/{each.of}")
        for item in each.missed:
            click.echo(f"  {item.mark}: {item.name}" if item.mark else f"  {item.name}")
