from __future__ import annotations

import pytest

from engine.grading.condition import AnyOf, Condition, Has, Includes, Is, Test, Within
from engine.grading.facts import Facts
from engine.trial.caller import Call, Say
from engine.trial.imagine import answered, play
from engine.trial.likeness import Likeness, distance
from tests.engine.scenes import load

SCRIPT = """
stages:
  ask:
    role: opening
    say: 我是机器人，周末有空吗？
    expect:
      - {hear: affirm, go: bye}
      - {hear: busy, if: {refusals: {at_least: 2}}, go: bye}
answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}]
"""


def after(*words: str) -> object:
    """What a call is like after these words."""
    script = load(SCRIPT)
    call = answered(script, Call("t"))
    for text in words:
        call = play(script, call, Say(text))
    return Likeness(script).of(call.rested.state)


def test_nobody_asks_how_many_questions_there_were() -> None:
    assert after("多少钱") == after("怎么合作") == after("多少钱", "怎么合作")


def test_somebody_asks_how_many_refusals_there_were() -> None:
    assert after("多少钱", "不用了") != after("多少钱")


def test_where_the_call_stands_matters() -> None:
    assert after() != after("好的")


@pytest.mark.parametrize(
    ("test", "far"),
    [
        (Within("interest_questions", "interest_questions", low=3), 2),
        (Within("interest_questions", "interest_questions", high=0), 1),
        (Within("talk_seconds", "talk_ms", low=30_000), 6),
        (Within("sip", "sip", low=1), 1),
        (Is("invitation", "invitation", ("success",)), 1),
        (Is("invitation", "invitation", ("none",)), 0),
        (Has("busy", "busy", wanted=True), 1),
        (Includes("heard", "heard", ("ask_price",)), 1),
        (AnyOf((Condition((Has("busy", "busy", wanted=True), Has("peer", "peer", wanted=True))), Condition())), 0),
        (AnyOf((Condition((Has("busy", "busy", wanted=True), Has("peer", "peer", wanted=True))),)), 2),
    ],
)
def test_how_far_a_call_is_from_a_condition(test: Test, far: int) -> None:
    assert distance(Condition((test,)), Facts(interest=("ask_case",))) == far


def test_conditions_add_up() -> None:
    busy, peer = Has("busy", "busy", wanted=True), Has("peer", "peer", wanted=True)
    assert distance(Condition((busy, peer)), Facts(busy=True)) == 1
