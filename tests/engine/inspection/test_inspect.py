"""Rules: what they forbid or require, of whom, what a violation costs and what proves it."""

from __future__ import annotations

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
