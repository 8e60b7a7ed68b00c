"""`simulate`, `replay`, `grade` and `draw`: calls and scripts from files to files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import click

from engine import transcript
from engine.actions import Action
from engine.caller import parse_call
from engine.dialogue import LeadError
from engine.draw import mermaid
from engine.events import Event
from engine.facts import Facts
from engine.fold import fold
from engine.grade import grade as grade_facts
from engine.log import Header, Log, LogError, entry_line, header_line, read, to_json
from engine.replay import Divergence
from engine.replay import replay as replay_log
from engine.script import Script
from engine.simulate import Simulated
from engine.simulate import simulate as simulate_call
from server.content import Files
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
            if logs and (failure := _write_log(logs, played)):
                error(failure)
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


def _write_log(folder: Path, played: Simulated) -> str:
    """Write the log of a call; returns why that cannot be done, or nothing."""
    name = re.sub(r"[^\w.-]", "_", played.header.call_id) or "call"
    text = header_line(played.header) + "".join(entry_line(entry) for entry in played.entries)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    except OSError as problem:
        return f"cannot write logs into '{folder}': {(problem.strerror or 'unknown error').lower()}"
    return ""


# --- replay and grade ------------------------------------------------------------------------------------------------


def replay(paths: Iterable[Path], other: Path | None, *, as_json: bool) -> int:
    scripts = Scripts(other)
    status = OK
    for path, log in _logs(paths):
        if isinstance(log, str):
            error(log)
            status = PROBLEMS
            continue
        script = scripts.of(log.header, must_be_same=other is None)
        if isinstance(script, str):
            error(f"{path}: {script}")
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


def grade(paths: Iterable[Path], script_path: Path | None) -> int:
    """Fold the facts out of each log and grade them by its script's scheme, or by that of the script given."""
    scripts = Scripts(script_path)
    status = OK
    for path, log in _logs(paths):
        script = log if isinstance(log, str) else scripts.of(log.header, must_be_same=False)
        if isinstance(script, str) or isinstance(log, str):
            error(str(script) if isinstance(log, str) else f"{path}: {script}")
            status = PROBLEMS
            continue
        facts = Facts()
        for entry in log.entries:
            facts = fold(facts, entry.seq, entry.event, entry.actions)
        line(transcript.summary(log.header.call_id, log.entries, facts, grade_facts(script.scheme, facts)))
    return status


class Scripts:
    """The scripts that logs name, each loaded once; or one script for all of them."""

    def __init__(self, only: Path | None) -> None:
        self.only = only
        self._loaded: dict[str, Script | str] = {}

    def of(self, header: Header, *, must_be_same: bool) -> Script | str:
        """The script of a call, or why there is none."""
        path = str(self.only) if self.only else Files().find("scripts", header.script, "")
        if not path:
            return f"no script '{header.script}' here (name it: replay --with, grade --script)"
        if path not in self._loaded:
            self._loaded[path] = usable_script(Path(path)) or f"the script {path} has problems"
        script = self._loaded[path]
        if must_be_same and isinstance(script, Script) and script.sha256 != header.script_sha256:
            return f"{path} is not the script this call ran with (use --with {path} to see what it would change)"
        return script


def _logs(paths: Iterable[Path]) -> Iterator[tuple[Path, Log | str]]:
    for path in paths:
        for file in sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]:
            try:
                log = read(file.read_bytes())
            except OSError as problem:
                yield file, f"cannot read '{file}': {(problem.strerror or 'unknown error').lower()}"
            except LogError as problem:
                yield file, f"{file}:{problem}"
            else:
                yield file, log
