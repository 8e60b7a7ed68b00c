"""Simulated callers on the line: what they do is a written call, and every call ends."""

from __future__ import annotations

import pytest

from engine.calls.events import EarlyMedia, Failed, Heard
from engine.personas.live import MOST_STEPS, Made
from engine.trial.caller import Hangup, Say, Silence
from engine.trial.simulate import simulate
from tests.engine.personas.crowds import SHOP, calls, shipped, standard
from tests.engine.scenes import load

AGREES = "callers: {a: {share: 1, does: {any: {affirm: 1}}}}"


def one(does: str, more: str = "", seed: int = 1, script: str = SHOP) -> Made:
    return calls(f"callers: {{a: {{share: 1, does: {does}{more}}}}}", script, 1, seed)[0]


def said(made: Made) -> list[str]:
    return [step.say for step in made.call.steps if isinstance(step, Say)]


def test_a_call_reads_as_a_call() -> None:
    made = one("{any: {affirm: 1}}")
    assert made.played.state.facts.stages == ("ask", "day", "bye")
    assert made.played.state.facts.invitation == "success"
    assert made.played.grade.letter == "A"
    assert {word for text in said(made) for word in [text]} <= {"好的", "可以", "行"}
    assert made.played.header.source == "simulated"


@pytest.mark.parametrize("seed", range(6))
def test_it_is_a_written_call_that_anybody_can_play_again(seed: int) -> None:
    script = shipped("phone-robot")
    for made in calls(standard(), script, 40, seed):
        again = simulate(script, made.call)
        assert again.entries == made.played.entries, made.call
        assert again.header == made.played.header


@pytest.mark.parametrize("name", ["phone-robot", "renovation", "expo"])
def test_every_persona_ends_its_call(name: str) -> None:
    script = shipped(name)
    made = calls(standard(), script, 150, 3)
    assert {each.persona for each in made} == {*standard().personas}
    for each in made:
        assert each.played.state.phase == "ended"
        assert each.played.grade.rule
        assert len(each.call.steps) <= MOST_STEPS + 2


def test_even_one_who_never_has_enough_ends_it() -> None:
    endless = "stages:\n  ask: {role: opening, say: 周末有空吗？, expect: [{hear: neutral, go: bye}, {other: {say: 嗯？, then: stay}}]}\n"
    endless += "limits: {turns: 200, seconds: 3600}\n"
    made = one("{any: {other: 1}}", ", patience: 100", script=endless)
    assert made.played.state.phase == "ended"


def test_people_run_out_of_patience() -> None:
    lengths = [
        made.played.state.facts.turns
        for made in calls(
            "callers: {a: {share: 1, patience: 4, does: {any: {ask_price: 1, ask_mode: 1, other: 1}}}}", many=60
        )
    ]
    assert max(lengths) <= 6


def test_people_hang_up_on_a_prompt_the_sooner_the_longer_it_is() -> None:
    def left(script: str) -> int:
        made = calls("callers: {a: {share: 1, leaves: 10s, does: {any: {affirm: 1}}}}", script, 200)
        return sum(each.played.state.facts.ended_in_stage == "ask" for each in made)

    short, long = (
        left(SHOP),
        left(SHOP.replace("周末有空吗？", "我们这个周末在体育馆有一个很大很大的活动" * 2 + "，有空吗？")),
    )
    assert 20 < short < 60
    assert long > 2 * short


def test_who_cuts_in_is_heard_over_the_prompt() -> None:
    made = one("{any: {refuse: 1}}", ", cuts_in: 100")
    first = next(step for step in made.call.steps if isinstance(step, Say))
    assert first.barge_in_ms is not None
    assert made.played.state.facts.stages[0] == "ask"


def test_a_murmur_over_the_prompt_answers_nothing() -> None:
    made = one("{any: {affirm: 1}}", ", murmurs: 100")
    assert "嗯" in said(made)
    assert made.played.state.facts.invitation == "success"
    assert all(each.meant == ("affirm",) for each in made.spoken)


def test_silent_people_are_asked_and_let_go() -> None:
    made = one("{any: {silence: 1}, goodbye: {silence: 1}}")
    assert {type(step) for step in made.call.steps[1:]} == {Silence}
    assert made.played.state.facts.end == "silence"


def test_who_refuses_often_enough_hangs_up() -> None:
    made = one("{any: {refuse: 1}, goodbye: {silence: 1}}", ", refusals: 1")
    assert len(said(made)) == 1
    assert isinstance(made.call.steps[-1], Hangup)
    assert made.played.state.ended_by == "caller"


def test_who_wants_a_person_gets_one_or_not() -> None:
    ends = {
        made.played.state.facts.transfer for made in calls("callers: {a: {share: 1, does: {any: {want_human: 1}}}}")
    }
    assert ends == {"ok", "failed"}


def test_nobody_answers() -> None:
    made = calls("callers: {a: {share: 1, line: {powered_off: 1, busy: 1}}}", shipped("phone-robot"), 60)
    assert {each.played.state.facts.disposition for each in made} == {"powered_off", "busy"}
    assert all(isinstance(each.played.entries[-1].event, Failed) for each in made)
    announced = [each for each in made if any(isinstance(entry.event, EarlyMedia) for entry in each.played.entries)]
    assert 40 < len(announced) < 60
    assert {each.played.grade.letter for each in made} == {"E", "F"}


def test_a_machine_says_what_it_says() -> None:
    made = calls(
        "callers: {a: {share: 1, machine: {voicemail: 1}, does: {any: {announcement: 1}}}}", shipped("phone-robot"), 10
    )
    assert {each.played.state.facts.answered_by for each in made} == {"machine"}
    assert {each.played.state.facts.disposition for each in made} == {"voicemail"}


# --- what was meant and what was understood --------------------------------------------------------------------------


def test_clear_words_are_understood_as_they_were_meant() -> None:
    for made in calls("callers: {a: {share: 1, does: {any: {affirm: 1, ask_price: 1, refuse: 1}}}}", many=40):
        for each in made.spoken:
            assert each.heard.finals == (each.said,)
            assert each.understood is None or set(each.meant) <= each.understood
            assert isinstance(made.played.entries[each.seq].event, Heard)


def test_a_lost_negation_is_understood_as_what_arrives() -> None:
    lossy = "noise: {negation: 100}\ncallers: {a: {share: 1, does: {any: {refuse: 1}}}}"
    spoken = [each for made in calls(lossy) for each in made.spoken if each.said == "不用了"]
    assert spoken
    assert all(each.heard.finals == ("用了",) and each.heard.flipped for each in spoken)
    assert all(each.understood == frozenset() for each in spoken if each.understood is not None)


def test_a_sentence_in_two_pieces_is_one_utterance() -> None:
    split = "noise: {split: 100}\ncallers: {a: {share: 1, does: {any: {affirm+ask_price: 1}}}}"
    long = [each for made in calls(split, load(SHOP)) for each in made.spoken if len(each.said) > 5]
    assert long
    for each in long:
        assert len(each.heard.finals) == 2
        assert each.understood is None or each.understood >= {"affirm", "ask_price"}
