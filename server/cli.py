"""The `huashu` command. Each verb takes its options in `server.commands` and does its work in a module of its own,
which is imported only then, so that `huashu check` starts at once.

Exit codes: 0 fine; 1 problems found, or calls that could not be read; 2 wrong use of the command.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from engine import COMPILED, VERSION
from server.commands import authoring, live, recorded, reviewing

VERBS = (
    authoring.check, authoring.match, authoring.talk, authoring.test, authoring.draw, authoring.score, authoring.schema,
    recorded.simulate, recorded.replay, recorded.grade, recorded.diff, recorded.compare,
    recorded.report, recorded.suggest, recorded.transcribe,
    reviewing.correct, reviewing.labels, reviewing.inspect,
    live.serve, live.demo, live.call, live.conformance, live.models, live.outbox,
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(f"{VERSION}, engine compiled" if COMPILED else VERSION, prog_name="huashu")
def app() -> None:
    """Call scripts in YAML: check them, talk to them, play calls through them."""


for verb in VERBS:
    app.add_command(verb)


def main() -> None:
    """Run the command; what it reads and writes is UTF-8 everywhere."""
    _open_what_is_closed()
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=errors)
    try:
        raise SystemExit(app.main(prog_name="huashu", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        raise SystemExit(asked.exit_code) from None
    except click.ClickException as mistake:
        click.echo(told(mistake), err=True)
        raise SystemExit(mistake.exit_code) from None
    except click.Abort:
        raise SystemExit(130) from None


def _open_what_is_closed() -> None:
    """Whoever starts us may have closed what a command reads or writes (`huashu match <&-`); Python then has nothing in
    its place, and the next file opened would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  for as long as we run


def told(mistake: click.ClickException) -> str:
    """Wrong use of the command in one line: what is wrong, and where help is."""
    context = getattr(mistake, "ctx", None)
    asked = context.command_path if context else "huashu"
    message = " ".join(mistake.format_message().split()).removesuffix(".")
    return f"huashu: {message[:1].lower()}{message[1:]} (see '{asked} --help')"
