"""What the verbs have in common: options, and how the work behind one is called."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

from server.refusal import refusal

PATH = click.Path(path_type=Path)
LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the page.")
JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 1_024),
    metavar="N",
    help="So many processes (else one, or one a core for many logs).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="JSON lines for programs.")
JSON_ANYWAY = click.option("--json", is_flag=True, expose_value=False, help="JSON lines for programs, as without it.")


def _pairs(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE, as many as there are."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            click.echo(f"huashu: --var {pair}: write it as NAME=VALUE", err=True)
            context.exit(2)
        values[name.strip()] = value
    return values


VAR = click.option(
    "--var", "variables", multiple=True, metavar="NAME=VALUE", callback=_pairs, help="A variable of the script."
)


def run(module: str, function: str, *arguments: object, **options: object) -> None:
    """Do a verb's work; its return value is the exit code. That a reader closes the pipe is no error of ours."""
    try:
        code = getattr(import_module(f"server.{module}"), function)(*arguments, **options)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes in the end
        code = 0
    except OSError as problem:
        code = _untold(problem)
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


def _untold(problem: OSError) -> int:
    """Files and output that refuse are told in one line, whoever meets them first."""
    where = f"'{problem.filename}'" if problem.filename else "the output"
    click.echo(f"huashu: {where} cannot be used: {refusal(problem)}", err=True)
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be written has nowhere to go
    return 1


def present(*folders: str) -> list[Path]:
    """The default folders, as far as they are here."""
    here = [Path(folder) for folder in folders if Path(folder).is_dir()]
    return here or [Path()]
