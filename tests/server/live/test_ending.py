"""How a call ends from outside: last words are heard, and no wait is without end."""

from __future__ import annotations

from engine.calls.events import HungUp
from server.live.ending import LAST_READING_MS, WIND_UP_MS, Ending


def test_last_words_are_waited_for_but_not_for_ever() -> None:
    ending = Ending()
    assert ending.left(1000, reading=False) is None
    ending.leave("caller", 1000, 16)
    assert ending.left(1000, reading=True) is None
    assert ending.left(1200, reading=False) == HungUp(1200, "caller", 16)
    late = 1000 + LAST_READING_MS
    assert ending.left(late, reading=True) == HungUp(late, "caller", 16)


def test_a_call_that_must_end_has_a_while_for_its_goodbye() -> None:
    ending = Ending()
    assert not ending.overdue(10**9)
    ending.must("the disk is full", 5000)
    assert ending.trouble == "the disk is full"
    assert not ending.overdue(5000 + WIND_UP_MS - 1)
    assert ending.overdue(5000 + WIND_UP_MS)
