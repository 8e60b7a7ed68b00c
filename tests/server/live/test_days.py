"""Days that need not be looked through again, on a real disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.live.days import Days

NAME = ".seen.json"


def a_call(calls: Path, day: str, call: str = "x1") -> None:
    (calls / day / call).mkdir(parents=True)


def a_while_ago(calls: Path) -> None:
    """Times of change are no finer than some milliseconds, which a test may be done in."""
    for day in calls.iterdir():
        os.utime(day, (0, 0))


def looked_through(calls: Path, *, but: str = "") -> list[str]:
    """By one start, which has something left to do in one day at the most."""
    days = Days(calls, NAME)
    left = days.left()
    for day in left:
        if day.name != but:
            days.done(day)
    days.keep()
    return [day.name for day in left]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    for day in ("2026-11-24", "2026-11-25", "2026-11-26"):
        a_call(tmp_path, day)
    a_while_ago(tmp_path)
    return tmp_path


def test_a_start_looks_through_the_latest_day_and_those_that_have_changed(calls: Path) -> None:
    assert looked_through(calls) == ["2026-11-24", "2026-11-25", "2026-11-26"]
    assert looked_through(calls) == ["2026-11-26"]
    a_call(calls, "2026-11-24", "late")
    a_call(calls, "2026-11-27")
    assert looked_through(calls) == ["2026-11-24", "2026-11-27"]
    assert looked_through(calls) == ["2026-11-27"]


def test_a_day_in_which_something_is_left_is_looked_through_again(calls: Path) -> None:
    looked_through(calls, but="2026-11-24")
    assert looked_through(calls) == ["2026-11-24", "2026-11-26"]


def test_what_comes_while_a_day_is_looked_through_is_not_overlooked(calls: Path) -> None:
    days = Days(calls, NAME)
    for day in days.left():
        a_call(calls, day.name, "meanwhile")
        days.done(day)
    days.keep()
    assert looked_through(calls) == ["2026-11-24", "2026-11-25", "2026-11-26"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"2026-11-24": "yesterday"}'])
def test_where_what_was_kept_is_damaged_all_is_looked_through(calls: Path, damage: str) -> None:
    looked_through(calls)
    (calls / NAME).write_text(damage)
    assert looked_through(calls) == ["2026-11-24", "2026-11-25", "2026-11-26"]


def test_what_cannot_be_kept_is_told(calls: Path) -> None:
    (calls / f".{NAME}").mkdir()
    with capture_logs() as told:
        looked_through(calls)
    assert [(each["event"], each["why"]) for each in told] == [("days_not_kept", "is a directory")]


def test_no_calls_yet(tmp_path: Path) -> None:
    assert looked_through(tmp_path / "calls") == []
    assert not (tmp_path / "calls").exists()
