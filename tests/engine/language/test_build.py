"""Names that mean nothing, and values that do not fit: each a problem where it stands, with what may be meant."""

from __future__ import annotations

import pytest

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


def with_key(line: str) -> str:
    return ONE.replace("    expect:", f"    {line}\n    expect:")


@pytest.mark.parametrize(
    ("branch", "problem"),
    [
        ("{hear: affrim, go: bye}", "9:16: no intent 'affrim' (did you mean 'affirm'?)"),
        ("{hear: yes, go: bye}", "9:16: no intent 'yes' (did you mean 'affirm'?)"),
        ("{hear: [refuse, dnc], go: bye}", "9:25: no intent 'dnc' (did you mean 'do_not_call'?)"),
        (
            "{hear: qqq_zzz, go: bye}",
            "9:16: no intent 'qqq_zzz' (words to listen for are written as the caller says them)",
        ),
        (
            "{hear: refuse, also: 明天, go: bye}",
            "9:30: no intent '明天' (words to listen for are written as the caller says them)",
        ),
        ("{hear: refuse, go: byee}", "9:28: no stage 'byee' (did you mean 'bye'?)"),
        ("{hear: refuse, go: 再见吧}", "9:28: no stage '再见吧' (add it under 'stages:')"),
        ("{hear: refuse, limit: 1, over: bey}", "9:40: no stage 'bey' (did you mean 'bye'?)"),
        ("{hear: refuse, need: whem, go: bye}", "9:30: no slot 'whem' (did you mean 'when'?)"),
        ("{hear: refuse, fill: [when, what], go: bye}", "9:37: no slot 'what' (add it under 'slots:')"),
        ("{hear: refuse, do: {callback: wen}, go: bye}", "9:39: no slot 'wen' (did you mean 'when'?)"),
        ("{hear: refuse, say: '{compny}好', go: bye}", "9:29: no variable or slot 'compny' (did you mean 'company'?)"),
        (
            "{hear: refuse, do: {sms: '{x}'}, go: bye}",
            "9:34: no variable or slot 'x' (declare it under 'variables:' or 'slots:')",
        ),
        (
            "{hear: refuse, do: {tag: '{x}'}, go: bye}",
            "9:34: no variable or slot 'x' (declare it under 'variables:' or 'slots:')",
        ),
        (
            "{hear: refuse, say: 'a{company', go: bye}",
            "9:29: a brace without its partner (variables are written {name})",
        ),
        (
            "{hear: refuse, say: '{com pany}', go: bye}",
            "9:29: a brace without its partner (variables are written {name})",
        ),
        (
            "{hear: refuse, say: {pause: 1s, keys: 12z}, go: bye}",
            "9:47: '12z' are not telephone keys (use 0-9, *, # and A-D)",
        ),
        (
            "{hear: refuse, say: {parts: []}, go: bye}",
            "9:29: this wording says nothing (give it a text, an audio, a pause or keys)",
        ),
        (
            "{say: 好, go: bye}",
            "9:9: this rule listens for nothing (give it 'hear:', 'press:', 'other:' or 'silence:')",
        ),
        ("{press: x, go: bye}", "9:17: 'x' are not telephone keys (use 0-9, *, # and A-D)"),
        (
            "{hear: refuse, other: bye}",
            "9:10: 'hear' stands beside 'other:', where it is not read (make it a branch of its own)",
        ),
        (
            "{other: bye, silence: bye}",
            "9:22: 'silence' stands beside 'other:', where it is not read (make it a branch of its own)",
        ),
        (
            "{other: {say: 好}, go: bye}",
            "9:27: 'go' stands beside 'other:', where it is not read (write other: {…, go: …})",
        ),
    ],
)
def test_a_branch_that_does_not_fit(branch: str, problem: str) -> None:
    assert problems(with_branch(branch)) == [problem]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("except: [ask_pric]", "7:14: no intent 'ask_pric' (did you mean 'ask_price'?)"),
        ("skip: {if: {heard: ask_price}, go: byebye}", "7:40: no stage 'byebye' (did you mean 'bye'?)"),
        ("skip: {if: {herd: ask_price}, go: bye}", "7:17: unknown key 'herd' in condition (did you mean 'heard'?)"),
        ("fill: wen", "7:11: no slot 'wen' (did you mean 'when'?)"),
        ("silence: {then: bey}", "7:21: no stage 'bey' (did you mean 'bye'?)"),
        ("no_match: {then: bey}", "7:22: no stage 'bey' (did you mean 'bye'?)"),
        ("recover: {say: 好吗？, go: bey}", "7:29: no stage 'bey' (did you mean 'bye'?)"),
        ("recover: [{say: '{x}'}]", "7:21: no variable or slot 'x' (declare it under 'variables:' or 'slots:')"),
        ("confirm: {say: 来吗？, unsure: bey}", "7:33: no stage 'bey' (did you mean 'bye'?)"),
        ("barge_in: {only: [affrm]}", "7:23: no intent 'affrm' (did you mean 'affirm'?)"),
        ("reprompt: '{x}'", "7:15: no variable or slot 'x' (declare it under 'variables:' or 'slots:')"),
    ],
)
def test_a_stage_that_does_not_fit(line: str, problem: str) -> None:
    assert problems(with_key(line)) == [problem]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("goodbye: bey", "2:10: no stage 'bey' (did you mean 'bye'?)"),
        ("goodbye: bye\nrefused: bey", "3:10: no stage 'bey' (did you mean 'bye'?)"),
        ("goodbye: bye\nstart: bey", "3:8: no stage 'bey' (did you mean 'bye'?)"),
        ("goodbye: bye\nrefusal: rfuse", "3:10: no intent 'rfuse' (did you mean 'refuse'?)"),
        ("goodbye: bye\nlimits: {then: bey}", "3:16: no stage 'bey' (did you mean 'bye'?)"),
    ],
)
def test_settings_that_do_not_fit(settings: str, problem: str) -> None:
    text = f"script: s\n{settings}\n{ONE}  bye: {{role: closing, say: 再见, end: yes}}\n"
    assert problem in problems(text)


# --- what is made ----------------------------------------------------------------------------------------------------


def test_what_a_stage_names_is_its_own() -> None:
    script = load(with_key("except: [ask_price]"))
    assert script.stages["ask"].named == {"affirm", "ask_price"}


def test_a_rule_is_called_by_where_it_stands() -> None:
    script = load(
        with_branch("{other: bye}", "    recover: {say: 好吗？, expect: [{hear: affirm, go: bye}]}\n")
        + "always: [{hear: goodbye, go: bye}]\nanswers: [{hear: ask_price, say: 八折。}]\n"
    )
    assert list(script.rules) == [
        "always.1", "answers.1", "ask.expect.1", "ask.expect.2", "ask.recover.1.expect.1",
    ]  # fmt: skip
    assert script.rules["ask.expect.2"].mark.line == 9 + 3


def test_a_stage_may_have_no_prompt_for_silence() -> None:
    script = load(with_key("silence: {say: []}").replace("stages:", "silence: {say: 在吗？}\nstages:", 1))
    assert script.stages["ask"].silence.say == ()
    assert script.stages["bye"].silence.say != ()
