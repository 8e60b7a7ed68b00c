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
from server.live.record import LOG, SUMMARY, RecordError, conclude

log = structlog.get_logger()


def conclude_unfinished(calls: Path) -> int:
    """Conclude what an earlier server began and did not end; returns how many calls there were. What cannot be read is
    told and left as it is.
    """
    scripts: dict[Path, Script | None] = {}
    done = 0
    for folder in _unfinished(calls):
        found = _read(folder / LOG)
        kept = find_kept(folder / LOG, found.header.script_sha256) if found else None
        if found is None or kept is None:
            why = "its script was not kept" if found else "its log cannot be read"
            log.error("record_unfinished", call=mask(folder.name), why=why)
            continue
        if kept not in scripts:
            scripts[kept] = load_kept(kept)[0]
        done += _conclude(folder, found, scripts[kept])
    return done


def _unfinished(calls: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(calls.glob(f"*/*/{LOG}")) if not (path.parent / SUMMARY).exists())


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
