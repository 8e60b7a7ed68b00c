"""Playout against a gateway in miniature, which plays 8 samples a millisecond and answers marks in order.

On a line of plain samples each prompt is made of one value, its own number, so what was heard can be counted.
"""

from __future__ import annotations

from collections import Counter, deque
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.line import Line
from server.audio.playout import AHEAD_MS, MARK_LATE_MS, MESSAGE_MS, QUEUE_MS, QUEUE_PROMPTS, Finished, Playout, Stopped
from server.gateways.wire import Clear, Format, Mark, Outgoing, Send
from tests.server.audio.sounds import tone

L16 = Format("l16", 8000)


def said(ref: int, ms: float) -> bytes:
    return np.full(int(ms * 8), ref, "<i2").tobytes()


class Gateway:
    def __init__(self) -> None:
        self.now_ms = 0
        self.queue: deque[int | str] = deque()
        self.heard: list[int] = []
        self.marks: list[str] = []

    def take(self, orders: tuple[Outgoing, ...]) -> None:
        for order in orders:
            if isinstance(order, Clear):
                self.queue.clear()
            elif isinstance(order, Mark):
                self.queue.append(order.name)
            elif isinstance(order, Send):
                self.queue += np.frombuffer(order.payload, "<i2").tolist()
        self.play(0)

    def play(self, ms: int) -> None:
        self.now_ms += ms
        budget = ms * 8
        while self.queue and (budget or isinstance(self.queue[0], str)):
            first = self.queue.popleft()
            if isinstance(first, str):
                self.marks.append(first)
            else:
                self.heard.append(first)
                budget -= 1

    @property
    def held_ms(self) -> float:
        return sum(isinstance(each, int) for each in self.queue) / 8

    def heard_ms(self, ref: int) -> int:
        return Counter(self.heard)[ref] // 8


def sent_ms(orders: tuple[Outgoing, ...]) -> list[int]:
    return [len(order.payload) // 16 for order in orders if isinstance(order, Send)]


def heard_ms(playout: Playout, now_ms: int) -> dict[int, int]:
    """Of each prompt that is not over, how much was heard as far as the playout knows."""
    return {prompt.ref: prompt.heard_ms(unheard_ms) for prompt, unheard_ms in playout._unheard(now_ms)}


def playing(ref: int, ms: int, *, complete: bool = True, **options: int | bool) -> Playout:
    playout = Playout(Line(L16), **options)
    playout.play(ref)
    playout.feed(ref, said(ref, ms))
    if complete:
        playout.finish(ref)
    return playout


# --- one prompt -------------------------------------------------------------------------------------------------------


def test_a_prompt_is_sent_ahead_but_not_far() -> None:
    playout = playing(1, 1500)
    assert sent_ms(playout.due(0)) == [200] * 5
    assert playout.due(0) == ()
    assert playout.next_due_ms(0) == 200
    assert playout.due(199) == ()
    assert sent_ms(playout.due(200)) == [200]
    late = playout.due(700)  # two messages late: made good at once, and the rest ends on time
    assert sent_ms(late) == [200, 100]
    assert late[-1] == Mark("e0:1")
    assert playout.in_flight_ms(700) == 800
    assert playout.marked("e0:1", cleared=False, now_ms=1500) == Finished(1, 1500)
    assert playout.next_due_ms(1500) is None


def test_a_prompt_is_sent_while_it_is_made() -> None:
    playout = playing(1, 60, complete=False)
    assert playout.due(0) == ()
    assert playout.next_due_ms(0) is None
    playout.feed(1, said(1, 50))
    assert sent_ms(playout.due(10)) == [100]
    playout.feed(1, said(1, 25))
    playout.finish(1)
    assert playout.next_due_ms(20) == 20
    orders = playout.due(20)
    assert sent_ms(orders) == [40]  # the last frame is filled up
    assert orders[-1] == Mark("e0:1")
    assert playout.marked("e0:1", cleared=None, now_ms=150) == Finished(1, 135)


def test_a_prompt_without_sound_is_over_once_its_turn_comes() -> None:
    playout = playing(1, 0)
    assert playout.due(0) == (Mark("e0:1"),)
    assert playout.marked("e0:1", cleared=False, now_ms=5) == Finished(1, 0)


def test_the_gateway_is_sent_its_own_format() -> None:
    for form in (Format("ulaw"), Format("alaw"), Format("l16", 16000), Format("l16", 24000)):
        playout = Playout(Line(form))
        playout.play(1)
        playout.feed(1, tone(440, 8000, 510))
        playout.finish(1)
        *sends, mark = playout.due(0)
        sizes = [len(order.payload) for order in sends if isinstance(order, Send)]
        assert sizes == [10 * form.frame_bytes, 10 * form.frame_bytes, 6 * form.frame_bytes]
        assert mark == Mark("e0:1")
    assert playout.marked("e0:1", cleared=False, now_ms=520) == Finished(1, 510)


def test_queued_prompts_follow_without_a_gap() -> None:
    playout, gateway = playing(1, 300), Gateway()
    playout.play(2)
    playout.feed(2, said(2, 300))
    playout.finish(2)
    gateway.take(playout.due(0))
    gateway.play(600)
    assert gateway.heard == [1] * 2400 + [2] * 2400
    assert gateway.marks == ["e0:1", "e0:2"]


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_stopping_clears_and_tells_how_much_was_heard() -> None:
    playout = playing(1, 3000)
    playout.due(0)
    assert playout.stop(730, 1) == Stopped((Clear(),), (Finished(1, 730, completed=False),))
    assert playout.due(730) == ()
    assert playout.in_flight_ms(730) == 0
    playout.feed(1, said(1, 500))  # the synthesiser was not done yet
    assert playout.due(740) == ()


def test_marks_of_what_was_thrown_away_say_nothing() -> None:
    playout = playing(1, 400)
    playout.due(0)
    playout.stop(100)
    playout.play(1)  # even if a number came again
    playout.feed(1, said(1, 400))
    playout.finish(1)
    assert playout.due(100)[-1] == Mark("e1:1")
    assert playout.marked("e0:1", cleared=None, now_ms=110) is None
    assert playout.marked("e1:1", cleared=None, now_ms=500) == Finished(1, 400)


def test_stopping_a_prompt_that_is_over_stops_nothing() -> None:
    playout = playing(2, 400)
    playout.due(0)
    assert playout.stop(100, 1) == Stopped()
    assert playout.epoch == 0


def test_prompts_behind_the_stopped_one_were_not_heard() -> None:
    playout = playing(1, 300)
    playout.play(2)
    playout.feed(2, said(2, 300))
    playout.due(0)
    assert playout.stop(200, 1).finished == (Finished(1, 200, completed=False), Finished(2, 0, completed=False))


def test_a_gateway_that_threw_something_away_by_itself_says_so() -> None:
    playout = playing(1, 800)
    playout.due(0)
    assert playout.marked("e0:1", cleared=True, now_ms=300) == Finished(1, 300, completed=False)


# --- marks that do not come -------------------------------------------------------------------------------------------


def test_a_mark_that_does_not_come_is_not_waited_for_long() -> None:
    playout = playing(1, 400)
    playout.due(0)
    over_ms = 400 + MARK_LATE_MS
    assert playout.next_due_ms(0) == over_ms
    assert playout.overdue(over_ms - 1) == ()
    assert playout.overdue(over_ms) == (Finished(1, 400),)
    assert playout.marked("e0:1", cleared=False, now_ms=over_ms + 5) is None


def test_without_marks_the_clock_tells() -> None:
    playout = playing(1, 400, marks=False)
    assert playout.due(0)[-1] == Mark("e0:1")  # tells the codec where the utterance ends
    assert playout.overdue(399) == ()
    assert playout.overdue(400) == (Finished(1, 400),)


def test_a_mark_stands_for_those_before_it() -> None:
    playout = playing(1, 100)
    playout.play(2)
    playout.finish(2)
    playout.due(0)
    assert playout.marked("e0:2", cleared=False, now_ms=120) == Finished(2, 0)
    assert playout.overdue(120) == (Finished(1, 100),)


@pytest.mark.parametrize("mark", ["", "e0", "e0:9", "x", "e0:1:2", "e-1:1", "e0:１", "e" + "9" * 5000 + ":1"])
def test_a_strange_mark_is_passed_over(mark: str) -> None:
    playout = playing(1, 100)
    playout.due(0)
    assert playout.marked(mark, cleared=False, now_ms=100) is None


# --- what gateways need -----------------------------------------------------------------------------------------------


def test_silence_leads_where_the_line_was_silent() -> None:
    playout, gateway = playing(1, 200, lead_ms=60), Gateway()
    playout.play(2)
    playout.feed(2, said(2, 200))
    playout.finish(2)
    gateway.take(playout.due(0))
    gateway.play(1000)
    assert [(value, len(list(run)) // 8) for value, run in groupby(gateway.heard)] == [(0, 60), (1, 200), (2, 200)]
    assert gateway.marks == ["e0:1", "e0:2"]
    assert heard_ms(playout, 50) == {1: 0, 2: 0}
    assert heard_ms(playout, 160) == {1: 100, 2: 0}
    assert heard_ms(playout, 300) == {1: 200, 2: 40}


def test_a_pause_the_gateway_asks_for() -> None:
    playout = playing(1, 2000)
    playout.due(0)
    playout.flow(on=False)
    assert playout.due(500) == ()
    assert playout.next_due_ms(500) is None
    playout.flow(on=True)
    assert sent_ms(playout.due(500)) == [200, 200]
    playout.flow(on=False)
    playout.stop(600)
    playout.play(2)
    playout.feed(2, said(2, 200))
    assert sent_ms(playout.due(600)) == [200]  # a gateway that was emptied has room


def test_half_a_sample_at_the_end_of_a_prompt_shifts_nothing() -> None:
    playout = Playout(Line(L16))
    for ref in (1, 2):
        playout.play(ref)
        playout.feed(ref, said(ref, 20) + b"x")
        playout.finish(ref)
    sends = [order.payload for order in playout.due(0) if isinstance(order, Send)]
    assert sends == [said(1, 20), said(2, 20)]


def test_nothing_of_a_stopped_prompt_is_left_in_the_resampler() -> None:
    playout = Playout(Line(Format("l16", 16000)))
    playout.play(1)
    playout.feed(1, tone(440, 8000, 500))
    playout.due(0)
    playout.stop(100)
    playout.play(2)
    playout.feed(2, bytes(8000))
    playout.finish(2)
    sends = [order.payload for order in playout.due(100) if isinstance(order, Send)]
    assert np.abs(np.frombuffer(b"".join(sends), "<i2")).max() <= 3


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_sound_that_finds_no_room_is_counted() -> None:
    playout = playing(1, QUEUE_MS + 350)
    assert playout.dropped_ms == 350
    playout.due(0)
    playout.feed(1, said(1, 1))
    assert playout.dropped_ms == 350  # it was complete
    playout.play(2)
    playout.feed(2, said(2, AHEAD_MS + MESSAGE_MS + 500))
    assert playout.dropped_ms == 350 + 500  # a second is on its way by now, and a message is ready


def test_prompts_that_find_no_room_are_over_at_once() -> None:
    playout = Playout(Line(L16))
    for ref in range(QUEUE_PROMPTS + 1):
        playout.play(ref)
    assert playout.next_due_ms(40) == 40
    assert playout.overdue(40) == (Finished(QUEUE_PROMPTS, 0, completed=False),)
    assert playout.overdue(40) == ()


# --- whatever happens -------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.just(("play",)),
        st.tuples(st.just("feed"), st.integers(1, 700).map(lambda tenths: tenths / 0.8)),
        st.just(("finish",)),
        st.tuples(st.just("wait"), st.integers(0, 900)),
        st.just(("stop",)),
        st.tuples(st.just("flow"), st.booleans()),
    ),
    max_size=40,
)


class Call:
    """A playout at its gateway, driven step by step; judged after each."""

    def __init__(self, *, marks: bool, lead_ms: int) -> None:
        self.gateway = Gateway()
        self.answers = marks
        self.playout = Playout(Line(L16), marks=marks, lead_ms=lead_ms)
        self.ref = 0
        self.open_refs: list[int] = []
        self.fed: Counter[int] = Counter()
        self.stopped: set[int] = set()
        self.finished: list[Finished] = []

    def go(self, step: tuple[str, ...] | tuple[str, float]) -> None:
        name, *rest = step
        getattr(self, name)(*rest)
        self.pump()

    def play(self) -> None:
        if len(self.open_refs) < QUEUE_PROMPTS:
            self.ref += 1
            self.open_refs.append(self.ref)
            self.playout.play(self.ref)

    def feed(self, ms: float) -> None:
        if self.ref:
            before = self.playout._prompt(self.ref)
            self.fed[self.ref] += int(ms * 8) if before and not before.complete else 0
            self.playout.feed(self.ref, said(self.ref, ms))

    def finish(self) -> None:
        self.playout.finish(self.ref)

    def flow(self, on: bool) -> None:
        self.playout.flow(on)

    def wait(self, ms: int) -> None:
        self.gateway.play(ms)

    def stop(self) -> None:
        heard_ms = {ref: self.gateway.heard_ms(ref) for ref in self.open_refs}
        stopped = self.playout.stop(self.gateway.now_ms)
        assert [each.ref for each in stopped.finished] == self.open_refs
        for each in stopped.finished:
            assert each.played_ms == heard_ms[each.ref]
        self.gateway.take(stopped.orders)
        self.stopped.update(self.open_refs)
        self.open_refs.clear()

    def pump(self) -> None:
        before_ms = heard_ms(self.playout, self.gateway.now_ms)
        heard_before = len(self.gateway.heard)
        self.gateway.take(self.playout.due(self.gateway.now_ms))
        assert len(self.gateway.heard) == heard_before
        assert self.gateway.held_ms <= AHEAD_MS
        assert self.gateway.held_ms == self.playout.in_flight_ms(self.gateway.now_ms)
        after_ms = heard_ms(self.playout, self.gateway.now_ms)
        for ref in self.open_refs:
            assert before_ms[ref] == self.gateway.heard_ms(ref) == after_ms[ref]
        marks, self.gateway.marks = self.gateway.marks if self.answers else [], []
        over = [self.playout.marked(mark, cleared=None, now_ms=self.gateway.now_ms) for mark in marks]
        for each in [*filter(None, over), *self.playout.overdue(self.gateway.now_ms)]:
            assert each == Finished(self.open_refs.pop(0), self.fed[each.ref] // 8)
            assert self.gateway.heard_ms(each.ref) == each.played_ms
            self.finished.append(each)


@pytest.mark.parametrize("lead_ms", [0, 60, 100])
@given(steps=STEPS, marks=st.booleans())
def test_whatever_happens_it_is_paced_in_order_and_counted_exactly(
    steps: list[tuple[str, float]], marks: bool, lead_ms: int
) -> None:
    call = Call(marks=marks, lead_ms=lead_ms)
    for step in steps:
        epoch = call.playout.epoch
        heard = len(call.gateway.heard)
        call.go(step)
        if call.playout.epoch == epoch:
            assert not call.stopped & set(call.gateway.heard[heard:])
    heard_refs = [ref for ref, _ in groupby(filter(None, call.gateway.heard))]
    assert heard_refs == sorted(set(heard_refs))


@given(made=st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_everything_is_heard_whole_when_asked_at_the_times_it_names(made: list[int]) -> None:
    gateway, playout = Gateway(), Playout(Line(L16), lead_ms=60)
    for ref, ms in enumerate(made[:QUEUE_PROMPTS], start=1):
        playout.play(ref)
        playout.feed(ref, said(ref, ms))
        playout.finish(ref)
    asked = 0
    while (due_ms := playout.next_due_ms(gateway.now_ms)) is not None:
        asked += 1
        assert asked <= sum(made) // MESSAGE_MS + 4 * len(made) + 4
        gateway.play(due_ms - gateway.now_ms)
        gateway.take(playout.due(gateway.now_ms))
        for mark in gateway.marks:
            playout.marked(mark, cleared=None, now_ms=gateway.now_ms)
        gateway.marks.clear()
        playout.overdue(gateway.now_ms)
    for ref, ms in enumerate(made[:QUEUE_PROMPTS], start=1):
        assert gateway.heard_ms(ref) == ms
