"""`simulate` and `draw`: calls and scripts from files to files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from engine.calls.log import entry_line, header_line
from engine.grading.grade import grade as grade_facts
from engine.language.draw import mermaid
from engine.language.script import Script
from engine.trial import transcript
from engine.trial.caller import parse_call
from engine.trial.simulate import Simulated
from engine.trial.simulate import simulate as simulate_call
from server.output import OK, PROBLEMS, error, line, usable_script

MAX_LINE_BYTES = 5_000_000


def draw(path: Path) -> int:
    script = usable_script(path)
    if script is None:
        return PROBLEMS
    click.echo(mermaid(script), nl=False)
    return OK


# --- simulate --------------------------------------------------------------------------------------------------------


def simulate(script_path: Path, calls: Path | None, *, for_people: bool, logs: Path | None) -> int:
    """Play every call; a bad line is reported by its number and the rest goes on."""
    script = usable_script(script_path)
    if script is None:
        return PROBLEMS
    source = calls or Path("/dev/stdin")
    try:
        opened = calls.open("rb") if calls else sys.stdin.buffer
    except OSError as problem:
        error(f"cannot read '{source}': {(problem.strerror or 'unknown error').lower()}")
        return PROBLEMS
    status = OK
    with opened as stream:
        for number, text in _lines(stream):
            call = text if isinstance(text, Problematic) else parse_call(text, script)
            if isinstance(call, str):
                error(f"{calls or '<stdin>'}:{number}: {call}")
                status = PROBLEMS
                continue
            played = simulate_call(script, call)
            _tell(script, played, for_people=for_people)
            try:
                if logs:
                    write_log(logs, played)
            except OSError as problem:
                error(f"cannot write logs into '{logs}': {(problem.strerror or 'unknown error').lower()}")
                return PROBLEMS
    return status


class Problematic(str):
    __slots__ = ()
    """Why a line cannot be read, in place of the line."""


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    for number, data in enumerate(stream, 1):
        if len(data) > MAX_LINE_BYTES:
            yield number, Problematic(f"this line is longer than {MAX_LINE_BYTES:,} bytes")
            continue
        try:
            text = data.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as problem:
            yield number, Problematic(f"this line is not UTF-8 (byte {problem.start + 1})")
            continue
        if text:
            yield number, text


def _tell(script: Script, played: Simulated, *, for_people: bool) -> None:
    graded = grade_facts(script.scheme, played.state.facts)
    if for_people:
        click.echo(transcript.render(played.header, played.entries, graded))
    else:
        line(transcript.summary(played.header.call_id, played.entries, played.state.facts, graded))


def write_log(folder: Path, played: Simulated) -> None:
    """Write the log of a call into this folder."""
    name = re.sub(r"[^\w.-]", "_", played.header.call_id) or "call"
    text = header_line(played.header) + "".join(entry_line(entry) for entry in played.entries)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
