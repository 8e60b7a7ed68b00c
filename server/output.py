"""How commands speak: results on stdout, errors as one line on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from engine.content.source import Problem
from engine.language.load import load_script
from engine.language.script import Script
from server.content import Files

OK, PROBLEMS, USAGE = 0, 1, 2


def line(value: object) -> None:
    """One JSON object a line, readable as Chinese."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def error(message: str) -> None:
    click.echo(f"huashu: {message}", err=True)


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


def usable_script(path: Path) -> Script | None:
    """The script of a command that needs a sound one; what is wrong goes to stderr, a line each."""
    script, problems = load_script(str(path), Files())
    if script is None:
        for problem in problems:
            if problem.severity == "error":
                click.echo(problem, err=True)
    return script
