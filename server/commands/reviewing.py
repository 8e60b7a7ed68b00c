"""Commands for those who review recorded calls: what people say about them, and how far the machine agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from server.commands.options import JSON, LANG, PATH, run


@click.command()
@click.argument("log", type=PATH)
@click.argument("letter", metavar="[GRADE]", default="", type=click.Choice(["A", "B", "C", "D", "E", "F", "none", ""]))
@click.option("--step", type=click.IntRange(0), help="What is wrong is how the utterance of this step was understood.")
@click.option(
    "--intents", default="", metavar="NAMES", help="What it means; 'none' for nothing there is an intent for."
)
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.option("--why", required=True, metavar="TEXT", help="Why.")
def correct(log: Path, letter: str, **said: Any) -> None:
    """Note that the call of LOG deserves another GRADE, or that an utterance in it means something else.

    The note goes into corrections.jsonl beside the log, and `huashu grade` then shows it beside the machine's grade.
    """
    run("labels", "correct", log, letter, **said)


@click.group()
def labels() -> None:
    """Have people review recorded calls, and see how far they agree with the machine."""


@labels.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option(
    "--pick", type=click.Choice(["random", "boundary", "utterances", "doubtful", "unknown"]), default="random",
    show_default=True, help="Calls at random, or those that missed a better grade by one condition; utterances at"
    " random, those that were doubtful, or those without an intent.",
)  # fmt: skip
@click.option("--size", default=50, show_default=True, metavar="N", type=click.IntRange(1), help="So many at most.")
@click.option("--seed", default=1, show_default=True, help="Of chance: the same seed picks the same calls.")
@click.option("--out", type=PATH, metavar="FILE", help="Write a sheet: .csv for a spreadsheet, else JSON lines.")
@click.option("--script", type=PATH, help="Grade by this script's scheme.")
def sample(logs: tuple[Path, ...], **wish: Any) -> None:
    """Pick calls or utterances of LOGS for review.

    Whoever reviews fills the columns right_grade or right_intents, by and why; `huashu labels import` takes them in.
    """
    run("sheets", "sample", logs, **wish)


@labels.command(name="import")
@click.argument("sheet", type=PATH)
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--by", default="", metavar="NAME", help="Who filled it, where its rows do not say.")
def import_(sheet: Path, logs: tuple[Path, ...], by: str) -> None:
    """Keep what a filled SHEET says beside the LOGS of its calls."""
    run("sheets", "take_in", sheet, logs, by)


@labels.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--sentences", is_flag=True, help="Only the utterances, as `huashu score` reads them.")
def export(logs: tuple[Path, ...], *, sentences: bool) -> None:
    """Print what people have said about the calls of LOGS, a JSON object each."""
    run("sheets", "export", logs, sentences=sentences)


@labels.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--labels", multiple=True, type=PATH, metavar="FILE", help="More labels than those beside the logs.")
@click.option("--script", type=PATH, help="Grade by this script's scheme.")
@click.option("--scheme", default="", metavar="SCHEME", help="Grade by this scheme: a name or a file.")
@click.option("--report", type=PATH, metavar="FILE", help="Write it as a page (HTML).")
@LANG
@JSON
def agree(logs: tuple[Path, ...], **wish: Any) -> None:
    """Tell how far people agree with the machine: confusion, precision and recall, kappa, worst disagreements first."""
    run("agreeing", "agree", logs, **wish)


@click.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--rules", default="compliance", show_default=True, metavar="NAME", help="An inspection: name or file.")
@click.option("--all", "every", is_flag=True, help="Tell of calls without a violation, too.")
@click.option("--report", type=PATH, metavar="FILE", help="Write what it shows as a page (HTML).")
@LANG
@JSON
def inspect(logs: tuple[Path, ...], **wish: Any) -> None:
    """Hold recorded calls against rules of compliance or service.

    LOGS are call logs or folders of them. Tells what each call violates and by which words; the exit code is 1 when a
    call does not pass.
    """
    run("inspecting", "inspect_logs", logs, **wish)
