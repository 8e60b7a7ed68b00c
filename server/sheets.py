"""Sheets for people who review calls: which calls or utterances to look at, and what they then say of them.

A sheet is CSV for a spreadsheet, or JSON lines. Reviewers fill the columns `right_grade` or `right_intents`, `by` and
`why`; a row that they leave empty says nothing. Which rows are picked by chance depends on the seed and on the call
alone, so that the same seed picks the same calls again, in whatever order the logs are read.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from engine.calls.actions import Entered, Matched, Play
from engine.calls.events import Heard
from engine.calls.log import Log
from engine.grading.grade import Grade
from engine.trial import transcript
from engine.trial.compare import LETTERS_AND_NONE
from server.content import shipped_intents
from server.grading import Grading
from server.labels import Label, LabelFiles, WrongLabelError, keep, meant, utterances_in
from server.logs import logs_in
from server.output import OK, PROBLEMS, USAGE, error, line, present
from server.refusal import refusal

Row = dict[str, Any]
CALL_COLUMNS = ("call_id", "log", "grade", "rule", "disposition", "picked", "words", "right_grade", "by", "why")
UTTERANCE_COLUMNS = (
    "call_id", "log", "step", "stage", "bot", "caller", "intents", "picked", "right_intents", "by", "why"
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is carried out by spreadsheets."""
PICKED = "picked by chance"


# --- what to look at -------------------------------------------------------------------------------------------------


def sample(paths: tuple[Path, ...], *, pick: str, size: int, seed: int, out: Path | None, script: Path | None) -> int:
    """Write the sheet of a sample."""
    rows_of, columns = PICKS[pick]
    grading = Grading(script, "")
    found: list[tuple[float, str, Row]] = []
    wrong = 0
    for path, log in logs_in(paths):
        graded = log if isinstance(log, str) else grading.of(path, log)
        if isinstance(log, str) or isinstance(graded, str):
            error(str(graded))
            wrong += 1
            continue
        for rank, row in rows_of(log, graded[1]):
            row |= {"call_id": log.header.call_id, "log": str(path)}
            found.append((rank, _chance(seed, row), {name: row.get(name, "") for name in columns}))
    found.sort(key=lambda each: each[:2])
    rows = [row for _, _, row in found[:size]]
    try:
        _write(rows, columns, out)
    except OSError as problem:
        if out is None:
            raise
        error(f"cannot write '{out}': {refusal(problem)}")
        return PROBLEMS
    if out:
        click.echo(f"{out}: {len(rows)} of {len(found)} to look at")
    return PROBLEMS if wrong else OK


def _chance(seed: int, row: Row) -> str:
    return sha256(f"{seed} {row['call_id']} {row.get('step', '')}".encode()).hexdigest()


def _any_call(log: Log, graded: Grade) -> Iterator[tuple[float, Row]]:
    yield 0, _call(log, graded, PICKED)


def _at_boundary(log: Log, graded: Grade) -> Iterator[tuple[float, Row]]:
    """A call that missed a better grade by one condition alone."""
    near = [missed for missed in graded.missed if len(missed.wanting) == 1]
    if near:
        yield 0, _call(log, graded, f"{near[-1].letter} by {near[-1]}")


def _call(log: Log, graded: Grade, why: str) -> Row:
    said = [f"{who}: {text}" for turn in transcript.turns(log.entries) for who, text in _speakers(turn) if text]
    return {
        "grade": graded.letter or "none",
        "rule": graded.rule,
        "picked": why,
        "words": "\n".join(said),
    }


def _speakers(turn: transcript.Said) -> tuple[tuple[str, str], ...]:
    return ("bot", turn.bot), ("caller", turn.caller)


def _any_utterance(log: Log, graded: Grade) -> Iterator[tuple[float, Row]]:
    for row, _, _ in _utterances(log):
        yield 0, row | {"picked": PICKED}


def _doubtful(log: Log, graded: Grade) -> Iterator[tuple[float, Row]]:
    """Utterances that the recogniser was not sure of, or that are only like a phrase; the most doubtful first."""
    for row, matched, sure in _utterances(log):
        scores = [hit.score for hit in matched.hits if not hit.negated and hit.how in ("pinyin", "fuzzy")]
        doubts = {"heard": 1.0 if sure is None else sure, "matched": min(scores, default=1.0)}
        rank = min(doubts.values())
        if rank < 1:
            yield rank, row | {"picked": ", ".join(f"{name} {value:.0%}" for name, value in doubts.items())}


def _unknown(log: Log, graded: Grade) -> Iterator[tuple[float, Row]]:
    for row, matched, _ in _utterances(log):
        if not row["intents"] and not matched.disposition:
            yield 0, row | {"picked": "no intent"}


def _utterances(log: Log) -> Iterator[tuple[Row, Matched, float | None]]:
    """Each with where it was said, and how sure the recogniser was."""
    stage = asked = ""
    understood = utterances_in(log)
    for entry in log.entries:
        if matched := understood.get(entry.seq):
            sure = entry.event.confidence if isinstance(entry.event, Heard) else None
            intents = " ".join(dict.fromkeys(hit.id for hit in matched.hits if not hit.negated))
            row = {"step": entry.seq, "stage": stage, "bot": asked, "caller": matched.text, "intents": intents}
            yield row, matched, sure
        for action in entry.actions:
            if isinstance(action, Entered):
                stage = action.stage
            elif isinstance(action, Play):
                asked = action.text


PICKS: Mapping[str, tuple[Callable[[Log, Grade], Iterator[tuple[float, Row]]], tuple[str, ...]]] = {
    "random": (_any_call, CALL_COLUMNS),
    "boundary": (_at_boundary, CALL_COLUMNS),
    "utterances": (_any_utterance, UTTERANCE_COLUMNS),
    "doubtful": (_doubtful, UTTERANCE_COLUMNS),
    "unknown": (_unknown, UTTERANCE_COLUMNS),
}


def _write(rows: Iterable[Row], columns: tuple[str, ...], out: Path | None) -> None:
    if out is None:
        for row in rows:
            line(row)
    elif out.suffix.lower() == ".csv":
        sheet = io.StringIO(newline="")
        writer = csv.DictWriter(sheet, columns)
        writer.writeheader()
        writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
        out.write_text(sheet.getvalue(), "utf-8-sig")  # with the mark by which spreadsheets know UTF-8
    else:
        out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


# --- what people said ------------------------------------------------------------------------------------------------


def take_in(sheet: Path, paths: tuple[Path, ...], by: str) -> int:
    """Keep what a filled sheet says beside the logs of its calls."""
    try:
        rows = list(_rows(sheet))
    except (OSError, ValueError, csv.Error) as problem:
        error(f"cannot read '{sheet}': {refusal(problem) if isinstance(problem, OSError) else problem}")
        return USAGE
    wanted = {str(row.get("call_id", "")) for _, row in rows}
    found: dict[str, list[tuple[Path, Log]]] = {}
    for path, log in logs_in(paths):
        if isinstance(log, Log) and log.header.call_id in wanted:
            found.setdefault(log.header.call_id, []).append((path, log))
    shipped = shipped_intents() if any(row.get("right_intents") for _, row in rows) else frozenset[str]()
    taken, wrong, empty = 0, 0, 0
    for place, row in rows:
        try:
            path, label = _said(row, found, by, shipped)
            keep(path, [label])
        except _SilentError:
            empty += 1
        except (WrongLabelError, OSError) as problem:
            error(f"{sheet}:{place}: {problem}")
            wrong += 1
        else:
            taken += 1
    click.echo(f"{sheet}: {taken} labels kept, {empty} rows left empty, {wrong} wrong")
    return PROBLEMS if wrong else OK


class _SilentError(Exception):
    """A row in which nothing is said."""


def _rows(sheet: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a sheet, each with its line."""
    kind, text = sheet.suffix.lower(), _text_of(sheet.read_bytes())
    if kind == ".csv":
        head = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
        if "call_id" not in (reader.fieldnames or ()):
            raise ValueError("its first line names no column 'call_id'")
        yield from ((reader.line_num, row) for row in reader)
        return
    for number, each in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(each)
        except json.JSONDecodeError:
            raise ValueError(f"line {number} is no JSON object (a sheet of a spreadsheet ends in .csv)") from None
        if not isinstance(row, dict):
            raise ValueError(f"line {number} is no JSON object")  # noqa: TRY004  as what JSON itself finds wrong
        yield number, row


def _text_of(data: bytes) -> str:
    """UTF-8, as it was written; a spreadsheet in Chinese saves it in GBK. Raises ValueError."""
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ValueError("this is a workbook (save the sheet as CSV)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        raise ValueError("it is neither UTF-8 nor GBK") from None


def _said(
    row: Row, found: Mapping[str, list[tuple[Path, Log]]], by: str, shipped: AbstractSet[str]
) -> tuple[Path, Label]:
    """The label in a row, and the log of its call. Raises WrongLabelError, or _SilentError for none."""

    def cell(name: str) -> str:
        return str(row.get(name) or "").strip().removeprefix("'")

    call_id, intents = cell("call_id"), cell("right_intents")
    grade = unicodedata.normalize("NFKC", cell("right_grade"))  # Ａ of a Chinese keyboard is an A
    if not grade and not intents:
        raise _SilentError
    who = cell("by") or by
    if not who:
        raise WrongLabelError("nobody says so (fill 'by', or give --by)")
    path, log = _call_of(call_id, cell("log"), found)
    if grade:
        letter = next((each for each in LETTERS_AND_NONE if each.lower() == grade.lower()), None)
        if letter is None:
            raise WrongLabelError(f"no grade '{grade}' (there are: {', '.join(LETTERS_AND_NONE)})")
        return path, Label(call_id, who, cell("why"), present(), letter)
    if not cell("step").isdecimal():
        raise WrongLabelError(f"'{cell('step')}' is no step of a call")
    step = int(cell("step"))
    return path, Label(call_id, who, cell("why"), present(), step=step, intents=meant(log, step, intents, shipped))


def _call_of(call_id: str, log: str, found: Mapping[str, list[tuple[Path, Log]]]) -> tuple[Path, Log]:
    calls = found.get(call_id, [])
    if not calls:
        raise WrongLabelError(f"no call '{call_id}' in these logs")
    same = [each for each in calls if str(each[0]) == log] or calls
    if len(same) > 1:
        raise WrongLabelError(f"{len(same)} calls are named '{call_id}' (give the column 'log' the path of one)")
    return same[0]


def export(paths: tuple[Path, ...], *, sentences: bool) -> int:
    """Print what people have said: the latest label of each call and utterance, with what the machine found; or, as
    `huashu score` reads them, the utterances whose meaning they have told.
    """
    files, wrong = LabelFiles(), 0
    for path, log in logs_in(paths):
        if isinstance(log, str):
            error(log)
            wrong += 1
            continue
        said = files.beside(path)
        label = said.grade_of(log.header.call_id)
        if label and not sentences:
            line({"call_id": label.call_id, "log": str(path), "grade": label.grade, **_who(label)})
        for row, _, _ in _utterances(log):
            for label in said.intents.get((log.header.call_id, row["step"]), [])[-1:]:
                place = {"say": row["caller"], "is": list(label.intents)}
                more = {"call_id": label.call_id, "log": str(path), "step": label.step, "heard": row["intents"].split()}
                line(place if sentences else more | place | _who(label))
    return PROBLEMS if wrong or files.wrong else OK


def _who(label: Label) -> dict[str, str]:
    return {"by": label.by, "why": label.why, "at": label.at}
