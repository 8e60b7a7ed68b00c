"""How commands speak: results on stdout, errors as one line on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from engine.calls.codec import on_one_line
from engine.content.shape import suggest
from engine.content.source import Mark, Node, Problem, parse
from engine.language.load import load_script
from engine.language.script import Script
from server.content import Files, undisturbed
from server.refusal import refusal

if TYPE_CHECKING:
    from server.reports.page import Page

OK, PROBLEMS, USAGE = 0, 1, 2


def line(value: object) -> None:
    """One JSON object a line, readable as Chinese."""
    click.echo(on_one_line(json.dumps(value, ensure_ascii=False, separators=(", ", ": "))))


def error(message: str) -> None:
    click.echo(f"huashu: {message}", err=True)


def all_there(paths: Iterable[Path], advice: str = "") -> bool:
    """Are they all there? The first that is not is told."""
    gone = next((path for path in paths if not path.exists()), None)
    if gone:
        error(f"no file or folder '{gone}'{f' ({advice})' if advice else ''}")
    return gone is None


def present() -> str:
    """The time here and now, RFC 3339, for commands that a person uses."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def problem_json(problem: Problem) -> dict[str, object]:
    mark = problem.mark
    place = {"file": mark.file, "line": mark.line, "column": mark.column}
    return {**place, "severity": problem.severity, "message": problem.message, "hint": problem.hint}


def report(problems: Iterable[Problem], *, as_json: bool = False) -> int:
    """Print problems, each once, in the order of their places; PROBLEMS when there is an error among them."""
    unique = {str(problem): problem for problem in problems}
    ordered = sorted(unique.values(), key=lambda each: (each.mark.file, each.mark.line, each.mark.column))
    for problem in ordered:
        line(problem_json(problem)) if as_json else click.echo(problem)
    return PROBLEMS if any(problem.severity == "error" for problem in ordered) else OK


Content = TypeVar("Content")


def usable_content(
    what: str, name: str, folder: str, content_from: Callable[[Node, list[Problem]], Content | None]
) -> Content | None:
    """The content of the file, or of that name in the folder; what is wrong goes to stderr, a line each."""
    files = Files()
    path = name if Path(name).is_file() else files.find(folder, name, "")
    if not path:
        known = files.names(folder, "")
        error(f"no {what} '{name}' ({suggest(name, known) or 'there are: ' + ', '.join(known)})")
        return None
    data = files.read(path)
    node, problems = parse(data, path) if isinstance(data, bytes) else (None, [Problem(Mark(path, 1, 1), data)])
    content = content_from(node, problems) if node else None
    wrong = [problem for problem in problems if problem.severity == "error"]
    for problem in wrong:
        click.echo(problem, err=True)
    return None if wrong else content


def write_page(page: Page, path: Path) -> bool:
    """Write a page of a report; whether that could be done."""
    from server.reports.page import write  # noqa: PLC0415  templates are slow to load

    try:
        write(page, path)
    except OSError as problem:
        error(f"cannot write '{path}': {refusal(problem)}")
        return False
    return True


def usable_script(path: Path) -> Script | None:
    """The script of a command that needs a sound one; what is wrong goes to stderr, a line each."""
    with undisturbed():
        script, problems = load_script(str(path), Files())
    if script is None:
        for problem in problems:
            if problem.severity == "error":
                click.echo(problem, err=True)
    return script
