"""From stage to stage: transfers, recoveries, limits, and the way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.calls.actions import HangUp, Hold, Ignored, Invitation, Recovered, Took, Unhold
from engine.calls.events import Answered, Event, HoldBegan, HoldEnded, HoldFailed, NotHeard, Pressed, TimerFired
from engine.trial.simulate import Line
from tests.engine.scenes import Wire, talk


def notes(line: Line, kind: type) -> list[Any]:
    return [action for entry in line.entries for action in entry.actions if isinstance(action, kind)]


# --- transfer ---------------------------------------------------------------------------------------------------------

TRANSFER = """
stages:
  ask:
    role: opening
    say: 有空吗？
    expect:
      - {hear: want_human, say: 这就转接。, transfer: desk, else: sorry}
      - {hear: affirm, transfer: desk, else: sorry}
  sorry: {role: closing, say: 同事在忙。, go: bye}
"""


def test_a_transfer_that_is_taken_ends_the_call_for_the_bot() -> None:
    talk(TRANSFER, """
        << 有空吗？
        >> 转人工
        << 这就转接。
        ** transfer desk
        >> (transfer ok)
        || bot: transfer
    """)  # fmt: skip


def test_a_transfer_that_fails_gives_the_call_back() -> None:
    talk(TRANSFER, """
        << 有空吗？
        >> 好的
        ** transfer desk
        >> (transfer failed)
        << 同事在忙。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_a_transfer_that_nobody_answers_fails_by_itself() -> None:
    line = talk(TRANSFER, """
        << 有空吗？
        >> 转人工
        << 这就转接。
        ** transfer desk
        << 同事在忙。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert line.state.transfer == 0


# --- refusal and recovery ---------------------------------------------------------------------------------------------

RECOVERY = """
refused: no
stages:
  ask:
    role: opening
    say: 周末有空吗？
    expect: [{hear: affirm, go: day}]
    recover: 就看一眼，好吗？
  day:
    role: invitation
    say: 星期六行吗？
    expect: [{hear: affirm, go: gift}, {hear: deny, say: 那就星期天。, go: gift}]
    recover: {say: 来就送礼品，好吗？, go: gift}
  gift:
    role: closing
    say: 礼品送到家？
    expect: [{hear: affirm, go: bye}]
    recover: 礼品不要钱的，好吗？
  no: {role: closing, say: 打扰了。, end: yes}
always: [{hear: do_not_call, do: {do_not_call: yes}}]
"""


def test_a_refusal_gets_one_more_offer_and_the_next_one_closes() -> None:
    line = talk(RECOVERY, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 没兴趣
        << 打扰了。
        || bot: goodbye
    """)  # fmt: skip
    assert notes(line, Recovered) == [Recovered("ask", 1)]
    assert [took.rule for took in notes(line, Took)] == ["ask.recover.1", "refused"]  # type: ignore[attr-defined]


def test_who_accepts_the_other_offer_goes_on_as_if_nothing_had_been() -> None:
    talk(RECOVERY, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 可以
        << 星期六行吗？
    """)  # fmt: skip


def test_two_recoveries_a_call_and_no_third() -> None:
    talk(RECOVERY, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 可以
        << 星期六行吗？
        >> 不用了
        << 来就送礼品，好吗？
        >> 随便你们吧
        << 礼品送到家？
        >> 不需要
        << 打扰了。
        || bot: goodbye
    """)  # fmt: skip


def test_one_recovery_a_stage_also_when_it_is_visited_again() -> None:
    script = RECOVERY.replace("{hear: affirm, go: gift}", "{hear: affirm, go: ask}")
    talk(script, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 可以
        << 星期六行吗？
        >> 可以
        << 周末有空吗？
        >> 不用了
        << 打扰了。
    """)  # fmt: skip


def test_no_recovery_after_do_not_call() -> None:
    talk(RECOVERY, """
        << 周末有空吗？
        >> 别再打了
        ** do_not_call
        << 周末有空吗？
        >> 不用了
        << 打扰了。
    """.replace("** do_not_call", "** do_not_call do_not_call"))  # fmt: skip


def test_deny_is_a_refusal_unless_the_stage_takes_it_for_an_answer() -> None:
    talk(RECOVERY, """
        << 周末有空吗？
        >> 没有
        << 就看一眼，好吗？
        >> 可以
        << 星期六行吗？
        >> 没有
        << 那就星期天。礼品送到家？
    """)  # fmt: skip


def test_a_two_step_recovery() -> None:
    script = """
    limits: {recoveries_per_stage: 2}
    stages:
      ask:
        role: opening
        say: 周末有空吗？
        expect: [{hear: affirm, go: bye}]
        recover:
          - 就看一眼，好吗？
          - {say: 那送您一份图册，好吗？, expect: [{hear: affirm, do: {sms: 图册}, go: bye}, {hear: 地址, go: ask}]}
    """
    talk(script, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 不用了
        << 那送您一份图册，好吗？
        >> 好的
        ** sms 图册
        << 再见！
    """)  # fmt: skip
    talk(script, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 不用了
        << 那送您一份图册，好吗？
        >> 不用了
        << 再见！
    """)  # fmt: skip


def test_a_question_in_reply_to_a_recovery_comes_back_to_it() -> None:
    script = RECOVERY + "answers: [{hear: ask_price, say: 不要钱。}]\n"
    talk(script, """
        << 周末有空吗？
        >> 不用了
        << 就看一眼，好吗？
        >> 多少钱
        << 不要钱。就看一眼，好吗？
        >> 不用了
        << 打扰了。
    """)  # fmt: skip


def test_a_refused_invitation_has_failed() -> None:
    line = talk(RECOVERY, """
        << 周末有空吗？
        >> 好的
        << 星期六行吗？
        >> 不用了
        << 来就送礼品，好吗？
    """)  # fmt: skip
    assert notes(line, Invitation) == [Invitation("pending"), Invitation("fail")]


# --- limits -----------------------------------------------------------------------------------------------------------


PATIENCE = """
silence: {after: 3s, say: [还在吗？, 能听到吗？]}
stages:
  ask:
    role: opening
    say: 我们周年庆。周末有空吗？
    reprompt: 周末有空吗？
    expect: [{hear: affirm, go: bye}, {hear: refuse, go: bye}]
"""


def test_most_turns_of_a_call() -> None:
    talk(PATIENCE + "limits: {turns: 2}\nanswers: [{hear: ask_price, say: 八折。}]\n", """
        << 我们周年庆。周末有空吗？
        >> 多少钱
        << 八折。周末有空吗？
        >> 多少钱
        << 八折。周末有空吗？
        >> 多少钱
        << 再见！
        || bot: turn_limit
    """)  # fmt: skip


def test_most_visits_to_a_stage() -> None:
    script = """
    limits: {visits: 2, then: late}
    stages:
      ask: {role: opening, say: 有空吗？, expect: [{hear: affirm, go: ask}, {hear: refuse, go: bye}]}
      late: {role: closing, say: 聊得太久了。, end: yes}
    """
    talk(script, """
        << 有空吗？
        >> 好的
        << 有空吗？
        >> 好的
        << 聊得太久了。
        || bot: visit_limit
    """)  # fmt: skip


def test_longest_call() -> None:
    line = talk(PATIENCE + "limits: {seconds: 10}\nanswers: [{hear: ask_price, say: 八折}]\n", """
        << 我们周年庆。周末有空吗？
        >> 多少钱
        << 八折周末有空吗？
        >> (silent)
        << 还在吗？
        << 再见！
        || bot: time_limit
    """)  # fmt: skip
    assert line.now_ms < 13_000


# --- passing over -----------------------------------------------------------------------------------------------------


def test_a_stage_that_is_not_needed_is_passed_over() -> None:
    script = """
    stages:
      ask: {role: opening, say: 有空吗？, expect: [{hear: affirm, go: price}, {hear: ask_price, go: price}]}
      price: {role: pitch, say: 八折。, skip: {if: {heard: ask_price}, go: gift}, go: gift}
      gift: {role: pitch, say: 送礼。, skip: [{if: {heard: ask_mode}, go: bye}], go: bye}
    """
    line = talk(script, "<< 有空吗？\n>> 多少钱\n<< 送礼。\n<< 再见！")
    assert line.state.facts.stages == ("ask", "gift", "bye")
    talk(script, "<< 有空吗？\n>> 好的\n<< 八折。\n<< 送礼。\n<< 再见！")


def test_a_recovery_hears_words_of_its_own() -> None:
    script = """
    stages:
      ask:
        role: opening
        say: 周末有空吗？
        expect: [{hear: affirm, go: bye}]
        recover: {say: 那我说说优惠？, expect: [{hear: 说来听听吧你, say: 全场八折。, go: bye}]}
    """
    talk(script, """
        << 周末有空吗？
        >> 不用了
        << 那我说说优惠？
        >> 说来听听吧你
        << 全场八折。再见！
    """)  # fmt: skip


# --- hold -------------------------------------------------------------------------------------------------------------

HOLD = """
stages:
  ask:
    role: opening
    say: 有空吗？
    expect:
      - {hear: ask_price, say: 我查一下。, hold: 20s, go: price, else: sorry}
      - {hear: ask_mode, say: 请稍等。, hold: 5s}
      - {hear: affirm, hold: 10s, go: price}
  price: {role: pitch, say: 查到了，八折。, go: bye}
  sorry: {role: closing, say: 现在查不到。, go: bye}
always: [{hear: do_not_call, do: {do_not_call: yes}, go: bye}]
"""


def test_a_caller_on_hold_is_taken_off_it_when_its_time_is_over() -> None:
    line = talk(HOLD, """
        << 有空吗？
        >> 多少钱
        << 我查一下。
        ~~ hold 20s
        ~~ unhold
        << 查到了，八折。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    began, ended = (next(e.event.at_ms for e in line.entries if isinstance(e.event, k)) for k in (HoldBegan, HoldEnded))
    assert ended - began == 20_000
    assert (line.state.facts.hold, line.state.facts.no_input) == ("ok", 0)


def test_without_a_stage_to_go_to_the_question_is_asked_again() -> None:
    talk(HOLD, """
        << 有空吗？
        >> 怎么合作
        << 请稍等。
        ~~ hold 5s
        ~~ unhold
        << 有空吗？
        >> 好的
        ~~ hold 10s
        ~~ unhold
        << 查到了，八折。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_a_hold_that_fails_goes_where_the_script_says() -> None:
    line = talk(HOLD, """
        << 有空吗？
        >> 多少钱
        << 我查一下。
        ~~ hold 20s
        >> (hold failed)
        << 现在查不到。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert line.state.facts.hold == "failed"


def test_a_hold_that_fails_goes_on_at_once_where_the_script_says_nothing() -> None:
    talk(HOLD, """
        << 有空吗？
        >> 好的
        ~~ hold 10s
        >> (hold failed)
        << 查到了，八折。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_a_hold_that_the_network_ends_goes_on_at_once() -> None:
    line = talk(HOLD, """
        << 有空吗？
        >> 多少钱
        << 我查一下。
        ~~ hold 20s
        >> (hold ended)
        ~~ unhold
        << 查到了，八折。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert line.now_ms < 20_000


def test_who_wants_to_be_left_alone_is_not_kept_on_hold() -> None:
    talk(HOLD, """
        << 有空吗？
        >> 多少钱
        << 我查一下。
        ~~ hold 20s
        >> 别再打了 @5000
        ~~ unhold
        ** do_not_call do_not_call
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_what_is_said_on_hold_is_noted_and_waits() -> None:
    line = talk(HOLD, """
        << 有空吗？
        >> 好的
        ~~ hold 10s
        >> 多少钱 @5000
        ~~ unhold
        << 查到了，八折。
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert line.state.facts.interest == ("ask_price",)


def test_a_caller_who_hangs_up_on_hold() -> None:
    line = talk(HOLD, """
        << 有空吗？
        >> 好的
        ~~ hold 10s
        >> (hangup)
        || caller
    """)  # fmt: skip
    assert (line.state.facts.hold, line.state.hold) == ("ok", 0)


def test_the_longest_call_ends_a_hold() -> None:
    talk("limits: {seconds: 12}" + HOLD, """
        << 有空吗？
        >> 多少钱
        << 我查一下。
        ~~ hold 20s
        ~~ unhold
        << 再见！
        || bot: time_limit
    """)  # fmt: skip


def on_hold() -> Wire:
    wire = Wire(HOLD)
    wire.feed(Answered(0))
    wire.finish_prompt()
    wire.hear("好的")
    assert isinstance(wire.actions[-2], Hold)
    return wire


def test_a_gateway_that_never_tells_of_the_end_of_a_hold_is_not_waited_for() -> None:
    wire = on_hold()
    wire.feed(TimerFired(0, wire.state.timer.ref if wire.state.timer else 0))
    assert isinstance(wire.actions[0], Unhold)
    assert wire.bot == ""
    wire.feed(TimerFired(0, wire.state.timer.ref if wire.state.timer else 0))
    assert wire.bot == "查到了，八折。"


@pytest.mark.parametrize("event", [HoldBegan(0, 99), HoldEnded(0, 99), HoldFailed(0, 99), Pressed(0, "1"), NotHeard(0)])
def test_on_hold_nothing_else_moves_the_call(event: Event) -> None:
    wire = on_hold()
    before = wire.state
    (ignored,) = wire.feed(event)
    assert isinstance(ignored, Ignored)
    assert replace(wire.state, seq=before.seq, facts=before.facts) == before


def test_a_hold_that_is_over_is_over() -> None:
    wire = on_hold()
    ref = wire.state.hold
    wire.feed(HoldEnded(0, ref))
    assert wire.bot == "查到了，八折。"
    for event in (HoldEnded(0, ref), HoldFailed(0, ref), HoldBegan(0, ref)):
        (ignored,) = wire.feed(event)
        assert isinstance(ignored, Ignored)


# --- hanging up -------------------------------------------------------------------------------------------------------

BUSY = """
stages:
  ask:
    role: opening
    say: 有空吗？
    expect:
      - {hear: affirm, say: 好，再见。, end: yes}
      - {hear: ask_price, go: closed}
      - {hear: refuse, end: busy}
  closed: {role: closing, say: 这个号码不再使用。, end: unobtainable}
always: [{hear: do_not_call, do: {do_not_call: yes}, go: bye}]
"""


def causes(line: Line) -> list[int]:
    return [order.q850 for order in notes(line, HangUp)]


def test_a_call_ends_with_normal_clearing_unless_its_script_says_otherwise() -> None:
    line = talk(BUSY, """
        << 有空吗？
        >> 好的
        << 好，再见。
        || bot: goodbye
    """)  # fmt: skip
    assert causes(line) == [16]


def test_a_rule_names_the_cause_with_which_it_hangs_up() -> None:
    line = talk(BUSY, """
        << 有空吗？
        >> 不需要
        || bot: goodbye
    """)  # fmt: skip
    assert causes(line) == [17]


def test_a_stage_names_the_cause_with_which_it_ends_the_call() -> None:
    line = talk(BUSY, """
        << 有空吗？
        >> 多少钱
        << 这个号码不再使用。
        || bot: goodbye
    """)  # fmt: skip
    assert causes(line) == [1]
    assert (line.state.facts.end, line.state.facts.q850, line.state.facts.disposition) == ("bot", None, "completed")


def test_a_caller_who_is_kept_after_all_is_hung_up_as_usual() -> None:
    line = talk(BUSY, """
        << 有空吗？
        >> 多少钱
        << 这个号码不再使用。
        >> 别再打了 @300
        ** do_not_call do_not_call
        --
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert causes(line) == [16]
