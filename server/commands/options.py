"""What the verbs have in common: options, and how the work behind one is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

PATH = click.Path(path_type=Path)
LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the page.")
JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 1_024),
    metavar="N",
    help="So many processes (else one, or one a core for many logs).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="JSON lines for programs.")


def run(module: str, function: str, *arguments: object, **options: object) -> None:
    """Do a verb's work; its return value is the exit code. That a reader closes the pipe is no error of ours."""
    try:
        code = getattr(import_module(f"server.{module}"), function)(*arguments, **options)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes in the end
        code = 0
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


def present(*folders: str) -> list[Path]:
    """The default folders, as far as they are here."""
    here = [Path(folder) for folder in folders if Path(folder).is_dir()]
    return here or [Path()]
