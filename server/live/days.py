"""The days of calls, and which of them need not be looked through again.

Records lie in a folder a day. Where nothing was left to do in one, nothing is until another call comes into it, which
the time tells at which that folder last changed. Those times are kept in a file beside the days, so that however many
calls there have been, a start looks through the latest day and those in which something has changed or is left.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import structlog

from server.live.record import put
from server.refusal import refusal

log = structlog.get_logger()


class Days:
    """Blocks, and is for one user; `name` is that of the file, which each purpose has for itself."""

    def __init__(self, calls: Path, name: str) -> None:
        self._calls = calls
        self._file = calls / name
        self._done = _read(self._file)
        self._changed: dict[str, int] = {}
        """When each folder last changed, in ns, as seen before any was looked through."""

    def left(self) -> list[Path]:
        """Those that must be looked through, oldest first; always the latest, which most calls come into."""
        self._changed = _changes(self._calls)
        latest = max(self._changed, default="")
        return [
            self._calls / name
            for name, changed in sorted(self._changed.items())
            if name == latest or self._done.get(name) != changed
        ]

    def done(self, day: Path) -> None:
        """Nothing is left to do in it."""
        self._done[day.name] = self._changed[day.name]

    def keep(self) -> None:
        """For the next start. Where that cannot be written, it looks through more."""
        there = {name: changed for name, changed in self._done.items() if name in self._changed}
        if not there:
            return
        try:
            put(self._file, json.dumps(there))
        except OSError as problem:
            log.warning("days_not_kept", file=str(self._file), why=refusal(problem))


def _changes(calls: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    with suppress(OSError), os.scandir(calls) as entries:
        for each in entries:
            with suppress(FileNotFoundError):
                if each.is_dir():
                    found[each.name] = each.stat().st_mtime_ns
    return found


def _read(file: Path) -> dict[str, int]:
    """Of a file that cannot be read nothing is known."""
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
