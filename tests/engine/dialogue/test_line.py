"""The line says what becomes of a call, and the bot does not wait for more."""

from __future__ import annotations

import pytest

from engine.calls.actions import CancelTimer, HangUp, Play, StartTimer
from engine.calls.events import (
    Answered,
    Dialed,
    EarlyMedia,
    Failed,
    Heard,
    HungUp,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    Tone,
    ToneKind,
)
from tests.engine.scenes import Wire

TINY = """
stages:
  ask: {role: opening, say: 我们店周年庆，周末有空吗？, expect: [{hear: affirm, go: bye}, {other: bye}]}
"""
KNOWS_MACHINES = f"{TINY}always: [{{hear: announcement, say: 打扰了。, end: yes}}]\n"


def ringing() -> Wire:
    wire = Wire(TINY)
    wire.feed(Dialed(0), EarlyMedia(1000))
    return wire


def answered(script: str = TINY) -> Wire:
    wire = Wire(script)
    wire.feed(Dialed(0), Answered(3000))
    return wire


def waits(wire: Wire) -> int | None:
    """How long until the bot hangs up."""
    timers = [action for action in wire.actions if isinstance(action, StartTimer) and action.timer == "hang_up"]
    return timers[-1].delay_ms if timers else None


def fires(wire: Wire, at_ms: int) -> tuple[object, ...]:
    assert wire.state.timer
    return wire.feed(TimerFired(at_ms, wire.state.timer.ref))


# --- before the answer -----------------------------------------------------------------------------------------------


def test_what_is_announced_ends_the_call_after_a_breath() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机"))
    assert waits(wire) == 1500
    assert HangUp("announced") in fires(wire, 5500)
    wire.feed(HungUp(5600, "bot"))
    facts = wire.state.facts
    assert (facts.disposition, facts.known_by, facts.ended_by) == ("powered_off", "phrase", "bot")


def test_a_voice_that_goes_on_is_heard_out_and_no_further() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机"), SpeechStarted(4500))
    assert not [action for action in fires(wire, 5500) if isinstance(action, HangUp)]
    wire.feed(SpeechStopped(7000, 2500))
    assert HangUp("announced") in wire.feed(Heard(7100, "您拨打的电话已关机请稍后再拨"))


def test_the_network_may_be_quicker() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机"), Failed(5000, sip=480, q850=20))
    facts = wire.state.facts
    assert (facts.disposition, facts.sip, facts.q850, facts.ended_by) == ("powered_off", 480, 20, "network")


def test_who_is_asked_to_hold_on_holds_on() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机，请不要挂机"))
    assert waits(wire) == 20_000


def test_an_announcement_that_may_be_the_beginning_of_one_is_given_time() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "来电提醒业务"))
    assert waits(wire) == 6000
    assert waits(ringing()) is None


def test_an_answer_after_an_announcement_begins_the_script() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机"))
    timer = wire.state.timer
    assert timer
    actions = wire.feed(Answered(4500))
    assert CancelTimer(timer.ref) in actions
    assert any(isinstance(action, Play) for action in actions)
    assert wire.state.reason == "goodbye"


@pytest.mark.parametrize(
    ("kind", "disposition"),
    [("busy", "busy"), ("congestion", "congestion"), ("fax", "fax"), ("dial", "caller_fault")],
)
def test_a_signal_of_the_exchange_ends_the_call(kind: ToneKind, disposition: str) -> None:
    wire = ringing()
    wire.feed(Tone(4000, kind))
    assert HangUp("announced") in fires(wire, 5500)
    wire.feed(HungUp(5600, "bot"))
    assert (wire.state.facts.disposition, wire.state.facts.known_by) == (disposition, "tone")


@pytest.mark.parametrize("kind", ["ringback", "music"])
def test_ringing_goes_on_and_explains_a_vague_code(kind: ToneKind) -> None:
    wire = Wire(TINY)
    wire.feed(Dialed(0), Tone(2000, kind))
    assert waits(wire) is None
    wire.feed(Failed(30_000, sip=480))
    assert wire.state.facts.disposition == "no_answer"


def test_words_that_were_still_being_recognised_beat_the_tone_before_them() -> None:
    wire = ringing()
    wire.feed(Tone(4000, "busy"))
    assert HangUp("announced") in wire.feed(Heard(4800, "您拨打的电话已停机"))
    wire.feed(HungUp(4900, "bot"))
    assert (wire.state.facts.disposition, wire.state.facts.known_by) == ("suspended", "phrase")


# --- after the answer ------------------------------------------------------------------------------------------------


def test_a_busy_tone_means_that_the_far_end_has_gone() -> None:
    wire = answered()
    assert HangUp("busy") in wire.feed(Tone(9000, "busy"))
    wire.feed(HungUp(9100, "bot"))
    assert (wire.state.facts.ended_by, wire.state.facts.end) == ("caller", "caller")


def test_a_fax_is_left_alone_at_once() -> None:
    wire = answered()
    assert HangUp("fax") in wire.feed(Tone(4000, "fax"))
    wire.feed(HungUp(4100, "bot"))
    facts = wire.state.facts
    assert (facts.answered_by, facts.disposition, facts.known_by) == ("machine", "fax", "tone")


def test_a_tone_in_the_middle_of_a_talk_makes_nobody_a_fax() -> None:
    wire = answered()
    wire.finish_prompt()
    wire.hear("多少钱")
    assert not [action for action in wire.feed(Tone(9000, "fax")) if isinstance(action, HangUp)]
    assert wire.state.facts.answered_by == "human"


def test_a_beep_after_words_of_a_human_ends_nothing() -> None:
    wire = answered()
    wire.feed(SpeechStarted(3500), SpeechStopped(4000, 400), Heard(4100, "喂"))
    wire.finish_prompt()
    assert not [action for action in wire.feed(Tone(9000, "beep")) if isinstance(action, HangUp)]
    assert wire.state.facts.answered_by == "human"


def test_a_mailbox_in_its_owners_words_is_known_by_its_beep() -> None:
    wire = answered()
    wire.feed(SpeechStarted(3400), SpeechStopped(9000, 5600))
    wire.finish_prompt()
    wire.feed(Heard(9500, "这会儿我在山里徒步没有信号回来以后给你打过去"))
    assert HangUp("voicemail") in wire.feed(Tone(10_500, "beep"))
    facts = wire.state.facts
    assert (facts.answered_by, facts.disposition, facts.known_by) == ("machine", "voicemail", "opening")
    assert (facts.turns, facts.spoke) == (0, False)


def test_a_carrier_that_answers_is_hung_up_on_where_the_script_knows_nothing_of_it() -> None:
    wire = answered()
    wire.finish_prompt()
    assert HangUp("announced") in wire.feed(Heard(9000, "您拨打的电话已关机"))
    assert wire.state.facts.disposition == "powered_off"


def test_a_script_with_a_rule_for_it_has_its_own_way() -> None:
    wire = answered(KNOWS_MACHINES)
    wire.finish_prompt()
    assert HangUp("announced") not in wire.feed(Heard(9000, "您拨打的电话已关机"))
    assert wire.bot == "打扰了。"


def test_what_is_heard_or_told_again_after_the_end_changes_nothing() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机"), Failed(5000, sip=480))
    before = wire.state.facts
    wire.feed(Failed(5100, sip=486), Tone(5200, "busy"), Answered(5300), Heard(5400, "空号"), HungUp(5500))
    assert wire.state.facts == before


def test_a_code_that_comes_after_the_end_is_kept_and_words_still_beat_it() -> None:
    wire = ringing()
    wire.feed(Heard(4000, "您拨打的电话已关机"), Failed(5000, sip=480))
    assert wire.feed(Failed(65_000, sip=486, q850=17)) == ()
    facts = wire.state.facts
    assert (facts.disposition, facts.known_by, facts.sip, facts.q850) == ("powered_off", "phrase", 480, 17)
