"""What a script can bring about, seen by the states and names that it has."""

from __future__ import annotations

import pytest

from engine.grading.condition import Condition
from engine.grading.possible import flag, member, number, vocabulary, word
from engine.language.load import load_script
from engine.language.reach import Reach, out_of_reach
from engine.language.script import Script
from tests.engine.scenes import HEAD, Shelf, load

PLAIN = """
stages:
  ask: {role: opening, say: 我是智能语音助手，有空吗？, expect: [{hear: affirm, go: bye}]}
"""
TELLING = """
grammar: telling
intents:
  affirm: {group: answers, phrases: [好的]}
  deny: {group: answers, phrases: [没有]}
  refuse: {group: answers, phrases: [不用了]}
  give_number: {group: talk, phrases: [记个号码]}
  decline_contact: {group: requests, phrases: [别加我]}
"""


def reach(text: str = PLAIN) -> Reach:
    return Reach(load(text))


def why_not(script: Script, *tests: object) -> list[str]:
    asked = Condition(tests)  # type: ignore[arg-type]
    return [why for condition, why in out_of_reach(script, vocabulary([asked])) if set(condition.tests) & set(tests)]


@pytest.mark.parametrize(
    ("more", "wechat", "sms"),
    [
        ("", "none passive requested given declined", "none passive requested given declined"),
        ("grammars: [telling]\n", "none", "none"),
        ("grammars: [telling]\nalways: [{hear: deny, do: {sms: 图册}, say: 发您。}]\n", "none", "none passive given declined"),
        ("grammars: [telling]\nalways: [{hear: deny, do: {send: 图册}, say: 发您。}]\n", "none", "none passive given declined"),
        ("grammars: [telling]\nalways: [{hear: deny, do: {wechat: yes}, say: 加您。}]\n", "none passive given declined", "none"),
        ("grammars: [telling]\nalways: [{hear: deny, contact: requested, say: 好。}]\n", "none",
         "none requested given declined"),
    ],
)  # fmt: skip
def test_the_wish_for_material_needs_somebody_who_asks_or_offers(more: str, wechat: str, sms: str) -> None:

    script, problems = load_script("t.yaml", Shelf({"t.yaml": HEAD + PLAIN.lstrip() + more, "telling": TELLING}))
    assert script, problems
    assert Reach(script).wishes("wechat") == set(wechat.split())
    assert Reach(script).wishes("sms") == set(sms.split())


@pytest.mark.parametrize(
    ("text", "states"),
    [
        (PLAIN, "none"),
        (PLAIN.replace("role: opening", "role: invitation"), "none pending fail"),
        (PLAIN.replace("go: bye", "accept: yes, go: bye"), "none success fail"),
        (PLAIN + "always: [{hear: want_human, transfer: desk, else: ask}]", "none success fail"),
    ],
)
def test_the_states_of_an_invitation(text: str, states: str) -> None:
    assert reach(text).invitations() == set(states.split())


def test_names_are_those_of_the_script() -> None:
    names = reach(PLAIN.replace("affirm", "[affirm, 有空]")).names
    assert names["visited"] == {"ask", "bye"}
    assert names["reached"] == {"opening", "closing"}
    assert {"affirm", "有空", "ask_price"} <= names["heard"]
    assert names["asked"] == {"ask_price", "ask_mode", "ask_case"}
    assert names["filled"] == set()


def test_only_what_somebody_asks_for_is_looked_at() -> None:
    script = load(PLAIN)
    assert why_not(script, number("interest_questions", 4)) == ["its grammars have 3 interest questions"]
    assert why_not(script, number("interest_questions", 3)) == []
    assert why_not(script, member("visited", "demo")) == ["there is no stage 'demo'"]
    assert why_not(script, member("visited", "ask")) == []
    assert why_not(script, word("ended_in_role", "pitch")) == ["there is no stage of the role 'pitch'"]


def test_a_number_may_be_taken_off_the_list_by_order_or_by_wish() -> None:
    assert why_not(load(PLAIN), flag("do_not_call")) == []
    assert why_not(load(PLAIN), flag("peer")) == ["there is no intent 'peer'"]


def test_recoveries_are_as_many_as_the_limits_allow() -> None:
    offering = PLAIN.replace("say:", "recover: 真没空？, say:")
    assert why_not(load(PLAIN), number("recoveries", 1)) == ["it recovers at most 0 times"]
    assert why_not(load(offering), number("recoveries", 2)) == []
    assert why_not(load(offering), number("recoveries", 3)) == ["it recovers at most 2 times"]
