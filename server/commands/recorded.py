"""Commands on many calls, recorded or simulated: play them, run them again, grade them, look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from server.commands.options import JOBS, JSON, JSON_ANYWAY, LANG, PATH, VAR, run


@click.command()
@click.argument("script", type=PATH)
@click.argument("calls", type=PATH, required=False)
@click.option("--transcript", is_flag=True, help="Print the calls for people instead of JSON.")
@click.option("--logs", "--out", type=PATH, metavar="FOLDER", help="Write the log of each call into this folder.")
@click.option("--personas", "many", metavar="N", type=click.IntRange(1, 1_000_000), help="So many simulated callers.")
@click.option("--seed", type=int, help="Of their chance: the same seed, the same calls (else 1).")
@click.option("--only", multiple=True, metavar="PERSONA", help="Only such callers, whatever their share.")
@click.option("--table", help="Who calls: a name, or a file of your own (else standard).")
@VAR
@click.option("--report", type=PATH, metavar="FILE", help="Write what it shows as a page (HTML).")
@LANG
@JSON
def simulate(script: Path, calls: Path | None, *, transcript: bool, logs: Path | None, **crowd: Any) -> None:
    """Play calls through a script on a virtual clock.

    CALLS holds a JSON object a line (default, or -: standard input). Prints what came of each call, one JSON object a
    line.

    With --personas there is no CALLS: people and machines out of a table call, talk as the grammars have it, are heard
    badly at times, and hang up as they please. Tells what nobody reached, how the calls were graded, where they got
    stuck, and who was misunderstood.
    """
    if crowd["many"] is None:
        if given := [option for option, name in _OF_A_CROWD.items() if crowd[name]]:
            raise click.UsageError(f"{given[0]} goes with --personas")
        source = None if calls == Path("-") else calls
        run("calls", "simulate", script, source, crowd["variables"], for_people=transcript, logs=logs)
    if transcript:
        raise click.UsageError("--transcript goes with CALLS (--out leaves the logs of simulated callers)")
    run("crowds", "simulate_crowd", script, calls, logs=logs, **crowd)


_OF_A_CROWD = {"--seed": "seed", "--only": "only", "--table": "table", "--report": "report"}


@click.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--with", "other", type=PATH, metavar="SCRIPT", help="Replay the calls on this script.")
@click.option("--summary-only", is_flag=True, help="Only what all calls come to, without a line for each.")
@click.option("--report", type=PATH, metavar="FILE", help="Write the summary as a page (HTML).")
@JOBS
@LANG
@JSON
def replay(logs: tuple[Path, ...], other: Path | None, **wish: Any) -> None:
    """Run recorded calls again.

    LOGS are call logs, folders of them, bundles or Parquet tables. With the script of the call any difference is a
    failure; with another script, the first step at which each call parts is told. In the end comes a summary: how many
    calls part, in which stages, after which prompts, and what was decided there then and now. The exit code is 1 when
    something differs or a log cannot be read; 2 when there is nothing worse than logs made of recordings, which cannot
    be run again and are counted apart.
    """
    run("replaying", "replay", logs, other, **wish)


@click.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--script", type=PATH, help="Grade by this script's scheme, whatever script the call ran with.")
@click.option("--scheme", default="", metavar="SCHEME", help="Grade by this scheme: a name or a file.")
@click.option("--explain", is_flag=True, help="Tell people why, instead of JSON.")
@JSON_ANYWAY
@JOBS
@click.option(
    "--out", type=PATH, metavar="FILE", help="Add the lines to this file; what it has already is passed over."
)
@click.option(
    "--ray", default="", metavar="ADDRESS", help="On the machines of this Ray cluster ('local': one of its own)."
)
def grade(logs: tuple[Path, ...], script: Path | None, scheme: str, **wish: Any) -> None:
    """Grade recorded calls, or grade them again by other rules.

    LOGS are call logs, folders of them, bundles or Parquet tables. Prints one JSON object for each call, with the rule,
    what it rests on, what each better grade wanted, and what a person has said to it. The lines are the same, and in
    the same order, however many processes or machines grade. A run with --out that was stopped goes on when it is
    started again.
    """
    run("regrading", "grade", logs, script, scheme, **wish)


@click.command()
@click.argument("old")
@click.argument("new")
@click.argument("logs", nargs=-1, type=PATH, required=True)
@JSON
def diff(old: str, new: str, logs: tuple[Path, ...], *, as_json: bool) -> None:
    """Tell which grades of recorded calls another scheme or script would change, and why.

    OLD and NEW are schemes or scripts, by name or file; LOGS are call logs or folders of them. A scheme grades what was
    recorded; a script hears the words of the calls anew. The exit code is 1 when a grade has changed.
    """
    run("differing", "diff", old, new, logs, as_json=as_json)


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--calls", multiple=True, type=PATH, metavar="LOG", help="Recorded calls of OLD: a log, or a folder.")
@click.option(
    "--personas",
    "many",
    default=500,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    help="So many simulated callers.",
)
@click.option("--seed", type=int, help="Of their chance (else 1).")
@click.option("--table", help="Who calls: a name, or a file of your own (else standard).")
@VAR
@click.option("--witness/--no-witness", default=True, help="Search the shortest call to each grade (some seconds).")
@click.option("--report", type=PATH, metavar="FILE", help="Write it as a page (HTML).")
@LANG
@JSON
def compare(old: Path, new: Path, **wish: Any) -> None:
    """Tell whether a NEW version of a script may be published, in place of the OLD one.

    Tells what is different in the words of the author; which shortest calls change their grade; what the same simulated
    callers make of both; and where recorded calls part, with the grades of those that do not. The last lines are the
    verdict: `publish`, or what to look at first. The exit code is 0 for publish, 1 for look at, 2 when it could not be
    compared.
    """
    run("comparing", "compare", old, new, **wish)


@click.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option(
    "--out", type=PATH, metavar="FILE", help="Where the page goes (else report.html, or nowhere with --json)."
)
@click.option("--script", type=PATH, help="Grade by this script's scheme, whatever script the call ran with.")
@click.option("--scheme", default="", metavar="SCHEME", help="Grade by this scheme: a name or a file.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the page.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def report(logs: tuple[Path, ...], script: Path | None, scheme: str, **wish: Any) -> None:
    """Make a page about many calls: grades, where callers leave, what they say, how soon the bot answers.

    LOGS are call logs or folders of them. The page is one HTML file that opens anywhere and can be printed. A log that
    cannot be read is told, counted and left out; the exit code is then 1.
    """
    run("reporting", "report", logs, script, scheme, **wish)


@click.command()
@click.argument("logs", nargs=-1, type=PATH, required=True)
@click.option("--script", type=PATH, help="Understand with this script's grammars and words.")
@click.option("--at-least", default=1, metavar="N", help="Only what was heard so many times.")
@JSON
def suggest(logs: tuple[Path, ...], script: Path | None, at_least: int, *, as_json: bool) -> None:
    """Find what callers say that no intent covers.

    LOGS are call logs or folders of them. Utterances that are alike in words or sound are told together, the most
    frequent first, each with the stages in which it was said and the intent that it is most like.
    """
    run("suggesting", "suggest", logs, script, at_least, as_json=as_json)


@click.command()
@click.argument("recordings", nargs=-1, required=True)
@click.option("--script", type=PATH, help="The script of these calls: its prompts are recognised, and its words.")
@click.option("--out", type=PATH, default="logs", show_default=True, metavar="FOLDER", help="Where the logs go.")
@click.option(
    "--caller", type=click.Choice(["left", "right"]), default="left", show_default=True,
    help="Whose side is whose, where there are two channels.",
)  # fmt: skip
@click.option(
    "--rate", default=8000, show_default=True, metavar="HZ", type=click.IntRange(4000, 48000),
    help="Of G.711 files without a header (.ulaw, .alaw).",
)  # fmt: skip
@click.option("--started-at", "began", default="", metavar="TIME", help="RFC 3339 (else by file name or file time).")
@VAR
@click.option("--again", is_flag=True, help="Also those that have been transcribed before.")
@JSON
def transcribe(recordings: tuple[str, ...], script: Path | None, variables: dict[str, str], **wish: Any) -> None:
    """Make call logs of recordings.

    RECORDINGS are files (WAV, MP3, OGG, FLAC, G.711), folders, or addresses such as s3://bucket/calls. With --script
    the logs tell stages, intents and what came of each call, as far as the recording shows it. What cannot be used is
    told and counted, and the exit code is then 1. A run that was stopped goes on where it stood.
    """
    run("transcribing.command", "transcribe", recordings, script, variables, **wish)
