"""What calls have left behind on a running server."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.server.live.serving import LiveServer


def left_behind(server: LiveServer, before: set[Path] | None = None) -> list[dict[str, Any]]:
    """The summaries of the calls, or of those since then; the last of them is written a moment after its socket has closed."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        records = set(server.records) - (before or set())
        if not server.desk.sessions and all((record / "summary.json").exists() for record in records):
            break
        time.sleep(0.01)
    return [json.loads((record / "summary.json").read_text(encoding="utf-8")) for record in records]
