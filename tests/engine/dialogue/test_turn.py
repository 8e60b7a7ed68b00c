"""One step works on a copy that nobody else sees, and hands out what it ordered."""

from __future__ import annotations

import pytest

from engine.calls.actions import (
    CancelTimer,
    Entered,
    HangUp,
    Matched,
    Part,
    Play,
    Recovered,
    StartTimer,
    StopPlayback,
)
from engine.calls.events import Answered, Heard
from engine.dialogue.state import After, SlotValue, State, Timer
from engine.dialogue.step import begin
from engine.dialogue.turn import Turn
from engine.understanding.grammar import Hit
from tests.engine.scenes import load

SCRIPT = """
variables: {name: {default: 王}}
stages:
  ask: {role: opening, say: [有空吗？, 您有空吗？], expect: [{other: bye}]}
"""
HELLO = (Part(text="您好"),)


@pytest.fixture
def before() -> State:
    return begin(load(SCRIPT), "t", "2026-01-05T10:00:00+08:00")


@pytest.fixture
def turn(before: State) -> Turn:
    return Turn(load(SCRIPT), before, Answered(0))


def test_the_state_before_stays_as_it_was(turn: Turn, before: State) -> None:
    turn.set(stage="ask")
    turn.count("visits", "ask")
    turn.play(HELLO)
    state, actions = turn.finish()
    assert (before.stage, before.visits, before.refs, before.seq) == ("", {}, 0, 0)
    assert (state.stage, state.visits, state.refs, state.seq) == ("ask", {"ask": 1}, 1, 1)
    assert actions == (Play(1, HELLO),)


def test_counters_count(turn: Turn) -> None:
    assert [turn.count("fired", "a"), turn.count("fired", "a"), turn.count("fired", "b")] == [1, 2, 1]
    assert turn.state.fired == {"a": 2, "b": 1}


def test_one_prompt_at_a_time(turn: Turn) -> None:
    turn.play(HELLO, After("next"))
    turn.play(HELLO)
    assert turn.actions == [Play(1, HELLO), StopPlayback(1), Play(2, HELLO)]
    assert (turn.state.playing, turn.state.after) == (2, After())


def test_one_waiting_timer_at_a_time(turn: Turn) -> None:
    turn.start_timer("no_input", 100)
    turn.start_timer("hang_up", 200)
    assert turn.actions == [StartTimer(1, "no_input", 100), CancelTimer(1), StartTimer(2, "hang_up", 200)]
    assert turn.state.timer == Timer(2, "hang_up")


def test_a_prompt_cancels_the_waiting_but_not_the_clock(turn: Turn) -> None:
    turn.start_clock("call", 300)
    turn.start_timer("no_input", 100)
    turn.play(HELLO)
    assert turn.actions[-2:] == [CancelTimer(2), Play(3, HELLO)]
    assert turn.state.clock == Timer(1, "call")


def test_hanging_up_leaves_nothing_behind(turn: Turn) -> None:
    turn.start_clock("call", 300)
    turn.play(HELLO)
    turn.hang_up("goodbye")
    assert turn.actions[-3:] == [StopPlayback(2), CancelTimer(1), HangUp("goodbye")]
    assert (turn.state.phase, turn.state.playing, turn.state.clock) == ("ending", 0, None)


def test_wordings_take_turns_by_name(turn: Turn) -> None:
    prompt = load(SCRIPT).stages["ask"].say
    said = [turn.words(prompt, name)[0].text for name in ("a", "a", "b", "a")]
    assert said == ["有空吗？", "您有空吗？", "有空吗？", "有空吗？"]
    assert turn.words((), "none") == ()


def test_what_is_known_can_be_spoken(turn: Turn) -> None:
    turn.set(slots={"day": SlotValue("2026-01-06", "明天")})
    assert turn.known() == {"name": "王", "day": "明天"}


def test_a_phase_that_does_not_fit_is_refused(turn: Turn) -> None:
    assert turn.move("answered")
    assert not turn.move("ringing")
    assert turn.state.phase == "answered"


def test_facts_are_those_of_this_very_moment(turn: Turn) -> None:
    assert turn.facts().answered_by == "human"
    assert turn.state.facts.answered_by == "none"
    assert turn.finish()[0].facts.answered_by == "human"


def test_facts_told_in_the_middle_of_a_step_end_as_if_told_once(before: State) -> None:
    script = load(SCRIPT)
    state, _ = Turn(script, before, Answered(0)).finish()
    notes = [
        Matched("多少钱，不用了", (Hit("ask_price", "多少钱", (0, 3)), Hit("refuse", "不用了", (4, 7)))),
        Entered("ask", "opening", 1),
        Play(1, HELLO),
        Recovered("ask", 1),
    ]
    heard = Heard(2_000, "多少钱，不用了")
    often, once = Turn(script, state, heard), Turn(script, state, heard)
    for note in notes:
        often.facts()
        often.do(note)
        once.do(note)
    assert often.finish() == once.finish()
    assert often.state.facts.refusals == 1


def test_a_field_that_the_state_does_not_have_is_noticed(turn: Turn) -> None:
    turn.set(moood="good")
    with pytest.raises(AssertionError, match="moood"):
        turn.finish()
