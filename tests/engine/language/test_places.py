"""Every prompt of a script is found where it stands."""

from __future__ import annotations

from engine.language.places import places
from tests.engine.scenes import load

SCRIPT = """
slots: {when: {type: time, ask: 七}}
stages:
  ask:
    role: opening
    say: 一智能语音助手
    reprompt: 二
    confirm: 三
    silence: {say: [四, 五]}
    no_match: {say: 六}
    recover: [{say: 八, expect: [{hear: busy, say: 九, go: bye}]}]
    expect:
      - {hear: affirm, accept: yes, need: when, say: 十, tail: 百, go: bye}
      - {hear: refuse, if: {turns: 3}, say: 千, go: bye}
answers: [{hear: ask_price, say: 万}]
"""


def test_the_table_has_every_prompt() -> None:
    said = "".join(part.text[0] for place in places(load(SCRIPT)) for wording in place.prompt for part in wording)
    assert set("一二三四五六七八九十百千万") <= set(said)


def test_what_opens_a_stage_and_what_is_said_under_a_condition() -> None:
    table = [place for place in places(load(SCRIPT)) if place.prompt]
    assert [place.prompt[0][0].text[0] for place in table if place.opens and place.stage == "ask"] == ["一"]
    assert [place.prompt[0][0].text for place in table if place.knows] == ["千"]


def test_a_question_that_nobody_asks_is_no_prompt() -> None:
    assert not [place for place in places(load(SCRIPT.replace("need: when, ", ""))) if place.asks]


def test_prompts_that_are_said_in_turn_stand_by_themselves() -> None:
    found = [place.prompt for place in places(load(SCRIPT)) if place.what == "'silence' of stage 'ask'"]
    assert [len(prompt) for prompt in found] == [1, 1]


def test_a_confirmation_is_said_before_what_its_branch_needs() -> None:
    (confirm,) = [place for place in places(load(SCRIPT)) if place.what == "'confirm' of stage 'ask'"]
    assert [(rule.path, confirm.needed(rule)) for rule in confirm.rules] == [("ask.expect.1", ())]
