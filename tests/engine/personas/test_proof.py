"""What witnesses and recorded calls prove about the next version of a script."""

from __future__ import annotations

from engine.calls.log import Log
from engine.language.script import Script
from engine.personas.proof import Crossroads, Proof, Recorded, witnessed
from engine.trial.caller import Call, Say
from engine.trial.simulate import simulate
from tests.engine.personas.crowds import SHOP
from tests.engine.scenes import load

DOOR = "expect: [{hear: affirm, accept: yes, go: bye}]"
MUTE = SHOP.replace(DOOR, "expect: [{hear: affirm, go: bye}]").replace("transfer: desk, else: bye", "go: bye")
"""Accepts nothing."""


def script(*edits: tuple[str, str]) -> Script:
    text = SHOP
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return load(text)


def log(*said: str, by: Script | None = None, call_id: str = "c") -> Log:
    played = simulate(by or load(SHOP), Call(call_id, steps=tuple(map(Say, said))))
    return Log(played.header, played.entries)


def recorded(new: Script, *logs: Log) -> Recorded:
    found = Recorded(load(SHOP), new)
    for each in logs:
        found.take(each)
    return found


# --- witnesses -------------------------------------------------------------------------------------------------------


def test_the_same_script_changes_no_witness() -> None:
    found = witnessed(load(SHOP), script(("八折", "九折")))
    assert (found.changed, found.lost) == ((), ())
    assert {"stage day", "branch ask.expect.1"} <= found.came_by


def test_a_witness_with_another_grade_is_told_with_its_words() -> None:
    found = witnessed(load(SHOP), load(MUTE))
    (proof,) = found.changed
    assert proof == Proof("A1", "old", "A", "D", proof.words)
    assert len(proof.words) == 2
    assert found.lost == ("A1",)


def test_the_new_versions_own_witnesses_are_played_on_the_old_one() -> None:
    (proof,) = witnessed(load(MUTE), load(SHOP)).changed
    assert (proof.rule, proof.of, proof.before, proof.after) == ("A1", "new", "D", "A")


# --- recorded calls --------------------------------------------------------------------------------------------------


def test_a_call_that_goes_the_same_way_has_a_grade_on_both_sides() -> None:
    found = recorded(load(MUTE), log("好的", "好的", call_id="yes"), log("不用了", "不用了"))
    assert (found.calls, found.same, found.parted) == (2, 2, 0)
    assert found.moves == {("A", "D"): 1, ("D", "D"): 1}
    assert found.changed == ["yes"]


def test_a_call_that_parts_has_no_new_grade() -> None:
    other = script((DOOR, "expect: [{hear: affirm, go: bye}]"), ("那星期六可以吗？", "星期天行不行？"))
    found = recorded(other, log("好的", "好的", call_id="yes"), log("不用了", "不用了"))
    assert (found.same, found.parted) == (1, 1)
    assert found.moves == {("D", "D"): 1}
    assert found.changed == []
    assert found.crossroads() == (Crossroads("ask", "那星期六可以吗？", "星期天行不行？", 1, ("yes",)),)


def test_calls_part_where_they_first_hear_something_else() -> None:
    other = script(("我是机器人，周末有空吗？", "我是机器人，星期六有空吗？"), ("那星期六可以吗？", "星期天行不行？"))
    found = recorded(other, *(log("好的", "好的") for _ in range(3)))
    assert [(each.stage, each.calls) for each in found.crossroads()] == [("", 3)]


def test_a_call_of_another_version_proves_nothing() -> None:
    stranger = script(("周末有空吗", "下周有空吗"))
    found = recorded(load(MUTE), log("好的", "好的", by=stranger))
    assert (found.calls, found.foreign, found.same) == (1, 1, 0)


def test_a_call_whose_variables_do_not_fit() -> None:
    asks = load("variables: {name: {type: name, required: yes}}\n" + SHOP.replace("\n    ", "\n"))
    found = recorded(asks, log("好的"))
    assert (found.calls, found.unfit, found.same) == (1, 1, 0)
