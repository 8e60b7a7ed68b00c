"""What is imagined is what happens: each call is played in the simulator too."""

from __future__ import annotations

import pytest

from engine.trial.caller import Call, Dtmf, Hangup, Hold, Say, Silence, Step, TransferOk
from engine.trial.imagine import answered, ends, play
from engine.trial.simulate import simulate
from tests.engine.scenes import load

SCRIPT = """
stages:
  ask:
    role: opening
    say: 您好，我是商场的机器人，想问一下，您这个周末有空吗？
    expect:
      - {hear: [affirm, 没问题啊], go: day}
      - {hear: want_human, say: 好的。, transfer: sales, else: bye}
      - {press: "1", go: day}
      - {press: "2", say: 请稍等。, hold: 20s, go: day, else: bye}
    recover: 就看一眼，好吗？
    silence: {say: [您好，在吗？]}
  day: {role: invitation, say: 那星期六可以吗？, expect: [{hear: affirm, accept: yes, go: bye}]}
"""
CALLS: list[tuple[Step, ...]] = [
    (),
    (Say("没问题啊"),),
    (Say("没问题啊"), Say("好的")),
    (Say("不用了"), Say("不用了")),
    (Silence(True), Say("好的")),
    (Silence(True), Silence(True)),
    (Dtmf("1"), Say("可以")),
    (Say("转人工"), TransferOk(True)),
    (Say("转人工"), TransferOk(False)),
    (Dtmf("2"), Hold("ok"), Say("好的")),
    (Dtmf("2"), Hold("ended"), Say("好的")),
    (Dtmf("2"), Hold("failed")),
]


@pytest.mark.parametrize("steps", CALLS, ids=lambda steps: " ".join(map(str, steps)) or "at once")
def test_a_call_ends_as_it_ends_in_the_simulator(steps: tuple[Step, ...]) -> None:
    script = load(SCRIPT)
    call = answered(script, Call("t"))
    for turn in steps:
        call = play(script, call, turn)
    found = list(ends(script, call))
    assert found
    for taken, facts in found:
        played = simulate(script, Call("t", steps=taken)).state.facts
        assert (played.stages, played.end, played.invitation, played.refusals, played.no_input) == (
            facts.stages, facts.end, facts.invitation, facts.refusals, facts.no_input,
        )  # fmt: skip


def test_hanging_up_on_the_bot_and_after_it() -> None:
    script = load(SCRIPT)
    at_once, later = ends(script, answered(script, Call("t")))
    assert at_once[0] == (Hangup(True, 0),)
    assert at_once[1].ended_in_opening
    assert isinstance(later[0][0], Hangup)
    assert not later[1].ended_in_opening


def test_a_goodbye_is_an_end_too() -> None:
    script = load(SCRIPT)
    call = play(script, play(script, answered(script, Call("t")), Say("没问题啊")), Say("好的"))
    assert [facts.end for _, facts in ends(script, call)] == ["bot", "caller", "caller"]


def test_where_a_turn_has_led() -> None:
    script = load(SCRIPT)
    call = play(script, answered(script, Call("t")), Say("好的"))
    assert call.rested.came_by >= {"stage day", "branch ask.expect.1"}
    assert "stage ask" not in call.rested.came_by, "that was before"
