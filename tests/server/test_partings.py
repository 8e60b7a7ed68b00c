"""Calls that part, put together."""

from __future__ import annotations

from engine.calls.actions import Action, Entered, HangUp, Hold, Matched, Part, Play, StartTimer, Took
from engine.calls.events import Heard
from engine.calls.log import Header
from engine.trial.replay import Divergence
from engine.understanding.grammar import Hit
from server.partings import Example, Place, Summary, place_of

HEADER = Header("c", "shop", "0", "1", "2026-11-23T10:00:00+08:00", {"name": "王姐"})


def says(*texts: str) -> Play:
    return Play(7, tuple(Part(text) for text in texts))


def parting(then: tuple[Action, ...], now: tuple[Action, ...]) -> Place:
    return place_of(Divergence(4, Heard(100, "多少钱"), then, now, "ask", "王姐好"), HEADER)


def test_names_are_left_out_so_that_calls_can_be_counted_together() -> None:
    found = parting((says("王姐，八折。"),), (says("王姐，七折。"),))
    assert (found.prompt, found.then, found.now) == ("{name}好", "{name}，八折。", "{name}，七折。")


def test_of_a_prompt_only_what_is_different_counts() -> None:
    found = parting((says("好。", "八折。", "来吗？"), HangUp("goodbye")), (says("好。", "来吗？"), HangUp("goodbye")))
    assert (found.then, found.now, found.noticed) == ("八折。", "(nothing)", True)


def test_a_caller_notices_for_how_long_he_is_on_hold() -> None:
    found = parting((says("请稍等。"), Hold(8, 20_000)), (says("请稍等。"), Hold(9, 60_000)))
    assert (found.then, found.now, found.noticed) == ("[hold 20s]", "[hold 60s]", True)


def test_rules_and_meanings_are_told_where_no_caller_would_notice() -> None:
    meant = Matched("多少钱", (Hit("ask_price", "多少钱", (0, 3), 1.0, "exact"),))
    then = (Matched("多少钱", ()), Took("ask.expect.1"), says("八折。"), StartTimer(4, "no_input", 3500))
    now = (meant, Took("answers.1"), Entered("day", "pitch", 1), says("八折。"), StartTimer(9, "no_input", 4000))
    found = parting(then, now)
    assert (found.rule, found.rule_now, found.noticed) == ("ask.expect.1", "answers.1", False)
    assert found.then == "understood nothing, rule ask.expect.1, start_timer no_input 3500"
    assert found.now == "understood ask_price, rule answers.1, stage day, start_timer no_input 4000"


def test_the_reasons_gather_places_with_the_noticed_and_the_frequent_first() -> None:
    summary = Summary()
    for number, (stage, then, noticed) in enumerate(
        [("a", "x", False)] * 5
        + [("a", "y", True), ("b", "y", True), ("b", "z", True), ("c", "z", True), ("c", "z", True)]
    ):
        place = Place(stage, "", "", "", then, "now", noticed)
        summary.take("differs", place, Example(f"{number}.jsonl", str(number), 1))
    assert [(each.then, each.calls, dict(each.stages)) for each in summary.reasons()] == [
        ("z", 3, {"c": 2, "b": 1}), ("y", 2, {"a": 1, "b": 1}), ("x", 5, {"a": 5}),
    ]  # fmt: skip
    assert [(each.place.stage, each.place.then, each.calls) for each in summary.crossings()] == [
        ("c", "z", 2), ("a", "y", 1), ("b", "y", 1), ("b", "z", 1), ("a", "x", 5),
    ]  # fmt: skip
    assert list(summary.stages().items()) == [("a", 6), ("b", 2), ("c", 2)]
    assert [one.call_id for one in summary.crossings()[-1].examples] == ["0", "1", "2"]
