"""Where a call stands, and what makes sense there."""

from __future__ import annotations

from collections import Counter

from engine.personas.behaviour import Act, Mind, place_of, unknown_acts
from engine.personas.chance import Chance
from engine.personas.persona import PLACES
from engine.personas.words import Vocabulary
from engine.trial.caller import Call, Hangup, Say, Step
from engine.trial.simulate import Line
from tests.engine.personas.crowds import SHOP, shipped, standard, table
from tests.engine.scenes import load


def standing(*steps: Step) -> Line:
    """A call after these steps, with the bot's answer begun."""
    line = Line(load(SHOP), Call("c", steps=()))
    line.begin()
    for each in steps:
        line.take(each)
    line.settle()
    return line


def place(*said: str) -> str:
    return place_of(load(SHOP), standing(*map(Say, said)).state)


def acts(does: str, *said: str, many: int = 60) -> Counter[str]:
    """What somebody like this does there."""
    persona = table(f"callers: {{a: {{share: 1, does: {does}}}}}").personas["a"]
    words = Vocabulary(load(SHOP), table("callers: {a: {share: 1, line: {busy: 1}}}"))
    state = standing(*map(Say, said)).state
    return Counter(_short(Mind(persona, words).act(state, Chance(number))) for number in range(many))


def _short(act: Act) -> str:
    return "+".join(sorted(act.meant)) or act.text or act.deed


def test_places() -> None:
    assert place() == "opening"
    assert place("不用了") == "recovery"
    assert place("好的") == "invitation"
    assert place("好的", "嗯") in PLACES
    assert place("好的", "行", "好的") == "goodbye"
    assert place("不用了", "不用了") == "goodbye"


def test_a_doubtful_acceptance_is_to_be_confirmed() -> None:
    line = standing(Say("好的"), Say("行", confidence=0.2))
    assert place_of(load(SHOP), line.state) == "confirm"


def test_each_place_has_its_own_weights_and_any_takes_the_rest() -> None:
    does = "{opening: {refuse: 1}, any: {affirm: 1}}"
    assert acts(does) == {"refuse": 60}
    assert acts(does, "好的") == {"affirm": 60}


def test_weights_are_shares() -> None:
    found = acts("{any: {affirm: 3, refuse: 1}}", many=400)
    assert 270 < found["affirm"] < 330


def test_an_act_that_cannot_be_said_is_passed_over() -> None:
    assert acts("{any: {has_vendor: 90, affirm: 1}}") == {"affirm": 60}
    assert acts("{any: {has_vendor: 90}}") == {"silence": 60}
    assert acts("{any: {tell: 90, silence: 1}}") == {"silence": 60}


def test_an_answer_is_what_the_open_question_waits_for() -> None:
    assert acts("{any: {answer: 1}}") == {"affirm": 60}


def test_the_same_question_is_asked_no_third_time() -> None:
    persona = table("callers: {a: {share: 1, does: {any: {ask_price: 90, hang_up: 1}}}}").personas["a"]
    mind = Mind(persona, Vocabulary(load(SHOP), table("callers: {a: {share: 1, line: {busy: 1}}}")))
    state = standing().state
    assert [_short(mind.act(state, Chance("ask", number))) for number in range(4)] == [
        "ask_price", "ask_price", "hang_up", "hang_up",
    ]  # fmt: skip


def test_slots_are_told_when_they_are_asked_for() -> None:
    script = shipped("phone-robot")
    line = Line(script, Call("c", vars={"company": "星河"}))
    line.begin()
    for text in ("喂你好", "可以", "对", "有的"):
        line.take(Say(text))
    line.settle()
    persona = table("callers: {a: {share: 1, does: {any: {tell: 1}}}}").personas["a"]
    told = Mind(persona, Vocabulary(script, standard())).act(line.state, Chance(1))
    assert line.state.stage == "size"
    assert told.text[-1] in "人个"


def test_who_has_nothing_to_say_to_a_goodbye_hangs_up() -> None:
    found = acts("{any: {affirm: 1}}", "不用了", "不用了")
    assert found["hang_up"] > 20
    assert not found["affirm"]


def test_acts_that_mean_nothing_to_the_script_are_found() -> None:
    odd = table("callers: {a: {share: 1, does: {any: {affirm: 1, ask_prise: 1, affirm+yes: 1, silence: 1}}}}")
    words = Vocabulary(load(SHOP), odd)
    assert [act for _, act in unknown_acts(dict(odd.personas), words)] == ["ask_prise", "affirm+yes"]
    assert unknown_acts(dict(standard().personas), Vocabulary(shipped("phone-robot"), standard())) == []


def test_hanging_up_is_no_place() -> None:
    assert standing(Hangup(True)).state.phase == "ended"
