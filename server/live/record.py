"""What a call leaves behind: `calls/<date>/<call_id>/`, written as the call goes.

    log.jsonl       every step, appended before its orders are carried out; all else can be made again from it
    recording.wav   caller left, bot right
    transcript.txt  what was said, for people
    summary.json    disposition, grade with its proof, delays, what was dropped
    lead.json, actions.jsonl   whose call it is, and what is to be done for the caller: the only files with telephone
                    numbers as they were told, for their owner alone to read (`server.live.private`)

After `kill -9` the log holds every decision that was acted on, and what was promised to the caller is there too; the
next start of the server concludes the record (`server.live.recovery`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog

from engine.calls.log import Entry, Header, Log, entry_line, header_line
from engine.calls.mask import mask
from engine.grading.facts import Facts
from engine.grading.grade import grade
from engine.inspection.inspect import Inspection, inspect, plain
from engine.inspection.spoken import conversation
from engine.language.script import Script
from engine.trial import transcript
from server.live.private import Private, lead_of, private_in
from server.logs import ACTIONS
from server.refusal import refusal

logger = structlog.get_logger()

LOG, SUMMARY, TRANSCRIPT = "log.jsonl", "summary.json", "transcript.txt"
RECORDING = "recording.wav"
_PLAIN = frozenset({"call_id", "script_sha256", "started_at"})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SAME_ID = 1000
PROBE_BYTES = 1 << 16
"""More than a call's log mostly takes."""


class RecordError(OSError):
    """The record cannot be written; the message says why. A call without a record must not go on."""


def plain_name(call_id: str) -> str:
    """The gateway's name for a call as one of a folder."""
    return _UNSAFE.sub("_", call_id).strip("._")[:80] or "call"


def folder_for(calls: Path, header: Header) -> Path:
    """A new folder for this call; a call id that was there before gets a number."""
    plain = plain_name(header.call_id)
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
        raise RecordError(f"cannot make {day}: {refusal(problem)}") from None
    raise RecordError(f"{_SAME_ID} calls are named {plain!r} already")


def unwritable(calls: Path) -> str:
    """Why no record could be written now; empty where one could. Blocks."""
    try:
        calls.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=calls, prefix=".probe-", buffering=0) as file:
            file.write(bytes(PROBE_BYTES))
    except OSError as problem:
        return f"no record can be written: {refusal(problem)}"
    return ""


class Record:
    """The record of one call. `append` is called for every step before anything is done about it."""

    def __init__(self, folder: Path, header: Header, private: Private | None = None) -> None:
        self.folder = folder
        self.header = header
        self.private = private or Private(folder, lead_of(folder, header, "", {}))
        self.inspection: Inspection | None = None
        """What the call is held against when it ends."""
        self.entries: list[Entry] = []
        """Of this call so far; bounded by the limits of its script."""
        self._file: FileIO | None = None
        try:
            self.private.begin()  # first, as a log that is there is concluded, and that is told to others
            put(folder / LOG, header_line(header))
            self._file = FileIO(folder / LOG, "a")
        except OSError as problem:
            self._give_up()
            raise self._failed(problem) from None

    def append(self, entry: Entry) -> None:
        """Raises `RecordError` when the line could not be written; the entry is kept all the same."""
        self.entries.append(entry)
        self._promise(entry)
        if self._file is None:
            return
        line = entry_line(entry).encode()
        try:
            whole = self._file.write(line) == len(line)
        except OSError as problem:
            self._give_up()
            raise self._failed(problem) from None
        if not whole:  # what is torn is told by whoever reads the log
            self._give_up()
            raise self._failed(OSError("no space left for a whole line"))

    def _promise(self, entry: Entry) -> None:
        """Before the log, so that no promise in the log is on no list; and when the log can no longer be written."""
        try:
            self.private.keep(entry)
        except OSError as problem:
            why = refusal(problem)
            logger.error(
                "promise_unwritten", call=mask(self.folder.name), file=ACTIONS, why=why, then="told all the same"
            )

    def _give_up(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _failed(self, problem: OSError) -> RecordError:
        return RecordError(f"cannot write {self.folder / LOG}: {refusal(problem)}")

    def close(self, script: Script, facts: Facts, more: Mapping[str, object]) -> dict[str, object]:
        """Write what is made from the log, and return the summary. Raises `RecordError`."""
        self._give_up()
        log = Log(self.header, tuple(self.entries))
        if self.inspection:
            held = plain(inspect(self.inspection, conversation(log, facts)), self.inspection)
            more = {**more, "inspection": {name: value for name, value in held.items() if name != "call_id"}}
        return conclude(self.folder, log, script, facts, more, private=self.private)


def conclude(
    folder: Path, log: Log, script: Script, facts: Facts, more: Mapping[str, object], *, private: Private | None = None
) -> dict[str, object]:
    """Write the summary and the transcript of a call beside its log, and tell what it came to; again, where that has
    changed. Raises `RecordError`.
    """
    told = {**summary_of(log, script, facts), **more}
    try:
        if mine := private or private_in(folder):
            mine.ended(told, log.entries)
        put(folder / TRANSCRIPT, mask(transcript.render(log.header, log.entries, grade(script.scheme, facts))))
        put(folder / SUMMARY, json.dumps(masked(told), ensure_ascii=False, indent=1) + "\n")
    except OSError as problem:
        raise RecordError(f"cannot write {folder}: {refusal(problem)}") from None
    return told


def summary_of(log: Log, script: Script, facts: Facts) -> dict[str, object]:
    """What a log tells of its call, in short."""
    came = transcript.summary(log.header.call_id, log.entries, facts, grade(script.scheme, facts))
    return {
        "script": log.header.script,
        "script_sha256": log.header.script_sha256,
        "started_at": log.header.started_at,
        **{name: value for name, value in came.items() if name != "actions"},
    }


def put(path: Path, text: str) -> None:
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
