"""`simulate`, `replay` and `draw`: calls and scripts from files to files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import click

from engine.calls.actions import Action
from engine.calls.events import Event
from engine.calls.log import RECORDING, Log, entry_line, header_line, to_json
from engine.dialogue.step import LeadError
from engine.grading.grade import grade as grade_facts
from engine.language.draw import mermaid
from engine.language.script import Script
from engine.trial import transcript
from engine.trial.caller import parse_call
from engine.trial.replay import Divergence
from engine.trial.replay import replay as replay_log
from engine.trial.simulate import Simulated
from engine.trial.simulate import simulate as simulate_call
from server.logs import NOT_AGAIN, Scripts, logs_in
from server.output import OK, PROBLEMS, USAGE, error, line, usable_script

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


# --- replay ----------------------------------------------------------------------------------------------------------


def replay(paths: Iterable[Path], other: Path | None, *, as_json: bool) -> int:
    scripts = Scripts(other)
    status = OK
    for path, log in logs_in(paths):
        if isinstance(log, str):
            error(log)
            status = PROBLEMS
            continue
        if log.header.source == RECORDING:
            error(f"{path}: {NOT_AGAIN}")
            status = status or USAGE
            continue
        script = scripts.of(path, log.header, must_be_same=other is None)
        if isinstance(script, str):
            error(f"{path}:1: {script}")
            status = PROBLEMS
            continue
        try:
            parting = replay_log(script, log.header, log.entries)
        except LeadError as problem:
            error(f"{path}: {problem}")
            status = PROBLEMS
            continue
        _tell_parting(path, log, parting, as_json=as_json)
        status = PROBLEMS if parting else status
    return status


def _tell_parting(path: Path, log: Log, parting: Divergence | None, *, as_json: bool) -> None:
    if as_json:
        found: dict[str, object] = {"call_id": log.header.call_id, "log": str(path), "same": parting is None}
        if parting:
            found |= {"seq": parting.seq, "event": to_json(parting.event, masked=True)}
            found |= {name: [to_json(each, masked=True) for each in actions] for name, actions in _sides(parting)}
        line(found)
    elif parting is None:
        click.echo(f"{path}: same, {len(log.entries)} steps")
    else:
        click.echo(f"{path}: differs at step {parting.seq}")
        click.echo(f"    {'event':9} {_in_words(parting.event)}")
        for name, actions in _sides(parting):
            for action in actions:
                click.echo(f"    {name:9} {_in_words(action)}")


def _in_words(thing: Event | Action) -> str:
    """An event or action in one line: its type, then its fields."""
    form = to_json(thing, masked=True)
    fields = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in form.items() if name != "type"]
    return " ".join([str(form["type"]), *fields])


def _sides(parting: Divergence) -> list[tuple[str, tuple[Action, ...]]]:
    """What the two runs do, without what they share."""
    recorded = [action for action in parting.recorded if action not in parting.computed]
    computed = [action for action in parting.computed if action not in parting.recorded]
    return [("recorded", tuple(recorded)), ("now", tuple(computed))]
