"""What a caller is likely to say where the call stands, as a hint for the recogniser."""

from __future__ import annotations

from collections.abc import Callable

from server.live.expected import MOST_PHRASES, SIGNS, Expectations
from tests.server.live.phone import Phone, script


def test_each_place_has_its_phrases_and_they_are_worked_out_once(dial: Callable[..., Phone]) -> None:
    phone = dial().answer().say("你好")
    expectations = Expectations(script().script)
    here = expectations.at(phone.call.state)
    assert here is expectations.at(phone.call.state)
    assert here.phrases[: len(SIGNS)] == SIGNS
    assert len(here.phrases) <= MOST_PHRASES
    assert here.kind == "short answer", "the stage asks a yes/no question"


def test_a_number_is_given_time(dial: Callable[..., Phone]) -> None:
    phone = dial().answer().say("你好", "加我微信吧")
    assert phone.call.state.stage == "wechat"
    assert Expectations(script().script).at(phone.call.state).kind == "number"


def test_a_partial_that_answers_is_known_and_a_mere_sign_is_not(dial: Callable[..., Phone]) -> None:
    phone = dial().answer().say("你好")
    here = Expectations(script().script).at(phone.call.state)
    assert here.answered_by(script().script, phone.call.state, "不需要")
    assert not here.answered_by(script().script, phone.call.state, "嗯")
    assert not here.answered_by(script().script, phone.call.state, "那个")
