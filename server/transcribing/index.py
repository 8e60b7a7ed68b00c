"""What has been transcribed into a folder already: by the content of the recording and by how it was heard.

A line is added when a log is there, so a run that was stopped goes on where it stood. When a run is over the lines are
put in order, so the same recordings leave the same folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from engine.calls.log import Entry, Header, entry_line, header_line
from server.logs import TRANSCRIBED


class Index:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / TRANSCRIBED
        self._known: dict[str, tuple[str, str]] = {}
        """Content → how it was heard, and the log's name."""
        self._owners: dict[str, str] = {}
        """Log's name → content."""
        for line in self._lines():
            self._keep(line)

    def _lines(self) -> list[dict[str, str]]:
        try:
            text = self._file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        found = []
        for line in text.splitlines():
            try:
                value = json.loads(line)
                found.append({name: str(value[name]) for name in ("sha256", "how", "log")})
            except (ValueError, KeyError, TypeError):  # cut off, or somebody else's: that recording is heard again
                continue
        return found

    def _keep(self, line: dict[str, str]) -> None:
        self._known[line["sha256"]] = (line["how"], line["log"])
        self._owners[line["log"]] = line["sha256"]

    def done(self, sha256: str, how: str) -> Path | None:
        """The log of this recording, when it is there and was made in this way."""
        before, log = self._known.get(sha256, ("", ""))
        path = self._folder / log
        return path if log and before == how and path.is_file() else None

    def name_for(self, call_id: str, sha256: str, *, only_one: bool) -> str:
        """The file of its log; of two recordings with one name, and beside somebody else's log, the content tells."""
        name = f"{call_id}.jsonl"
        owner = self._owners.get(name)
        free = owner == sha256 or (owner is None and not (self._folder / name).exists())
        return name if free and only_one else f"{call_id}-{sha256[:8]}.jsonl"

    def write(self, name: str, sha256: str, how: str, header: Header, entries: tuple[Entry, ...]) -> Path:
        """Write a log, whole or not at all, and note it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path, unfinished = self._folder / name, self._folder / f".{name}.{os.getpid()}"
        try:
            text = header_line(header) + "".join(map(entry_line, entries))
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        line = {"sha256": sha256, "how": how, "log": name}
        self._keep(line)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return path

    def put_in_order(self) -> None:
        """Each recording once, by the name of its log."""
        if not self._known:
            return
        rows = sorted((log, sha256, how) for sha256, (how, log) in self._known.items())
        text = "".join(json.dumps({"sha256": sha256, "how": how, "log": log}) + "\n" for log, sha256, how in rows)
        if self._file.exists() and self._file.read_text(encoding="utf-8", errors="replace") == text:
            return
        unfinished = self._file.with_name(f".{TRANSCRIBED}.{os.getpid()}")
        with suppress(OSError):  # the order is for people; the lines are there
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(self._file)


def way(*told: object) -> str:
    """A short name for how a recording is heard: what changes its log changes this."""
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
