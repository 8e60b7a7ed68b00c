"""What a rule leads to, what it answers, and what it needs before it counts."""

from __future__ import annotations

import pytest

from engine.calls.actions import Invitation, Took
from engine.trial.simulate import Line
from tests.engine.scenes import load, talk


def notes(line: Line, kind: type) -> list[object]:
    return [action for entry in line.entries for action in entry.actions if isinstance(action, kind)]


# --- prompts ----------------------------------------------------------------------------------------------------------


def test_wordings_are_taken_in_turn() -> None:
    script = """
    stages:
      ask:
        role: opening
        say: [有空吗？, 您有空吗？]
        expect: [{hear: affirm, go: ask}, {hear: refuse, go: bye}]
    """
    talk(script, """
        << 有空吗？
        >> 好的
        << 您有空吗？
        >> 好的
        << 有空吗？
        >> 不用了
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_variables_and_slots_are_spoken() -> None:
    script = """
    variables: {name: {type: name, default: 您}, shop: {type: text, default: 星河}}
    slots: {reason: {type: words}}
    stages:
      ask: {role: opening, say: "{name}好，{shop}请您谈谈看法？", fill: reason, expect: [{other: thanks}]}
      thanks: {role: closing, say: "您说{reason}，我记下了。", go: bye}
    """
    talk(script, """
        << 王姐好，星河请您谈谈看法？
        >> 太贵了吧我觉得
        << 您说太贵了吧我觉得，我记下了。
        << 再见！
        || bot: goodbye
    """, name="王姐")  # fmt: skip


def test_a_recording_a_pause_and_keys() -> None:
    script = load(
        """
    variables: {name: {default: 王}}
    stages:
      ask:
        role: opening
        say:
          - parts: [{text: 您好, audio: hello.wav}, {pause: 500ms}, "{name}姐", {text: "{name}在吗？", audio: n.wav}]
          - {text: 请按一, keys: "1#"}
        expect: [{hear: affirm, go: ask}, {hear: refuse, go: bye}]
    """,
        frozenset({"hello.wav", "n.wav"}),
    )
    talk(script, """
        << <hello.wav>(500 ms)王姐王在吗？
        >> 好的
        << 请按一[1#]
    """)  # fmt: skip


def test_who_tells_what_is_needed_gets_his_questions_answered_along_the_way() -> None:
    script = """
    slots:
      day: {type: time, ask: 哪天来？}
      people: {type: quantity, ask: 几位来？}
    stages:
      ask:
        role: opening
        say: 有空吗？
        expect:
          - {hear: give_time, fill: [day, people], need: [day, people], go: bye}
          - {hear: affirm, go: ask}
    answers:
      - {hear: ask_price, say: 全场八折。}
    """
    talk(script, """
        << 有空吗？
        >> 周六去多少钱
        << 全场八折。几位来？
        >> 没听懂你讲的这个
        << 几位来？
        >> 两个人
        << 再见！
    """)  # fmt: skip
    talk(script, """
        << 有空吗？
        >> 周六去，两个人，多少钱
        << 全场八折。再见！
    """)  # fmt: skip


def test_a_stages_own_words_for_a_yes_confirm_as_well() -> None:
    script = """
    stages:
      ask:
        role: invitation
        say: 现在出票吗？
        confirm: 那我出票了，好吗？
        expect: [{hear: [affirm, confirm, 出吧], accept: yes, go: bye}]
    """
    talk(script, """
        << 现在出票吗？
        >> 对
        << 那我出票了，好吗？
        >> 出吧
        << 再见！
    """)  # fmt: skip


def test_who_tells_what_is_wanted_has_been_understood() -> None:
    script = """
    slots: {people: {type: quantity}}
    stages:
      ask:
        role: opening
        say: 您周六来吗？
        fill: people
        expect: [{hear: affirm, go: bye}]
    no_match: {say: 我没听懂。}
    """
    line = talk(script, """
        << 您周六来吗？
        >> 我们家里有五个人
        << 您周六来吗？
        >> 天上有好多云彩
        << 我没听懂。您周六来吗？
    """)  # fmt: skip
    assert line.state.facts.no_match == 1


# --- where a rule leads -----------------------------------------------------------------------------------------------

MOVES = """
stages:
  ask:
    role: opening
    say: 我们店周年庆。周末有空吗？
    reprompt: 那周末有空吗？
    expect:
      - {hear: affirm, say: 太好了。, go: bye}
      - {hear: ask_price, say: 全场八折。}
      - {hear: ask_mode, say: 到店就行。, then: stay}
      - {hear: ask_case, say: 有很多。, tail: 您来看看吗？}
      - {hear: ask_robot, say: 您怕机器人吗？}
      - {hear: ask_repeat, repeat: yes}
      - {hear: want_material, repeat: yes, say: 我再说一遍。}
      - {hear: goodbye, end: yes}
      - {hear: [太忙, 没空], say: 那改天吧。, end: yes}
"""


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("多少钱", "全场八折。那周末有空吗？"),
        ("怎么合作", "到店就行。"),
        ("有案例", "有很多。您来看看吗？"),
        ("你是机器人", "您怕机器人吗？"),
        ("没听清", "我们店周年庆。周末有空吗？"),
        ("发资料", "我再说一遍。我们店周年庆。周末有空吗？"),
    ],
)
def test_a_rule_answers_and_comes_back(words: str, answer: str) -> None:
    talk(MOVES, f"""
        << 我们店周年庆。周末有空吗？
        >> {words}
        << {answer}
        >> 好的
        << 太好了。再见！
        || bot: goodbye
    """)  # fmt: skip


def test_a_rule_ends_the_call_with_or_without_a_word() -> None:
    talk(MOVES, """
        << 我们店周年庆。周末有空吗？
        >> 再见
        || bot: goodbye
    """)  # fmt: skip
    talk(MOVES, """
        << 我们店周年庆。周末有空吗？
        >> 太忙
        << 那改天吧。
        || bot: goodbye
    """)  # fmt: skip


def test_without_a_reprompt_the_last_sentence_of_the_question_leads_back() -> None:
    script = MOVES.replace("    reprompt: 那周末有空吗？\n", "")
    talk(script, """
        << 我们店周年庆。周末有空吗？
        >> 多少钱
        << 全场八折。周末有空吗？
        >> 多少钱
        << 全场八折。周末有空吗？
    """)  # fmt: skip


def test_repeat_says_what_was_said_last() -> None:
    talk(MOVES, """
        << 我们店周年庆。周末有空吗？
        >> 怎么合作
        << 到店就行。
        >> 没听清
        << 到店就行。
    """)  # fmt: skip


def test_a_stage_goes_on_without_listening() -> None:
    script = """
    stages:
      hello: {role: greeting, say: 您好。, go: more}
      more: {role: opening, say: 有空吗？, expect: [{other: bye}]}
    """
    talk(script, """
        << 您好。
        << 有空吗？
        >> 不知道你是谁呀
        << 再见！
    """)  # fmt: skip


# --- questions and answers --------------------------------------------------------------------------------------------

KNOWS = """
stages:
  ask:
    role: opening
    say: 我们店周年庆。周末有空吗？
    reprompt: 周末有空吗？
    expect: [{hear: affirm, go: day}, {hear: [多久], answer: yes, go: day}]
  day:
    role: invitation
    say: 那星期六可以吗？
    expect: [{hear: affirm, accept: yes, go: bye}, {hear: 看看价格, answer: yes, say: 都写在请柬上。, go: bye}]
    confirm: 确定来，对吗？
answers:
  - {hear: ask_price, say: [全场八折。, 真的是八折。], limit: 3, over: bye}
  - {hear: ask_mode, say: 到店就行。, tail: 您看行吗？, in: invitation}
  - {hear: ask_case, say: 有图册。, in: ask, limit: 1}
  - {hear: ask_robot, say: 是的。, do: {tag: 问机器人}}
"""


def test_an_answer_has_wordings_and_a_limit() -> None:
    talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 多少钱
        << 全场八折。周末有空吗？
        >> 多少钱
        << 真的是八折。周末有空吗？
        >> 多少钱
        << 全场八折。周末有空吗？
        >> 多少钱
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_an_answer_may_belong_to_a_stage_or_a_role() -> None:
    talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 你们这个怎么合作
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 好的
        << 那星期六可以吗？
        >> 怎么合作
        << 到店就行。您看行吗？
        >> 你们家以前有案例吗
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_an_answer_without_over_just_stops_applying() -> None:
    talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 有案例
        << 有图册。周末有空吗？
        >> 那个真的有案例
        << 再见！
        || bot: goodbye
    """)  # fmt: skip


def test_two_questions_in_one_breath_are_answered_together_in_the_order_asked() -> None:
    line = talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 你是机器人还有多少钱呢
        ** 问机器人
        << 是的。全场八折。周末有空吗？
    """.replace("** 问机器人", "** tag 问机器人"))  # fmt: skip
    assert [took.rule for took in notes(line, Took)] == ["answers.4", "answers.1"]  # type: ignore[attr-defined]
    assert line.state.fired == {"answers.4": 1, "answers.1": 1}


def test_of_three_questions_two_are_answered() -> None:
    talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 多少钱有案例吗你是机器人吧
        << 全场八折。有图册。周末有空吗？
    """)  # fmt: skip


def test_a_rule_may_answer_first_and_then_lead_on() -> None:
    talk(KNOWS, """
        << 我们店周年庆。周末有空吗？
        >> 多久啊多少钱
        << 全场八折。周末有空吗？
    """)  # fmt: skip


def test_a_rule_that_answers_needs_an_answer() -> None:
    script = """
    stages:
      ask:
        role: opening
        say: 有空吗？
        expect: [{hear: affirm, go: bye}, {hear: interest, answer: yes, go: day}, {other: bye}]
      day: {role: pitch, say: 那说定了。, go: bye}
    answers: [{hear: ask_price, say: 八折。}]
    """
    talk(script, """
        << 有空吗？
        >> 请问多少钱
        << 八折。那说定了。
        << 再见！
    """)  # fmt: skip
    talk(script, """
        << 有空吗？
        >> 请问怎么合作
        << 再见！
    """)  # fmt: skip


# --- acceptance -------------------------------------------------------------------------------------------------------

INVITE = """
stages:
  invite:
    role: invitation
    say: 星期六来看看，好吗？
    confirm: {say: 那给您留一张请柬，可以吗？, unsure: later}
    recover: 来就送礼品，好吗？
    expect:
      - {hear: [affirm, neutral], accept: yes, do: {tag: 请柬}, go: booked}
  booked:
    role: closing
    say: 说好了？
    expect: [{hear: affirm, go: bye}, {hear: deny, accept: no, go: bye}]
  later: {role: closing, say: 您再想想。, end: yes}
always: [{hear: hesitate, accept: no, go: later}]
"""


def invitation(line: Line) -> str:
    return line.state.facts.invitation


def test_a_clear_yes_is_an_acceptance() -> None:
    line = talk(INVITE, """
        << 星期六来看看，好吗？
        >> 可以
        ** tag 请柬
        << 说好了？
    """)  # fmt: skip
    assert invitation(line) == "success"


def test_a_back_channel_word_is_asked_about_and_a_yes_then_counts() -> None:
    line = talk(INVITE, """
        << 星期六来看看，好吗？
        >> 嗯
        << 那给您留一张请柬，可以吗？
        >> 可以
        ** tag 请柬
        << 说好了？
    """)  # fmt: skip
    assert notes(line, Invitation) == [Invitation("pending"), Invitation("success")]


def test_a_second_back_channel_word_leaves_it_open() -> None:
    line = talk(INVITE, """
        << 星期六来看看，好吗？
        >> 嗯
        << 那给您留一张请柬，可以吗？
        >> 嗯
        << 您再想想。
        || bot: goodbye
    """)  # fmt: skip
    assert invitation(line) == "pending"


@pytest.mark.parametrize("no", ["没有", "不用了"])
def test_a_no_to_the_confirmation_is_a_refusal(no: str) -> None:
    line = talk(INVITE, f"""
        << 星期六来看看，好吗？
        >> 嗯
        << 那给您留一张请柬，可以吗？
        >> {no}
        << 来就送礼品，好吗？
        >> 不用了
        << 再见！
    """)  # fmt: skip
    assert invitation(line) == "fail"


def test_a_no_to_what_the_stage_has_a_rule_for_is_none_to_the_confirmation() -> None:
    agreed = "      - {hear: [affirm, neutral]"
    line = talk(INVITE.replace(agreed, f"      - {{hear: 那天, say: 那您看哪天方便？}}\n{agreed}"), """
        << 星期六来看看，好吗？
        >> 嗯
        << 那给您留一张请柬，可以吗？
        >> 没有，那天没有空
        << 那您看哪天方便？
        >> 可以
        ** tag 请柬
        << 说好了？
    """)  # fmt: skip
    assert invitation(line) == "success"


@pytest.mark.parametrize("words", ["行", "可以 ?40"])
def test_one_syllable_and_words_hardly_recognised_are_asked_about(words: str) -> None:
    talk(INVITE, f"""
        << 星期六来看看，好吗？
        >> {words}
        << 那给您留一张请柬，可以吗？
    """)  # fmt: skip


def test_a_question_before_the_confirmation_is_answered() -> None:
    line = talk(INVITE + "answers: [{hear: ask_price, say: 不要钱。}]\n", """
        << 星期六来看看，好吗？
        >> 嗯
        << 那给您留一张请柬，可以吗？
        >> 多少钱
        << 不要钱。那给您留一张请柬，可以吗？
        >> 可以
        ** tag 请柬
        << 说好了？
    """)  # fmt: skip
    assert invitation(line) == "success"


def test_an_acceptance_can_be_taken_back() -> None:
    line = talk(INVITE, """
        << 星期六来看看，好吗？
        >> 可以
        ** tag 请柬
        << 说好了？
        >> 没有
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert invitation(line) == "fail"


def test_even_during_the_goodbye() -> None:
    line = talk(INVITE, """
        << 星期六来看看，好吗？
        >> 可以
        ** tag 请柬
        << 说好了？
        >> 可以
        << 再见！
        >> 不用了
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert invitation(line) == "fail"


def test_a_refusal_later_in_the_sentence_is_what_counts() -> None:
    line = talk(INVITE, """
        << 星期六来看看，好吗？
        >> 好的，不用了
        << 来就送礼品，好吗？
        >> 不需要
        << 再见！
        || bot: goodbye
    """)  # fmt: skip
    assert invitation(line) == "fail"


# --- conditions -------------------------------------------------------------------------------------------------------


def test_a_rule_holds_only_under_its_condition() -> None:
    script = """
    stages:
      ask:
        role: opening
        say: 有空吗？
        expect:
          - {hear: affirm, if: {interest_questions: {at_least: 2}}, go: gift}
          - {hear: affirm, if: {heard: ask_price}, go: price}
          - {hear: affirm, go: bye}
      price: {role: pitch, say: 八折。, go: bye}
      gift: {role: pitch, say: 送礼。, go: bye}
    answers: [{hear: ask_price, say: 便宜。}, {hear: ask_mode, say: 简单。}]
    """
    talk(script, "<< 有空吗？\n>> 好的\n<< 再见！")
    talk(script, "<< 有空吗？\n>> 多少钱\n<< 便宜。有空吗？\n>> 好的\n<< 八折。\n<< 再见！")
    talk(script, "<< 有空吗？\n>> 多少钱怎么合作\n<< 便宜。简单。有空吗？\n>> 好的\n<< 送礼。\n<< 再见！")
