"""`simulate` and `draw`: calls and scripts from files to files."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import click

from engine.calls.log import entry_line, header_line
from engine.grading.grade import grade as grade_facts
from engine.language.draw import mermaid
from engine.language.script import Script
from engine.trial import transcript
from engine.trial.caller import parse_call
from engine.trial.samples import sample
from engine.trial.simulate import Simulated
from engine.trial.simulate import simulate as simulate_call
from server.logs import NO_LOGS
from server.output import OK, PROBLEMS, USAGE, error, line, usable_script
from server.refusal import refusal

MAX_LINE_BYTES = 5_000_000


def draw(path: Path) -> int:
    script = usable_script(path)
    if script is None:
        return PROBLEMS
    click.echo(mermaid(script), nl=False)
    return OK


# --- simulate --------------------------------------------------------------------------------------------------------


def simulate(
    script_path: Path, calls: Path | None, variables: Mapping[str, str], *, for_people: bool, logs: Path | None
) -> int:
    """Play every call; a bad line is reported by its number and the rest goes on."""
    script = usable_script(script_path)
    if script is None:
        return PROBLEMS
    if unknown := [name for name in variables if name not in script.variables]:
        error(f"unknown variable '{unknown[0]}' (the script's variables: {', '.join(script.variables) or 'none'})")
        return USAGE
    stand_ins = _stand_ins(script, variables)
    given = {**stand_ins, **variables}
    source = calls or Path("/dev/stdin")
    try:
        opened = calls.open("rb") if calls else sys.stdin.buffer
    except OSError as problem:
        error(f"cannot read '{source}': {refusal(problem)}")
        return PROBLEMS
    keep = partial(_keep, logs, Counter()) if logs else None
    status = OK
    with opened as stream:
        for number, text in _watched(_lines(stream)):
            call = text if isinstance(text, Problematic) else parse_call(text, script, given)
            if isinstance(call, str):
                error(f"{calls or '<stdin>'}:{number}: {call}")
                status = PROBLEMS
                continue
            for name in [name for name, value in stand_ins.items() if call.vars[name] == value]:
                error(f"no value for '{name}': {stand_ins.pop(name)} stands in for it (else: --var {name}=…)")
            played = simulate_call(script, call)
            _tell(script, played, for_people=for_people)
            if keep and not keep(played):
                return PROBLEMS
    return status


Line = TypeVar("Line")


def _watched(lines: Iterator[Line]) -> Iterator[Line]:
    """Tell a terminal how far it is, when there is one and the calls do not run over it themselves."""
    if not sys.stderr.isatty():
        return lines
    from server.scale.progress import watched  # noqa: PLC0415  rich is slow to load

    return watched(lines, "calls played")


def _keep(folder: Path, taken: Counter[str], played: Simulated) -> bool:
    """Write the log of a call into a file of its own. Whether that could be done."""
    try:
        write_log(folder, played, _untaken(log_name(played.header.call_id), taken))
    except OSError as problem:
        error(f"cannot write logs into '{folder}': {refusal(problem)}")
        return False
    return True


def _untaken(name: str, taken: Counter[str]) -> str:
    """A file name that no call has had yet: this one, or this one with the next number that is free."""
    taken[name] += 1
    if taken[name] == 1:
        return name
    while (numbered := f"{name}-{taken[name]}") in taken:
        taken[name] += 1
    taken[numbered] = 1
    return numbered


def _stand_ins(script: Script, given: Mapping[str, str]) -> dict[str, str]:
    """What a live call could not begin without, so that calls can be tried without it."""
    return {
        each.name: sample(each)
        for each in script.variables.values()
        if each.required and not each.default and not given.get(each.name, "").strip()
    }


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


def log_name(call_id: str) -> str:
    """The name of a file, as long as a file system takes it, and none of those that lie beside logs."""
    name = re.sub(r"[^\w.-]", "_", call_id)[:64] or "call"
    return f"call-{name}" if f"{name}.jsonl" in NO_LOGS else name


def write_log(folder: Path, played: Simulated, name: str = "") -> None:
    """Write the log of a call into this folder, under this name or that of the call."""
    name = name or log_name(played.header.call_id)
    text = header_line(played.header) + "".join(entry_line(entry) for entry in played.entries)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
