"""The `huashu` command. Each verb takes its options in `server.commands` and does its work in a module of its own,
which is imported only then, so that `huashu check` starts at once.

Exit codes: 0 fine; 1 problems found, or calls that could not be read; 2 wrong use of the command.
"""

from __future__ import annotations

import sys

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
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors=errors)
    app()
