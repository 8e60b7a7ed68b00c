from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.source import Mark, parse
from engine.grading.condition import Condition
from engine.grading.facts import Facts
from engine.grading.grade import Letter, Rule, Scheme, grade
from engine.grading.load_scheme import scheme_from
from engine.grading.possible import flag, number
from engine.language.analyse import analyse, analyse_use
from engine.language.load import load_script
from engine.language.script import Script
from server.content import Files
from tests.engine.scenes import load

ROOT = Path(__file__).parent.parent.parent.parent
SCHEMES = sorted((ROOT / "scripts" / "schemes").glob("*.yaml"))
REST = "  - {id: Z, grade: D}\n"


def scheme(rules: str, head: str = "") -> Scheme:
    node, problems = parse(f"scheme: s\n{head}rules:\n{rules}{REST}".encode(), "s.yaml")
    assert node
    read = scheme_from(node, problems)
    assert read
    assert not problems
    return read


def found(rules: str, head: str = "") -> list[str]:
    return [str(problem).removeprefix("s.yaml:") for problem in analyse(scheme(rules, head))]


# --- a scheme by itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_a_shipped_scheme_is_clean(path: Path) -> None:
    node, problems = parse(path.read_bytes(), path.name)
    assert node
    read = scheme_from(node, problems)
    assert read
    assert [str(problem) for problem in (*problems, *analyse(read))] == []


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{answered_by: none, turns: {at_least: 1}}", "both answered_by none and turns at least 1"),
        (
            "{sms: given, refusals: {at_most: 1}, tail_refusals: {at_least: 2}}",
            "both refusals at most 1 and tail_refusals at least 2",
        ),
        ("{heard: refuse, refusals: 0}", "both heard refuse and refusals 0"),
        ("{disposition: [busy, no_answer], answered_by: human}", "both disposition busy or no_answer and answered_by human"),
        ("{busy: yes, not: {busy: yes}}", "both busy and not busy"),
        ("{not: {any: [{busy: yes}, {busy: no}]}}", "not (busy or no busy)"),
        ("{end: transfer, invitation: fail, busy: yes}", "both end transfer and invitation fail"),
        ("{ended_in_opening: yes, end: bot}", "both ended_in_opening and end bot"),
        ("{talk_seconds: {more_than: 45s}, answered_by: none}", "both talk_seconds at least 45.001 and answered_by none"),
        ("{spoke: no, asked: ask_price}", "both no spoke and asked ask_price"),
        (
            "{affirmations: {at_least: 3}, turns: {less_than: 3}}",
            "both affirmations at least 3 and turns at most 2",
        ),
    ],
)  # fmt: skip
def test_conditions_that_exclude_each_other(when: str, why: str) -> None:
    assert found(f"  - {{id: A, grade: A, when: {when}}}\n") == [f"3:10: rule 'A' can never hold (no call has {why})"]


def test_a_rule_that_the_rules_above_leave_nothing() -> None:
    rules = """\
  - {id: A, grade: A, when: {interest_questions: {at_least: 1}}}
  - {id: B, grade: B, when: {interest_questions: {at_least: 2}, busy: yes}}
  - {id: C, grade: C, when: {busy: yes}}
"""
    assert found(rules) == ["4:10: warning: rule 'B' never decides ('A' in line 3 takes every such call first)"]


def test_several_rules_may_take_everything_together() -> None:
    rules = """\
  - {id: X, grade: E, when: {answered_by: none}}
  - {id: A, grade: A, when: {busy: yes}}
  - {id: B, grade: B, when: {busy: no, peer: no}}
  - {id: C, grade: C, when: {turns: 3, peer: no}}
"""
    assert found(rules) == [
        "6:10: warning: rule 'C' never decides ('A' in line 4 and 'B' in line 5 take every such call first)"
    ]


def test_what_no_call_brings_together_counts_for_the_rules_above_too() -> None:
    rules = """\
  - {id: A, grade: A, when: {spoke: yes}}
  - {id: B, grade: B, when: {refusals: {at_least: 1}}}
"""
    assert found(rules) == ["4:10: warning: rule 'B' never decides ('A' in line 3 takes every such call first)"]


def test_an_alternative_that_never_decides() -> None:
    rules = """\
  - {id: A, grade: A, when: {sms: given}}
  - {id: B, grade: B, when: {any: [{sms: given, busy: yes}, {wechat: given}, {turns: 0, refusals: 1}]}}
  - {id: C, grade: C, when: {sms: [requested, given]}}
"""
    takes = "('A' in line 3 takes every such call first)"
    assert found(rules) == [
        f"4:42: warning: in rule 'B' 'sms given and busy' never decides {takes}",
        "4:10: warning: in rule 'B' 'turns 0 and refusals 1' can never hold (no call has both turns 0 and refusals 1)",
        f"5:47: warning: in rule 'C' 'sms given' never decides {takes}",
    ]


def test_an_alternative_taken_by_a_rule_of_the_same_grade_is_only_said_twice() -> None:
    rules = """\
  - {id: A1, grade: A, when: {sms: given}}
  - {id: A2, grade: A, when: {sms: [requested, given]}}
"""
    assert found(rules) == []


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("{refusals: {at_least: 2}}", "refusals 2 gets grade B, by the first"),
        ("{refusals: {at_least: 3}}", ""),
        ("{refusals: {at_least: 1}}", ""),
        ("{refusals: {at_least: 2}, busy: yes}", ""),
        ("{turns: {at_least: 2}}", ""),
    ],
)
def test_ranges_that_share_a_part_by_a_slip(second: str, told: str) -> None:
    rules = f"""\
  - {{id: B, grade: B, when: {{refusals: {{at_least: 1, at_most: 2}}}}}}
  - {{id: C, grade: C, when: {second}}}
"""
    assert found(rules) == ([f"4:10: warning: rules 'B' in line 3 and 'C' overlap ({told})"] if told else [])


def test_scores_are_reckoned() -> None:
    head = "points: [{add: 40, when: {busy: yes}}, {add: 30, when: {sms: given}}, {add: -10, when: {peer: yes}}]\n"
    rules = """\
  - {id: A, grade: A, score: {at_least: 90}}
  - {id: B, grade: B, score: {at_least: 60, at_most: 70}}
  - {id: C, grade: C, score: {at_least: 40, at_most: 60}}
  - {id: E, grade: E, score: {less_than: -10}}
"""
    told = [line.partition(": ")[2] for line in found(rules.replace("E, score: {less_than: -10}", "E, score: 0"), head)]
    assert told == [
        "rule 'A' can never hold (no call has score at least 90)",
        "warning: rules 'B' in line 5 and 'C' overlap (score 60 gets grade B, by the first)",
    ]


def test_points_for_each_time_have_no_end() -> None:
    assert found("  - {id: A, grade: A, score: {at_least: 900}}\n", "points: [{add: 1, each: ask_price}]\n") == []


def test_the_default_may_be_superfluous_and_what_stands_below_it_is_told_already() -> None:
    assert found("  - {id: A, grade: A, when: {busy: yes}}\n  - {id: B, grade: B, when: {busy: no}}\n") == []
    rules = (rule("A"), replace(rule("B"), when=Condition()), rule("C"))
    assert analyse(Scheme("s", rules)) == []
    assert analyse(Scheme("s")) == []


def rule(name: str, letter: Letter = "A", *tests: object) -> Rule:
    return Rule(name, letter, Condition(tests or (flag("busy"),)), Mark("s.yaml", 1, 1))  # type: ignore[arg-type]


TESTS = st.one_of(
    st.builds(flag, st.sampled_from(["busy", "peer"]), st.booleans()),
    st.builds(number, st.sampled_from(["refusals", "interest_questions"]), st.integers(0, 2), st.integers(2, 3)),
)
RULES = st.lists(st.lists(TESTS, min_size=1, max_size=3), min_size=2, max_size=5)
CALLS = st.builds(
    Facts,
    answered_by=st.just("human"),
    disposition=st.just("completed"),
    spoke=st.just(True),
    turns=st.just(5),
    busy=st.booleans(),
    peer=st.booleans(),
    refusals=st.integers(0, 4),
    interest=st.integers(0, 4).map(lambda count: tuple("abcd"[:count])),
)


@given(RULES, CALLS)
def test_no_call_is_decided_by_a_rule_that_was_reported(written: list[list[object]], facts: Facts) -> None:
    rules = tuple(rule(f"R{place}", "A", *tests) for place, tests in enumerate(written))
    reported = {str(problem).split("'")[1] for problem in analyse(Scheme("s", rules)) if "in rule" not in str(problem)}
    assert grade(Scheme("s", rules), facts).rule not in reported


# --- a scheme used by a script ---------------------------------------------------------------------------------------

ASK = load("""
slots: {day: {type: time}}
stages:
  ask:
    role: opening
    say: 我是智能语音助手，有空吗？
    fill: day
    expect: [{hear: affirm, go: bye}]
""")


def used(rules: str, script: Script = ASK, head: str = "") -> list[str]:
    graded = replace(script, scheme=scheme(rules, head))
    return [str(problem).removeprefix("s.yaml:") for problem in analyse_use(graded)]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{visited: asked}", "3:39: warning: in script 'tiny' there is no stage 'asked' (did you mean 'ask'?)"),
        ("{ended_in_stage: ask}", ""),
        ("{heard: ask_prize}", "3:37: warning: in script 'tiny' there is no intent 'ask_prize' (did you mean 'ask_price'?)"),
        ("{filled: days}", "3:38: warning: in script 'tiny' nothing fills a slot 'days' (did you mean 'day'?)"),
        ("{reached: pitch}", "3:39: warning: in script 'tiny' there is no stage of the role 'pitch'"),
        ("{asked: refuse}", "3:37: warning: in script 'tiny' there is no interest question 'refuse'"),
    ],
)  # fmt: skip
def test_names_that_mean_nothing_in_the_script(when: str, told: str) -> None:
    assert used(f"  - {{id: A, grade: A, when: {when}}}\n") == ([told] if told else [])


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{invitation: success}", "nothing makes 'invitation' success"),
        ("{transfer: ok}", "no rule transfers the call"),
        ("{end: transfer}", "no rule transfers the call"),
        ("{callback_at: yes}", "nothing orders a callback at a time told"),
        ("{interest_questions: {at_least: 4}}", "its grammars have 3 interest questions"),
        ("{recoveries: {at_least: 1}}", "it recovers at most 0 times"),
        ("{peer: yes}", "there is no intent 'peer'"),
        ("{any: [{transfer: ok}, {invitation: success}]}", "nothing makes 'invitation' success"),
    ],
)  # fmt: skip
def test_what_nothing_in_the_script_can_bring_about(when: str, why: str) -> None:
    rules = f"  - {{id: A, grade: A, when: {when}}}\n"
    assert used(rules) == [f"3:10: warning: no call of script 'tiny' falls under rule 'A' ({why})"]
    assert found(rules) == []


@pytest.mark.parametrize(
    "when",
    ["{interest_questions: 3}", "{any: [{transfer: ok}, {busy: yes}]}", "{sms: given}", "{wechat: requested}", "{turns: 4}"],
)  # fmt: skip
def test_what_the_script_can_bring_about(when: str) -> None:
    assert used(f"  - {{id: A, grade: A, when: {when}}}\n") == []


def test_rules_that_lack_the_same_are_told_together() -> None:
    rules = """\
  - {id: A, grade: A, when: {invitation: success, interest_questions: 2}}
  - {id: B, grade: B, when: {invitation: success}}
  - {id: C, grade: C, when: {peer: yes}}
"""
    assert used(rules) == [
        "3:10: warning: no call of script 'tiny' falls under rules 'A' and 'B' in line 4 (nothing makes 'invitation' success)",
        "5:10: warning: no call of script 'tiny' falls under rule 'C' (there is no intent 'peer')",
    ]  # fmt: skip


def test_a_rule_in_vain_does_not_matter_while_another_gives_its_grade() -> None:
    assert used("  - {id: A, grade: A, when: {peer: yes}}\n  - {id: A2, grade: A, when: {turns: 4}}\n") == []


def test_points_name_intents_of_the_script() -> None:
    head = "points: [{add: 10, each: [ask_price, ask_moon]}]\n"
    told = used("  - {id: A, grade: A, score: {at_least: 90}}\n", head=head)
    assert told == ["2:38: warning: in script 'tiny' there is no intent 'ask_moon' (did you mean 'ask_mode'?)"]


@pytest.mark.parametrize("name", ["phone-robot", "expo", "renovation"])
def test_a_shipped_script_can_come_to_every_rule_of_its_scheme(name: str) -> None:
    script, _ = load_script(str(ROOT / "scripts" / f"{name}.yaml"), Files())
    assert script
    assert [str(problem) for problem in analyse_use(script)] == []
