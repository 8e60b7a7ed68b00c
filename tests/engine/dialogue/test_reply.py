"""Nothing said, nothing understood, slots asked for, and last words."""

from __future__ import annotations

import pytest

from engine.calls.actions import Filled
from engine.trial.simulate import Line
from tests.engine.scenes import load, talk


def notes(line: Line, kind: type) -> list[object]:
    return [action for entry in line.entries for action in entry.actions if isinstance(action, kind)]


# --- nothing said, nothing understood ---------------------------------------------------------------------------------

PATIENCE = """
silence: {after: 3s, say: [还在吗？, 能听到吗？]}
no_match: {say: [没太明白。, 您是说有空吗？]}
stages:
  ask:
    role: opening
    say: 我们周年庆。周末有空吗？
    reprompt: 周末有空吗？
    expect: [{hear: affirm, go: bye}, {hear: refuse, go: bye}]
"""


def test_silence_is_asked_after_twice_then_the_call_ends() -> None:
    line = talk(PATIENCE, """
        << 我们周年庆。周末有空吗？
        >> (silent)
        << 还在吗？
        >> (silent)
        << 能听到吗？
        >> (silent)
        << 再见！
        || bot: silence
    """)  # fmt: skip
    assert line.state.facts.no_input == 3


def test_an_answer_starts_the_silence_count_again() -> None:
    talk(PATIENCE + "answers: [{hear: ask_price, say: 八折。}]\n", """
        << 我们周年庆。周末有空吗？
        >> (silent)
        << 还在吗？
        >> 多少钱
        << 八折。周末有空吗？
        >> (silent)
        << 还在吗？
        >> (silent)
        << 能听到吗？
        >> 好的
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_the_question_is_still_the_question_after_a_silence() -> None:
    talk(PATIENCE + "answers: [{hear: ask_repeat, repeat: yes}]\n", """
        << 我们周年庆。周末有空吗？
        >> (silent)
        << 还在吗？
        >> 没听清
        << 我们周年庆。周末有空吗？
    """)  # fmt: skip


def test_a_stage_may_answer_silence_itself() -> None:
    script = """
    silence: {say: 还在吗？}
    stages:
      ask:
        role: opening
        say: 有空吗？
        silence: {after: 2s, say: [喂？, 喂喂？], then: late}
        expect: [{hear: affirm, go: more}]
      more:
        role: pitch
        say: 八折。
        expect: [{hear: affirm, go: bye}, {silence: {say: 那我先挂了。, end: yes}}]
      late: {role: closing, say: 改天吧。, end: yes}
    """
    talk(script, """
        << 有空吗？
        >> (silent)
        << 喂？
        >> (silent)
        << 喂喂？
        >> (silent)
        << 改天吧。
        || bot: silence
    """)  # fmt: skip
    talk(script, """
        << 有空吗？
        >> 好的
        << 八折。
        >> (silent)
        << 还在吗？
        >> (silent)
        << 那我先挂了。
        || bot: silence
    """)  # fmt: skip


def test_a_silence_branch_with_a_limit_gives_way_to_the_way_out() -> None:
    script = """
    stages:
      ask:
        role: opening
        say: 有空吗？
        expect: [{hear: affirm, go: bye}, {silence: {say: 喂？, then: stay, limit: 1}}]
    """
    talk(script, """
        << 有空吗？
        >> (silent)
        << 喂？
        >> (silent)
        << 再见！
        || bot: silence
    """)  # fmt: skip


def test_a_short_answer_goes_along() -> None:
    talk(PATIENCE, """
        << 我们周年庆。周末有空吗？
        >> 应该吧
        << 再见！
    """)  # fmt: skip


def test_a_long_one_is_asked_back_until_the_prompts_are_used_up() -> None:
    line = talk(PATIENCE, """
        << 我们周年庆。周末有空吗？
        >> 我说的是别的那件事
        << 没太明白。周末有空吗？
        >> 就是上次的那件事啊
        << 您是说有空吗？
        >> 就是上次的那件事啊
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert line.state.facts.no_match == 3


def test_what_is_short_is_for_the_script_to_say() -> None:
    script = PATIENCE.replace("no_match: {", "no_match: {short: 0, ")
    talk(script, """
        << 我们周年庆。周末有空吗？
        >> 应该吧
        << 没太明白。周末有空吗？
    """)  # fmt: skip


def test_what_was_said_in_between_is_forgotten_by_the_count_of_misses() -> None:
    talk(PATIENCE + "answers: [{hear: ask_price, say: 八折。}]\n", """
        << 我们周年庆。周末有空吗？
        >> 我说的是别的那件事
        << 没太明白。周末有空吗？
        >> 多少钱
        << 八折。周末有空吗？
        >> 我说的是别的那件事
        << 没太明白。周末有空吗？
    """)  # fmt: skip


def test_side_talk_is_passed_over_once() -> None:
    talk(PATIENCE + "always: [{hear: side_talk, say: 您方便吗？, ignore: 1}]\n", """
        << 我们周年庆。周末有空吗？
        >> 妈你吃饭了没
        >> 吃饭了没
        << 您方便吗？
    """)  # fmt: skip


def test_a_caller_who_asks_for_a_moment_gets_it_once() -> None:
    line = talk(PATIENCE + "always: [{hear: ask_wait, say: 您先忙。, then: stay, wait: 20s}]\n", """
        << 我们周年庆。周末有空吗？
        >> 等一下
        << 您先忙。
        >> (silent)
        << 还在吗？
        >> (silent)
        << 能听到吗？
    """)  # fmt: skip
    waits = [
        action.delay_ms
        for entry in line.entries
        for action in entry.actions
        if getattr(action, "timer", "") == "no_input"
    ]
    assert waits == [3000, 20_000, 3000, 3000]
    assert line.state.question[0].text == "我们周年庆。周末有空吗？"


def test_repeating_has_a_limit() -> None:
    talk(PATIENCE + "always: [{hear: ask_repeat, repeat: yes, limit: 2, over: bye}]\n", """
        << 我们周年庆。周末有空吗？
        >> 没听清
        << 我们周年庆。周末有空吗？
        >> 再说一遍
        << 我们周年庆。周末有空吗？
        >> 再说一遍
        << 再见！
    """)  # fmt: skip


# --- slots ------------------------------------------------------------------------------------------------------------

SLOTS = """
slots:
  phone: {type: digits, ask: [请按您的号码，按井号结束。, 号码是多少呢？], tries: 2}
  wish: {type: words, ask: 您想要什么？}
stages:
  ask:
    role: opening
    say: 要登记吗？
    expect:
      - {hear: affirm, need: [phone, wish], do: {note: "{phone}要{wish}"}, go: bye}
      - {hear: 记着呢, fill: wish, need: [phone, wish], do: {note: "{phone}要{wish}"}, go: bye}
      - {hear: refuse, go: bye}
"""


def test_what_is_needed_is_asked_for_one_by_one() -> None:
    line = talk(SLOTS, """
        << 要登记吗？
        >> 好的
        << 请按您的号码，按井号结束。
        >> [13800001234#]
        --
        << 您想要什么？
        >> 沙发
        ** note 13800001234要沙发
        << 再见！
    """.replace("        --\n", ""))  # fmt: skip
    assert notes(line, Filled) == [Filled("phone", "13800001234", "13800001234"), Filled("wish", "沙发", "沙发")]
    assert line.state.facts.filled == ("phone", "wish")


def test_only_the_missing_one_is_asked_for() -> None:
    talk(SLOTS, """
        << 要登记吗？
        >> 记着呢
        << 请按您的号码，按井号结束。
        >> [138#]
        ** note 138要记着呢
        << 再见！
    """)  # fmt: skip


def test_what_is_not_told_is_asked_for_again_and_then_given_up_for_good() -> None:
    talk(SLOTS, """
        << 要登记吗？
        >> 好的
        << 请按您的号码，按井号结束。
        >> 我想想啊
        << 号码是多少呢？
        >> 我想不起来了
        << 您想要什么？
        >> 沙发
        ** note 要沙发
        << 再见！
    """)  # fmt: skip


def test_a_slot_that_nobody_has_is_given_up_at_once() -> None:
    talk(SLOTS, """
        << 要登记吗？
        >> 好的
        << 请按您的号码，按井号结束。
        >> 没有
        << 您想要什么？
    """)  # fmt: skip


def test_who_refuses_while_a_slot_is_asked_for_refuses_the_offer() -> None:
    talk(SLOTS, """
        << 要登记吗？
        >> 好的
        << 请按您的号码，按井号结束。
        >> 不用了
        << 再见！
    """)  # fmt: skip


def test_a_question_while_a_slot_is_asked_for_comes_back_to_it() -> None:
    talk(SLOTS + "answers: [{hear: ask_price, say: 不要钱。}]\n", """
        << 要登记吗？
        >> 好的
        << 请按您的号码，按井号结束。
        >> 多少钱
        << 不要钱。请按您的号码，按井号结束。
        >> [1#]
        << 您想要什么？
        >> 多少钱
        << 不要钱。您想要什么？
        >> 沙发
        ** note 1要沙发
        << 再见！
    """)  # fmt: skip


def test_keys_without_the_end_sign_wait_for_more() -> None:
    line = talk(SLOTS, """
        << 要登记吗？
        >> 好的
        << 请按您的号码，按井号结束。
        >> [138]
    """)  # fmt: skip
    assert (line.state.keys, dict(line.state.slots)) == ("138", {})


# --- after the goodbye ------------------------------------------------------------------------------------------------

PARTING = """
stages:
  ask: {role: opening, say: 有空吗？, expect: [{other: bye}]}
  removed: {role: closing, say: 登记了。, end: yes}
always:
  - {hear: do_not_call, do: {do_not_call: yes}, go: removed}
  - {hear: goodbye, go: bye}
  - {hear: want_wechat, go: wechat}
answers: [{hear: ask_price, say: 八折。}]
"""
PARTING = PARTING.replace("always:", "  wechat: {role: closing, say: 加您微信？, expect: [{other: bye}]}\nalways:")


def test_after_the_goodbye_the_bot_waits_for_a_last_word() -> None:
    line = talk(PARTING, """
        << 有空吗？
        >> 我没有时间来呀
        << 再见！
        >> 再见
        || bot: goodbye
    """)  # fmt: skip
    played = next(entry.event.at_ms for entry in line.entries if "'hang_up', delay_ms=1500" in str(entry.actions))
    assert line.entries[-2].event.at_ms == played + 1500


@pytest.mark.parametrize(
    ("words", "follows"),
    [
        ("别再打了", "** do_not_call do_not_call\n<< 登记了。\n|| bot: goodbye"),
        ("多少钱", "<< 八折。再见！\n|| bot: goodbye"),
        ("加微信", "<< 加您微信？"),
        ("吃饭了没", "|| bot: goodbye"),
    ],
)
def test_a_last_word_that_changes_something_still_counts(words: str, follows: str) -> None:
    talk(PARTING, f"""
        << 有空吗？
        >> 我没有时间来呀
        << 再见！
        >> {words}
        {follows}
    """)  # fmt: skip


def test_a_caller_who_keeps_asking_during_the_goodbye_cannot_keep_the_line() -> None:
    script = load(PARTING + "limits: {turns: 5}\n")
    talk(script, """
        << 有空吗？
        >> 我没有时间来呀
        << 再见！
        >> 多少钱
        << 八折。再见！
        >> 多少钱
        << 八折。再见！
        >> 多少钱
        << 八折。再见！
        >> 多少钱
        << 八折。再见！
        >> 多少钱
        || bot: turn_limit
    """)  # fmt: skip


def test_a_goodbye_is_not_said_again_because_a_limit_was_passed_again() -> None:
    script = """
    stages:
      ask: {role: opening, say: 有空吗？, expect: [{other: bye}]}
      parted: {role: closing, say: 打扰了。, end: yes}
      desk: {role: closing, say: 您说。, expect: [{other: bye}]}
    always:
      - {hear: ask_wait, say: 我等您。, then: stay, wait: 20s, limit: 1, over: parted}
      - {hear: ask_repeat, repeat: yes, limit: 1, over: desk}
    """
    talk(script, """
        << 有空吗？
        >> 等一下
        << 我等您。
        >> 等一下
        << 打扰了。
        >> 等一下
        || bot: goodbye
    """)  # fmt: skip
    talk(script, """
        << 有空吗？
        >> 没听清
        << 有空吗？
        >> 这个我说不好啊
        << 再见！
        >> 没听清
        << 您说。
    """)  # fmt: skip


# --- wait a moment ----------------------------------------------------------------------------------------------------

WAITING = """
slots: {phone: {type: number}}
always: [{hear: ask_wait, say: 我等您。, then: stay, wait: 20s}]
stages:
  ask:
    role: discovery
    say: 您的号码是多少？
    fill: phone
    expect: [{hear: give_number, go: bye}]
"""


def test_who_wants_us_to_wait_is_waited_for() -> None:
    talk(WAITING, "<< 您的号码是多少？\n>> 等一下\n<< 我等您。\n>> 13800001234\n<< 再见！")


def test_who_tells_what_was_asked_need_not_be_waited_for() -> None:
    line = talk(WAITING, "<< 您的号码是多少？\n>> 等一下，记个号码，13800001234\n<< 再见！")
    assert line.state.slots["phone"].value == "13800001234"
