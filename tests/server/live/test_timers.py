"""Timers of a call: which have run out, and which wait for words."""

from __future__ import annotations

from engine.calls.actions import StartTimer
from server.live.timers import READING_MS, Timers


def running(*orders: StartTimer) -> Timers:
    timers = Timers()
    for order in orders:
        timers.start(order, 1000)
    return timers


def test_a_timer_is_due_until_it_is_stopped() -> None:
    timers = running(StartTimer(1, "call", 500), StartTimer(2, "ring", 900))
    assert timers.due(1499, reading=False) == []
    assert timers.due(1500, reading=False) == [1]
    assert timers.due(1900, reading=False) == [1, 2]
    assert timers.stop(1)
    assert not timers.stop(1)
    assert timers.due(1900, reading=False) == [2]


def test_only_what_waits_for_the_caller_waits_for_his_words() -> None:
    timers = running(StartTimer(1, "no_input", 500), StartTimer(2, "hang_up", 500), StartTimer(3, "call", 500))
    assert timers.due(1500, reading=True) == [3]
    assert timers.due(1500 + READING_MS, reading=True) == [1, 2, 3]


def test_when_the_next_is_due() -> None:
    timers = running(StartTimer(1, "call", 900), StartTimer(2, "ring", 500))
    assert timers.next_ms == 1500
    timers.stop(2)
    assert timers.next_ms == 1900
    timers.stop(1)
    assert timers.next_ms is None
