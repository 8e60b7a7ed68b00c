"""Rules: what they forbid or require, of whom, what a violation costs and what proves it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inspection.inspect import inspect
from tests.engine.inspection.calls import call, inspection, result

TALK = call("""
    bot 您好，绝对不会骗您
    caller 别再打了 =do_not_call
    bot 再给您介绍一下
""")


def test_a_violation_names_the_words_and_the_step() -> None:
    found = result("  - {id: promises, severity: minor, forbid: {says: {any: [绝对不会], who: bot}}}", TALK)
    (violation,) = found.violations
    assert [(each.seq, each.who, each.words, each.found) for each in violation.proofs] == [
        (0, "bot", "您好，绝对不会骗您", "绝对不会")
    ]
    assert (found.points, found.passed) == (95, False)


def test_what_makes_a_rule_apply_is_part_of_the_proof() -> None:
    rule = "  - {id: no-more, if: {means: {any: do_not_call}}, require: {count: {who: bot, after: {means: do_not_call}, less_than: 1}}}"
    (violation,) = result(rule, TALK).violations
    assert [(each.seq, each.found) for each in violation.proofs] == [(1, "do_not_call"), (2, "utterance 1")]


@pytest.mark.parametrize(
    ("require", "shown"),
    [
        ("says: {any: [录音], who: bot, first: 1}", [("您好，绝对不会骗您", "not found here")]),
        (
            "says: {any: [对不起], who: bot, after: {means: do_not_call}, reach: 1}",
            [("再给您介绍一下", "not found here")],
        ),
        ("says: {any: [录音], after: {says: [再给您]}}", [("", "nobody says anything there")]),
        ("says: {any: [录音], after: {says: [再见]}}", [("", "what it should stand by is not in the call")]),
    ],
)
def test_what_was_said_where_something_should_have_been(require: str, shown: list[tuple[str, str]]) -> None:
    (violation,) = result(f"  - {{id: r, require: {{{require}}}}}", TALK).violations
    assert [(each.words, each.found) for each in violation.proofs] == shown


def test_of_a_long_place_the_beginning_is_shown() -> None:
    talk = call("\n".join(["bot 您好", "caller 嗯 =neutral"] * 4))
    (violation,) = result("  - {id: r, require: {says: {any: [录音]}}}", talk).violations
    assert [each.words for each in violation.proofs] == ["您好", "嗯", "您好", ""]
    assert violation.proofs[-1].found == "nor in 5 more utterances"


def test_where_nothing_should_be_nothing_is_shown() -> None:
    """Neither what `not` wants, nor what makes a rule apply, quotes the words without it."""
    rule = "  - {id: r, if: {not: {says: {any: [录音]}}}, forbid: {not: {says: {any: [保本]}}}}"
    (violation,) = result(rule, TALK).violations
    assert violation.proofs == ()


def test_a_rule_that_does_not_apply_costs_nothing() -> None:
    found = result("  - {id: r, if: {means: {any: ask_price}}, forbid: {count: {more_than: 0}}}", TALK)
    assert [each.verdict for each in found.results] == ["does_not_apply"]
    assert (found.points, found.passed) == (100, True)


def test_something_critical_fails_a_call_whatever_its_points() -> None:
    rules = "  - {id: r, severity: critical, points: 1, forbid: {says: {any: [绝对不会]}}}"
    found = inspect(inspection(rules), TALK)
    assert (found.points, found.passed) == (99, False)


def test_points_that_are_enough() -> None:
    rules = "  - {id: r, severity: minor, points: 10, forbid: {says: {any: [绝对不会]}}}\npass: 90"
    assert inspect(inspection(rules), TALK).passed


def test_what_is_not_told_is_no_violation_and_no_pass_either() -> None:
    found = result("  - {id: r, forbid: {silence: {more_than: 3s}}}", TALK)
    assert [each.verdict for each in found.results] == ["unknown"]
    assert not found.violations


@given(
    st.lists(
        st.sampled_from(["bot 您好", "caller 嗯 =neutral", "bot 1-2 再见", "caller 别打了 =do_not_call", "bot 保本"]),
        max_size=8,
    )
)
def test_forbidding_is_requiring_the_contrary(lines: list[str]) -> None:
    of = call("\n".join(lines))
    for condition in ("{says: {any: [保本]}}", "{count: {who: bot, more_than: 1}}", "{silence: {more_than: 1s}}"):
        forbid = result(f"  - {{id: r, forbid: {condition}}}", of).results[0].verdict
        require = result(f"  - {{id: r, require: {{not: {condition}}}}}", of).results[0].verdict
        assert forbid == require
