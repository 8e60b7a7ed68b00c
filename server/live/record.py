"""What a call leaves behind: `calls/<date>/<call_id>/`, written as the call goes.

    log.jsonl       every step, appended before its orders are carried out; all else can be made again from it
    recording.wav   caller left, bot right
    transcript.txt  what was said, for people
    summary.json    disposition, grade with its proof, delays, what was dropped
    actions.jsonl   what is to be done for the caller: the only file with telephone numbers as they were told, for its
                    owner alone to read

After `kill -9` the log holds every decision that was acted on, and what was promised to the caller is there too; the
next start of the server concludes the record (`server.live.recovery`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from io import FileIO
from pathlib import Path

from engine.calls.actions import FOLLOW_UPS, Action
from engine.calls.log import Entry, Header, Log, entry_line, header_line, to_json
from engine.calls.mask import mask
from engine.grading.facts import Facts
from engine.grading.grade import grade
from engine.language.script import Script
from engine.trial import transcript
from server.logs import ACTIONS

LOG, SUMMARY, TRANSCRIPT = "log.jsonl", "summary.json", "transcript.txt"
RECORDING = "recording.wav"
_PLAIN = frozenset({"call_id", "script_sha256", "started_at"})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SAME_ID = 1000


class RecordError(OSError):
    """The record cannot be written; the message says why. A call without a record must not go on."""


def folder_for(calls: Path, header: Header) -> Path:
    """A new folder for this call; a call id that was there before gets a number."""
    plain = _UNSAFE.sub("_", header.call_id).strip("._")[:80] or "call"
    day = calls / header.started_at[:10]
    try:
        for number in range(1, _SAME_ID):
            folder = day / (plain if number == 1 else f"{plain}-{number}")
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            return folder
    except OSError as problem:
        raise RecordError(f"cannot make {day}: {(problem.strerror or 'unknown error').lower()}") from None
    raise RecordError(f"{_SAME_ID} calls are named {plain!r} already")


class Record:
    """The record of one call. `append` is called for every step before anything is done about it."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder = folder
        self.header = header
        self.entries: list[Entry] = []
        """Of this call so far; bounded by the limits of its script."""
        self._file: FileIO | None = None
        try:
            self._file = FileIO(folder / LOG, "a")
            self._file.write(header_line(header).encode())
        except OSError as problem:
            self._give_up()
            raise self._failed(problem) from None

    def append(self, entry: Entry) -> None:
        """Raises `RecordError` when the line could not be written; the entry is kept all the same."""
        self.entries.append(entry)
        if self._file is None:
            return
        line = entry_line(entry).encode()
        try:
            whole = self._file.write(line) == len(line)
            self._keep_private([action for action in entry.actions if isinstance(action, FOLLOW_UPS)])
        except OSError as problem:
            self._give_up()
            raise self._failed(problem) from None
        if not whole:  # what is torn is told by whoever reads the log
            self._give_up()
            raise self._failed(OSError("no space left for a whole line"))

    def _keep_private(self, actions: list[Action]) -> None:
        """What was promised to the caller is on disk as soon as it is decided."""
        if actions:
            file = os.open(self.folder / ACTIONS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(file, "a", encoding="utf-8") as opened:
                lines = (json.dumps(to_json(action, masked=False), ensure_ascii=False) + "\n" for action in actions)
                opened.writelines(lines)

    def _give_up(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _failed(self, problem: OSError) -> RecordError:
        return RecordError(f"cannot write {self.folder / LOG}: {problem.strerror or problem}")

    def close(self, script: Script, facts: Facts, more: Mapping[str, object]) -> dict[str, object]:
        """Write what is made from the log, and return the summary. Raises `RecordError`."""
        self._give_up()
        return conclude(self.folder, Log(self.header, tuple(self.entries)), script, facts, more)


def conclude(folder: Path, log: Log, script: Script, facts: Facts, more: Mapping[str, object]) -> dict[str, object]:
    """Write the summary and the transcript of a call beside its log. Raises `RecordError`."""
    graded = grade(script.scheme, facts)
    came = transcript.summary(log.header.call_id, log.entries, facts, graded)
    told = {
        "script": log.header.script,
        "script_sha256": log.header.script_sha256,
        "started_at": log.header.started_at,
        **{name: value for name, value in came.items() if name != "actions"},
        **more,
    }
    try:
        _put(folder / TRANSCRIPT, mask(transcript.render(log.header, log.entries, graded)))
        _put(folder / SUMMARY, json.dumps(masked(told), ensure_ascii=False, indent=1) + "\n")
    except OSError as problem:
        raise RecordError(f"cannot write {folder}: {problem.strerror or problem}") from None
    return told


def _put(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, for whoever looks into the folder meanwhile."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)


def outcome(script: Script, facts: Facts) -> dict[str, str]:
    """What a call has come to, in short."""
    graded = grade(script.scheme, facts)
    return {"grade": graded.letter or "", "rule": graded.rule, "disposition": facts.disposition}


def masked(value: object) -> object:
    """The same JSON value with the numbers in its texts masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: each if name in _PLAIN else masked(each) for name, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list) else value
