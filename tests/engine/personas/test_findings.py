"""What a crowd shows: planted faults are found, and where there is none, none is told."""

from __future__ import annotations

from engine.personas.findings import DeadEnd, Findings
from tests.engine.personas.crowds import SHOP, calls, findings

WILLING = "callers: {a: {share: 1, does: {any: {affirm: 3, ask_price: 1, other: 1}}}}"


def seen(population: str, script: str = SHOP, many: int = 40) -> Findings:
    return findings(calls(population, script, many), script)


def ends(found: Findings) -> set[tuple[str, str]]:
    return {(each.kind, each.stage) for each in found.dead_ends}


def test_grades_by_persona() -> None:
    two = "callers: {yes: {share: 3, does: {any: {affirm: 1}}}, no: {share: 1, does: {any: {refuse: 1}}}}"
    found = seen(two)
    assert found.calls == found.answered == 40
    assert found.grades == {("yes", "A"): 30, ("no", "D"): 10}
    assert found.letters() == {"A": 30, "D": 10}
    assert found.rules == {"A1": 30, "D9": 10}


def test_what_nobody_reached() -> None:
    found = {
        each.kind: [item.name for item in each.missed]
        for each in seen("callers: {a: {share: 1, does: {any: {refuse: 1}}}}").coverage
    }
    assert found["stages"] == ["stage day"]
    assert "branch ask.expect.1" in found["branches"]
    assert found["grade rules"] == ["grade A1"]
    assert {"那星期六可以吗？", "真来吗？", "八折。"} <= set(found["prompts"])
    assert "就看一眼，好吗？" not in found["prompts"]


def test_a_stage_that_nobody_leaves_is_found() -> None:
    trap = SHOP.replace(
        "expect: [{hear: affirm, accept: yes, go: bye}]", "expect: [{other: {say: 您说。, then: stay}}]"
    )
    found = seen("callers: {a: {share: 1, does: {opening: {affirm: 1}, any: {affirm: 2, ask_price: 1}}}}", trap)
    assert ("never_left", "day") in ends(found)
    assert not [each for each in found.dead_ends if each.stage == "ask"]


def test_a_loop_is_found_with_calls_that_show_it() -> None:
    loop = SHOP.replace(
        "expect: [{hear: affirm, go: day}]",
        "expect: [{hear: affirm, say: 有空吗？, then: stay}, {hear: neutral, go: day}]",
    )
    found = seen("callers: {a: {share: 1, patience: 20, does: {any: {affirm: 1}}}}", loop)
    dead_end = next(each for each in found.dead_ends if each.kind == "loop")
    assert (dead_end.stage, dead_end.calls) == ("ask", 40)
    assert dead_end.examples == ("a-01", "a-02", "a-03")


def test_calls_that_end_by_a_limit_are_found() -> None:
    found = seen(
        "callers: {a: {share: 1, patience: 20, does: {any: {ask_price: 1, ask_mode: 1, other: 1, affirm: 1}}}}",
        SHOP + "    limits: {turns: 2}\n",
    )
    assert [each.kind for each in found.dead_ends if each.kind == "turn_limit"]


def test_a_bot_that_gives_up_is_found() -> None:
    found = seen("callers: {a: {share: 1, patience: 20, does: {any: {other: 1}}}}")
    assert ("no_match", "ask") in ends(found)
    assert DeadEnd("no_match", "ask", 40, ("a-01", "a-02", "a-03")) in found.dead_ends


def test_a_script_without_dead_ends_has_none() -> None:
    assert seen("callers: {a: {share: 1, does: {any: {affirm: 1}}}}").dead_ends == ()


def test_the_longest_calls_come_first() -> None:
    found = seen(WILLING)
    lengths = [each.talk_ms for each in found.longest]
    assert len(lengths) == 5
    assert lengths == sorted(lengths, reverse=True)
    assert found.talk_ms >= sum(lengths)


def test_how_far_calls_came() -> None:
    two = "callers: {yes: {share: 3, does: {any: {affirm: 1}, goodbye: {silence: 1}}}, no: {share: 1, does: {any: {hang_up: 1}}}}"
    stages = {each.stage: (each.calls, each.ended, each.left) for each in seen(two).stages}
    assert stages == {"ask": (40, 10, 10), "day": (30, 0, 0), "bye": (30, 30, 0)}


def test_misunderstandings_are_told_apart_by_their_cause() -> None:
    found = seen(
        "noise: {negation: 50, sound: 10}\ncallers: {a: {share: 1, patience: 20, refusals: 9, does: {any: {refuse: 2, affirm: 1, ask_price: 2}}}}",
        many=200,
    )
    assert found.mistaken("words") == 0
    assert found.mistaken("flipped") > 20
    flipped = next(each for each in found.misheard if each.cause == "flipped")
    assert flipped.meant == ("refuse",)
    assert all("不" in said or "没" in said for said, _ in flipped.examples)
    assert all("不" not in heard and "没" not in heard for _, heard in flipped.examples)
    assert found.utterances > sum(each.times for each in found.misheard)


def test_what_was_never_listened_to_was_not_misunderstood() -> None:
    quiet = "noise: {}\ncallers: {a: {share: 1, does: {any: {refuse: 1, affirm: 1}}}}"
    assert seen(quiet).misheard == ()
