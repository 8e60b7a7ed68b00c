"""What calls have left behind on a running server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from server.live.record import LOG, SUMMARY
from tests.server.live.serving import LiveServer, wait_for


def left_behind(server: LiveServer, before: set[Path] | None = None) -> list[dict[str, Any]]:
    """The summaries of the calls, or of those since then; the last of them is written a moment after its socket has closed."""

    def records() -> list[Path]:
        return [record for record in server.records if record not in (before or ())]

    def are_over() -> bool:
        under_way = server.desk.sessions or server.desk.asking
        return not under_way and all((record / SUMMARY).exists() for record in records())

    wait_for(are_over)
    return [json.loads((record / SUMMARY).read_text(encoding="utf-8")) for record in records()]


def named(server: LiveServer, name: str) -> Path:
    """The record of the call of this name."""
    (record,) = [path for path in server.records if path.name == name]
    return record


def summary_of(server: LiveServer, name: str) -> dict[str, Any]:
    """What the record of a call says, once it is there."""
    wait_for(lambda: any(path.name == name and (path / SUMMARY).exists() for path in server.records))
    told: dict[str, Any] = json.loads((named(server, name) / SUMMARY).read_text(encoding="utf-8"))
    return told


def events_of(record: Path) -> list[dict[str, Any]]:
    """The events in its log, as far as that is written: of a call in progress, the last line may not be whole yet."""
    lines = (record / LOG).read_bytes().split(b"\n")[1:-1]
    return [json.loads(line)["event"] for line in lines]
