"""`huashu inspect`: recorded calls held against rules of compliance and service (质检)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import soundfile

from engine.calls.log import Log
from engine.inspection.inspect import Inspected, Inspection, Result, inspect, plain
from engine.inspection.load_inspection import inspection_from
from engine.inspection.spoken import Conversation, Who, conversation
from engine.trial.compare import facts_of
from server.grading import Grading
from server.live.record import RECORDING
from server.logs import logs_in
from server.output import OK, PROBLEMS, USAGE, all_there, error, line, usable_content, write_page
from server.reports.words import Lang

FOLDER = "scripts/inspections"
CHANNELS = {"caller": 0, "bot": 1}
"""Of a recording: caller left, bot right."""
SILENCE_DB = -90.0


@dataclass(slots=True)
class Findings:
    inspection: Inspection
    calls: int = 0
    passed: int = 0
    violated: dict[str, list[Violation]] = field(default_factory=dict)
    """By rule."""
    unknown: dict[str, int] = field(default_factory=dict)
    """Calls in which a rule could not be told, by rule."""
    unread: int = 0
    stand_ins: dict[str, int] = field(default_factory=dict)
    """Calls that were simulated without this variable, by its name."""


@dataclass(frozen=True, slots=True)
class Violation:
    path: Path
    call_id: str
    result: Result


def inspect_logs(
    paths: tuple[Path, ...], *, rules: str, as_json: bool, every: bool, report: Path | None, lang: Lang
) -> int:  # fmt: skip
    """Inspect each call; PROBLEMS when one has not passed, or could not be read."""
    if not all_there(paths):
        return USAGE
    inspection = find_inspection(rules)
    if inspection is None:
        return USAGE
    found = Findings(inspection)
    for path, inspected in _inspected(paths, found):
        _count(found, path, inspected)
        if as_json:
            line({"log": str(path), **plain(inspected, inspection)})
        elif every or inspected.violations:
            click.echo("\n".join(_in_words(path, inspected)))
    if not found.calls and not found.unread:
        error(f"{', '.join(map(str, paths))}: no recorded calls are here, so none is inspected")
        return PROBLEMS
    for name, calls in found.stand_ins.items():
        advice = f"run huashu simulate with --var {name}=…"
        error(f"'{name}' was not given to {calls} simulated calls, so what depends on it is not told ({advice})")
    if not as_json:
        click.echo("\n".join(_summary(found)))
    if report:
        from server.reports import inspected as pages  # noqa: PLC0415  charts are slow to load

        if not write_page(pages.page(found, lang), report):
            return PROBLEMS
    return OK if found.passed == found.calls and not found.unread else PROBLEMS


def find_inspection(name: str) -> Inspection | None:
    """The inspection in a file, or of this name among those that are here; what is wrong with it is told."""
    return usable_content("inspection", name, FOLDER, inspection_from)


def _inspected(paths: tuple[Path, ...], found: Findings) -> Iterator[tuple[Path, Inspected]]:
    grading = Grading(None, "")
    for path, log in logs_in(paths):
        if isinstance(log, str):
            error(log)
            found.unread += 1
            continue
        call = heard(path, log, grading)
        for name in call.stand_ins:
            found.stand_ins[name] = found.stand_ins.get(name, 0) + 1
        yield path, inspect(found.inspection, call)


def heard(path: Path, log: Log, grading: Grading) -> Conversation:
    """A call with the loudness of its utterances, where its recording lies beside its log."""
    call = conversation(log, facts_of(log, grading.interest_of(log.header)))
    recording = path.with_name(RECORDING)
    return call.louder(levels_db(call, recording)) if recording.is_file() else call


def levels_db(call: Conversation, recording: Path) -> dict[tuple[int, Who], float]:
    """The level of each utterance, by step and side, in decibels below full scale; of a recording that cannot be read
    nothing.
    """
    try:
        samples, rate_hz = soundfile.read(recording, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError):
        return {}
    if samples.shape[1] <= max(CHANNELS.values()):
        return {}
    levels: dict[tuple[int, Who], float] = {}
    for spoken in call.utterances:
        if spoken.start_ms is None or not spoken.lasted_ms:
            continue
        start, end = (ms * rate_hz // 1000 for ms in (spoken.start_ms, spoken.start_ms + spoken.lasted_ms))
        piece = samples[start:end, CHANNELS[spoken.who]]
        if piece.size:
            power = float(np.mean(np.square(piece)))
            levels[spoken.seq, spoken.who] = 10 * float(np.log10(power)) if power > 0 else SILENCE_DB
    return levels


def _count(found: Findings, path: Path, inspected: Inspected) -> None:
    found.calls += 1
    found.passed += inspected.passed
    for result in inspected.results:
        if result.verdict == "violated":
            found.violated.setdefault(result.rule.id, []).append(Violation(path, inspected.call_id, result))
        elif result.verdict == "unknown":
            found.unknown[result.rule.id] = found.unknown.get(result.rule.id, 0) + 1


# --- for people ------------------------------------------------------------------------------------------------------


def _in_words(path: Path, inspected: Inspected) -> Iterator[str]:
    verdict = "passed" if inspected.passed else "not passed"
    yield f"{path}: call {inspected.call_id}: {verdict}, {inspected.points} points"
    for result in inspected.violations:
        rule = result.rule
        yield f"    {rule.id} ({rule.severity}){': ' + rule.title if rule.title else ''}"
        for each in result.proofs:
            at = (
                f"{each.at_ms // 60_000}:{each.at_ms // 1000 % 60:02}  {each.who}  “{each.words}”: "
                if each.words
                else ""
            )
            yield f"        {at}{each.found}{f', step {each.seq}' if each.seq >= 0 else ''}"


def _summary(found: Findings) -> Iterator[str]:
    for rule in found.inspection.rules:
        violated, unknown = len(found.violated.get(rule.id, ())), found.unknown.get(rule.id, 0)
        told = f", not told by {unknown}" if unknown else ""
        if violated or unknown:
            yield f"{rule.id} ({rule.severity}): {violated} violations{told}"
    yield f"{found.passed} of {found.calls} calls passed"
