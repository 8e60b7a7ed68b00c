"""`huashu talk`: be the caller, in a terminal, against the very engine that live calls use.

Time is virtual: the bot's prompts are over at once, and an empty line stands for silence. After each turn the stage,
what was understood, the facts so far and the grade they would give are shown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from rich.console import Console
from rich.text import Text

from engine.calls.events import KEYS
from engine.dialogue.step import LeadError
from engine.grading.facts import Facts
from engine.grading.grade import grade
from engine.grading.readout import readout
from engine.language.script import Script
from engine.trial.caller import (
    DEFAULT_NOW,
    Call,
    Dtmf,
    Hangup,
    Hold,
    HoldOutcome,
    Say,
    Silence,
    Step,
    TransferOk,
    moment,
)
from engine.trial.samples import sample
from engine.trial.simulate import Line
from engine.trial.transcript import grade_line, lines
from server.output import OK, PROBLEMS, USAGE, error, present, usable_script

HELP = """\
Type what the caller says. An empty line is silence.
  /cut MS WORDS   cut in, so many milliseconds into the bot's prompt
  /press KEYS     press telephone keys
  /transfer ok    a person takes the transferred call (or: failed)
  /hold failed    the caller is not put on hold (or: ended, by the network)
  /facts          all facts so far
  /hangup         hang up (or press Ctrl-D)"""
STYLES = {"bot": "bold cyan", "caller": "green", "[": "yellow", "=": "dim", ">": "magenta"}
_YES_OR_NO = {True: "yes", False: "no"}
"""As conditions write it."""
SHOWN_ALWAYS = ("interest_questions", "invitation", "refusals")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A command that makes no sense; says why."""

    why: str


def talk(path: Path, given: Mapping[str, str], now: str) -> int:
    script = usable_script(path)
    if script is None:
        return PROBLEMS
    if now and not moment(now):
        error(f"--now must be an RFC 3339 time such as {DEFAULT_NOW}, not '{now}'")
        return USAGE
    variables = dict(given)
    interactive = sys.stdin.isatty()
    try:
        for name, variable in script.variables.items():
            if variable.required and not (variables.get(name) or variable.default):
                variables[name] = _ask(f"{name}: ") if interactive else sample(variable)
        line = Line(script, Call("talk", moment(now) or present(), variables))
    except (LeadError, EOFError) as problem:
        error(str(problem) or "no value was given")
        return USAGE
    console = Console(highlight=False, soft_wrap=True)
    if interactive:
        console.print(HELP, style="dim")
    _converse(script, line, console, interactive=interactive)
    return OK


def _ask(question: str) -> str:
    return input(question).strip()


def _converse(script: Script, line: Line, console: Console, *, interactive: bool) -> None:
    line.begin()
    shown = _show(script, line, console, 0)
    for step in _steps(line, console, interactive=interactive):
        line.take(step)
        if line.state.after.kind != "listen":
            line.settle()
        shown = _show(script, line, console, shown)
        if line.over:
            break
    line.finish()
    _show(script, line, console, shown)
    graded = grade(script.scheme, line.state.facts)
    console.print(grade_line(graded), style="bold")
    for missed in graded.missed:
        console.print(f"  {missed.letter}: {missed}", style="dim")


def _steps(line: Line, console: Console, *, interactive: bool) -> Iterator[Step]:
    """What the person at the keyboard does, until there is no more or the call is over."""
    while not line.over:
        try:
            text = input("you> " if interactive else "").strip().removeprefix("\ufeff")  # a file may begin with that
        except (EOFError, KeyboardInterrupt):
            yield Hangup(True)
            return
        if text == "/facts":
            for name, value in readout(line.state.facts).items():
                console.print(f"  {name}: {value}", style="dim")
            continue
        step = parse_command(text)
        if isinstance(step, Wrong):
            console.print(step.why, style="red")
        else:
            yield step


def parse_command(text: str) -> Step | Wrong:
    """A line typed: words of the caller, silence, or a command that begins with a slash."""
    if not text:
        return Silence(True)
    if not text.startswith("/"):
        return Say(text)
    command, _, rest = text[1:].partition(" ")
    rest = rest.strip()
    if command == "hangup":
        return Hangup(True)
    if command == "press" and rest and KEYS.issuperset(rest):
        return Dtmf(rest)
    if command == "transfer" and rest in ("ok", "failed"):
        return TransferOk(rest == "ok")
    if command == "hold" and rest in get_args(HoldOutcome):
        return Hold(cast(HoldOutcome, rest))
    into, _, words = rest.partition(" ")
    if command == "cut" and into.isdecimal() and words.strip():
        return Say(words.strip(), barge_in_ms=int(into))
    return Wrong(HELP)


def _show(script: Script, line: Line, console: Console, shown: int) -> int:
    """Print the steps since the last time, then where the call stands."""
    for entry in line.entries[shown:]:
        for told in lines(entry):
            console.print(styled(told))
    if len(line.entries) > shown and not line.over:
        console.print(Text(status(script, line.state.facts, line.state.stage), style="dim"))
    return len(line.entries)


def styled(line: str) -> Text:
    """A line of a transcript, in the colour of whoever speaks or of what it tells."""
    told = (*line.split(None, 2), "", "")[1]
    return Text(line, next((style for start, style in STYLES.items() if told.startswith(start)), ""))


def status(script: Script, facts: Facts, stage: str) -> str:
    """Where a call stands, in one line: the stage, the facts that are not as in the beginning, the grade so far."""
    nothing, now = readout(Facts()), readout(facts)
    told = [
        f"{name} {_YES_OR_NO[value] if isinstance(value, bool) else value}"
        for name, value in now.items()
        if name in SHOWN_ALWAYS
        or (value != nothing[name] and isinstance(value, (bool, str)) and name not in _LINE_FACTS)
    ]
    graded = grade(script.scheme, facts)
    return f"        · stage {stage} · {' · '.join(told)} · grade so far {graded.letter or 'none'} ({graded.rule})"


_LINE_FACTS = frozenset({"answered_by", "disposition", "spoke"})
