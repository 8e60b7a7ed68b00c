"""Conversation tests: what they check, and how they tell what went otherwise."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.trial.conversation import Suite, run
from tests.engine.scenes import HEAD, Shelf

SCRIPT = HEAD + """
variables: {name: {default: 您}}
slots: {when: {type: time}}
stages:
  ask:
    role: opening
    say: "{name}好，我是机器人，周末有空吗？"
    fill: when
    expect:
      - {hear: affirm, do: {sms: 地址}, go: day}
      - {hear: want_human, say: 好。, transfer: desk, else: bye}
      - {press: "1", go: day}
      - {press: "2", say: 请稍等。, hold: 20s, go: day, else: bye}
      - {hear: refuse, go: bye}
  day:
    role: invitation
    say: 那星期六可以吗？
    confirm: 真来吗？
    expect: [{hear: affirm, accept: yes, do: {tag: 请柬}, go: bye}]
answers: [{hear: ask_price, say: 八折。}]
"""  # fmt: skip


def suite(text: str, script: str = SCRIPT) -> Suite:
    shelf = Shelf({"s.yaml": script, "c.yaml": "conversations: s.yaml\n" + dedent(text)})
    return run("c.yaml", shelf)


def failures(talk: str, ends: str = "", more: str = "") -> list[str]:
    """What one call's test finds, each as `line: message (hint)`, the first line of `talk` being line 1."""
    lines = "\n".join(f"      {line.strip()}" for line in talk.strip().splitlines())
    ran = suite(f"calls:\n  - call: a call\n    talk:\n{lines}\n" + (f"    ends: {ends}\n" if ends else "") + more)
    assert not ran.problems, ran.problems
    (tested,) = ran.tested
    return [f"{failure.mark.line - 4}: {failure.message} ({failure.hint})" for failure in tested.failures]


def test_a_call_that_goes_as_it_should() -> None:
    assert (
        failures(
            """
        - {bot: [您好, 有空吗], never: 再见, stage: ask}
        - {caller: 多少钱, hears: ask_price, not_hears: affirm, bot: 八折, takes: answers.1, stage: ask}
        - {caller: 可以, stage: day}
        - {caller: 行, bot: 真来吗, takes: day.expect.1}
        - {caller: 可以, bot: 再见}
        """,
            "{grade: A, rule: A1, by: bot, disposition: completed, stage: bye, passes: [ask, bye], avoids: none,"
            " actions: [sms, tag], never: do_not_call, facts: {invitation: success, interest_questions: 1, busy: no}}",
        )
        == []
    )


@pytest.mark.parametrize(
    ("line", "failure"),
    [
        ("{caller: 可以, bot: 八折}", "1: the bot does not say '八折' (it says '那星期六可以吗？')"),
        ("{caller: 可以, never: 星期六}", "1: the bot says '星期六' (it says '那星期六可以吗？')"),
        ("{caller: 可以, hears: refuse}", "1: 'refuse' is not heard (heard: affirm)"),
        ("{caller: 你你, hears: refuse}", "1: 'refuse' is not heard (heard: nothing)"),
        ("{caller: 可以, not_hears: affirm}", "1: 'affirm' is heard (in '可以')"),
        ("{caller: 可以, stage: ask}", "1: the call is not in stage 'ask' (it is in 'day')"),
        ("{caller: 可以, takes: answers.1}", "1: rule 'answers.1' does not decide (decided by ask.expect.1)"),
        (
            "{caller: 明天下午三点, fills: {when: 明天}}",
            "1: slot 'when' is not filled with '明天' (filled: when 2026-01-06T15:00:00+08:00)",
        ),
        ("{caller: 可以, fills: {when: 明天}}", "1: slot 'when' is not filled with '明天' (filled: nothing)"),
        ("{silence: yes, bot: 还在吗}", "1: the bot does not say '还在吗' (it says '再见！')"),
        ("{press: '1', stage: ask}", "1: the call is not in stage 'ask' (it is in 'day')"),
    ],
)
def test_what_a_line_expects(line: str, failure: str) -> None:
    assert failures(f"- {line}") == [failure]


@pytest.mark.parametrize(
    ("ends", "failure"),
    [
        ("grade: A", "grade is D, not A (D9"),
        ("rule: A1", "rule is D9, not A1 (D9"),
        ("by: caller", "by is bot, not caller"),
        ("disposition: busy", "disposition is completed, not busy"),
        ("stage: ask", "stage is bye, not ask"),
        ("passes: [day, bye]", "the call does not pass stage 'day' here (it passes ask → bye)"),
        ("passes: [bye, ask]", "the call does not pass stage 'ask' here"),
        ("avoids: [day, bye]", "the call passes stage 'bye'"),
        ("actions: sms", "'sms' was not done (done: nothing)"),
        ("facts: {refusals: 2}", "fact refusals is 1, not 2"),
        ("facts: {invitation: success}", "fact invitation is none, not success"),
    ],
)
def test_what_must_be_true_in_the_end(ends: str, failure: str) -> None:
    (found,) = failures("- {caller: 不用了}", f"{{{ends}}}")
    assert failure in found


def test_what_must_not_be_done() -> None:
    assert failures("- {caller: 可以}", "{never: sms}") == ["2: 'sms' was done ()"]


def test_the_network_can_be_played_too() -> None:
    assert (
        failures(
            """
        - {announcement: 您拨打的电话已关机}
        - {failed: {sip: 480, q850: 20}}
        """,
            "{disposition: powered_off, by: network}",
        )
        == []
    )
    assert failures("- {announcement: 您拨打}\n- {answered: human, bot: 周末}\n- {hangup: 3s}", "{by: caller}") == []
    assert failures("- {answered: machine}", "{disposition: voicemail, facts: {answered_by: machine}}") == []
    assert failures("- {caller: 转人工}\n- {transfer: ok}", "{actions: transfer, facts: {transfer: ok}}") == []
    assert failures("- {caller: 转人工}\n- {transfer: failed, bot: 再见}", "{facts: {transfer: failed}}") == []
    held = '- {press: "2", bot: 请稍等}\n'
    assert failures(f"{held}- {{hold: ok, bot: 星期六, stage: day}}", "{facts: {hold: ok}}") == []
    assert failures(f"{held}- {{caller: 好的, stage: bye}}", "{facts: {hold: ok}}") == []
    assert failures(f"{held}- {{hold: ended, bot: 星期六}}", "{facts: {hold: ok}}") == []
    assert failures(f"{held}- {{hold: failed, bot: 再见}}", "{facts: {hold: failed}}") == []


def test_a_caller_may_cut_in_and_be_hard_to_understand() -> None:
    assert failures("- {caller: 不需要, over: 1s, bot: 再见}", "{facts: {barge_ins: 1}}") == []
    assert failures("- {caller: 可以}\n- {caller: 可以, sure: 30, bot: 真来吗}") == []


def test_a_line_after_the_end_of_the_call() -> None:
    assert failures("- {caller: 不用了}\n- {hangup: 1s}\n- {caller: 喂}") == [
        "3: the call is over before this line (ended by caller)"
    ]


def test_variables_of_the_file_and_of_the_call() -> None:
    ran = suite("""
    with: {name: 王姐}
    calls:
      - {call: one, talk: [{bot: 王姐好}]}
      - {call: two, with: {name: 李哥}, talk: [{bot: 李哥好}]}
      - {call: three, with: {nmae: 李哥}, talk: [{bot: 李哥好}]}
    """)
    assert [len(tested.failures) for tested in ran.tested] == [0, 0, 1]
    assert str(ran.tested[2].failures[0]) == "c.yaml:7:12: unknown variable 'nmae' (the script's variables: name)"


def test_the_time_of_the_call() -> None:
    ran = suite("""
    now: 2026-11-23T10:00:00+08:00
    calls:
      - {call: one, talk: [{caller: 明天下午三点, fills: {when: "2026-11-24T15:00:00+08:00"}}]}
      - call: two
        now: 2026-11-24T10:00:00+08:00
        talk: [{caller: 明天下午三点, fills: {when: "2026-11-25T15:00:00+08:00"}}]
    """)
    assert [tested.failures for tested in ran.tested] == [(), ()]


# --- mistakes in the file itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cals: []\n", "c.yaml:2:1: unknown key 'cals' in conversations (did you mean 'calls'?)"),
        (
            "now: tomorrow\ncalls: []\n",
            "c.yaml:2:6: 'tomorrow' is no time of a call (write it as 2026-01-05T10:00:00+08:00)",
        ),
        (
            "calls: [{call: a, talk: [{says: 好}]}]\n",
            "c.yaml:2:27: unknown key 'says' in turn (did you mean 'caller'?)",
        ),
        (
            "calls: [{call: a, talk: [{caller: 好, press: '1'}]}]\n",
            "c.yaml:2:38: two things happen in one line (make two lines of it, in their order)",
        ),
        (
            "calls: [{call: a, talk: [{press: abc}]}]\n",
            "c.yaml:2:34: 'abc' are not telephone keys (use 0-9, *, # and A-D)",
        ),
    ],
)
def test_a_file_that_is_no_test(text: str, problem: str) -> None:
    ran = suite(text)
    assert [str(each) for each in ran.problems] == [problem]
    assert ran.tested == ()


def test_a_script_with_mistakes_runs_no_test() -> None:
    ran = suite("calls: [{call: a, talk: [{bot: 好}]}]", SCRIPT.replace("go: day", "go: dya"))
    assert ran.script is None
    assert {problem.mark.file for problem in ran.problems} == {"s.yaml"}


def test_a_file_that_is_not_there() -> None:
    assert [str(problem) for problem in run("none.yaml", Shelf({})).problems] == ["none.yaml:1:1: no file 'none.yaml'"]
    ran = run("c.yaml", Shelf({"c.yaml": "conversations: none.yaml\ncalls: []\n"}))
    assert [str(problem) for problem in ran.problems] == ["none.yaml:1:1: no file 'none.yaml'"]
