"""The verdict: what is fit to be published, and what somebody should look at first."""

from __future__ import annotations

from collections import Counter

from engine.language.changes import changes
from engine.personas.proof import Recorded, witnessed
from engine.personas.publish import Comparison
from tests.engine.personas.crowds import SHOP, calls, findings
from tests.engine.personas.test_proof import DOOR, MUTE, log
from tests.engine.scenes import load

PEOPLE = """
personas: t
callers:
  willing: {share: 3, does: {any: {affirm: 3, ask_price: 1}}}
  unsure: {share: 2, patience: 20, refusals: 9, does: {recovery: {affirm: 1}, any: {refuse: 3, affirm: 1}}}
  strict: {share: 2, patience: 20, refusals: 9, does: {recovery: {do_not_call: 1}, any: {refuse: 1}}}
"""


def compared(new: str, old: str = SHOP, *, recorded: Recorded | None = None, witness: bool = False) -> Comparison:
    made = [calls(PEOPLE.lstrip(), script, 140) for script in (old, new)]
    before, after = (findings(each, script) for each, script in zip(made, (old, new), strict=True))
    letters = ([each.played.grade.letter or "none" for each in side] for side in made)
    one, other = load(old), load(new)
    return Comparison(
        one, other, changes(one, other), (), witnessed(one, other) if witness else None, before, after,
        Counter(zip(*letters, strict=True)), recorded,
    )  # fmt: skip


def kinds(both: Comparison) -> set[str]:
    return {each.kind for each in both.concerns}


def test_another_wording_can_be_published() -> None:
    both = compared(SHOP.replace("八折。", "打八折。"), witness=True)
    assert both.concerns == ()
    assert both.verdict == "publish"


def test_pushing_those_who_refuse_shifts_the_grades() -> None:
    """One more offer after each no turns some of the unsure round, and the callers are the same."""
    once = SHOP.replace("        recover: 就看一眼，好吗？\n", "")
    both = compared(SHOP, once)
    assert "grade" in kinds(both)
    assert both.after.letters()["A"] > both.before.letters()["A"]
    assert both.moved["D", "A"] > 5
    assert not [pair for pair in both.moved if pair == ("A", "D")]
    assert "A goes from " in both.verdict


def test_a_new_dead_end() -> None:
    trap = SHOP.replace(DOOR, "expect: [{hear: greet, go: bye}, {other: {say: 您说。, then: stay}}]")
    both = compared(trap)
    assert "dead_end" in kinds(both)
    assert "a dead end in stage day (loop, " in both.verdict
    assert "dead_end" not in kinds(compared(trap, trap)), "it is not new"


def test_a_new_stage_that_nobody_comes_to() -> None:
    island = SHOP.replace(
        "      day:", "      hour: {role: discovery, say: 几点？, expect: [{hear: affirm, go: day}]}\n      day:"
    )
    island = island.replace("answers: [", "answers: [{hear: ask_case, go: hour}, ")
    told = {each.values.get("name") for each in compared(island).concerns}
    assert {"stage hour", "branch answers.1"} <= told
    assert not compared(SHOP).concerns
    reachable = compared(island, witness=True)
    assert "unreached" not in kinds(reachable), "a witness comes there, so it is only rare"


def test_a_stage_that_nobody_comes_to_any_more() -> None:
    both = compared(
        SHOP.replace("expect: [{hear: affirm, go: day}]", "expect: [{hear: greet, go: day}, {hear: affirm, go: bye}]")
    )
    assert "no simulated caller comes to stage day any more" in both.verdict


def test_a_rule_of_the_grade_that_no_call_ends_in_any_more() -> None:
    both = compared(MUTE, witness=True)
    assert {"lost_rule", "witness", "grade"} <= kinds(both)
    assert "no call ends in rule A1 any more" in both.verdict


def test_recorded_calls_with_another_grade() -> None:
    recorded = Recorded(load(SHOP), load(MUTE))
    recorded.take(log("好的", "好的"))
    assert "1 of 1 recorded calls that go the same way have another grade" in compared(MUTE, recorded=recorded).verdict
    quiet = Recorded(load(SHOP), load(SHOP))
    quiet.take(log("好的", "好的"))
    assert compared(SHOP, recorded=quiet).verdict == "publish"


def test_calls_that_have_become_much_longer() -> None:
    both = compared(
        SHOP.replace("我是机器人，周末有空吗？", "我是机器人，" + "这个周末我们有一个很大的活动，" * 3 + "周末有空吗？")
    )
    assert "longer" in kinds(both)


def test_the_verdict_is_one_line() -> None:
    assert "\n" not in compared(MUTE, witness=True).verdict
    assert compared(MUTE, witness=True).verdict.startswith("look at: ")
