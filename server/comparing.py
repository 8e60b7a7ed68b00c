"""`huashu compare`: is the new version of a script fit to be published?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.calls.log import RECORDING, Log
from engine.content.source import Problem
from engine.dialogue.step import LeadError
from engine.language.analyse import analyse, analyse_use
from engine.language.changes import changes
from engine.language.load import load_script
from engine.language.script import Script
from engine.personas.crowd import crowd
from engine.personas.findings import Findings, Tally
from engine.personas.persona import Table
from engine.personas.proof import Recorded, witnessed
from engine.personas.publish import Comparison
from server.content import Files
from server.crowds import SEED, Wish, table_for, watched
from server.logs import NOT_AGAIN, logs_in
from server.output import OK, PROBLEMS, USAGE, error, line, write_page
from server.verdict import comparison_json, in_words

if TYPE_CHECKING:
    from server.reports.words import Lang


@dataclass(frozen=True)
class Version:
    """A script with what `check` warns of."""

    script: Script
    warnings: tuple[Problem, ...]


def compare(
    old: Path,
    new: Path,
    *,
    calls: Iterable[Path] = (),
    witness: bool = True,
    report: Path | None = None,
    lang: Lang = "zh",
    as_json: bool = False,
    **wished: Any,
) -> int:
    """Tell what is different; PROBLEMS when somebody should look at it, USAGE when it could not be compared."""
    versions = [version for path in (old, new) if (version := _version(path))]
    wish = Wish(**wished)
    if len(versions) < 2:
        return USAGE
    before, after = versions
    table = table_for(wish, after.script)
    if table is None:
        return USAGE
    try:
        proofs = witnessed(before.script, after.script) if witness else None
        findings, moved = _crowds(before.script, after.script, table, wish)
    except LeadError as problem:
        error(str(problem))
        return USAGE
    recorded, unread = _recorded(before.script, after.script, tuple(calls))
    known = {problem.message for problem in before.warnings}
    warnings = tuple(str(problem) for problem in after.warnings if problem.message not in known)
    differences = changes(before.script, after.script)
    both = Comparison(before.script, after.script, differences, warnings, proofs, *findings, moved, recorded)
    if report:
        from server.reports.compared import compared_page  # noqa: PLC0415  the charts are a second of start-up

        if not write_page(compared_page(both, table, seed_of(wish), lang), report):
            return USAGE
    if as_json:
        line(comparison_json(both, table, seed_of(wish)))
    else:
        click.echo("\n".join(in_words(both, table, seed_of(wish))))
    return PROBLEMS if both.concerns or unread else OK


def seed_of(wish: Wish) -> int:
    return SEED if wish.seed is None else wish.seed


def _version(path: Path) -> Version | None:
    script, problems = load_script(str(path), Files())
    if script is None:
        for problem in problems:
            if problem.severity == "error":
                click.echo(problem, err=True)
        return None
    return Version(script, (*problems, *analyse_use(script), *analyse(script.scheme)))


# --- trying ----------------------------------------------------------------------------------------------------------


def _crowds(
    old: Script, new: Script, table: Table, wish: Wish
) -> tuple[tuple[Findings, Findings], Counter[tuple[str, str]]]:
    """The same callers on both, and from which grade to which each of them went."""
    letters: list[list[str]] = []
    findings = []
    for script in (old, new):
        tally = Tally(script)
        given = {name: value for name, value in wish.variables.items() if name in script.variables}
        letters.append([])
        for made in watched(crowd(script, table, wish.many, seed_of(wish), given), wish.many):
            tally.take(made)
            letters[-1].append(made.played.grade.letter or "none")
        findings.append(tally.found())
    return (findings[0], findings[1]), Counter(zip(*letters, strict=True))


def _recorded(old: Script, new: Script, paths: tuple[Path, ...]) -> tuple[Recorded | None, int]:
    """Recorded calls on the new version, and how many logs could not be read."""
    if not paths:
        return None, 0
    recorded, unread = Recorded(old, new), 0
    for path, log in logs_in(paths):
        if isinstance(log, Log) and log.header.source == RECORDING:
            error(f"{path}: {NOT_AGAIN}")
            unread += 1
        elif isinstance(log, Log):
            recorded.take(log)
            if log.torn:
                error(f"{path}: {log.torn}; compared from what is there")
        else:
            error(log)
            unread += 1
    return recorded, unread
