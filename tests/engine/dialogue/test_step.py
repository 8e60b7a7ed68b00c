"""Events of the line and of the caller, as they come and as they should not come."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.calls.actions import (
    CancelTimer,
    HangUp,
    Ignored,
    Matched,
    Play,
    StartTimer,
    StopPlayback,
    Transfer,
    Unmatched,
)
from engine.calls.events import (
    Answered,
    Dialed,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HungUp,
    NotHeard,
    PlaybackFinished,
    Pressed,
    Ringing,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import EVENTS
from engine.dialogue.step import HANDLERS, LeadError, begin
from tests.engine.scenes import Wire, load, talk

TINY = """
stages:
  ask:
    role: opening
    say: 我们店周年庆，周末有空吗？
    reprompt: 周末有空吗？
    expect:
      - {hear: affirm, go: more}
      - {hear: refuse, go: bye}
      - {hear: want_human, say: 这就转。, transfer: desk, else: more}
  more: {role: pitch, say: 那说定了，可以吗？, expect: [{hear: affirm, go: bye}]}
answers: [{hear: ask_price, say: 八折。}]
"""

# --- the lead --------------------------------------------------------------------------------------------------------

LEAD = """
variables:
  name: {type: name, required: yes}
  shop: {default: 星河}
  age: {type: number}
  phone: {type: phone}
stages:
  ask: {role: opening, say: "{name}好，{shop}的，有空吗？", expect: [{other: bye}]}
"""


def refusal_of(**row: str) -> str:
    with pytest.raises(LeadError) as caught:
        begin(load(LEAD), "x", "2026-01-05T10:00:00+08:00", row)
    return str(caught.value)


def test_a_row_that_fits() -> None:
    state = begin(load(LEAD), "x", "2026-01-05T10:00:00+08:00", {"name": " 欧阳 ", "phone": "13800001234", "age": "40"})
    assert state.variables == {"name": "欧阳", "shop": "星河", "age": "40", "phone": "13800001234"}
    assert (state.phase, state.seq, state.call_id) == ("new", 0, "x")


def test_an_unknown_variable_is_named() -> None:
    assert refusal_of(name="王", nmae="王") == (
        "unknown variable 'nmae' (the script's variables: name, shop, age, phone)"
    )


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    assert refusal_of(age="vierzig", phone="12", city="杭州").startswith(
        "unknown variable 'city'; variable 'name' is required and has no value; "
        "variable 'age' is not a number: 'vierzig'; variable 'phone' is not a phone: '12'"
    )


@pytest.mark.parametrize("name", ["王\n李", "x" * 41, "13800001234", "<b>"])
def test_a_name_is_a_name(name: str) -> None:
    assert "is not a name" in refusal_of(name=name)


def test_a_required_variable_may_not_be_blank() -> None:
    assert "variable 'name' is required" in refusal_of(name="  ")


# --- the life of a call ----------------------------------------------------------------------------------------------


def test_dialling_starts_the_ring_time_once() -> None:
    wire = Wire(TINY)
    assert wire.feed(Dialed(0)) == (StartTimer(1, "ring", 60_000),)
    assert wire.feed(Ringing(100)) == ()
    assert wire.feed(EarlyMedia(200)) == ()
    assert wire.state.phase == "early_media"


def test_the_answer_stops_the_ring_time_and_begins_the_script() -> None:
    wire = Wire(TINY)
    wire.feed(Dialed(0), Ringing(100))
    orders = [action for action in wire.feed(Answered(5000)) if isinstance(action, CancelTimer | StartTimer | Play)]
    assert orders[:2] == [CancelTimer(1), StartTimer(2, "call", 300_000)]
    assert wire.bot == "我们店周年庆，周末有空吗？"


def test_nobody_answers() -> None:
    wire = Wire(TINY)
    wire.feed(Dialed(0), Ringing(100))
    assert wire.feed(TimerFired(60_000, 1)) == (HangUp("no_answer"),)
    assert wire.state.phase == "ending"


def test_words_before_the_answer_are_understood_but_not_answered() -> None:
    wire = Wire(TINY)
    wire.feed(Dialed(0), EarlyMedia(10))
    assert wire.hear("您拨打的电话已关机")[0] == Matched("您拨打的电话已关机", (), "powered_off")
    assert wire.hear("您拨打", final=False) == ()
    wire.feed(Failed(900, sip=480))
    assert (wire.state.phase, wire.state.ended_by, wire.state.facts.disposition) == ("ended", "network", "powered_off")


def test_a_second_answer_changes_nothing() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    before = wire.state
    assert wire.feed(Answered(1)) == (Ignored("Answered", "the call is answered"),)
    assert wire.state.playing == before.playing


def test_after_our_hang_up_only_the_end_is_waited_for() -> None:
    wire = Wire(TINY)
    wire.feed(Dialed(0), TimerFired(60_000, 1))
    assert wire.feed(Answered(60_001)) == (Ignored("Answered", "the bot has hung up"),)
    assert wire.hear("喂你好") == (Matched("喂你好", wire.actions[0].hits),)  # type: ignore[union-attr]
    wire.feed(HungUp(60_100, "bot"))
    assert wire.state.phase == "ended"
    assert wire.hear("喂") == (Ignored("Heard", "the call is over"),)


def test_a_caller_who_hangs_up_leaves_nothing_behind() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0), HungUp(500, "caller"))
    state = wire.state
    assert (state.phase, state.ended_by, state.playing, state.timer, state.clock) == ("ended", "caller", 0, None, None)


def test_every_event_has_a_handler() -> None:
    assert set(HANDLERS) == set(EVENTS.values())


# --- what does not fit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event", [TimerFired(1, 99), PlaybackFinished(1, 99), TransferSucceeded(1, 99), TransferFailed(1, 7)]
)
def test_an_answer_to_an_order_that_was_never_given(event: Event) -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    before = wire.state.playing, wire.state.timer, wire.state.clock, wire.state.phase
    (ignored,) = wire.feed(event)
    assert isinstance(ignored, Ignored)
    assert (wire.state.playing, wire.state.timer, wire.state.clock, wire.state.phase) == before


@pytest.mark.parametrize(
    "event", [TimerFired(1, 0), PlaybackFinished(1, 0), TransferSucceeded(1, 0), TransferFailed(1, 0)]
)
@pytest.mark.parametrize("answered", [False, True])
def test_nought_is_the_number_of_no_order(event: Event, answered: bool) -> None:
    wire = Wire(TINY)
    if answered:
        wire.feed(Answered(0))
        wire.finish_prompt()
    (ignored,) = wire.feed(event)
    assert isinstance(ignored, Ignored)


def test_a_prompt_that_ends_twice_ends_once() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    ref = wire.state.playing
    assert [type(action) for action in wire.feed(PlaybackFinished(1, ref))] == [StartTimer]
    assert [type(action) for action in wire.feed(PlaybackFinished(2, ref))] == [Ignored]


def test_a_timer_that_fires_just_after_it_was_cancelled() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.finish_prompt()
    old = wire.state.timer
    assert old
    assert CancelTimer(old.ref) in wire.hear("好的")
    assert wire.feed(TimerFired(1, old.ref)) == (Ignored("TimerFired", "not a live timer"),)


def test_noise_without_words_is_a_miss() -> None:
    wire = Wire(TINY + "no_match: {say: 没听清。}\n")
    wire.feed(Answered(0))
    assert wire.feed(NotHeard(1)) == (Ignored("NotHeard", "nobody is asked"),)
    wire.finish_prompt()
    assert Unmatched("") in wire.feed(NotHeard(2))
    assert wire.bot == "没听清。周末有空吗？"


def test_empty_words_are_none() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    assert wire.hear(" \u3000") == (Ignored("Heard", "no words"),)


def test_a_voice_without_words_yet_is_waited_for() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.finish_prompt()
    wire.feed(SpeechStarted(1))
    (again,) = wire.feed(TimerFired(3500, wire.state.timer.ref))  # type: ignore[union-attr]
    assert isinstance(again, StartTimer)
    wire.feed(SpeechStopped(3600, 200))
    wire.feed(TimerFired(7000, again.ref))
    assert wire.bot == "再见！"


# --- words over a prompt ---------------------------------------------------------------------------------------------


def with_barge_in(policy: str) -> str:
    return TINY.replace("    reprompt:", f"    barge_in: {policy}\n    reprompt:")


CUT = "<< 我们店周年庆，周末有空吗？\n>> {words} @800\n--\n<< {answer}"
KEPT = "<< 我们店周年庆，周末有空吗？\n>> {words} @800\n<< {answer}"
LOST = "<< 我们店周年庆，周末有空吗？\n>> {words} @800"


@pytest.mark.parametrize(
    ("policy", "words", "happens", "answer"),
    [
        ("{}", "好的好的没问题", CUT, "那说定了，可以吗？"),
        ("{}", "好的", KEPT, "那说定了，可以吗？"),
        ("{}", "多少钱", KEPT, "八折。周末有空吗？"),
        ("{}", "多少钱啊", CUT, "八折。周末有空吗？"),
        ("{}", "不需要", CUT, "再见！"),
        ("{}", "嗯", LOST, ""),
        ("{}", "嗯嗯嗯嗯嗯嗯", LOST, ""),
        ("off", "不需要", KEPT, "再见！"),
        ("off", "好的好的没问题", KEPT, "那说定了，可以吗？"),
        ("off", "嗯", LOST, ""),
        ("any", "行", CUT, "那说定了，可以吗？"),
        ("any", "嗯", LOST, ""),
        ("{after: 2}", "好的", CUT, "那说定了，可以吗？"),
        ("{after: 2}", "行", KEPT, "那说定了，可以吗？"),
        ("{after: 9}", "不需要", CUT, "再见！"),
        ("{after: 9, always: [ask_price]}", "多少钱", CUT, "八折。周末有空吗？"),
        ("{after: 9, always: [ask_price]}", "不需要", KEPT, "再见！"),
        ("{only: [ask_price]}", "多少钱", CUT, "八折。周末有空吗？"),
        ("{only: [ask_price]}", "好的好的没问题", KEPT, "那说定了，可以吗？"),
        ("{only: interest}", "多少钱", CUT, "八折。周末有空吗？"),
        ("{never: [affirm]}", "好的好的", LOST, ""),
        ("any", "不需要 ?20", LOST, ""),
        ("any", "不需要 ?40", CUT, "再见！"),
    ],
)
def test_what_cuts_a_prompt(policy: str, words: str, happens: str, answer: str) -> None:
    talk(with_barge_in(policy), happens.format(words=words, answer=answer))


def test_a_moment_please_cuts_at_once() -> None:
    talk(TINY + "always: [{hear: ask_wait, say: 您先忙。, then: stay, wait: 20s}]\n", """
        << 我们店周年庆，周末有空吗？
        >> 等一下 @300
        --
        << 您先忙。
    """)  # fmt: skip


def test_each_utterance_is_measured_by_itself() -> None:
    talk(TINY, """
        << 我们店周年庆，周末有空吗？
        >> 好的 @300
        >> 好的 @900
        >> 好的 @1500
        << 那说定了，可以吗？
    """)  # fmt: skip


def test_a_back_channel_word_after_a_yes_no_question_answers_it() -> None:
    talk(TINY, """
        << 我们店周年庆，周末有空吗？
        >> 嗯 @800
        >> 嗯
        << 那说定了，可以吗？
    """)  # fmt: skip


def test_but_not_after_any_other_question() -> None:
    talk(TINY.replace("周末有空吗", "您哪天有空") + "no_match: {say: 没听清。, short: 0}\n", """
        << 我们店周年庆，您哪天有空？
        >> 嗯
        << 没听清。您哪天有空？
    """)  # fmt: skip


def test_words_kept_are_answered_together_with_those_that_cut() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.hear("多少钱")
    assert wire.actions == (Ignored("Heard", "kept until the prompt has ended"),)
    wire.hear("喂你倒是说话呀")
    assert [action.text for action in wire.actions if isinstance(action, Matched)] == ["多少钱，喂你倒是说话呀"]
    assert wire.bot == "八折。周末有空吗？"
    assert wire.state.held == ()


def test_kept_words_are_as_sure_as_the_least_sure_of_them() -> None:
    script = """
    stages:
      ask:
        role: invitation
        say: 星期六来，好吗？
        confirm: 确定来吗？
        barge_in: off
        expect: [{hear: affirm, accept: yes, go: bye}]
    """
    wire = Wire(script)
    wire.feed(Answered(0))
    wire.hear("好的", confidence=0.3)
    wire.hear("可以", confidence=0.9)
    wire.finish_prompt()
    assert wire.bot == "确定来吗？"


def test_a_partial_result_may_cut_but_does_not_answer() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    ref = wire.state.playing
    assert [type(action) for action in wire.hear("好的好的没", final=False)] == [StopPlayback, StartTimer]
    assert wire.feed(PlaybackFinished(900, ref, 900, completed=False)) == (
        Ignored("PlaybackFinished", "not the prompt in progress"),
    )
    wire.hear("好的好的没问题")
    assert wire.bot == "那说定了，可以吗？"


def test_a_partial_result_after_the_prompt_waits_for_the_whole() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.finish_prompt()
    assert wire.hear("好", final=False) == ()


# --- keys ------------------------------------------------------------------------------------------------------------

KEYS = """
stages:
  ask:
    role: opening
    say: 有空请按一，没空请按二。
    expect:
      - {press: "1", go: more}
      - {press: ["2", "3"], if: {heard: ask_price}, go: bye}
      - {press: "2", say: 真没空？, limit: 1}
      - {hear: affirm, go: bye}
  more: {role: pitch, say: 好。, expect: [{hear: affirm, go: bye}]}
always: [{press: "0", go: bye}]
answers: [{hear: ask_price, press: "9", say: 八折。}]
"""


@pytest.mark.parametrize(
    ("keys", "follows"),
    [
        ("1", "<< 好。"),
        ("1 @500", "--\n<< 好。"),
        ("2", "<< 真没空？"),
        ("0", "<< 再见！"),
        ("9", "<< 八折。有空请按一，没空请按二。"),
        ("3", ""),
    ],
)
def test_a_key_is_an_answer(keys: str, follows: str) -> None:
    key, _, over = keys.partition(" ")
    talk(KEYS, f"<< 有空请按一，没空请按二。\n>> [{key}] {over}\n{follows}")


def test_a_rule_for_a_key_keeps_its_limit() -> None:
    talk(KEYS, """
        << 有空请按一，没空请按二。
        >> [2]
        << 真没空？
        >> [2]
    """)  # fmt: skip


def test_and_its_condition() -> None:
    talk(KEYS, """
        << 有空请按一，没空请按二。
        >> 多少钱
        << 八折。有空请按一，没空请按二。
        >> [3]
        << 再见！
    """)  # fmt: skip


# --- transfer --------------------------------------------------------------------------------------------------------


def transferring() -> Wire:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.finish_prompt()
    wire.hear("转人工")
    wire.finish_prompt()
    assert wire.state.transfer
    return wire


def test_a_transfer_is_ordered_once_the_caller_knows() -> None:
    wire = transferring()
    transfer, timer = wire.actions
    assert transfer == Transfer(wire.state.transfer, "desk")
    assert isinstance(timer, StartTimer)
    assert (timer.timer, timer.delay_ms) == ("transfer", 30_000)


@pytest.mark.parametrize(
    "event", [Pressed(1, "1"), NotHeard(1), Heard(1, "好的"), PlaybackFinished(1, 0), SpeechStarted(1)]
)
def test_nothing_is_answered_while_a_person_is_called(event: Event) -> None:
    wire = transferring()
    wire.feed(event)
    assert not [action for action in wire.actions if isinstance(action, Play | StartTimer | Transfer | HangUp)]
    assert wire.state.transfer


def test_thanks_for_the_transfer_do_not_stop_it() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.finish_prompt()
    wire.hear("转人工")
    wire.hear("好的好的谢谢你啊")
    wire.finish_prompt()
    assert wire.state.transfer


def test_words_before_a_transfer_do_not_answer_what_is_asked_after_it() -> None:
    wire = Wire(TINY)
    wire.feed(Answered(0))
    wire.hear("多少钱")  # kept
    wire.finish_prompt()
    wire.finish_prompt()
    wire.hear("转人工")
    wire.finish_prompt()
    wire.feed(TransferFailed(1, wire.state.transfer))
    assert wire.bot == "那说定了，可以吗？"
    assert [type(action) for action in wire.finish_prompt()] == [StartTimer]


def test_the_time_limit_lets_a_transfer_come_to_its_end() -> None:
    wire = transferring()
    assert wire.state.clock
    wire.feed(TimerFired(300_000, wire.state.clock.ref))
    assert wire.bot == ""
    wire.feed(TransferFailed(300_001, wire.state.transfer))
    assert wire.bot == "那说定了，可以吗？"
    wire.feed(TimerFired(330_000, wire.state.clock.ref))
    assert wire.bot == "再见！"


@pytest.mark.parametrize("outcome", [TransferSucceeded, TransferFailed])
def test_an_outcome_after_the_time_was_up_comes_too_late(outcome: Callable[[int, int], Event]) -> None:
    wire = transferring()
    ref = wire.state.transfer
    wire.feed(TimerFired(30_000, wire.state.timer.ref))  # type: ignore[union-attr]
    assert wire.bot == "那说定了，可以吗？"
    (ignored,) = wire.feed(outcome(9, ref))
    assert isinstance(ignored, Ignored)


def test_words_kept_over_a_prompt_count_when_the_call_ends_before_they_are_answered() -> None:
    script = """
    stages:
      ask: {role: opening, say: 我们周年庆，周末有空吗？, expect: [{hear: affirm, go: bye}]}
    answers: [{hear: ask_price, say: 八折。}]
    """
    wire = Wire(script)
    wire.feed(Answered(0), Heard(500, "多少钱"))
    assert wire.state.facts.interest == ()
    wire.feed(HungUp(900, "caller"))
    assert wire.state.facts.interest == ("ask_price",)
    assert not wire.state.facts.ended_in_opening, "who asks has heard enough to ask"
