from __future__ import annotations

from textwrap import dedent

import pytest

from engine.calls.events import Dialed, Failed, HungUp
from engine.content.source import parse
from engine.grading.load_trunks import Trunks, trunks_from
from tests.engine.scenes import Wire

TABLE = """
    trunks:
      mobile-gz:
        title: 广州移动
        sip: {480: powered_off, 486: rejected}
        q850: {31: no_answer}
        words: {E-77: barred}
      unicom-bj: {sip: {480: unreachable}}
"""


def trunks(text: str) -> tuple[Trunks, list[str]]:
    node, problems = parse(dedent(text).lstrip("\n").encode(), "trunks.yaml")
    assert node
    return trunks_from(node, problems), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("told", "means"),
    [
        (Failed(0, sip=480, trunk="mobile-gz"), "powered_off"),
        (Failed(0, sip=480, trunk="unicom-bj"), "unreachable"),
        (Failed(0, sip=480, trunk="elsewhere"), ""),
        (Failed(0, sip=480), ""),
        (Failed(0, sip=404, trunk="mobile-gz"), ""),
        (Failed(0, sip=480, q850=31, trunk="mobile-gz"), "no_answer"),
        (Failed(0, header="Q.850;cause=31", trunk="mobile-gz"), "no_answer"),
        (Failed(0, sip=480, reason="e-77", trunk="mobile-gz"), "barred"),
        (HungUp(0, q850=31, trunk="mobile-gz"), "no_answer"),
        (HungUp(0, q850=16, trunk="mobile-gz"), ""),
        (HungUp(0, trunk="mobile-gz"), ""),
    ],
)
def test_a_code_means_what_its_line_says(told: Failed | HungUp, means: str) -> None:
    table, problems = trunks(TABLE)
    assert problems == []
    assert table.means(told) == means


def test_a_release_is_judged_by_its_line_too() -> None:
    table, _ = trunks(TABLE)
    wire = Wire("stages: {ask: {role: opening, say: 您好, expect: [{other: bye}]}}")
    over = HungUp(5000, "network", 31, "mobile-gz")
    wire.feed(Dialed(0), HungUp(5000, "network", 31, over.trunk, table.means(over)))
    assert (wire.state.facts.disposition, wire.state.facts.known_by) == ("no_answer", "trunk")


def test_the_same_code_comes_to_different_grades_on_different_lines() -> None:
    table, _ = trunks(TABLE)
    outcomes = {}
    for trunk in ("mobile-gz", "unicom-bj", ""):
        wire = Wire("stages: {ask: {role: opening, say: 您好, expect: [{other: bye}]}}")
        failed = Failed(5000, sip=480, reason="Temporarily Unavailable", trunk=trunk)
        wire.feed(Dialed(0), Failed(5000, 480, None, failed.reason, trunk=trunk, means=table.means(failed)))
        outcomes[trunk] = (wire.state.facts.disposition, wire.state.facts.known_by, wire.state.facts.sip)
    assert outcomes == {
        "mobile-gz": ("powered_off", "trunk", 480), "unicom-bj": ("unreachable", "trunk", 480), "": ("unknown", "", 480)
    }  # fmt: skip


def test_what_is_wrong_is_told_with_its_place_and_the_rest_is_kept() -> None:
    table, problems = trunks("trunks:\n  a:\n    sip: {200: busy, 480: asleep, 486: rejected}\n    q850: {x: busy}\n")
    assert len(problems) == 3
    assert "trunks.yaml:3:11: '200' is no code of sip (a number from 300 to 699)" in problems
    assert "trunks.yaml:4:12: 'x' is no code of q850 (a number from 1 to 127)" in problems
    assert any(problem.startswith("trunks.yaml:3:27: ") and "'asleep'" in problem for problem in problems)
    assert table.means(Failed(0, sip=486, trunk="a")) == "rejected"
