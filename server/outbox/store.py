"""What became of each message: waiting, delivered, given up; and who is not to be called.

One SQLite file beside the records of the calls, for its owner alone. The messages themselves are also in the calls'
own files, so a store that is lost is filled again from there, under the same ids.

    pending      waits for its receiver
    done         its receiver has said so; the body is gone, the id stays, so that it is known again
    dead         given up; a person must look at it
    withdrawn    not sent, since the person is on the do-not-call list
    dropped      a person has said that it shall not be sent

What is done, withdrawn or dropped is forgotten after some months, and so is what nobody wants to be told.

Nothing here waits or knows the time; the methods run on one thread and may take as long as a disk takes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from server.outbox.message import CONTACTS, DO_NOT_CALL, Left, Message

NAME = "outbox.db"
BUSY_SECONDS = 5.0
"""So long for another process at the same file."""
State = Literal["pending", "done", "dead", "withdrawn", "dropped"]
STATES: tuple[State, ...] = ("pending", "done", "dead", "withdrawn", "dropped")
LISTED = "the number is on the do-not-call list"

_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
  id TEXT PRIMARY KEY, type TEXT NOT NULL, call TEXT NOT NULL, number TEXT NOT NULL, recipient TEXT NOT NULL,
  body TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due_s REAL NOT NULL,
  why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS open ON messages (state, due_s) WHERE state <> 'done';
CREATE INDEX IF NOT EXISTS hushes ON messages (due_s) WHERE state = 'pending' AND type = 'do_not_call';
CREATE INDEX IF NOT EXISTS aged ON messages (due_s) WHERE state IN ('done', 'withdrawn', 'dropped');
CREATE INDEX IF NOT EXISTS calls ON messages (call);
CREATE INDEX IF NOT EXISTS numbers ON messages (number) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS recipients ON messages (recipient) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS do_not_call (number TEXT PRIMARY KEY, since_s REAL NOT NULL, why TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS looked_at (call TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL);
"""
_MARKS = ", ".join("?" * len(CONTACTS))
_CONTACTS = tuple(sorted(CONTACTS))
_COLUMNS = "id, type, call, number, recipient, body, state, tries, due_s, why"


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    type: str
    call: str
    number: str
    recipient: str
    body: str
    state: State
    tries: int
    due_s: float
    why: str
    """What the receiver has said last, or why it was withdrawn or dropped."""


@dataclass(frozen=True, slots=True)
class Put:
    """What has become of messages that were handed in."""

    new: tuple[str, ...]
    """The types of those that were not known yet."""
    withdrawn: tuple[str, ...]
    """The ids of those that will not be sent, new ones and old ones."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What has come of one try."""

    id: str
    state: State
    why: str
    due_s: float
    """When it is tried again, if it is."""


class Store:
    """Every method raises `sqlite3.Error` or `OSError` when the disk does not do its part; then nothing has changed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its other files the same mode
        self._db = _connect(path)

    def close(self) -> None:
        self._db.close()

    # --- taking ------------------------------------------------------------------------------------------------------

    def put(self, messages: Iterable[Message], now_s: float) -> Put:
        """Take messages, each once however often it comes."""
        with self._db:
            return self._put_all(messages, now_s)

    def _put_all(self, messages: Iterable[Message], now_s: float) -> Put:
        new: list[str] = []
        withdrawn: list[str] = []
        for each in messages:
            if self._is_new(each, now_s):
                new.append(each.type)
                withdrawn += self._withdrawn_by(each, now_s)
        return Put(tuple(new), tuple(withdrawn))

    def _is_new(self, each: Message, now_s: float) -> bool:
        new = self._db.execute(
            f"INSERT OR IGNORE INTO messages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, '')",  # noqa: S608
            (each.id, each.type, each.call, each.number, each.recipient, each.body, now_s),
        )
        return new.rowcount > 0

    def _withdrawn_by(self, each: Message, now_s: float) -> list[str]:
        if each.type == DO_NOT_CALL:
            return self._hush(each.number, each.call, now_s, f"asked for in {each.call}")
        if each.type in CONTACTS and (why := self._barred(each)):
            self._db.execute("UPDATE messages SET state = 'withdrawn', why = ? WHERE id = ?", (why, each.id))
            return [each.id]
        return []

    def _barred(self, each: Message) -> str:
        """Why this may not reach the person; empty where it may."""
        if self.listed(each.number) or self.listed(each.recipient):
            return LISTED
        asked = self._db.execute("SELECT id FROM messages WHERE call = ? AND type = ?", (each.call, DO_NOT_CALL))
        found = asked.fetchone()
        return f"not wanted: {found[0]}" if found and not each.number else ""

    def _hush(self, number: str, call: str, now_s: float, why: str) -> list[str]:
        """Put a number on the list, and withdraw what would reach it and what is of the call."""
        if number:
            self._db.execute("INSERT OR IGNORE INTO do_not_call VALUES (?, ?, ?)", (number, now_s, why))
        gone = self._db.execute(
            "UPDATE messages SET state = 'withdrawn', why = ? WHERE state = 'pending'"  # noqa: S608
            f" AND type IN ({_MARKS}) AND (call = ? OR (? <> '' AND (number = ? OR recipient = ?))) RETURNING id",
            (LISTED if number else why, *_CONTACTS, call, number, number, number),
        )
        return [name for (name,) in gone.fetchall()]

    # --- delivering --------------------------------------------------------------------------------------------------

    def due(self, types: Sequence[str], now_s: float, most: int) -> list[Row]:
        """What of these types is to be sent now: nothing but do-not-call, while there is any."""
        marks = ", ".join("?" * len(types))
        hushes = "INDEXED BY hushes WHERE state = 'pending' AND type = 'do_not_call'"
        first = f"{hushes} AND due_s <= ? ORDER BY due_s, rowid LIMIT ?"
        if DO_NOT_CALL in types and (found := self._all(first, (now_s, most))):
            return found
        return self._rows(
            f"state = 'pending' AND due_s <= ? AND type IN ({marks}) ORDER BY due_s, rowid LIMIT ?",
            (now_s, *types, most),
        )

    def settle(self, tries: Iterable[Tried]) -> None:
        """These tries are over. What was delivered is so, even if it has been withdrawn meanwhile."""
        with self._db:
            for each in tries:
                self._settle(each)

    def _settle(self, tried: Tried) -> None:
        if tried.state == "done":
            change = "state = 'done', body = '', number = '', recipient = ''"
            self._update(f"{change}, tries = tries + 1, why = ? WHERE id = ?", (tried.why, tried.id))
        else:
            change = "state = ?, tries = tries + 1, why = ?, due_s = ? WHERE id = ? AND state = 'pending'"
            self._update(change, (tried.state, tried.why, tried.due_s, tried.id))

    def forget(self, before_s: float, unheard: Sequence[str], most: int) -> tuple[int, int]:
        """Remove what has come to its end, and of these types, which have no receiver, also what waits, where it was
        due before that moment. Returns how many of each. What was given up stays: a person must look at it. Folders of
        calls of earlier days, which nobody looks into any more, need not be known again.
        """
        marks = ", ".join("?" * len(unheard))
        day = datetime.fromtimestamp(before_s, UTC).date().isoformat()
        with self._db:
            self._db.execute(
                "DELETE FROM looked_at WHERE call IN (SELECT call FROM looked_at WHERE call < ? LIMIT ?)", (day, most)
            )
            settled = self._removed("state IN ('done', 'withdrawn', 'dropped') AND due_s < ?", (before_s,), most)
            where = f"state = 'pending' AND due_s < ? AND type IN ({marks})"
            return settled, self._removed(where, (before_s, *unheard), most)

    def _removed(self, where: str, values: Sequence[object], most: int) -> int:
        some = f"SELECT rowid FROM messages WHERE {where} LIMIT ?"  # noqa: S608
        return self._db.execute(f"DELETE FROM messages WHERE rowid IN ({some})", (*values, most)).rowcount  # noqa: S608

    # --- what people do ----------------------------------------------------------------------------------------------

    def retry(self, name: str, now_s: float) -> str:
        """Send it again, from the first try on; returns why not, if not."""
        found = self.find(name)
        if found is None:
            return "there is no such message"
        if found.state == "done":
            return "it has been delivered"
        if found.type in CONTACTS and (self.listed(found.number) or self.listed(found.recipient)):
            return LISTED
        self._change("state = 'pending', tries = 0, due_s = ? WHERE id = ? AND state <> 'done'", (now_s, name))
        return ""

    def drop(self, name: str, why: str) -> str:
        """Send it no more; returns why not, if not."""
        found = self.find(name)
        if found is None:
            return "there is no such message"
        if found.state == "done":
            return "it has been delivered"
        self._change("state = 'dropped', why = ? WHERE id = ? AND state <> 'done'", (why, name))
        return ""

    def hush(self, number: str, now_s: float, why: str) -> tuple[str, ...]:
        """Put a number on the do-not-call list; returns the ids of what is withdrawn by that."""
        with self._db:
            return tuple(self._hush(number, "", now_s, why))

    def unhush(self, number: str) -> bool:
        """Take a number off the list. What was withdrawn stays so until somebody sends it again."""
        with self._db:
            return self._db.execute("DELETE FROM do_not_call WHERE number = ?", (number,)).rowcount > 0

    # --- looking -----------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Row | None:
        return next(iter(self._all("WHERE id = ?", (name,))), None)

    def open(self, states: Sequence[State], most: int = -1) -> list[Row]:
        """Messages that are not delivered, those first which have waited longest."""
        marks = ", ".join("?" * len(states))
        return self._rows(f"state IN ({marks}) ORDER BY due_s, rowid LIMIT ?", (*states, most))

    def waiting(self) -> dict[str, int]:
        """How many there are of each state but `done`, which are too many to count often."""
        found = dict(self._db.execute("SELECT state, count(*) FROM messages WHERE state <> 'done' GROUP BY state"))
        return {state: found.get(state, 0) for state in STATES if state != "done"}

    def counts(self) -> dict[str, int]:
        (done,) = self._db.execute("SELECT count(*) FROM messages WHERE state = 'done'").fetchone()
        waiting = self.waiting()
        return {state: waiting.get(state, done) for state in STATES}

    def listed(self, number: str) -> bool:
        found = self._db.execute("SELECT 1 FROM do_not_call WHERE number = ?", (number,))
        return bool(number) and found.fetchone() is not None

    def all_listed(self) -> list[tuple[str, float, str]]:
        """Every number that is not to be called, since when, and why."""
        return self._db.execute("SELECT number, since_s, why FROM do_not_call ORDER BY since_s, number").fetchall()

    # --- folders -----------------------------------------------------------------------------------------------------

    def looked_at(self) -> dict[str, int]:
        """The calls whose files have been read, and how much of them."""
        return dict(self._db.execute("SELECT call, size_bytes FROM looked_at"))

    def take(self, left: Sequence[Left], now_s: float) -> Put:
        """What folders hold, whether it is known already or not."""
        with self._db:
            put = self._put_all((message for each in left for message in each.messages), now_s)
            sizes = [(each.call, each.size_bytes) for each in left]
            self._db.executemany("INSERT OR REPLACE INTO looked_at VALUES (?, ?)", sizes)
        return put

    # --- SQL ---------------------------------------------------------------------------------------------------------

    def _rows(self, where: str, values: Sequence[object]) -> list[Row]:
        return self._all(f"WHERE state <> 'done' AND {where}", values)  # as the index has it

    def _all(self, rest: str, values: Sequence[object]) -> list[Row]:
        found = self._db.execute(f"SELECT {_COLUMNS} FROM messages {rest}", values)  # noqa: S608
        return [Row(*each) for each in found]

    def _change(self, rest: str, values: Sequence[object]) -> None:
        with self._db:
            self._update(rest, values)

    def _update(self, rest: str, values: Sequence[object]) -> None:
        self._db.execute(f"UPDATE messages SET {rest}", values)  # noqa: S608


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_SECONDS)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a promise that is in here survives a power cut before it is carried out
    db.executescript(_TABLES)
    return db
