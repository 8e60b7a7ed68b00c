"""The `huashu` command. Each verb takes its options here and does its work in a module of its own, which is imported
only then, so that `huashu check` starts at once.

Exit codes: 0 fine; 1 problems found, or calls that could not be read; 2 wrong use of the command.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from engine import VERSION

_PATH = click.Path(path_type=Path)
GATEWAYS = (
    "twilio", "telnyx", "plivo", "signalwire", "exotel", "asterisk", "fork", "jambonz", "audiostream", "vonage",
    "genesys", "huashu",
)  # fmt: skip
"""Those of `server.gateways.table`, which is not imported for its names alone."""
_LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the page.")
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON lines for programs.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="huashu")
def app() -> None:
    """Call scripts in YAML: check them, talk to them, play calls through them."""


@app.command()
@click.argument("paths", nargs=-1, type=_PATH)
@click.option("--witness", is_flag=True, help="Search for a shortest conversation to each grade of each script.")
@_JSON
def check(paths: tuple[Path, ...], *, witness: bool, as_json: bool) -> None:
    """Find what is wrong with scripts, grammars, schemes and tests.

    PATHS are files or folders (default: scripts and grammars). Every problem is told in one run, as
    file:line:column: message.
    """
    default = _present("scripts", "grammars")
    _run("checking", "check_paths", list(paths) or default, as_json=as_json, witness=witness)


@app.command()
@click.argument("texts", nargs=-1)
@click.option("--script", type=_PATH, help="Understand with this script's grammars and words.")
@click.option("--stage", default="", help="As if this stage of the script had just asked.")
@click.option("--now", default="", help="RFC 3339 time of the call, for the times that are told.")
@click.option("--explain", is_flag=True, help="For people: a line for each intent, saying why.")
def match(texts: tuple[str, ...], script: Path | None, stage: str, now: str, *, explain: bool) -> None:
    """Tell what utterances mean.

    One JSON object for each of TEXTS, or for each line of standard input: the intents, where each was found and how,
    what was told, and whether it is an announcement.
    """
    _run("matching", "match_texts", texts, script, stage, now, explain=explain)


@app.command()
@click.argument("script", type=_PATH)
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the script.")
@click.option("--now", default="", help="RFC 3339 time of the call.")
def talk(script: Path, variables: tuple[str, ...], now: str) -> None:
    """Talk to a script in the terminal.

    Shows the stage, what was understood, the facts and the grade so far.
    """
    _run("talking", "talk", script, variables, now)


@app.command()
@click.argument("script", type=_PATH)
@click.argument("calls", type=_PATH, required=False)
@click.option("--transcript", is_flag=True, help="Print the calls for people instead of JSON.")
@click.option("--logs", "--out", type=_PATH, metavar="FOLDER", help="Write the log of each call into this folder.")
@click.option("--personas", "many", metavar="N", type=click.IntRange(1, 1_000_000), help="So many simulated callers.")
@click.option("--seed", type=int, help="Of their chance: the same seed, the same calls (else 1).")
@click.option("--only", multiple=True, metavar="PERSONA", help="Only such callers, whatever their share.")
@click.option("--table", help="Who calls: a name, or a file of your own (else standard).")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the script.")
@click.option("--report", type=_PATH, metavar="FILE", help="Write what it shows as a page (HTML).")
@_LANG
@_JSON
def simulate(script: Path, calls: Path | None, *, transcript: bool, logs: Path | None, **crowd: Any) -> None:
    """Play calls through a script on a virtual clock.

    CALLS holds a JSON object a line (default: standard input). Prints what came of each call, one JSON object a line.

    With --personas there is no CALLS: people and machines out of a table call, talk as the grammars have it, are heard
    badly at times, and hang up as they please. Tells what nobody reached, how the calls were graded, where they got
    stuck, and who was misunderstood.
    """
    if crowd["many"] is None:
        if given := [name for name in ("seed", "only", "table", "report") if crowd[name]]:
            raise click.UsageError(f"--{given[0]} goes with --personas")
        _run("calls", "simulate", script, calls, for_people=transcript, logs=logs)
    _run("crowds", "simulate_crowd", script, calls, logs=logs, **crowd)


@app.command()
@click.argument("paths", nargs=-1, type=_PATH)
@click.option("--coverage", is_flag=True, help="List the stages, branches, phrases and grade rules no test reached.")
@click.option("--mutate", is_flag=True, help="Change the scripts a little and list the changes that no test notices.")
@click.option("--most", default=200, show_default=True, help="Changes tried for each script.", type=click.IntRange(1))
@_JSON
def test(paths: tuple[Path, ...], *, coverage: bool, mutate: bool, most: int, as_json: bool) -> None:
    """Run conversation and utterance tests.

    PATHS are files or folders (default: tests/scripts and tests/grammars).
    """
    default = _present("tests/scripts", "tests/grammars")
    mutants = most if mutate else 0
    _run("testing", "run_tests", list(paths) or default, coverage=coverage, mutants=mutants, as_json=as_json)


@app.command()
@click.argument("script", type=_PATH)
def draw(script: Path) -> None:
    """Draw the flow of a script as a Mermaid diagram."""
    _run("calls", "draw", script)


@app.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option("--with", "other", type=_PATH, metavar="SCRIPT", help="Replay the calls on this script.")
@_JSON
def replay(logs: tuple[Path, ...], other: Path | None, *, as_json: bool) -> None:
    """Run recorded calls again.

    LOGS are call logs or folders of them. With the script of the call any difference is a failure; with another
    script, the first step at which each call parts is told.
    """
    _run("calls", "replay", logs, other, as_json=as_json)


@app.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option("--script", type=_PATH, help="Grade by this script's scheme, whatever script the call ran with.")
@click.option("--scheme", default="", metavar="SCHEME", help="Grade by this scheme: a name or a file.")
@click.option("--explain", is_flag=True, help="Tell people why, instead of JSON.")
def grade(logs: tuple[Path, ...], script: Path | None, scheme: str, *, explain: bool) -> None:
    """Grade recorded calls, or grade them again by other rules.

    LOGS are call logs or folders of them. Prints one JSON object for each call, with the rule, what it rests on, what
    each better grade wanted, and what a person has said to it.
    """
    _run("grading", "grade", logs, script, scheme, explain=explain)


@app.command()
@click.argument("old")
@click.argument("new")
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@_JSON
def diff(old: str, new: str, logs: tuple[Path, ...], *, as_json: bool) -> None:
    """Tell which grades of recorded calls another scheme or script would change, and why.

    OLD and NEW are schemes or scripts, by name or file; LOGS are call logs or folders of them. A scheme grades what was
    recorded; a script hears the words of the calls anew. The exit code is 1 when a grade has changed.
    """
    _run("differing", "diff", old, new, logs, as_json=as_json)


@app.command()
@click.argument("log", type=_PATH)
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
    _run("labels", "correct", log, letter, **said)


@app.group()
def labels() -> None:
    """Have people review recorded calls, and see how far they agree with the machine."""


@labels.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option(
    "--pick", type=click.Choice(["random", "boundary", "utterances", "doubtful", "unknown"]), default="random",
    show_default=True, help="Calls at random, or those that missed a better grade by one condition; utterances at"
    " random, those that were doubtful, or those without an intent.",
)  # fmt: skip
@click.option("--size", default=50, show_default=True, metavar="N", type=click.IntRange(1), help="So many at most.")
@click.option("--seed", default=1, show_default=True, help="Of chance: the same seed picks the same calls.")
@click.option("--out", type=_PATH, metavar="FILE", help="Write a sheet: .csv for a spreadsheet, else JSON lines.")
@click.option("--script", type=_PATH, help="Grade by this script's scheme.")
def sample(logs: tuple[Path, ...], **wish: Any) -> None:
    """Pick calls or utterances of LOGS for review.

    Whoever reviews fills the columns right_grade or right_intents, by and why; `huashu labels import` takes them in.
    """
    _run("sheets", "sample", logs, **wish)


@labels.command(name="import")
@click.argument("sheet", type=_PATH)
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option("--by", default="", metavar="NAME", help="Who filled it, where its rows do not say.")
def import_(sheet: Path, logs: tuple[Path, ...], by: str) -> None:
    """Keep what a filled SHEET says beside the LOGS of its calls."""
    _run("sheets", "take_in", sheet, logs, by)


@labels.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option("--sentences", is_flag=True, help="Only the utterances, as `huashu score` reads them.")
def export(logs: tuple[Path, ...], *, sentences: bool) -> None:
    """Print what people have said about the calls of LOGS, a JSON object each."""
    _run("sheets", "export", logs, sentences=sentences)


@labels.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option("--labels", multiple=True, type=_PATH, metavar="FILE", help="More labels than those beside the logs.")
@click.option("--script", type=_PATH, help="Grade by this script's scheme.")
@click.option("--scheme", default="", metavar="SCHEME", help="Grade by this scheme: a name or a file.")
@click.option("--report", type=_PATH, metavar="FILE", help="Write it as a page (HTML).")
@_LANG
@_JSON
def agree(logs: tuple[Path, ...], **wish: Any) -> None:
    """Tell how far people agree with the machine: confusion, precision and recall, kappa, worst disagreements first."""
    _run("agreeing", "agree", logs, **wish)


@app.command()
@click.argument("paths", nargs=-1, type=_PATH)
@click.option("--slips", is_flag=True, help="List every sentence that was not understood as labelled.")
@_JSON
def score(paths: tuple[Path, ...], *, slips: bool, as_json: bool) -> None:
    """Measure how well labelled sentences are understood.

    PATHS are files of JSON lines or folders of them (default: benchmarks/scorecard). Prints precision, recall and F1
    of each intent, and apart from them each sentence whose yes was heard as no or whose no as yes.
    """
    _run("scoring", "score_files", list(paths) or [Path("benchmarks/scorecard")], slips=slips, as_json=as_json)


@app.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option("--script", type=_PATH, help="Understand with this script's grammars and words.")
@click.option("--at-least", default=1, metavar="N", help="Only what was heard so many times.")
@_JSON
def suggest(logs: tuple[Path, ...], script: Path | None, at_least: int, *, as_json: bool) -> None:
    """Find what callers say that no intent covers.

    LOGS are call logs or folders of them. Utterances that are alike in words or sound are told together, the most
    frequent first, each with the stages in which it was said and the intent that it is most like.
    """
    _run("suggesting", "suggest", logs, script, at_least, as_json=as_json)


@app.command()
@click.argument("logs", nargs=-1, type=_PATH, required=True)
@click.option(
    "--out", type=_PATH, metavar="FILE", help="Where the page goes (else report.html, or nowhere with --json)."
)
@click.option("--script", type=_PATH, help="Grade by this script's scheme, whatever script the call ran with.")
@click.option("--scheme", default="", metavar="SCHEME", help="Grade by this scheme: a name or a file.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the page.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def report(logs: tuple[Path, ...], script: Path | None, scheme: str, **wish: Any) -> None:
    """Make a page about many calls: grades, where callers leave, what they say, how soon the bot answers.

    LOGS are call logs or folders of them. The page is one HTML file that opens anywhere and can be printed. A log that
    cannot be read is told, counted and left out; the exit code is then 1.
    """
    _run("reporting", "report", logs, script, scheme, **wish)


@app.command()
@click.option("--config", type=_PATH, help="A file of settings, NAME=value a line.")
@click.option("--check", is_flag=True, help="Tell what would be used and whether it is there, and stop.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--scripts", type=_PATH, help="Folder of the call scripts.")
@click.option("--data", type=_PATH, help="Folder for call records, prompts and models.")
def serve(config: Path | None, *, check: bool, **given: Any) -> None:
    """Take calls from telephony gateways.

    Settings come from the environment (HUASHU_PORT=9000), from a file, or from their defaults: --check prints them
    all. SIGTERM lets calls in progress end first.
    """
    told = {name: value for name, value in given.items() if value is not None}
    _run("serving", "serve", config, check=check, given=told)


@app.command()
@click.option("--once", is_flag=True, help="Stop when the call is over.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--data", type=_PATH, help="Folder for call records, prompts and models.")
def demo(*, once: bool, **given: Any) -> None:
    """Place a spoken call on this machine, show it, and go on serving.

    A server and a caller with a voice of its own talk over a gateway's wire protocol; the real recogniser hears it.
    """
    _run("demo", "demo", once=once, given={name: value for name, value in given.items() if value is not None})


@app.command()
@click.argument("url", nargs=-1, required=True)
@click.option("--gateway", type=click.Choice(GATEWAYS), help="Whose protocol (else that of the URL's path, or twilio).")
@click.option("--say", "says", multiple=True, metavar="TEXT", help="Words, once for each utterance.")
@click.option("--wav", "wavs", multiple=True, type=_PATH, help="A recording, once for each utterance.")
@click.option("--scenario", type=_PATH, help="A file that says what the caller does.")
@click.option("--script", default="", metavar="NAME", help="Ask for this script.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the script.")
@click.option("--token", default="", envvar="HUASHU_TOKEN", help="The server's token (or HUASHU_TOKEN).")
@click.option("--voice", default="auto", show_default=True, metavar="NAME", help="Who speaks the words.")
@click.option("--text", "as_text", is_flag=True, help="Send the words as text (gateway huashu alone).")
@click.option("--record", type=_PATH, metavar="FILE", help="Record the call: caller left, bot right.")
@click.option(
    "--most", "most_seconds", default=600.0, metavar="SECONDS", type=click.FloatRange(1), help="Give up then."
)
@click.option("--calls", default=1, show_default=True, metavar="N", type=click.IntRange(1), help="So many at a time.")
@click.option(
    "--stagger", "stagger_ms", default=100, metavar="MS", type=click.IntRange(0), help="From one to the next."
)
@_JSON
def call(url: tuple[str, ...], **wish: Any) -> None:
    """Place a test call to a running server.

    Speaks the protocol of a gateway in real time to URL, such as ws://127.0.0.1:8787/twilio, and tells what happens.
    Each utterance waits until the bot has answered the one before. With more than one call, the spread of their delays
    is told. The exit code is 1 when a call is refused or does not end in order.
    """
    _run("calling.command", "call", url, **wish)


@app.group(invoke_without_command=True)
@click.option("--data", type=_PATH, envvar="HUASHU_DATA", default="huashu-data", help="The server's data folder.")
@_JSON
@click.pass_context
def models(context: click.Context, data: Path, *, as_json: bool) -> None:
    """List recognisers, voices and voice detectors.

    Tells which are ready, checks that their weights are whole, and names the command that installs what is missing.
    The exit code is 1 when there is no recogniser or no voice.
    """
    context.obj = data
    if context.invoked_subcommand is None:
        _run("speech.models", "list_models", data, as_json=as_json)


@models.command()
@click.argument("name")
@click.pass_obj
def fetch(data: Path, name: str) -> None:
    """Fetch an official Vosk model, such as vosk-model-small-cn-0.22, into the data folder."""
    _run("speech.models", "fetch_model", name, data)


@app.group(invoke_without_command=True)
@click.option("--data", type=_PATH, envvar="HUASHU_DATA", default="huashu-data", help="The server's data folder.")
@click.option("--check", is_flag=True, help="Exit with 1 when a message was given up.")
@_JSON
@click.pass_context
def outbox(context: click.Context, data: Path, *, check: bool, as_json: bool) -> None:
    """See what was decided in calls and has not reached its receiver.

    Counts all messages by what became of them, and lists those that are not delivered: what waits, what was given up
    and why, what was withdrawn since the caller is not to be called.
    """
    context.obj = data
    if context.invoked_subcommand is None:
        _run("outbox.command", "show", data, check=check, as_json=as_json)


@outbox.command()
@click.argument("ids", nargs=-1)
@click.option("--dead", is_flag=True, help="All that were given up.")
@click.pass_obj
def retry(data: Path, ids: tuple[str, ...], *, dead: bool) -> None:
    """Send messages again, from the first try on."""
    _run("outbox.command", "retry", data, ids, dead=dead)


@outbox.command()
@click.argument("ids", nargs=-1)
@click.option("--dead", is_flag=True, help="All that were given up.")
@click.option("--why", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def drop(data: Path, ids: tuple[str, ...], why: str, *, dead: bool) -> None:
    """Send messages no more.

    Somebody has seen to them otherwise, or they are out of date.
    """
    _run("outbox.command", "drop", data, ids, why, dead=dead)


@outbox.command("do-not-call")
@click.argument("numbers", nargs=-1)
@click.option("--add", is_flag=True, help="Put them on the list.")
@click.option("--remove", is_flag=True, help="Take them off.")
@_JSON
@click.pass_obj
def do_not_call(data: Path, numbers: tuple[str, ...], *, add: bool, remove: bool, as_json: bool) -> None:
    """Tell which numbers are not to be called, or change that.

    Without NUMBERS the whole list, in the clear with --json alone.
    """
    _run("outbox.command", "do_not_call", data, numbers, add=add, remove=remove, as_json=as_json)


@app.command()
@click.argument("kind", default="script")
def schema(kind: str) -> None:
    """Print the JSON Schema of a KIND of file, for editors that complete and validate.

    KIND is script, part, grammar, scheme, conversations, utterances, scenario, trunks or personas.
    """
    _run("schemas", "print_schema", kind)


def _run(module: str, function: str, *arguments: object, **options: object) -> None:
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


def _present(*folders: str) -> list[Path]:
    """The default folders, as far as they are here."""
    here = [Path(folder) for folder in folders if Path(folder).is_dir()]
    return here or [Path()]


def main() -> None:
    """Run the command; what it reads and writes is UTF-8 everywhere."""
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=errors)
    app()
