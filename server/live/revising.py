"""What the network tells of a call when its record is closed: a step more in the log, and the summary made again.

The engine folds it as it folds everything, so `huashu grade` and `huashu replay` find in the log what the summary says.
What the summary said before stays in it, under `revised`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from engine.calls.actions import Ignored
from engine.calls.events import Event
from engine.calls.log import Entry, Header, Log, LogError, entry_line, read
from engine.dialogue.state import State
from engine.dialogue.step import step
from engine.language.script import Script
from engine.trial.compare import facts_of
from engine.trial.replay import fold, hidden_keys
from server.kept import find_kept, load_kept
from server.live.record import LOG, SUMMARY, RecordError, conclude, summary_of
from server.live.shelf import Shelf
from server.refusal import refusal

WAS = ("disposition", "grade", "rule", "known_by")
"""What is kept of a summary that is no longer true."""


def revise(folder: Path, told: Iterable[tuple[datetime, Event]], shelf: Shelf) -> dict[str, object] | None:
    """Fold what was told into the closed record, and return its new summary; None where nothing was new. Raises
    `RecordError`.
    """
    log, known = _read(folder)
    script = script_of(folder / LOG, log.header, shelf)
    if script is None:
        raise RecordError(f"{folder}: the script of the call is not here")
    added = tuple(_added(script, log, told))
    if not added:
        return None
    try:
        with (folder / LOG).open("a", encoding="utf-8") as file:
            file.write("".join(entry_line(entry) for entry in added))
    except OSError as problem:
        raise RecordError(f"cannot write {folder / LOG}: {refusal(problem)}") from None
    whole = Log(log.header, (*log.entries, *added))
    facts = facts_of(whole, script.interest)
    made = summary_of(whole, script, facts)
    more = {name: value for name, value in known.items() if name not in made}
    was, now = _short(known), _short(made)
    if was != now:
        at = _at(log.header, added[-1].event)
        more["revised"] = [*_list(known.get("revised")), {"at": at, **was}]
    return conclude(folder, whole, script, facts, more)


def _read(folder: Path) -> tuple[Log, dict[str, object]]:
    try:
        log = read((folder / LOG).read_bytes())
        known = json.loads((folder / SUMMARY).read_bytes())
    except (OSError, ValueError) as problem:  # a `LogError` is a ValueError
        where = f"{LOG}: {problem}" if isinstance(problem, LogError) else str(problem)
        raise RecordError(f"{folder}: not a closed record: {where}") from None
    if log.torn or not log.entries or not isinstance(known, dict):
        raise RecordError(f"{folder}: not a whole record: {log.torn or SUMMARY}")
    return log, known


def _added(script: Script, log: Log, told: Iterable[tuple[datetime, Event]]) -> Iterable[Entry]:
    """The steps that tell something new."""
    state = _at_its_end(script, log)
    began = datetime.fromisoformat(log.header.started_at)
    last_ms = log.entries[-1].event.at_ms
    for at, event in told:
        last_ms = max(last_ms, (at - began) // timedelta(milliseconds=1))
        late = replace(event, at_ms=last_ms)
        after, actions = step(script, state, late)
        if not any(isinstance(action, Ignored) for action in actions):
            yield Entry(state.seq, late, actions)
            state = after


def _at_its_end(script: Script, log: Log) -> State:
    """The state of the call, run again from its log."""
    *_, (_, state, _) = fold(script, log.header, log.entries, hidden_keys(log.entries))
    return state


def script_of(log: Path, header: Header, shelf: Shelf) -> Script | None:
    """The script that the call ran with: on the shelf still, or kept."""
    shelved = shelf.scripts.get(header.script)
    if shelved and shelved.script.sha256 == header.script_sha256:
        return shelved.script
    kept = find_kept(log, header.script_sha256)
    return load_kept(kept)[0] if kept else None


def _short(summary: Mapping[str, object]) -> dict[str, object]:
    facts = summary.get("facts")
    told = {**facts, **summary} if isinstance(facts, dict) else summary
    return {name: told.get(name) for name in WAS}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _at(header: Header, event: Event) -> str:
    at = datetime.fromisoformat(header.started_at) + timedelta(milliseconds=event.at_ms)
    return at.isoformat(timespec="milliseconds")
