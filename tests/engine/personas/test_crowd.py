"""The same seed, the same crowd."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calls.log import entry_line, header_line
from engine.dialogue.step import LeadError
from engine.personas.crowd import crowd, who_calls
from engine.personas.live import Made
from engine.personas.persona import Noise
from engine.trial.simulate import simulate
from tests.engine.personas.crowds import SHOP, calls, shipped, standard, table
from tests.engine.scenes import load


def written(made: list[Made]) -> str:
    """The logs of these calls, byte for byte."""
    lines = [line for each in made for line in (header_line(each.played.header), *map(entry_line, each.played.entries))]
    return "".join(lines)


def test_the_same_seed_gives_the_same_bytes() -> None:
    script = shipped("renovation")
    assert written(calls(standard(), script, 60, 7)) == written(calls(standard(), script, 60, 7))
    assert written(calls(standard(), script, 60, 7)) != written(calls(standard(), script, 60, 8))


def test_everybody_calls_as_often_as_his_share_says() -> None:
    shares = table("callers: {a: {share: 1, line: {busy: 1}}, b: {share: 2, line: {busy: 1}}, c: {line: {busy: 1}}}")
    assert Counter(each.name for each in who_calls(shares, 10, 1)) == {"a": 3, "b": 7}
    assert Counter(each.name for each in who_calls(shares, 300, 1)) == {"a": 100, "b": 200}
    assert [each.name for each in who_calls(shares, 9, 1)] != ["a", "a", "a", "b", "b", "b", "b", "b", "b"]


def test_calls_have_names_and_times_of_their_own() -> None:
    made = calls(standard(), shipped("expo"), 50)
    assert len({each.call.call_id for each in made}) == 50
    times = [each.call.now for each in made]
    assert times == sorted(times)
    assert (times[0], times[-1][:11]) == ("2026-01-05T10:00:00+08:00", "2026-01-05T")


def test_a_caller_does_the_same_in_another_script_as_long_as_he_is_asked_the_same() -> None:
    other = SHOP.replace("那星期六可以吗？", "那星期天行不行？")
    for one, two in zip(calls(standard(), many=60), calls(standard(), other, 60), strict=True):
        assert one.persona == two.persona
        assert one.call.steps[:2] == two.call.steps[:2]


def test_variables_are_given_or_made_up() -> None:
    script = shipped("phone-robot")
    (made,) = crowd(script, standard(), 1, 1, {"company": "星河科技"})
    assert made.call.vars["company"] == "星河科技"
    (made,) = crowd(script, standard(), 1, 1)
    assert made.call.vars["company"] == "〔company〕"
    with pytest.raises(LeadError, match="unknown variable 'nobody'"):
        list(crowd(load(SHOP), standard(), 1, 1, {"nobody": "x"}))


ACTS = ("affirm", "refuse", "neutral", "ask_price+ask_mode", "interest", "want_human", "do_not_call", "answer", "tell")
ACTS += ("other", "silence", "hang_up", "give_time", "has_vendor", "goodbye+affirm")
PERCENT = st.integers(0, 100)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(),
    weights=st.dictionaries(st.sampled_from(ACTS), st.integers(1, 9), min_size=1),
    habits=st.tuples(PERCENT, PERCENT, PERCENT, st.integers(1, 100), st.integers(1, 20)),
    noise=st.tuples(PERCENT, PERCENT, PERCENT, PERCENT, PERCENT),
)
def test_whoever_calls_the_call_ends_and_can_be_played_again(
    seed: int, weights: dict[str, int], habits: tuple[int, ...], noise: tuple[int, ...]
) -> None:
    keys = ("cuts_in", "murmurs", "talks", "patience", "refusals")
    line = "noise: {" + ", ".join(f"{each.name}: {rate}" for each, rate in zip(fields(Noise), noise, strict=True)) + "}"
    does = ", ".join(f"{act}: {weight}" for act, weight in weights.items())
    has = ", ".join(f"{key}: {value}" for key, value in zip(keys, habits, strict=True))
    people = table(f"{line}\ncallers: {{a: {{share: 1, {has}, does: {{any: {{{does}}}}}}}}}")
    for made in crowd(load(SHOP), people, 2, seed):
        assert made.played.state.phase == "ended"
        assert made.played.grade.rule in ("A1", "D9")
        assert simulate(load(SHOP), made.call) == made.played
