"""Names of intents, stages, slots and variables, wherever they stand: known, or a problem there."""

from __future__ import annotations

import pytest

from engine.calls.actions import Part
from tests.engine.scenes import load, problems

ONE = """
variables: {company: {default: 星河}}
slots: {when: {type: words, ask: 何时？}}
stages:
  ask:
    role: opening
    say: 我是智能语音助手，有空吗？
    expect:
      - {hear: affirm, go: bye}
"""


def with_branch(branch: str, more: str = "") -> str:
    return ONE + f"      - {branch}\n" + more


def test_a_condition_on_an_intent_or_a_stage_that_is_not_there() -> None:
    """Conditions name intents, stages and slots too."""
    assert problems(with_branch("{hear: refuse, if: {heard: ask_pric}, go: bye}")) == [
        "9:36: no intent 'ask_pric' (did you mean 'ask_price'?)"
    ]
    assert problems(with_branch("{hear: refuse, if: {visited: akk}, go: bye}")) == [
        "9:38: no stage 'akk' (did you mean 'ask'?)"
    ]
    assert problems(with_branch("{hear: refuse, if: {not: {filled: wen}}, go: bye}")) == [
        "9:43: no slot 'wen' (did you mean 'when'?)"
    ]


def test_where_an_answer_counts() -> None:
    assert problems(ONE + "answers: [{hear: ask_price, say: 八折。, in: [opning, asl]}]\n") == [
        "9:44: no stage or role 'opning' (did you mean 'opening'?)",
        "9:52: no stage or role 'asl' (did you mean 'ask'?)",
    ]


def test_a_role_that_no_stage_has_is_nowhere() -> None:
    script = load(ONE + "answers: [{hear: ask_price, say: 八折。, in: discovery}]\n")
    assert script.answers[0].stages
    assert not script.answers[0].stages & set(script.stages)


def test_groups_are_spelled_out() -> None:
    rule = load(with_branch("{hear: [leave_alone, 别烦我], go: bye}")).stages["ask"].expect[1]
    assert rule.hear == {"do_not_call", "complain", "abuse", "别烦我"}
    assert load(with_branch("{hear: 别烦我, go: bye}")).stages["ask"].words == {"别烦我"}


def test_a_comma_of_a_chinese_keyboard_parts_nothing() -> None:
    assert problems(with_branch("{hear: [affirm，confirm], go: bye}")) == [
        "9:17: no intent 'affirm，confirm' (write [affirm, confirm] with ',' and a space)"
    ]
    assert problems(with_branch("{hear: [没时间，在忙], go: bye}")) == [
        "9:17: warning: '没时间，在忙' is one phrase, heard only as a whole"
        " (write [没时间, 在忙]; if they are said in one breath, leave the comma out)"
    ]


def test_a_text_that_would_be_read_aloud_otherwise_than_meant() -> None:
    assert problems(ONE.replace("say: 我是", "say: 我是｛company｝的")) == [
        "6:10: '｛company｝' has full-width braces (write {company})"
    ]
    say = "say:\n      -我是智能语音助手。\n      - 我是机器人。"
    assert problems(ONE.replace("say: 我是智能语音助手，有空吗？", say)) == [
        "7:7: a text begins with '-' (write a space after the '-' that begins a list item)"
    ]


def test_prompts_of_every_form() -> None:
    say = "say: [一, {text: 二, pause: 0.5s}, {parts: [三, {keys: '1'}]}, {pause: 2}]"
    stage = load(ONE.replace("say: 我是智能语音助手，有空吗？", say)).stages["ask"]
    assert stage.say == (
        (Part(text="一"),),
        (Part(text="二"), Part(pause_ms=500)),
        (Part(text="三"), Part(keys="1")),
        (Part(pause_ms=2000),),
    )


@pytest.mark.parametrize(("given", "made"), [("yes", ""), ("no", None), ("'{when}'", "{when}"), ("abc_123", "abc_123")])
def test_the_wechat_to_add(given: str, made: str | None) -> None:
    script = load(with_branch(f"{{hear: refuse, do: {{wechat: {given}}}, go: bye}}"))
    assert script.rules["ask.expect.2"].do.wechat == made


@pytest.mark.parametrize(("given", "made"), [("yes", ""), ("no", None), ("when", "when")])
def test_the_callback(given: str, made: str | None) -> None:
    script = load(with_branch(f"{{hear: refuse, fill: when, do: {{callback: {given}}}, go: bye}}"))
    assert script.rules["ask.expect.2"].do.callback == made


def test_a_prompt_that_nobody_listens_to_the_end_of() -> None:
    """Wherever it stands; recordings are as long as their words."""
    page = "我们的产品很好" * 60
    warning = (
        "warning: this prompt takes some 92 s to say "
        "(no caller listens so long: keep a prompt below 15 s, and ask something before the next)"
    )
    assert problems(with_branch(f"{{hear: refuse, say: {page}, go: bye}}")) == [f"9:29: {warning}"]
    told = problems(with_branch(f"{{hear: refuse, say: [好。, {{parts: [{page}, 好吗？]}}], go: bye}}"))
    assert [each.partition(": warning")[0] for each in told] == ["9:34"]
    assert problems(with_branch(f"{{hear: refuse, say: {page[:250]}, go: bye}}")) == []
