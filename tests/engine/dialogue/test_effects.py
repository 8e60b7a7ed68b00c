"""What is done beyond talking, and for whom."""

from __future__ import annotations

import pytest

from engine.calls.actions import Appointment, Callback, Contact, Filled
from engine.calls.events import HungUp
from engine.trial.caller import Call, Say
from engine.trial.simulate import Line
from tests.engine.scenes import load, talk


def notes(line: Line, kind: type) -> list[object]:
    return [action for entry in line.entries for action in entry.actions if isinstance(action, kind)]


# --- what is done beyond talking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("accepts", "wish"), [("accept: yes, ", "none"), ("", "passive")])
def test_a_ticket_for_what_was_agreed_is_no_wish_for_material(accepts: str, wish: str) -> None:
    script = """
    stages:
      ask:
        role: invitation
        say: 来吗？
        confirm: 真的来吗？
        expect: [{hear: affirm, ACCEPTS do: {sms: 票}, go: bye}]
    """.replace("ACCEPTS ", accepts)
    line = talk(script, """
        << 来吗？
        >> 可以
        ** sms 票
        << 再见！
    """)  # fmt: skip
    assert line.state.facts.sms == wish


def test_everything_that_can_be_done() -> None:
    script = """
    variables: {name: {default: 王}}
    slots: {when: {type: words}}
    stages:
      ask:
        role: opening
        say: 有空吗？
        fill: when
        expect:
          - hear: affirm
            do:
              do_not_call: yes
              sms: "{name}，见面{when}"
              wechat: yes
              tag: [甲, "{name}"]
              note: "说{when}"
              callback: when
            go: more
      more:
        role: pitch
        say: 好。
        do: {tag: 到过}
        expect: [{hear: affirm, do: {callback: yes, wechat: "{when}"}, go: bye}]
    """
    line = talk(script, """
        << 有空吗？
        >> 可以
        ** do_not_call affirm
        ** sms 王，见面可以
        ** wechat
        ** tag 甲
        ** tag 王
        ** note 说可以
        ** tag 到过
        << 好。
        >> 可以
        ** wechat 可以
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert notes(line, Callback) == [], "a number to leave alone is not called back"
    assert notes(line, Contact) == [Contact("sms", "passive"), Contact("wechat", "passive")]


@pytest.mark.parametrize(
    ("wish", "done"), [("发资料", "** sms 图册"), ("加微信", "** wechat\n** note 图册"), ("好的", "** sms 图册")]
)
def test_material_goes_by_the_channel_that_was_named(wish: str, done: str) -> None:
    script = """
    stages:
      ask: {role: opening, say: 有空吗？, expect: [{hear: [affirm, want_material, want_wechat], go: send}]}
      send: {role: closing, say: 发给您可以吗？, expect: [{hear: affirm, contact: given, do: {send: 图册}, go: bye}]}
    """
    line = talk(script, f"""
        << 有空吗？
        >> {wish}
        << 发给您可以吗？
        >> 可以
        {done}
        << 再见！
    """)  # fmt: skip
    facts = line.state.facts
    assert (facts.wechat if wish == "加微信" else facts.sms) == "given"


# --- what the caller tells -------------------------------------------------------------------------------------------

TELLING = """
slots:
  when: {type: time, ask: [您哪天方便？, 您说个日子？]}
  phone: {type: number, ask: 您的号码？}
  people: {type: quantity}
  called: {type: name}
stages:
  ask:
    role: invitation
    say: 来店里看看吗？
    fill: [when, people, called]
    confirm: 那给您约{when}，可以吗？
    expect:
      - {hear: [affirm, neutral, give_time], accept: yes, need: when, do: {callback: when}, go: done}
      - {hear: want_wechat, fill: phone, need: phone, do: {wechat: "{phone}"}, go: done}
  done: {role: closing, say: ["约好{when}，{people}位。", "约好{when}。", 好的。], go: bye}
"""


def told(line: Line) -> dict[str, str]:
    return {filled.slot: filled.value for filled in notes(line, Filled)}  # type: ignore[attr-defined]


def test_a_time_that_is_told_is_kept_and_spoken_as_it_was_said() -> None:
    line = talk(TELLING, """
        << 来店里看看吗？
        >> 可以，明天下午三点，我们三个人
        << 约好明天下午三点，三个人位。
        << 再见！
        || bot: goodbye
        ** callback 2026-01-06T15:00:00+08:00 明天下午三点
    """)  # fmt: skip
    assert told(line) == {"when": "2026-01-06T15:00:00+08:00", "people": "3"}


def test_a_time_is_as_good_as_a_yes() -> None:
    line = talk(TELLING, """
        << 来店里看看吗？
        >> 嗯，明天下午三点
        << 约好明天下午三点。
        << 再见！
        || bot: goodbye
        ** callback 2026-01-06T15:00:00+08:00 明天下午三点
    """)  # fmt: skip
    assert line.state.facts.invitation == "success"


def test_a_missing_time_is_asked_for_and_only_that() -> None:
    talk(TELLING, """
        << 来店里看看吗？
        >> 可以
        << 您哪天方便？
        >> 这个嘛我看看啊
        << 您说个日子？
        >> 明天下午三点
        << 约好明天下午三点。
        << 再见！
        || bot: goodbye
        ** callback 2026-01-06T15:00:00+08:00 明天下午三点
    """)  # fmt: skip


def test_another_time_at_the_confirmation_is_the_one_that_counts() -> None:
    line = talk(TELLING, """
        << 来店里看看吗？
        >> 嗯
        << 那给您约，可以吗？
        >> 后天上午十点吧
        << 约好后天上午十点。
        << 再见！
        || bot: goodbye
        ** callback 2026-01-07T10:00:00+08:00 后天上午十点
    """)  # fmt: skip
    assert told(line)["when"] == "2026-01-07T10:00:00+08:00"


def test_a_number_is_told_or_pressed() -> None:
    talk(TELLING, """
        << 来店里看看吗？
        >> 加微信吧13800001234
        ** wechat 13800001234
        << 好的。
        << 再见！
    """)  # fmt: skip
    talk(TELLING, """
        << 来店里看看吗？
        >> 加微信
        << 您的号码？
        >> [13800001234#]
        ** wechat 13800001234
        << 好的。
        << 再见！
    """)  # fmt: skip


def test_free_words_are_those_that_answer_the_stage() -> None:
    script = """
    slots: {why: {type: words}}
    stages:
      ask: {role: discovery, say: 您为什么换？, fill: why, expect: [{other: {do: {note: "{why}"}, go: bye}}]}
    answers: [{hear: ask_price, say: 八折。}]
    """
    line = talk(script, """
        << 您为什么换？
        >> 多少钱
        << 八折。您为什么换？
        >> 原来那家太慢了
        ** note 原来那家太慢了
        << 再见！
    """)  # fmt: skip
    assert [filled.value for filled in notes(line, Filled)] == ["原来那家太慢了"]  # type: ignore[attr-defined]


# --- another call is agreed on ----------------------------------------------------------------------------------------

AGREED = """
slots: {when: {type: time}}
always:
  - {hear: do_not_call, do: {do_not_call: yes}, go: removed}
  - {hear: wrong_number, go: removed}
stages:
  ask:
    role: invitation
    say: 来店里看看吗？
    fill: when
    expect: [{hear: give_time, accept: yes, do: {callback: when}, go: done}]
  done:
    role: closing
    say: [约好了。, 改好了。]
    fill: when
    expect: [{hear: give_time, accept: yes, do: {callback: when}, go: done}, {hear: affirm, go: bye}]
  removed: {role: closing, say: 打扰了。, end: yes}
answers: [{hear: ask_price, say: 八折。}]
"""


def agreed_call(*after: str) -> Line:
    line = Line(load(AGREED), Call("t"))
    line.begin()
    for words in ("明天下午三点", *after):
        line.take(Say(words))
    line.finish()
    return line


def test_the_call_agreed_on_is_ordered_once_this_one_is_over() -> None:
    line = agreed_call("可以")
    assert notes(line, Appointment) == [Appointment("2026-01-06T15:00:00+08:00", "明天下午三点")]
    assert [Callback("2026-01-06T15:00:00+08:00", "明天下午三点")] == list(line.entries[-1].actions)
    assert isinstance(line.entries[-1].event, HungUp)


def test_of_two_times_only_the_later_one_is_ordered() -> None:
    line = agreed_call("后天上午十点", "可以")
    assert notes(line, Callback) == [Callback("2026-01-07T10:00:00+08:00", "后天上午十点")]


@pytest.mark.parametrize("words", ["不用了", "别再打了", "打错了"])
def test_who_takes_it_back_is_not_called(words: str) -> None:
    line = agreed_call(words)
    assert notes(line, Appointment)
    assert notes(line, Callback) == []


def test_a_time_and_a_question_in_one_breath_are_both_heard() -> None:
    talk(AGREED, """
        << 来店里看看吗？
        >> 明天下午三点吧，多少钱
        << 八折。约好了。
    """)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "order"),
    [
        ("明天下午三点吧", Callback("2026-01-06T15:00:00+08:00", "明天下午三点")),
        ("改天吧", Callback("", "改天")),
        ("过阵子再打给我吧", Callback("", "过阵子")),
        ("过段时间", Callback("", "过段时间")),
        ("我在开会", Callback()),
    ],
)
def test_whoever_calls_again_knows_what_was_said_of_the_time(answer: str, order: Callback) -> None:
    script = """
    slots: {when: {type: time}}
    stages:
      ask:
        role: closing
        say: 您看什么时候方便，我再打给您？
        fill: when
        expect:
          - {hear: give_time, do: {callback: when}, go: bye}
          - {other: {do: {callback: yes}, go: bye}}
    """
    line = talk(script, f"""
        << 您看什么时候方便，我再打给您？
        >> {answer}
        << 再见！
        || bot: goodbye
        ** callback {(order.at + " " + order.said).strip()}
    """)  # fmt: skip
    assert notes(line, Callback) == [order]
