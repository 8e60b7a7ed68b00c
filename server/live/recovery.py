"""Calls that a server left unfinished when it died: their logs are whole, so their records are concluded at the next
start, with the grade that they had come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

from engine.calls.log import Log, LogError, read
from engine.calls.mask import mask
from engine.language.script import Script
from engine.trial.compare import facts_of
from server.kept import find_kept, load_kept
from server.live.days import Days
from server.live.record import LOG, SUMMARY, RecordError, conclude

log = structlog.get_logger()

CONCLUDED = ".concluded.json"
"""Beside the days: those in which no call is unfinished."""


def conclude_unfinished(calls: Path) -> int:
    """Conclude what an earlier server began and did not end; returns how many calls there were. What cannot be read is
    told and left as it is.
    """
    scripts: dict[Path, Script | None] = {}
    days = Days(calls, CONCLUDED)
    done = 0
    for day in days.left():
        concluded = [_conclude_from(folder, scripts) for folder in _unfinished(day)]
        done += sum(concluded)
        if all(concluded):
            days.done(day)
    days.keep()
    return done


def _unfinished(day: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(day.glob(f"*/{LOG}")) if not (path.parent / SUMMARY).exists())


def _conclude_from(folder: Path, scripts: dict[Path, Script | None]) -> bool:
    """By its log, and the script that it was held by; whether that could be done."""
    found = _read(folder / LOG)
    kept = find_kept(folder / LOG, found.header.script_sha256) if found else None
    if found is None or kept is None:
        why = "its script was not kept" if found else "its log cannot be read"
        log.error("record_unfinished", call=mask(folder.name), why=why)
        return False
    if kept not in scripts:
        scripts[kept] = load_kept(kept)[0]
    return _conclude(folder, found, scripts[kept])


def _read(path: Path) -> Log | None:
    try:
        return read(path.read_bytes())
    except (OSError, LogError):
        return None


def _conclude(folder: Path, found: Log, script: Script | None) -> bool:
    if script is None:
        log.error("record_unfinished", call=mask(folder.name), why="its script does not load any more")
        return False
    more = {"trouble": "the server died during the call", "cut_off": found.torn}
    try:
        told = conclude(folder, found, script, facts_of(found, script.interest), more)
    except RecordError as problem:
        log.error("record_unfinished", call=mask(folder.name), why=mask(str(problem)))
        return False
    log.warning("record_concluded", call=mask(folder.name), grade=told["grade"], rule=told["rule"])
    return True
