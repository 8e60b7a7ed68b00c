"""Counts of calls equal what one counts by hand, and can be added in any order."""

from __future__ import annotations

import pickle
from dataclasses import fields
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from engine.calls.log import Log
from engine.grading.grade import grade
from engine.trial.caller import parse_call
from engine.trial.compare import facts_of
from engine.trial.simulate import simulate
from server.live.measures import Delays
from server.reports.figures import PARTS, Figures, Place, Rule, figures_of
from tests.engine.scenes import HEAD, load

SCRIPT = (
    HEAD
    + """\
variables: {name: {type: name, default: 您}}
stages:
  ask:
    role: opening
    say: "{name}好，周末有空吗？"
    expect: [{hear: affirm, go: day}, {hear: refuse, go: bye}]
  day:
    role: invitation
    say: 那星期六可以吗？
    expect: [{hear: affirm, accept: yes, go: bye}]
"""
)
CALLS = [
    '{"call_id": "yes", "vars": {"name": "王总"}, "steps": [{"say": "好的"}, {"say": "可以"}]}',
    '{"call_id": "cuts in", "vars": {"name": "李总"}, "steps": [{"say": "不用了", "barge_in_ms": 1500}]}',
    '{"call_id": "gone", "vars": {"name": "张总"}, "steps": [{"answered": true}, {"hangup": true, "after_ms": 700}]}',
    '{"call_id": "odd", "steps": [{"say": "月亮很圆"}, {"silence": true}, {"say": "行"}, {"hangup": true, "after_ms": 60}]}',
    '{"call_id": "off", "now": "2026-11-24T10:00:00+08:00", "steps": [{"early_media": "已关机"}, {"failed": {"sip": 480}}]}',
]


@cache
def counted(place: int) -> Figures:
    script = load(SCRIPT)
    call = parse_call(CALLS[place], script)
    assert not isinstance(call, str), call
    played = simulate(script, call)
    facts = facts_of(Log(played.header, played.entries), script.interest)
    delays = [{"speech_end_ms": 1000, "text_ms": 1300, "decided_ms": 1302, "audio_ms": 1404 + 100 * place}]
    delays += [{"speech_end_ms": 9000, "text_ms": None}]
    return figures_of(Log(played.header, played.entries), facts, grade(script.scheme, facts), f"{place}.jsonl", delays)


def total(*places: int) -> Figures:
    found = Figures()
    for place in places:
        found.take(counted(place))
    return found


ASK, DAY, BYE = (Place("tiny", stage) for stage in ("ask", "day", "bye"))
GREETING = ASK._replace(prompt="{name}好，周末有空吗？")


def test_who_came_where_and_left_how() -> None:
    found = total(0, 1, 2, 3, 4)
    assert found.calls == 5
    assert found.came_to["human"] == 4
    assert found.entered == {ASK: 4, DAY: 2, BYE: 3}
    assert found.closing == {ASK: 0, DAY: 0, BYE: 3}
    assert found.ended == {
        (BYE, "bot"): 2, (ASK, "caller"): 1, (BYE, "caller"): 1,
    }  # fmt: skip
    assert found.dispositions == {"completed": 3, "silent": 1, "powered_off": 1}
    assert found.days == {("2026-01-05", "A"): 1, ("2026-01-05", "D"): 3, ("2026-11-24", "D"): 1}


def test_how_far_into_which_prompt() -> None:
    found = total(0, 1, 2)
    assert found.hung_up == {(GREETING, 700): 1}
    assert found.cut == {(GREETING, 1500): 1}
    assert found.said[GREETING] == 3
    assert found.whole[GREETING.prompt] == 1


def test_a_call_that_ends_after_a_prompt() -> None:
    assert total(3).hung_up == {(BYE._replace(prompt="再见！"), -1): 1}


def test_what_was_said_and_not_said() -> None:
    found = total(0, 3)
    assert found.no_input == {DAY: 1}
    assert found.unknown == {("月亮很圆", "ask"): 1}
    assert (found.intents["affirm"], found.utterances["affirm"]) == (2, 3)
    assert found.turns == {2: 2}


def test_the_rule_and_its_example() -> None:
    found = total(3, 0, 1)
    assert found.rules == {Rule("standard", "A1", "A"): 1, Rule("standard", "D9", "D"): 2}
    assert found.examples[Rule("standard", "D9", "D")].log == "1.jsonl"
    assert found.examples[Rule("standard", "A1", "A")].lines == (("可以", "invitation → success"),)


def test_delays_and_their_parts() -> None:
    assert total(0, 1).delays == {
        ("answer", 400): 1, ("answer", 500): 1, ("words", 300): 2, ("decision", 0): 2, ("sound", 100): 1, ("sound", 200): 1,
    }  # fmt: skip


def test_the_moments_of_a_delay_are_those_that_a_live_call_notes() -> None:
    assert {moment for part in PARTS.values() for moment in part} == {one.name for one in fields(Delays)}


def test_a_call_without_rules_is_counted() -> None:
    script = load(SCRIPT)
    call = parse_call(CALLS[0], script)
    assert not isinstance(call, str)
    played = simulate(script, call)
    log = Log(played.header, played.entries, "torn")
    found = figures_of(log, facts_of(log), None)
    assert (found.calls, found.torn, [*found.grades.values()], found.rules) == (1, 1, [1], {})
    assert [letter for _, _, letter in found.grades] == ["?"]


everybody = st.lists(st.integers(0, len(CALLS) - 1), max_size=12)


@given(everybody, st.integers(0, 12), st.randoms(use_true_random=False))
def test_any_order_and_any_grouping_give_the_same_sum(places: list[int], cut: int, chance: object) -> None:
    whole = total(*places)
    shuffled = list(places)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found = total(*shuffled[cut:])
    found.take(pickle.loads(pickle.dumps(total(*shuffled[:cut]))))  # noqa: S301  as it comes from another process
    assert found == whole
