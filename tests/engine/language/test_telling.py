"""A script in words: what its author would recognise."""

from __future__ import annotations

from engine.content.source import Mark
from engine.language.script import Script
from engine.language.stage import Rule
from engine.language.telling import Groups, rule_aspects, stage_prompts, stage_settings, tell_prompt, tell_rule
from tests.engine.scenes import load

SHOP = """
    slots: {day: {type: time}}
    stages:
      ask:
        role: opening
        say: [我是机器人，周末有空吗？, 周末呢？]
        reprompt: 有空吗？
        barge_in: off
        expect:
          - {hear: affirm, go: day}
          - {hear: [interest, busy], if: {refusals: {at_most: 1}, not: {visited: day}}, answer: yes, go: day}
          - {press: "1", say: 好。, then: stay, wait: 2s, limit: 3}
        recover: 就看一眼，好吗？
      day:
        role: invitation
        say: [{text: 星期六？, pause: 300ms}]
        confirm: 真来吗？
        fill: day
        expect: [{hear: affirm, accept: yes, do: {callback: day, tag: 请柬}, go: bye}]
    answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}, {hear: ask_case, say: 有。}]
"""


def script() -> Script:
    return load(SHOP)


def told(path: str) -> str:
    rule: Rule = script().rules[path]
    return tell_rule(rule_aspects(rule, Groups(script().grammars)))


def test_a_rule_reads_as_its_line() -> None:
    assert told("ask.expect.1") == "hear: affirm; go: day"
    assert told("ask.expect.3") == "press: 1; limit: 3; say: 好。; then: stay; wait: 2s"
    assert told("day.expect.1") == "hear: affirm; accept; do: callback day, tags 请柬; go: bye"
    assert told("answers.1") == "hear: ask_price; say: 八折。"


def test_a_whole_group_goes_by_its_name_and_a_condition_by_its_facts() -> None:
    assert told("ask.expect.2") == "hear: interest, busy; if: refusals ≤ 1 and not visited day; answer; go: day"


def test_a_stage_is_what_it_says_and_how_it_is_set() -> None:
    ask = script().stages["ask"]
    prompts = stage_prompts(ask)
    assert prompts["say"] == "我是机器人，周末有空吗？ / 周末呢？"
    assert prompts["reprompt"] == "有空吗？"
    settings = stage_settings(ask, Groups(script().grammars))
    assert settings["barge_in"] == "off"
    assert settings["silence after"] == "3.5s"
    assert "end" not in settings


def test_pauses_are_told_among_the_words() -> None:
    assert tell_prompt(script().stages["day"].say) == "星期六？[300 ms]"


def test_the_end_of_a_call_is_told_with_its_cause_where_it_is_no_ordinary_one() -> None:
    assert (
        tell_rule(rule_aspects(Rule("ask.expect.1", Mark("t", 1, 1), press="1", end=16), Groups(()))) == "press: 1; end"
    )
    assert tell_rule(rule_aspects(Rule("ask.expect.1", Mark("t", 1, 1), press="1", end=17), Groups(()))) == (
        "press: 1; end: busy"
    )
