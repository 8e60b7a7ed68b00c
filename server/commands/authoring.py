"""Commands for those who write scripts and grammars: what is wrong, what is understood, what a script does."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands.options import JSON, JSON_ANYWAY, PATH, VAR, present, run


@click.command()
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--witness", is_flag=True, help="Search for a shortest conversation to each grade of each script.")
@JSON
def check(paths: tuple[Path, ...], *, witness: bool, as_json: bool) -> None:
    """Find what is wrong with scripts, grammars, schemes, tests and all other files that huashu reads.

    PATHS are files or folders (default: scripts and grammars). Every problem is told in one run, as
    file:line:column: message.
    """
    default = present("scripts", "grammars")
    run("checking", "check_paths", list(paths) or default, as_json=as_json, witness=witness)


@click.command()
@click.argument("texts", nargs=-1)
@click.option("--script", type=PATH, help="Understand with this script's grammars and words.")
@click.option("--stage", default="", help="As if this stage of the script had just asked.")
@click.option("--now", default="", help="RFC 3339 time of the call, for the times that are told.")
@click.option("--explain", is_flag=True, help="For people: a line for each intent, saying why.")
@JSON_ANYWAY
def match(texts: tuple[str, ...], script: Path | None, stage: str, now: str, *, explain: bool) -> None:
    """Tell what utterances mean.

    One JSON object for each of TEXTS, or for each line of standard input (no text, or -): the intents, where each was
    found and how, what was told, and whether it is an announcement.
    """
    run("matching", "match_texts", texts, script, stage, now, explain=explain)


@click.command()
@click.argument("script", type=PATH)
@VAR
@click.option("--now", default="", help="RFC 3339 time of the call.")
def talk(script: Path, variables: dict[str, str], now: str) -> None:
    """Talk to a script in the terminal.

    Shows the stage, what was understood, the facts and the grade so far.
    """
    run("talking", "talk", script, variables, now)


@click.command()
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--coverage", is_flag=True, help="List the stages, branches, phrases and grade rules no test reached.")
@click.option("--mutate", is_flag=True, help="Change the scripts a little and list the changes that no test notices.")
@click.option("--most", default=200, show_default=True, help="Changes tried for each script.", type=click.IntRange(1))
@JSON
def test(paths: tuple[Path, ...], *, coverage: bool, mutate: bool, most: int, as_json: bool) -> None:
    """Run conversation and utterance tests.

    PATHS are files or folders (default: tests/scripts and tests/grammars). A script or a grammar stands for the tests
    that are kept under its name in tests/.
    """
    default = present("tests/scripts", "tests/grammars")
    mutants = most if mutate else 0
    run("testing", "run_tests", list(paths) or default, coverage=coverage, mutants=mutants, as_json=as_json)


@click.command()
@click.argument("script", type=PATH)
def draw(script: Path) -> None:
    """Draw the flow of a script as a Mermaid diagram."""
    run("calls", "draw", script)


@click.command()
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--slips", is_flag=True, help="List the sentences that were not understood as labelled.")
@JSON
def score(paths: tuple[Path, ...], *, slips: bool, as_json: bool) -> None:
    """Measure how well labelled sentences are understood.

    PATHS are files of JSON lines or folders of them (default: benchmarks/scorecard). Prints precision, recall and F1
    of each intent, and how often a yes was heard as no or a no as yes.
    """
    run("scoring", "score_files", list(paths) or [Path("benchmarks/scorecard")], slips=slips, as_json=as_json)


@click.command()
@click.argument("kind", default="script")
def schema(kind: str) -> None:
    """Print the JSON Schema of a KIND of file, for editors that complete and validate.

    KIND is script, part, grammar, scheme, conversations, utterances, scenario, trunks, personas or inspection.
    """
    run("schemas", "print_schema", kind)
