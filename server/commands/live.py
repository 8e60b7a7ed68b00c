"""Commands on live calls: the server, a call to it, what it hears and speaks with, and what leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from server.commands.options import JSON, PATH, VAR, run

GATEWAYS = (
    "twilio", "telnyx", "plivo", "signalwire", "exotel", "asterisk", "fork", "jambonz", "audiostream", "vonage",
    "genesys", "huashu", "audiosocket", "smartivr", "cti_robot", "xswitch", "smartcall",
)  # fmt: skip
"""Those of `server.gateways.table` and `platforms`, which are not imported for their names alone."""


@click.command()
@click.option("--config", type=PATH, help="A file of settings, NAME=value a line.")
@click.option("--check", is_flag=True, help="Tell what would be used and whether it is there, and stop.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--scripts", type=PATH, help="Folder of the call scripts.")
@click.option("--data", type=PATH, help="Folder for call records, prompts and models.")
def serve(config: Path | None, *, check: bool, **given: Any) -> None:
    """Take calls from telephony gateways.

    Settings come from the environment (HUASHU_PORT=9000), from a file, or from their defaults: --check prints them
    all. SIGTERM lets calls in progress end first.
    """
    told = {name: value for name, value in given.items() if value is not None}
    run("serving", "serve", config, check=check, given=told)


@click.command()
@click.option("--once", is_flag=True, help="Stop when the call is over.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--data", type=PATH, help="Folder for call records, prompts and models.")
def demo(*, once: bool, **given: Any) -> None:
    """Place a spoken call on this machine, show it, and go on serving.

    A server and a caller with a voice of its own talk over a gateway's wire protocol; the real recogniser hears it.
    """
    run("demo", "demo", once=once, given={name: value for name, value in given.items() if value is not None})


@click.command()
@click.argument("url", nargs=-1, required=True)
@click.option("--gateway", type=click.Choice(GATEWAYS), help="Whose protocol (else that of the URL's path, or twilio).")
@click.option("--say", "says", multiple=True, metavar="TEXT", help="Words, once for each utterance.")
@click.option("--wav", "wavs", multiple=True, type=PATH, help="A recording, once for each utterance.")
@click.option("--scenario", type=PATH, help="A file that says what the caller does.")
@click.option("--script", default="", metavar="NAME", help="Ask for this script.")
@VAR
@click.option("--token", default="", envvar="HUASHU_TOKEN", help="The server's token (or HUASHU_TOKEN).")
@click.option("--voice", default="auto", show_default=True, metavar="NAME", help="Who speaks the words.")
@click.option(
    "--text",
    "as_text",
    is_flag=True,
    help="Send the words as text (gateway huashu; platforms called by http do so anyway).",
)
@click.option("--record", type=PATH, metavar="FILE", help="Record the call: caller left, bot right.")
@click.option(
    "--most", "most_seconds", default=600.0, metavar="SECONDS", type=click.FloatRange(1), help="Give up then."
)
@click.option("--calls", default=1, show_default=True, metavar="N", type=click.IntRange(1), help="So many at a time.")
@click.option(
    "--stagger", "stagger_ms", default=100, metavar="MS", type=click.IntRange(0), help="From one to the next."
)
@JSON
def call(url: tuple[str, ...], **wish: Any) -> None:
    """Place a test call to a running server.

    Speaks the protocol of a gateway in real time to URL, such as ws://127.0.0.1:8787/twilio, and tells what happens.
    Each utterance waits until the bot has answered the one before. With more than one call, the spread of their delays
    is told. The exit code is 1 when a call is refused or does not end in order.
    """
    run("calling.command", "call", url, **wish)


@click.command()
@click.argument("url", required=False)
@click.option("--gateway", "gateways", multiple=True, metavar="NAME", help="Play this one alone; more with more of it.")
@click.option("--case", "cases", multiple=True, metavar="NAME", help="Play this case alone; more with more of it.")
@click.option("--token", default="", envvar="HUASHU_TOKEN", help="The server's token (or HUASHU_TOKEN).")
@click.option("--script", default="", metavar="NAME", help="Ask for this script.")
@click.option("--wav", type=PATH, help="What the caller says to cut in; else a key is pressed.")
@click.option("--audiosocket", default="", metavar="HOST:PORT", help="Where AudioSocket is listened for.")
@click.option(
    "--at-once", default=24, show_default=True, metavar="N", type=click.IntRange(1), help="So many cases at a time."
)
@click.option("--list", "as_list", is_flag=True, help="Tell the cases and their sources, and play none.")
@JSON
def conformance(url: str | None, **wish: Any) -> None:
    """Play every gateway's messages, with their traps, against a server.

    URL is a server such as ws://127.0.0.1:8787 with its gateways at our paths, one gateway's endpoint at any server
    (--gateway says whose), or tcp://host:port for AudioSocket. The exit code is 1 when a case fails.
    """
    run("conformance.command", "conformance", url, **wish)


@click.group(invoke_without_command=True)
@click.option("--data", type=PATH, envvar="HUASHU_DATA", default="huashu-data", help="The server's data folder.")
@JSON
@click.pass_context
def models(context: click.Context, data: Path, *, as_json: bool) -> None:
    """List recognisers, voices and voice detectors.

    Tells which are ready, checks that their weights are whole, and names the command that installs what is missing.
    The exit code is 1 when there is no recogniser or no voice.
    """
    context.obj = data
    if context.invoked_subcommand is None:
        run("speech.models", "list_models", data, as_json=as_json)


@models.command()
@click.argument("name")
@click.pass_obj
def fetch(data: Path, name: str) -> None:
    """Fetch an official Vosk model, such as vosk-model-small-cn-0.22, into the data folder."""
    run("speech.models", "fetch_model", name, data)


@click.group(invoke_without_command=True)
@click.option("--data", type=PATH, envvar="HUASHU_DATA", default="huashu-data", help="The server's data folder.")
@click.option("--check", is_flag=True, help="Exit with 1 when a message was given up.")
@JSON
@click.pass_context
def outbox(context: click.Context, data: Path, *, check: bool, as_json: bool) -> None:
    """See what was decided in calls and has not reached its receiver.

    Counts all messages by what became of them, and lists those that are not delivered: what waits, what was given up
    and why, what was withdrawn since the caller is not to be called.
    """
    context.obj = data
    if context.invoked_subcommand is None:
        run("outbox.command", "show", data, check=check, as_json=as_json)


@outbox.command()
@click.argument("ids", nargs=-1)
@click.option("--dead", is_flag=True, help="All that were given up.")
@click.pass_obj
def retry(data: Path, ids: tuple[str, ...], *, dead: bool) -> None:
    """Send messages again, from the first try on."""
    run("outbox.command", "retry", data, ids, dead=dead)


@outbox.command()
@click.argument("ids", nargs=-1)
@click.option("--dead", is_flag=True, help="All that were given up.")
@click.option("--why", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def drop(data: Path, ids: tuple[str, ...], why: str, *, dead: bool) -> None:
    """Send messages no more.

    Somebody has seen to them otherwise, or they are out of date.
    """
    run("outbox.command", "drop", data, ids, why, dead=dead)


@outbox.command("do-not-call")
@click.argument("numbers", nargs=-1)
@click.option("--add", is_flag=True, help="Put them on the list.")
@click.option("--remove", is_flag=True, help="Take them off.")
@JSON
@click.pass_obj
def do_not_call(data: Path, numbers: tuple[str, ...], *, add: bool, remove: bool, as_json: bool) -> None:
    """Tell which numbers are not to be called, or change that.

    Without NUMBERS the whole list, in the clear with --json alone.
    """
    run("outbox.command", "do_not_call", data, numbers, add=add, remove=remove, as_json=as_json)
