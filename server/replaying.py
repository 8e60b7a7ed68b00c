"""`huashu replay`: recorded calls run again, each told as it comes, and in the end where they part and why."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from engine.calls.actions import Action
from engine.calls.events import Event
from engine.calls.log import RECORDING, Header, Log, to_json
from engine.dialogue.step import LeadError
from engine.trial.replay import Divergence
from engine.trial.replay import replay as replay_log
from server.logs import NO_LOGS, NOT_AGAIN, Scripts, Told, read_piece, tell_none
from server.output import OK, PROBLEMS, USAGE, error, line, usable_script, write_page
from server.partings import Crossing, Example, Outcome, Reason, Summary, as_json, place_of, sides
from server.scale.pieces import Piece, pieces_in
from server.scale.progress import watched
from server.scale.running import Batch, Shared, WorkersDiedError, batches, jobs_for, run

if TYPE_CHECKING:
    from server.reports.words import Lang

MANY = 200
"""Logs from which on it is worth starting processes; a call is played in some milliseconds."""
SHOWN = 12
"""Reasons and places that people are told; the JSON and the page have all."""
LONGEST, SHORTER = 100, 40
"""Characters of a prompt that are told to people."""
START, UNNOTICED = "(start)", " (no caller would notice)"
SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one log."""

    log: Path
    outcome: Outcome
    header: Header | None = None
    steps: int = 0
    parting: Divergence | None = None
    why: str = ""
    """Why it could not be replayed, or was not to its end."""
    told: str = ""
    """Problems of its script, which many logs share."""


def replay(
    paths: Iterable[Path],
    other: Path | None,
    *,
    jobs: int | None = None,
    summary_only: bool = False,
    report: Path | None = None,
    lang: Lang = "zh",
    as_json: bool,
) -> int:
    """PROBLEMS when a call is not the same or a log cannot be replayed; else USAGE when one is made of a recording."""
    if other and usable_script(other) is None:
        return PROBLEMS
    paths = list(paths)
    summary, teller = Summary(), _Teller(as_json=as_json, each=not summary_only)
    try:
        for found in watched(_results(paths, other, jobs), "calls replayed", printing=not summary_only):
            place = place_of(found.parting, found.header) if found.parting and found.header else None
            example = _example(found) if place else None
            summary.take(found.outcome, place, example)
            teller.tell(found)
    except WorkersDiedError as problem:
        error(str(problem))
        return PROBLEMS
    teller.tell_summary(summary)
    if not summary.logs:
        tell_none(paths)
    if report:
        from server.reports.replayed import replayed_page  # noqa: PLC0415

        if not write_page(replayed_page(summary, str(other) if other else "", lang), report):
            return USAGE
    failed = summary.outcomes["differs"] or summary.outcomes["unreadable"]
    return PROBLEMS if failed else USAGE if summary.outcomes["recording"] else OK


def _results(paths: Iterable[Path], other: Path | None, jobs: int | None) -> Iterator[Replayed]:
    number, pieces = jobs_for(pieces_in(paths, NO_LOGS), jobs, MANY)
    shared = {SCRIPT: json.dumps([str(other or ""), uuid4().hex]).encode()}
    return run(replay_batch, batches(pieces, lambda _: SCRIPT, 16), shared, number)


def _example(found: Replayed) -> Example | None:
    if found.header is None or found.parting is None:
        return None
    return Example(str(found.log), found.header.call_id, found.parting.seq)


# --- done in any process ---------------------------------------------------------------------------------------------


def replay_batch(batch: Batch[Piece], shared: Shared) -> list[Replayed]:
    """The work of `server.scale.running`; the script that is to be replayed on goes along by its path."""
    scripts = _scripts(shared[SCRIPT])
    return [_replayed(piece, scripts) for piece in batch.items]


@lru_cache(1)
def _scripts(told: bytes) -> Scripts:
    """Each loaded once in a run: a later run, which has another token, reads its scripts anew."""
    other, _token = json.loads(told)
    return Scripts(Path(other) if other else None)


def _replayed(piece: Piece, scripts: Scripts) -> Replayed:
    log = read_piece(piece)
    if isinstance(log, str):
        return Replayed(piece.name, "unreadable", why=log)
    if log.header.source == RECORDING:
        return Replayed(piece.name, "recording", log.header, why=f"{piece.name}: {NOT_AGAIN}")
    with redirect_stderr(io.StringIO()) as told:  # what is wrong with a script is told once, whoever has found it
        script = scripts.of(piece.name, log.header, must_be_same=scripts.only is None)
    if isinstance(script, str):
        why = script if isinstance(script, Told) else f"{piece.name}:1: {script}"
        return Replayed(piece.name, "unreadable", log.header, why=why, told=told.getvalue())
    try:
        parting = replay_log(script, log.header, log.entries)
    except LeadError as problem:
        return Replayed(piece.name, "unreadable", log.header, why=f"{piece.name}: {problem}")
    torn = f"{piece.name}: {log.torn}; replayed as far as it goes" if log.torn else ""
    return _result(piece, log, parting, torn)


def _result(piece: Piece, log: Log, parting: Divergence | None, torn: str) -> Replayed:
    return Replayed(piece.name, "differs" if parting else "same", log.header, len(log.entries), parting, torn)


# --- telling ---------------------------------------------------------------------------------------------------------


class _Teller:
    """Tells each call as it comes, then what they come to."""

    def __init__(self, *, as_json: bool, each: bool) -> None:
        self._as_json = as_json
        self._each = each
        self._known: set[str] = set()

    def tell(self, found: Replayed) -> None:
        if found.told and found.told not in self._known:
            self._known.add(found.told)
            click.echo(found.told, nl=False, err=True)
        counted_only = found.outcome == "recording" and not self._each
        if found.why and not isinstance(found.why, Told) and not counted_only:
            error(found.why)
        if not self._each or found.header is None or found.outcome not in ("same", "differs"):
            return
        if self._as_json:
            line(_plain(found, found.header))
        else:
            click.echo("\n".join(_lines(found)))

    def tell_summary(self, summary: Summary) -> None:
        if self._as_json:
            line({"summary": as_json(summary)})
        elif summary.logs != 1 or not self._each:
            click.echo("\n".join(_summary_lines(summary)))


def _plain(found: Replayed, header: Header) -> dict[str, object]:
    told: dict[str, object] = {"call_id": header.call_id, "log": str(found.log), "same": found.parting is None}
    if parting := found.parting:
        told |= {"seq": parting.seq, "stage": parting.stage, "event": to_json(parting.event, masked=True)}
        told |= {name: [to_json(each, masked=True) for each in actions] for name, actions in _sides(parting)}
    return told


def _lines(found: Replayed) -> Iterator[str]:
    parting = found.parting
    if parting is None:
        yield f"{found.log}: same, {found.steps} steps"
        return
    yield f"{found.log}: differs at step {parting.seq}"
    yield f"    {'event':9} {_in_words(parting.event)}"
    for name, actions in _sides(parting):
        yield from (f"    {name:9} {_in_words(action)}" for action in actions)


def _sides(parting: Divergence) -> list[tuple[str, tuple[Action, ...]]]:
    recorded, computed = sides(parting)
    return [("recorded", recorded), ("now", computed)]


def _in_words(thing: Event | Action) -> str:
    """An event or action in one line: its type, then its fields."""
    form = to_json(thing, masked=True)
    fields = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in form.items() if name != "type"]
    return " ".join([str(form["type"]), *fields])


def _summary_lines(summary: Summary) -> Iterator[str]:
    counts = summary.outcomes
    others = ((counts["recording"], "made of recordings"), (counts["unreadable"], "not replayed"))
    rest = "".join(f", {number:,} {what}" for number, what in others if number)
    yield f"{summary.logs:,} logs: {counts['same']:,} the same, {counts['differs']:,} part{rest}"
    yield from _several("why", [_reason_lines(each) for each in summary.reasons()])
    yield from _several("where", [_place_lines(each) for each in summary.crossings()])


def _several(what: str, found: Sequence[Iterable[str]]) -> Iterator[str]:
    if found:
        yield f"{what}:"
    for lines in found[:SHOWN]:
        yield from lines
    if len(found) > SHOWN:
        yield f"  … and {len(found) - SHOWN} more (--json and --report have all)"


def _reason_lines(reason: Reason) -> Iterator[str]:
    stages = ", ".join(f"{stage or START} {calls:,}" for stage, calls in reason.stages.items())
    yield f"  {reason.calls:,} calls{'' if reason.noticed else UNNOTICED} in {stages}"
    yield f"      then   {_short(reason.then)}"
    yield f"      now    {_short(reason.now)}"
    yield f"      as in  {reason.example.log}, step {reason.example.seq}"


def _place_lines(crossing: Crossing) -> Iterator[str]:
    place = crossing.place
    rules = " → ".join(dict.fromkeys(rule or "no rule" for rule in (place.rule, place.rule_now)))
    after = f", after “{_short(place.prompt, SHORTER)}”" if place.prompt else ""
    yield f"  {crossing.calls:,} in {place.stage or START}, {rules}{after}"


def _short(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
