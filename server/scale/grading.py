"""Grading many calls: what is sent to whoever works, and what comes back.

Whoever grades a call needs its log and its rules, and no file: the rules are looked up here, once for each version of
a script, and go along with the work.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine import VERSION
from engine.calls.log import Header, Log, LogError, read_header
from engine.grading.grade import Scheme, grade
from engine.trial.compare import facts_of
from server.grading import Grading, as_text, explanation
from server.labels import Label
from server.logs import read_piece
from server.scale.continuing import digest, head
from server.scale.pieces import Piece
from server.scale.running import Batch, Shared

Rules = tuple[Scheme, frozenset[str]]
"""A scheme, and the intents that are interest questions."""


@dataclass(frozen=True, slots=True)
class Task:
    """A log to grade."""

    piece: Piece
    rules: str = ""
    """Key of its rules."""
    problem: str = ""
    """Why it has none."""
    correction: Label | None = None
    of: str = ""
    """Digest of all that its grade depends on, where results are kept."""
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one."""

    text: str = ""
    """A line of JSON, or an explanation."""
    why: str = ""
    """Why there is none."""
    warning: str = ""


class Tasks:
    """Makes tasks of logs, and keeps the rules that they need."""

    def __init__(self, grading: Grading, *, explain: bool, keyed: bool) -> None:
        self.shared: dict[str, bytes] = {}
        self._grading = grading
        self._explain = explain
        self._keyed = keyed
        self._known: dict[tuple[Path, str, str], str] = {}

    def of(self, pieces: Iterable[Piece]) -> Iterator[Task]:
        for piece in pieces:
            yield self._task(piece)

    def _task(self, piece: Piece) -> Task:
        try:
            header = read_header(piece.data)
        except LogError:
            return Task(piece)  # whoever reads it all says why
        key = self._key(piece.name, header)
        if key not in self.shared:
            return Task(piece, problem=key)
        correction = self._grading.labels.beside(piece.name).grade_of(header.call_id)
        of = _digest(piece, key, correction) if self._keyed else ""
        return Task(piece, key, "", correction, of, self._explain)

    def _key(self, path: Path, header: Header) -> str:
        """The key of the rules for this call, or why there are none."""
        about = (path.parent, header.script, header.script_sha256)
        if about not in self._known:
            rules = self._grading.rules_for(path, header)
            if isinstance(rules, str):
                return rules
            scheme, interest = rules
            key = digest(VERSION.encode(), repr((scheme, sorted(interest))).encode())
            self.shared.setdefault(key, packed(rules))
            self._known[about] = key
        return self._known[about]


class _Packer(pickle.Pickler):
    """Objects of dataclasses are made anew from their fields: compiled and frozen ones refuse to be filled."""

    def reducer_override(self, thing: object) -> Any:
        if not is_dataclass(thing) or isinstance(thing, type):
            return NotImplemented
        return type(thing), tuple(getattr(thing, each.name) for each in fields(thing))


def packed(rules: Rules) -> bytes:
    """Rules that can be sent to another process; `unpacked` there."""
    file = io.BytesIO()
    _Packer(file).dump(rules)
    return file.getvalue()


def _digest(piece: Piece, rules: str, correction: Label | None) -> str:
    said = json.dumps(asdict(correction)) if correction else ""
    return digest(str(piece.name).encode("utf-8", "surrogateescape"), piece.data, rules.encode(), said.encode())


# --- done anywhere ---------------------------------------------------------------------------------------------------


def grade_batch(batch: Batch[Task], shared: Shared) -> list[Result]:
    """The work of `server.scale.running`."""
    return [_result(task, shared) for task in batch.items]


def _result(task: Task, shared: Shared) -> Result:
    log = read_piece(task.piece)
    if isinstance(log, str):
        return Result(why=log)
    if not task.rules:
        return Result(why=task.problem)
    warning = f"{task.piece.name}: {log.torn}; graded from what is there" if log.torn else ""
    return Result(_text(task, log, *unpacked(shared[task.rules])), warning=warning)


def _text(task: Task, log: Log, scheme: Scheme, interest: frozenset[str]) -> str:
    facts = facts_of(log, interest)
    graded = grade(scheme, facts)
    if task.explain:
        return "\n".join(explanation(task.piece.name, log, graded, task.correction)) + "\n"
    text = as_text(log, facts, graded, task.correction)
    return head(task.piece.name, task.of) + text[1:] if task.of else text


@lru_cache(64)
def unpacked(data: bytes) -> Rules:
    rules: Rules = pickle.loads(data)  # noqa: S301  packed by the process that gave the work
    return rules
