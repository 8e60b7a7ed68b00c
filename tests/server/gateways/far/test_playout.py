"""A gateway's queue of sound."""

from __future__ import annotations

from server.gateways.far.playout import Playout
from server.gateways.wire import Format


def test_marks_are_reached_when_the_sound_before_them_has_been_played() -> None:
    queue = Playout(Format("ulaw", 8000))
    queue.add(800, now_ms=0)  # 100 ms
    queue.mark("a", now_ms=0)
    queue.add(800, now_ms=10)
    queue.mark("b", now_ms=10)
    assert (queue.ends_ms, queue.next_ms) == (200, 100)
    assert queue.queued_ms(50) == 150
    assert queue.reached(99) == ()
    assert queue.reached(100) == ("a",)
    assert queue.reached(500) == ("b",)
    assert queue.next_ms is None
    assert queue.queued_ms(500) == 0


def test_a_mark_behind_nothing_is_reached_at_once() -> None:
    queue = Playout(Format("l16", 16000))
    queue.mark("a", now_ms=30)
    assert queue.reached(30) == ("a",)


def test_a_queue_that_ran_dry_starts_anew() -> None:
    queue = Playout(Format("l16", 16000))
    queue.add(640, now_ms=0)
    queue.add(640, now_ms=1000)
    assert queue.ends_ms == 1020


def test_clear_gives_back_what_was_still_ahead() -> None:
    queue = Playout(Format("alaw", 8000))
    queue.add(160, now_ms=0)
    queue.mark("a", now_ms=0)
    queue.add(1600, now_ms=0)
    queue.mark("b", now_ms=0)
    assert queue.reached(25) == ("a",)
    assert queue.clear(30) == ("b",)
    assert queue.ends_ms == 30
    assert queue.reached(1000) == ()
