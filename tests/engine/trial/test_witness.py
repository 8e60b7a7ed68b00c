from __future__ import annotations

from engine.language.load import load_script
from engine.trial.caller import Say
from engine.trial.simulate import simulate
from engine.trial.witness import Found, search
from tests.engine.scenes import Shelf, with_head

SCRIPT = """
stages:
  ask:
    role: opening
    say: 我是机器人，周末有空吗？
    expect:
      - {hear: [affirm, 没问题啊], go: day}
      - {hear: 改天, if: {refusals: {at_least: 9}}, go: lost}
    recover: 就看一眼，好吗？
  day: {role: invitation, say: 那星期六可以吗？, expect: [{hear: affirm, accept: yes, go: bye}]}
  lost: {role: pitch, say: 那改天？, expect: [{hear: affirm, go: bye}]}
answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}, {hear: ask_case, say: 有的。}]
"""
SCHEME = """
scheme: standard
rules:
  - {id: F1, grade: F, when: {disposition: powered_off}}
  - {id: E1, grade: E, when: {not: {answered_by: human}}}
  - {id: A1, grade: A, when: {invitation: success, interest_questions: {at_least: 2}}}
  - {id: B1, grade: B, when: {invitation: success}}
  - {id: B9, grade: B, when: {invitation: success, refusals: {at_least: 1}}}
  - {id: C1, grade: C, when: {asked: ask_case, refusals: 1}}
  - {id: D9, grade: D}
"""


def found(script: str = SCRIPT, scheme: str = SCHEME, **options: int) -> Found:
    shelf = Shelf({"t.yaml": with_head(script), "standard": scheme})
    loaded, problems = load_script("t.yaml", shelf)
    assert loaded, problems
    return search(loaded, **options)


def steps(found: Found, rule: str) -> list[str]:
    """The caller's part of a witness."""
    (witness,) = (each for each in found.witnesses if each.rule.id == rule)
    return [step.say if isinstance(step, Say) else type(step).__name__ for step in witness.call.steps]


def test_the_shortest_conversation_to_each_rule() -> None:
    seen = found()
    assert steps(seen, "F1") == ["EarlyMedia", "Failed"]
    assert steps(seen, "B1") == ["好的", "好的"]
    assert steps(seen, "D9") == ["Hangup"]
    assert set(steps(seen, "C1")) == {"有案例", "不用了", "Hangup"}
    assert len(steps(seen, "A1")) == 4, "two questions, two times yes"


def test_the_grades_the_best_first_each_with_its_shortest_call() -> None:
    assert {letter: each.rule.id for letter, each in found().grades.items()} == {
        "A": "A1", "B": "B1", "C": "C1", "D": "D9", "E": "E1", "F": "F1",
    }  # fmt: skip


def test_a_witness_holds_when_it_is_played() -> None:
    seen = found()
    loaded, _ = load_script("t.yaml", Shelf({"t.yaml": with_head(SCRIPT), "standard": SCHEME}))
    assert loaded
    for witness in seen.witnesses:
        assert simulate(loaded, witness.call).grade.rule == witness.rule.id == witness.played.grade.rule


def test_a_rule_that_another_always_beats_has_no_witness() -> None:
    assert [rule.id for rule in found().missing] == ["B9"]


def test_what_no_conversation_comes_to() -> None:
    assert [item.name for item in found().unreached] == [
        "stage lost", "branch ask.expect.2", "branch lost.expect.1",
    ]  # fmt: skip


def test_how_far_it_went() -> None:
    seen = found(most=100)
    assert seen.tried <= 100 + len(seen.witnesses) + 60
    assert not seen.exhausted
    assert 1 <= seen.deepest <= 3


def test_the_same_search_finds_the_same() -> None:
    assert found() == found()


def test_a_script_with_two_stages_is_exhausted() -> None:
    seen = found("stages: {ask: {role: opening, say: 我是机器人，好吗？, go: bye}}", SCHEME)
    assert seen.exhausted
    assert {rule.id for rule in seen.missing} == {"A1", "B1", "B9", "C1"}
