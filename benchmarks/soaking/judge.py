"""What a soak has shown: each call as its caller saw it, held against what the server has kept of it.

Every problem names its call. Expected are only the ends that a caller brought about, and those that a server brought
about which was killed or was being stopped while the call was there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.soaking.sounds import without_repeats
from engine.calls.actions import FOLLOW_UPS, HangUp, Play
from engine.calls.events import Heard
from engine.calls.log import Log, LogError, read
from server.live.record import LOG, SUMMARY

OWN_END = frozenset({"breaks", "freezes"})
"""Fates whose end is out of order."""
REPLAYED = 300
EXPECTED_FAULT = "ReaderDiedError"
"""In tracebacks: the recogniser's process was killed by us."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    call: str
    what: str

    @property
    def plain(self) -> dict[str, str]:
        return {"problem": self.what, "call": self.call}


@dataclass(frozen=True, slots=True)
class Kept:
    """The record of a call."""

    folder: Path
    log: Log
    summary: Row | None

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def was_cut(self) -> bool:
        return bool(self.summary) and "died" in str((self.summary or {}).get("trouble", ""))


def records(calls: Path) -> tuple[dict[str, Kept], list[Problem]]:
    """By call id."""
    found: dict[str, Kept] = {}
    problems: list[Problem] = []
    for folder in sorted(path.parent for path in calls.glob(f"*/*/{LOG}")):  # without one, the server was killed first
        try:
            log = read((folder / LOG).read_bytes())
            summary = json.loads((folder / SUMMARY).read_text("utf-8")) if (folder / SUMMARY).exists() else None
        except (OSError, LogError, ValueError) as trouble:
            problems.append(Problem(folder.name, f"its record cannot be read: {trouble}"))
            continue
        if log.header.call_id in found:
            problems.append(Problem(log.header.call_id, "it has two records"))
        found[log.header.call_id] = Kept(folder, log, summary)
    return found, problems


# --- what callers saw ------------------------------------------------------------------------------------------------


def calls(rows: Sequence[Row], kept: Mapping[str, Kept], outages: Sequence[tuple[float, float]]) -> Iterator[Problem]:
    for row in rows:
        record = kept.get(row["call_id"])
        if record is None and row["taken"]:
            yield Problem(row["call_id"], "it was taken, and there is no record of it")
        elif record:
            yield from (Problem(row["call_id"], what) for what in _of_call(row, record))
        disturbed = any(row["began"] <= until and row["at"] >= since for since, until in outages)
        if not row["in_order"] and row["fate"] not in OWN_END and not disturbed:
            yield Problem(row["call_id"], f"({row['fate']}, {row['gateway']}) it ended out of order: {row['why']}")
    known = {row["call_id"] for row in rows}
    yield from (Problem(name, "a record of no call that was made") for name in kept if name not in known)


def _of_call(row: Row, record: Kept) -> Iterator[str]:
    log, header = record.log, record.log.header
    if record.summary is None:
        yield "its record was never concluded"
    if (header.script, header.vars.get("code")) != (row["script"], row["code"]):
        yield f"its header is that of another call: {header.script}, {header.vars.get('code')}"
    played = without_repeats(
        part.audio for entry in log.entries for each in entry.actions if isinstance(each, Play)
        for part in each.parts if part.audio
    )  # fmt: skip
    if not _in_order(row["heard"], played):
        yield f"the caller heard {row['heard']}, decided was {played}"
    texts = [entry.event.text for entry in log.entries if isinstance(entry.event, Heard) and entry.event.final]
    if strange := [text for text in texts if text not in row["said"]]:
        yield f"words of nobody in this call: {strange}, said was {row['said']}"
    hung_up = any(isinstance(each, HangUp) for entry in log.entries for each in entry.actions)
    trouble = (record.summary or {}).get("trouble", "")
    if row["ended_by"] == "bot" and not hung_up and not trouble:
        yield "the bot hung up, and its log does not say so"


def _in_order(some: Iterable[str], whole: Iterable[str]) -> bool:
    """Is this a part of that, with gaps?"""
    left = iter(whole)
    return all(each in left for each in some)


# --- grades ----------------------------------------------------------------------------------------------------------


def grades(folder: Path, kept: Mapping[str, Kept]) -> Iterator[Problem]:
    """`huashu grade` of all logs, against the summaries."""
    told = _huashu(folder, "grade", "data/calls")
    found = {row["call_id"]: row for row in map(json.loads, told.stdout.splitlines())}
    if told.returncode:
        yield Problem("", f"huashu grade: {told.stderr.strip().splitlines()[-1]}")
    for call_id, record in kept.items():
        row = found.get(call_id)
        if row is None:
            yield Problem(call_id, "huashu grade does not know it")
        elif row["grade"] is None and row["disposition"] != "caller_fault":
            yield Problem(call_id, f"it has no grade ({row['disposition']})")
        elif record.summary and row["grade"] != record.summary["grade"]:
            yield Problem(call_id, f"its log is worth {row['grade']}, its summary says {record.summary['grade']}")


def replays(folder: Path, kept: Mapping[str, Kept], most: int = REPLAYED) -> tuple[int, list[Problem]]:
    """`huashu replay` of a sample: those that were cut off, and any others."""
    cut = [record for record in kept.values() if record.was_cut]
    others = [record for record in kept.values() if not record.was_cut]
    sample = [*cut[: most // 2], *Random(1).sample(others, min(len(others), most // 2))]  # noqa: S311
    if not sample:
        return 0, []
    told = _huashu(folder, "replay", "--json", *(str((each.folder / LOG).relative_to(folder)) for each in sample))
    same = [row for row in map(json.loads, told.stdout.splitlines()) if "same" in row]
    problems = [
        Problem(row["call_id"], f"it is replayed otherwise from step {row['seq']}") for row in same if not row["same"]
    ]
    if len(same) != len(sample) or (told.returncode and not problems):
        problems.append(Problem("", f"huashu replay: {told.stderr.strip()[-300:]}"))
    return len(sample), problems


def _huashu(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", "from server.cli import main; main()", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


# --- promises --------------------------------------------------------------------------------------------------------


def promises(
    kept: Mapping[str, Kept], outbox: Mapping[str, str], came: Mapping[str, int], changed: Iterable[str]
) -> Iterator[Problem]:
    """`outbox` has the state of each message by its id, `came` how often each was thanked for."""
    promised: dict[str, str] = {}
    for call_id, record in kept.items():
        mine = set(_promised(record))
        promised |= dict.fromkeys(mine, call_id)
        if lost := sorted(mine - outbox.keys()):
            yield Problem(call_id, f"promised, and not in the outbox: {lost}")
    by_name = {record.name: record for record in kept.values()}
    for name, state in outbox.items():
        record = by_name.get(name.partition(":")[0])
        call = record.log.header.call_id if record else name
        if name not in promised and not (record and record.was_cut):  # a promise is written before its step
            yield Problem(call, f"in the outbox, and never promised: {name}")
        if state in ("pending", "dead"):
            yield Problem(call, f"never delivered: {name} is {state}")
        if state == "done" and not came.get(name):
            yield Problem(call, f"called delivered, and never came: {name}")
    yield from (
        Problem(promised.get(name, name), f"came, and is not in the outbox: {name}")
        for name in came
        if name not in outbox
    )
    yield from (Problem(promised.get(name, name), f"came twice, and said something else: {name}") for name in changed)


def _promised(record: Kept) -> Iterator[str]:
    for entry in record.log.entries:
        promised = sum(isinstance(action, FOLLOW_UPS) for action in entry.actions)
        yield from (f"{record.name}:{entry.seq}:{number}" for number in range(promised))
    if record.summary is not None:
        yield f"{record.name}:ended:1"


# --- the server's own log --------------------------------------------------------------------------------------------


def faults(lines: Iterable[str]) -> tuple[dict[str, int], list[Problem]]:
    """How often each warning and error was told, and the faults among them."""
    told: Counter[str] = Counter()
    problems: list[Problem] = []
    plain: list[str] = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            plain.append(line)
            continue
        if event.get("level") in ("warning", "error", "critical"):
            told[f"{event['level']}: {event['event']}"] += 1
        if event.get("level") in ("error", "critical") and "exception" not in event:
            problems.append(Problem(event.get("call", ""), f"{event['event']}: {event.get('why', '')}"))
        if "exception" in event:
            problems.append(Problem(event.get("call", ""), f"{event['event']}: {event['exception'].splitlines()[-1]}"))
    for trace in re.split(r"(?=^(?:ERROR|WARNING|CRITICAL|INFO) )", "".join(plain), flags=re.MULTILINE):
        if trace.strip():
            told[trace.splitlines()[0][:80]] += 1
        if trace.startswith(("ERROR", "CRITICAL")) and EXPECTED_FAULT not in trace:
            problems.append(
                Problem("", f"in the server's log: {trace.strip()[:80]} … {trace.strip().splitlines()[-1]}")
            )
    return dict(told), problems
