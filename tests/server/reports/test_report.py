"""Shares, percentiles and orders."""

from __future__ import annotations

import statistics
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.understanding.grammar import Grammar, Intent, Phrase
from server.reports.figures import Example, Figures, Place, Rule
from server.reports.report import Spread, percentile, report, spread

HELLO, PITCH, BYE = (Place("shop", stage) for stage in ("hello", "pitch", "bye"))
PROMPT = HELLO._replace(prompt="您好，有空吗？")


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_a_value_that_was_measured(values: list[int], share: int) -> None:
    found = percentile(Counter(values), share)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= share * len(values)
    assert sum(value < found for value in values) * 100 < share * len(values)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_the_middle_is_the_median(values: list[int]) -> None:
    assert percentile(Counter(values), 50) == statistics.median_low(values)


def test_a_spread() -> None:
    assert spread({}) is None
    assert spread({100: 98, 900: 1, 5000: 1}) == Spread(100, 100, 100, 900, 5000)


def test_no_calls() -> None:
    found = report(Figures())
    assert (found.calls, found.first_day, found.talk, found.flows, found.rules) == (0, "", None, [], [])
    assert found.grades == dict.fromkeys("ABCDEF", 0)


def test_grades_of_all_versions() -> None:
    counts = Counter({("shop", "b1", "A"): 2, ("shop", "a0", "none"): 1, ("shop", "a0", "A"): 4, ("fair", "c", "?"): 1})
    found = report(Figures(calls=8, grades=counts))
    assert found.grades == {"A": 6, "B": 0, "C": 0, "D": 0, "E": 0, "F": 0, "none": 1, "?": 1}
    assert [(one.script, one.sha256, one.calls, one.grades) for one in found.versions] == [
        ("shop", "a0", 5, {"A": 4, "none": 1}), ("shop", "b1", 2, {"A": 2}), ("fair", "c", 1, {"?": 1}),
    ]  # fmt: skip


def test_the_most_visited_stages_stand_first_and_goodbyes_last() -> None:
    figures = Figures(
        entered=Counter({BYE: 6, PITCH: 5, HELLO: 9}),
        closing=Counter({BYE: 6}),
        ended=Counter({(BYE, "bot"): 6, (HELLO, "caller"): 8, (PITCH, "caller"): 1}),
        no_input=Counter({PITCH: 2}),
    )
    assert [(flow.stage, flow.entered, flow.left, flow.no_input) for flow in report(figures).flows] == [
        ("hello", 9, {"caller": 8}, 0), ("pitch", 5, {"caller": 1}, 2), ("bye", 6, {"bot": 6}, 0),
    ]  # fmt: skip


def test_how_far_into_a_prompt_callers_were() -> None:
    figures = Figures(
        hung_up=Counter({(PROMPT, 500): 2, (PROMPT, 1900): 1, (PROMPT, -1): 1}),
        cut=Counter({(PROMPT, 1000): 3}),
        said=Counter({PROMPT: 12}),
        whole=Counter({PROMPT.prompt: 4}),
        whole_ms=Counter({PROMPT.prompt: 8000}),
    )
    found = report(figures)
    (hung,), (cut,) = found.hang_ups, found.barge_ins
    assert (hung.calls, hung.during, hung.said, hung.length_ms, hung.measured) == (4, 3, 12, 2000, True)
    assert (hung.median_ms, hung.heard, cut.heard) == (500, 0.25, 0.5)
    assert {tenth: number for tenth, number in found.hang_ups_by_share.items() if number} == {
        "2": 2,
        "9": 1,
        "after": 1,
    }


def test_a_prompt_that_nobody_heard_to_its_end() -> None:
    (hung,) = report(Figures(hung_up=Counter({(PROMPT, 400): 1}))).hang_ups
    assert not hung.measured
    assert 1500 < hung.length_ms < 2500


def test_words_without_an_intent_stand_together_by_their_sound() -> None:
    grammar = Grammar("g", intents=(Intent("ask_price", "interest", phrases=(Phrase("装修多少钱"),)),))
    figures = Figures(
        unknown=Counter({("家里装修呢", "hello"): 3, ("家里装修那", "pitch"): 1, ("月亮很圆", "hello"): 1})
    )
    found = report(figures, [grammar]).unmet
    assert [(one.text, one.count, one.also, one.stages) for one in found] == [
        ("家里装修呢", 4, (("家里装修那", 1),), (("hello", 3), ("pitch", 1))),
        ("月亮很圆", 1, (), (("hello", 1),)),
    ]


def test_rules_stand_by_their_grade_then_by_use() -> None:
    rules = {Rule("s", "E1", "E"): 9, Rule("s", "A2", "A"): 1, Rule("s", "A1", "A"): 3, Rule("s", "", "none"): 2}
    figures = Figures(rules=Counter(rules), examples={rule: Example("x", "y") for rule in rules})
    assert [(used.rule, used.calls) for used in report(figures).rules] == [("A1", 3), ("A2", 1), ("E1", 9), ("", 2)]


def test_delays() -> None:
    found = report(Figures(delays=Counter({("answer", 700): 19, ("answer", 1500): 1, ("words", 300): 20})))
    assert found.delays == {"answer": Spread(20, 700, 700, 1500, 1500), "words": Spread(20, 300, 300, 300, 300)}
    assert found.delays_ms == {700: 19, 1500: 1}
