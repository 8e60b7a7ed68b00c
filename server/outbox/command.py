"""`huashu outbox`: what was promised in calls and has not reached anybody, and what to do about it.

It works on the server's file, whether the server runs or not; a running one notices within a second.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from engine.calls.mask import mask
from server.outbox.number import plain
from server.outbox.shown import line as shown_line
from server.outbox.shown import moment, shown
from server.outbox.store import NAME, State, Store
from server.output import OK, PROBLEMS, USAGE, error, line

LOOK_AT: tuple[State, ...] = ("dead", "withdrawn", "pending")
MOST_ROWS = 50


def show(data: Path, *, check: bool, as_json: bool) -> int:
    """How many there are of each state; then those that are not delivered."""

    def work(store: Store) -> int:
        counts = store.counts()
        if as_json:
            for row in store.open(LOOK_AT):
                line(shown(row))
        else:
            click.echo("  ".join(f"{state} {number}" for state, number in counts.items()))
            for row in store.open(LOOK_AT, MOST_ROWS):
                click.echo(shown_line(row))
            if (more := sum(counts[state] for state in LOOK_AT) - MOST_ROWS) > 0:
                click.echo(f"... and {more} more (--json lists all)")
        return PROBLEMS if check and counts["dead"] else OK

    return _with(data, work)


def retry(data: Path, names: tuple[str, ...], *, dead: bool) -> int:
    def work(store: Store) -> int:
        chosen = [*names, *(row.id for row in store.open(("dead",)) if dead)]
        return _each(chosen, lambda name: store.retry(name, _now_s()), "will be sent again")

    return _chosen(names, dead=dead) or _with(data, work)


def drop(data: Path, names: tuple[str, ...], why: str, *, dead: bool) -> int:
    def work(store: Store) -> int:
        chosen = [*names, *(row.id for row in store.open(("dead",)) if dead)]
        return _each(chosen, lambda name: store.drop(name, why), "dropped")

    return _chosen(names, dead=dead) or _with(data, work)


def _chosen(names: tuple[str, ...], *, dead: bool) -> int:
    if names or dead:
        return OK
    error("name messages by their id, or all dead ones by --dead")
    return USAGE


def _each(names: list[str], change: Callable[[str], str], done: str) -> int:
    changed = 0
    for name in names:
        if problem := change(name):
            error(f"{name}: {problem}")
        else:
            changed += 1
    click.echo(f"{changed} {done}")
    return OK if changed == len(names) else PROBLEMS


def do_not_call(data: Path, numbers: tuple[str, ...], *, add: bool, remove: bool, as_json: bool) -> int:
    """Without numbers, the whole list; else whether each is on it, or put it there, or take it off."""
    if wrong := [number for number in numbers if not plain(number)]:
        error(f"not a telephone number: {', '.join(wrong)}")
        return USAGE
    if (add and remove) or ((add or remove) and not numbers):
        error("name the numbers to add or to remove, one of the two")
        return USAGE

    def work(store: Store) -> int:
        if not numbers:
            return _list(store, as_json=as_json)
        for number in numbers:
            if add:
                gone = store.hush(plain(number), _now_s(), "added by hand")
                click.echo(f"{mask(number)}: on the list; {len(gone)} withdrawn")
            elif remove:
                click.echo(f"{mask(number)}: {'taken off' if store.unhush(plain(number)) else 'was not on the list'}")
            elif as_json:
                line({"number": number, "do_not_call": store.listed(plain(number))})
            else:
                click.echo(f"{mask(number)}: {'do not call' if store.listed(plain(number)) else 'not on the list'}")
        return OK

    return _with(data, work)


def _list(store: Store, *, as_json: bool) -> int:
    """In the clear as JSON alone, for the programs that dial."""
    for number, since_s, why in store.all_listed():
        if as_json:
            line({"number": number, "since": moment(since_s), "why": why})
        else:
            click.echo(f"{mask(number)}  {moment(since_s)}  {why}")
    return OK


def _with(data: Path, work: Callable[[Store], int]) -> int:
    path = data / "calls" / NAME
    if not path.exists():
        error(f"no outbox in {data} (--data names the server's data folder)")
        return USAGE
    try:
        store = Store(path)
        try:
            return work(store)
        finally:
            store.close()
    except (sqlite3.Error, OSError) as problem:
        error(f"cannot use {path}: {problem}")
        return PROBLEMS


def _now_s() -> float:
    return datetime.now(UTC).timestamp()
