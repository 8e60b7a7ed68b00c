"""`huashu diff`: what another scheme, or another version of a script, changes about the grades of recorded calls."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from engine.calls.log import Log
from engine.dialogue.step import LeadError
from engine.trial.compare import LETTERS_AND_NONE, Compared, Graded, Side, compare, confusion
from server.content import Files, first_key
from server.grading import Grading, find_scheme
from server.logs import logs_in, tell_none
from server.output import OK, PROBLEMS, USAGE, error, line, usable_script


def diff(old: str, new: str, paths: Iterable[Path], *, as_json: bool) -> int:
    """Grade each call by both sides; PROBLEMS when a grade has changed or a log could not be graded."""
    before, after = side(old), side(new)
    if before is None or after is None:
        return USAGE
    paths, interest = list(paths), Grading(None, "")
    compared: list[Compared] = []
    failed = 0
    for path, log in logs_in(paths):
        try:
            found = log if isinstance(log, str) else compare(before, after, log, interest.interest_of(log.header))
        except LeadError as problem:
            found = f"{path}:1: {problem}"
        if isinstance(found, str):
            error(found)
            failed += 1
            continue
        if isinstance(log, Log) and log.torn:
            error(f"{path}: {log.torn}; compared from what is there")
        compared.append(found)
        _tell(path, found, as_json=as_json)
    changed = sum(each.changed for each in compared)
    if not as_json:
        _tell_matrix(before, after, compared)
        click.echo(f"{changed} of {len(compared)} calls changed")
    if failed:
        error(f"{failed} of {failed + len(compared)} logs not graded")
    if not failed and not compared:
        tell_none(paths)
    return PROBLEMS if changed or failed else OK


def side(name: str) -> Side | None:
    """A script or a scheme, as a file or by its name."""
    path = Path(name)
    if path.is_file() and first_key(path.read_bytes()) == "script":
        script = usable_script(path)
        return Side(name, script.scheme, script) if script else None
    if not path.is_file() and (found := Files().find("scripts", name, "")):
        return side(found)
    scheme = find_scheme(name)
    return Side(name, scheme) if scheme else None


def _tell(path: Path, compared: Compared, *, as_json: bool) -> None:
    before, after = compared.before, compared.after
    if as_json:
        found = {"call_id": compared.call_id, "log": str(path), "changed": compared.changed}
        line(found | {"before": _plain(before), "after": _plain(after), "reasons": list(compared.reasons)})
    elif compared.reasons:
        mark = "" if compared.changed else " (the same grade)"
        click.echo(f"{path}: call {compared.call_id}: {_in_words(before)} → {_in_words(after)}{mark}")
        for reason in compared.reasons:
            click.echo(f"    {reason}")
        for name, graded in (("before", before), ("after", after)):
            if graded.parted is not None:
                click.echo(f"    {name}: another call from step {graded.parted} on, so its grade is a guess")


def _plain(graded: Graded) -> dict[str, object]:
    found: dict[str, object] = {"grade": graded.letter, "rule": graded.grade.rule, "scheme": graded.grade.scheme}
    return found | ({"parted": graded.parted} if graded.parted is not None else {})


def _in_words(graded: Graded) -> str:
    return f"{graded.letter} by {graded.grade.rule or 'no rule'}"


def _tell_matrix(before: Side, after: Side, compared: list[Compared]) -> None:
    """Rows are the grades before, columns those after; a dot is no call."""
    counts = confusion(compared)
    letters = [letter for letter in LETTERS_AND_NONE if any(letter in pair for pair in counts)]
    if not letters:
        return
    click.echo(f"\nrows: {before.name}, columns: {after.name}")
    click.echo("".join(f"{letter:>6}" for letter in ["", *letters]))
    for row in letters:
        cells = (str(counts.get((row, column), ".")) for column in letters)
        click.echo("".join(f"{cell:>6}" for cell in [row, *cells]))
