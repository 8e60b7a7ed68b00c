"""The workbench of one step: what was frozen stays, and what brought nothing is the same object."""

from __future__ import annotations

from engine.calls.events import Heard
from engine.grading.facts import Facts
from engine.grading.step import Step


def test_the_facts_before_a_step_stay_as_they_were() -> None:
    before = Facts(turns=1)
    step = Step(before, 7, Heard(0, "不用了"), frozenset(), "不用了")
    step.set(step.proof("refusals", value="refuse"), refusals=1)
    step.set(step.proof("turns", "嗯"), turns=2)
    assert before == Facts(turns=1)
    after = step.result()
    assert (after.refusals, after.turns) == (1, 2)
    assert [(one.fact, one.seq, one.words, one.value) for one in after.evidence] == [
        ("refusals", 7, "不用了", "refuse"),
        ("turns", 7, "嗯", ""),
    ]


def test_a_step_that_brings_nothing_gives_the_same_facts_back() -> None:
    before = Facts()
    assert Step(before, 0, Heard(0, ""), frozenset(), "").result() is before
