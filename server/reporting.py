"""`huashu report`: what many calls came to, as a page for people or as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from engine.calls.log import Log
from engine.grading.grade import grade
from engine.grading.said import INTEREST
from engine.trial.compare import facts_of
from server.content import shipped_grammars
from server.grading import Grading
from server.live.record import LOG, SUMMARY
from server.logs import Told, logs_in
from server.output import OK, PROBLEMS, USAGE, all_there, error, line, write_page
from server.reports import call_page
from server.reports.figures import Figures, figures_of
from server.reports.report import report as report_on
from server.reports.words import Lang
from server.scale.progress import watched


@dataclass(slots=True)
class Counted:
    """What was found in a set of logs; two sets are put together by `take`."""

    figures: Figures = field(default_factory=Figures)
    bad: list[tuple[str, str]] = field(default_factory=list)
    """Files that could not be read, and why."""
    ungraded: list[tuple[str, str]] = field(default_factory=list)
    """Calls that could not be graded, and why."""

    def take(self, other: Counted) -> None:
        self.figures.take(other.figures)
        self.bad += other.bad
        self.ungraded += other.ungraded


def report(
    paths: tuple[Path, ...], script: Path | None, scheme: str, *, out: Path | None, lang: Lang, as_json: bool
) -> int:  # fmt: skip
    """Count the calls and write the page; PROBLEMS when a log was left out or could not be graded."""
    if not all_there(paths):
        return USAGE
    grading = Grading(script, scheme)
    if scheme and grading.scheme is None:
        return PROBLEMS
    counted = count_logs(watched(logs_in(paths), "logs counted", printing=False), grading)
    for _, why in [*counted.bad, *counted.ungraded]:
        error(why)
    failed = bool(counted.bad or counted.ungraded)
    grammars = shipped_grammars()
    found = report_on(counted.figures, grammars)
    if as_json:
        line(asdict(found) | {"bad": _plain(counted.bad), "ungraded": _plain(counted.ungraded)})
    if out is None and not as_json:
        out = Path("report.html")
    if out is not None:
        titles = {intent.id: intent.title for grammar in grammars for intent in grammar.intents if intent.title}
        page = call_page.page(found, lang, titles, counted.bad, counted.ungraded)
        if not write_page(page, out):
            return PROBLEMS
        click.echo(f"{out}: {page.verdict}", err=as_json)
    return PROBLEMS if failed else OK


def _plain(files: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"file": file, "why": why} for file, why in files]


def count_logs(logs: Iterable[tuple[Path, Log | str]], grading: Grading) -> Counted:
    """Count each call as it comes; nothing of it is kept but the counts."""
    counted = Counted()
    for path, log in logs:
        if isinstance(log, str):
            counted.bad.append((str(path), log))
        else:
            count_call(counted, path, log, grading)
    return counted


def count_call(counted: Counted, path: Path, log: Log, grading: Grading) -> None:
    """Add one call. Without rules for its grade it is counted all the same."""
    rules = grading.rules_for(path, log.header)
    interest = INTEREST if isinstance(rules, str) else rules[1]
    facts = facts_of(log, interest)
    graded = None if isinstance(rules, str) else grade(rules[0], facts)
    if isinstance(rules, str):
        counted.ungraded.append((str(path), f"{path}: {rules}" if isinstance(rules, Told) else rules))
    counted.figures.take(figures_of(log, facts, graded, str(path), delays_beside(path)))


def delays_beside(log: Path) -> list[Mapping[str, int | None]]:
    """The delays of a live call, out of the summary beside its log; nothing where there is none that can be read."""
    if log.name != LOG:
        return []
    try:
        found: Any = json.loads(log.with_name(SUMMARY).read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    told = found.get("delays") if isinstance(found, dict) else None
    return [_whole(each) for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _whole(delay: Mapping[object, object]) -> dict[str, int | None]:
    return {str(name): ms for name, ms in delay.items() if isinstance(ms, int)}
