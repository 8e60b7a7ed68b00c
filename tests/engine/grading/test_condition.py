from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.shape import Fields, read, schema
from engine.content.source import Problem, parse
from engine.grading.condition import CONDITION, Condition, condition_from
from engine.grading.facts import FACTS, Facts


def written(text: str) -> tuple[Condition, list[Problem]]:
    node, problems = parse(text.encode(), "s.yaml")
    assert node
    fields = read(CONDITION, node, problems)
    assert isinstance(fields, Fields)
    return condition_from(fields, problems), problems


def condition(text: str) -> Condition:
    made, problems = written(text)
    assert not problems
    return made


CALL = Facts(
    invitation="fail",
    refusals=2,
    talk_ms=30_000,
    heard=("greet", "ask_price"),
    busy=True,
    callback_at="2026-11-24T15:00:00+08:00",
    stages=("hello", "pitch"),
    roles=("greeting", "pitch"),
)


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("invitation: fail", ()),
        ("invitation: [success, pending]", ("invitation is fail, not success or pending",)),
        ("refusals: 2", ()),
        ("refusals: 1", ("refusals 2 > 1",)),
        ("refusals: {at_least: 3}", ("refusals 2 < 3",)),
        ("refusals: {at_least: 1, at_most: 2}", ()),
        ("talk_seconds: {at_most: 30s}", ()),
        ("talk_seconds: {at_least: 1min}", ("talk_seconds 30 < 60",)),
        ("talk_seconds: {at_most: 12.5}", ("talk_seconds 30 > 12.5",)),
        ("heard: ask_price", ()),
        ("heard: [ask_price, ask_trial]", ()),
        ("heard: {all: [ask_price, ask_trial]}", ("heard lacks ask_trial",)),
        ("heard: [ask_trial, ask_mode]", ("heard lacks ask_trial or ask_mode",)),
        ("visited: pitch", ()),
        ("reached: invitation", ("reached lacks invitation",)),
        ("busy: yes", ()),
        ("busy: no", ("busy is yes",)),
        ("peer: true", ("peer is no",)),
        ("callback_at: yes", ()),
        ("callback_at: no", ("callback_at is 2026-11-24T15:00:00+08:00",)),
        ("ended_in_stage: pitch", ("ended_in_stage is open, not pitch",)),
        ("sip: {at_least: 400}", ("sip is unknown",)),
        ("refusals: {more_than: 1, less_than: 3}", ()),
        ("refusals: {more_than: 2}", ("refusals 2 < 3",)),
        ("refusals: {less_than: 2}", ("refusals 2 > 1",)),
        ("refusals: {at_least: 1, more_than: 1, at_most: 9, less_than: 3}", ()),
        ("not: {peer: yes, refusals: {at_least: 3}}", ()),
        ("not: {peer: yes, refusals: {at_least: 2}}", ("refusals is 2",)),
        ("not: {heard: [ask_price, ask_trial]}", ("heard has ask_price",)),
        ("not: {not: {peer: yes}}", ("peer is no",)),
        ("any: [{peer: yes}, {busy: yes}]", ()),
        ("any: [{peer: yes}, {refusals: 0, busy: yes}]", ("peer is no / refusals 2 > 0",)),
        ("not: {any: [{peer: yes}, {busy: yes}]}", ("busy is yes",)),
        ("{invitation: success, refusals: 0, busy: yes}", ("invitation is fail, not success", "refusals 2 > 0")),
    ],
)
def test_a_condition_says_what_it_misses(text: str, missed: tuple[str, ...]) -> None:
    made = condition(text)
    assert made.misses(CALL) == missed
    assert made.holds(CALL) == (not missed)


@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("{refusals: {at_least: 1}, busy: yes}", (("refusals", ()), ("busy", ()))),
        ("{peer: no, interest_questions: 0, wechat: none}", ()),
        ("heard: [ask_price, ask_trial]", (("heard", ("ask_price",)),)),
        ("any: [{peer: yes}, {busy: yes}, {callback_at: yes}]", (("busy", ()), ("callback_at", ()))),
        ("not: {peer: yes}", ()),
    ],
)
def test_a_condition_rests_on_what_is_there(text: str, grounds: object) -> None:
    assert condition(text).grounds(CALL) == grounds


def test_a_condition_without_lines_always_holds() -> None:
    assert Condition().holds(Facts())
    assert Condition().misses(Facts()) == ()


def test_a_condition_lists_its_tests_at_any_depth() -> None:
    made = condition("{busy: yes, not: {peer: yes, any: [{abuse: yes}]}, any: [{not: {heard: ask_price}}]}")
    assert [test.fact for test in made.plain()] == ["busy", "peer", "abuse", "heard"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("refusal: 1", "s.yaml:1:1: unknown key 'refusal' in condition (did you mean 'refusals'?)"),
        ("questions: 2", "s.yaml:1:1: unknown key 'questions' in condition (did you mean 'interest_questions'?)"),
        ("refusals: many", "s.yaml:1:11: expected a whole number, at least 0"),
        ("refusals: {at_lest: 1}", "s.yaml:1:12: unknown key 'at_lest' in number bounds (did you mean 'at_least'?)"),
        ("refusals: {at_least: 3, at_most: 1}", "s.yaml:1:11: 'refusals' can never be at least 3 and at most 1"),
        ("refusals: {more_than: 1, less_than: 2}", "s.yaml:1:11: 'refusals' can never be at least 2 and at most 1"),
        ("invitation: sucess", "found 'sucess' (did you mean 'success'?)"),
        ("busy: perhaps", "s.yaml:1:7: expected yes or no, found 'perhaps'"),
        ("talk_seconds: {at_most: soon}", "s.yaml:1:25: expected a duration"),
        ("any: {busy: yes}", "s.yaml:1:6: expected a list of conditions, found a map"),
        ("any: [{bussy: yes}]", "s.yaml:1:8: unknown key 'bussy' in condition (did you mean 'busy'?)"),
        ("not: {reached: [openning]}", "found 'openning' (did you mean 'opening'?)"),
        ("heard: {every: [a]}", "s.yaml:1:9: unknown key 'every' in all names"),
    ],
)
def test_a_mistake_is_told_where_it_stands(text: str, problem: str) -> None:
    _, problems = written(text)
    assert problem in str(problems[0])


def test_the_schema_knows_every_fact() -> None:
    properties = schema(CONDITION)["$defs"]["condition"]["properties"]  # type: ignore[index]
    assert properties.keys() == {*FACTS, "not", "any"}


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_can_be_asked_of_a_call_that_has_not_begun(name: str) -> None:
    example = {"number": "{at_least: 1}", "duration": "{at_least: 1s}", "flag": "yes", "text": "yes", "set": "opening"}
    about = FACTS[name]
    made = condition(f"{name}: {example.get(about.kind) or about.values[-1]}")
    assert made.holds(Facts()) == (name == "disposition"), "unknown is the only thing known"


@given(st.integers(0, 5), st.integers(0, 5), st.booleans(), st.integers(0, 5))
def test_a_condition_and_its_contrary_never_agree(low: int, refusals: int, busy: bool, turns: int) -> None:
    lines = f"{{refusals: {{at_least: {low}}}, any: [{{busy: yes}}, {{turns: {{at_most: 2}}}}]}}"
    facts = Facts(refusals=refusals, busy=busy, turns=turns)
    made = condition(lines)
    contrary = condition(f"not: {{any: [{lines}]}}")
    assert made.holds(facts) != contrary.holds(facts)
    assert bool(made.misses(facts)) != bool(contrary.misses(facts))
