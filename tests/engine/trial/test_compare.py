from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from engine.calls.log import RECORDING, Log
from engine.content.source import parse
from engine.grading.load_scheme import scheme_from
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.caller import Call, Say
from engine.trial.compare import Compared, Side, compare, confusion, facts_of
from engine.trial.simulate import simulate
from tests.engine.scenes import Shelf, with_head

SCRIPT = """
stages:
  ask:
    role: opening
    say: 我是机器人，周末有空吗？
    expect: [{hear: affirm, go: day}]
    recover: 就看一眼，好吗？
  day: {role: invitation, say: 那星期六可以吗？, expect: [{hear: affirm, accept: yes, go: bye}]}
answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}]
"""
SCHEME = """
scheme: standard
rules:
  - {id: A1, grade: A, when: {invitation: success, interest_questions: {at_least: 1}}}
  - {id: B1, grade: B, when: {invitation: success}}
  - {id: D9, grade: D}
"""
STRICT = SCHEME.replace("at_least: 1", "at_least: 2")


def script(text: str = SCRIPT, scheme: str = SCHEME) -> Script:
    loaded, problems = load_script("t.yaml", Shelf({"t.yaml": with_head(dedent(text)), "standard": scheme}))
    assert loaded, problems
    return loaded


def by_scheme(text: str) -> Side:
    node, problems = parse(text.encode(), "s.yaml")
    assert node
    scheme = scheme_from(node, problems)
    assert scheme, problems
    return Side("s.yaml", scheme)


def by_script(text: str = SCRIPT, scheme: str = SCHEME) -> Side:
    made = script(text, scheme)
    return Side("t.yaml", made.scheme, made)


def log(*words: str) -> Log:
    played = simulate(script(), Call("c1", steps=tuple(Say(text) for text in words)))
    return Log(played.header, played.entries)


def changes(before: Side, after: Side, *words: str) -> tuple[str, str, tuple[str, ...]]:
    found = compare(before, after, log(*words))
    return found.before.letter, found.after.letter, found.reasons


# --- schemes ---------------------------------------------------------------------------------------------------------


def test_nothing_changes_by_the_same_scheme() -> None:
    assert changes(by_scheme(SCHEME), by_scheme(SCHEME), "多少钱", "好的", "好的") == ("A", "A", ())


def test_a_stricter_threshold_costs_a_grade_and_says_what_is_missing() -> None:
    assert changes(by_scheme(SCHEME), by_scheme(STRICT), "多少钱", "好的", "好的") == (
        "A", "B", ("A1 now misses: interest_questions 1 < 2", "B1 holds, but A1 comes first"),
    )  # fmt: skip


def test_the_other_way_round() -> None:
    before, after, reasons = changes(by_scheme(STRICT), by_scheme(SCHEME), "多少钱", "好的", "好的")
    assert (before, after) == ("B", "A")
    assert reasons[-1] == "A1 missed before: interest_questions 1 < 2"


def test_rules_that_came_and_went() -> None:
    other = SCHEME.replace("id: B1, grade: B", "id: C1, grade: C")
    assert changes(by_scheme(SCHEME), by_scheme(other), "好的", "好的") == (
        "B", "C", ("B1 is no longer there", "C1 is new"),
    )  # fmt: skip


def test_another_rule_for_the_same_grade_is_no_change_but_told() -> None:
    found = compare(by_scheme(SCHEME), by_scheme(SCHEME.replace("id: B1", "id: B7")), log("好的", "好的"))
    assert not found.changed
    assert found.reasons == ("B1 is no longer there", "B7 is new")


def test_schemes_of_different_names_are_told_by_what_held() -> None:
    other = "scheme: other\nrules: [{id: A1, grade: A, when: {refusals: 1}}, {id: D1, grade: D}]"
    assert changes(by_scheme(SCHEME), by_scheme(other), "好的", "好的") == (
        "B", "D", ("before, B1 held: invitation is success", "after, D1 held: it takes whatever is left"),
    )  # fmt: skip


def test_interest_questions_of_the_scripts_own() -> None:
    assert facts_of(log("多少钱")).interest == ("ask_price",)
    assert facts_of(log("多少钱"), frozenset({"ask_mode"})).interest == ()


# --- scripts ---------------------------------------------------------------------------------------------------------


def test_a_script_hears_its_own_call_as_it_was() -> None:
    found = compare(by_script(), by_scheme(SCHEME), log("多少钱", "不用了", "好的", "好的"))
    assert (found.reasons, found.before.parted) == ((), None)


def test_a_script_that_hears_less() -> None:
    deaf = SCRIPT.replace("{hear: ask_price", "{hear: [ask_price, silly]")
    deaf += "\nintents: {silly: {group: talk, phrases: [多少钱啊]}}"
    found = compare(by_script(), by_script(deaf), log("多少钱啊", "好的", "好的"))
    assert (found.before.letter, found.after.letter) == ("A", "B")
    assert "interest_questions: 1 → 0" in found.reasons
    assert "A1 now misses: interest_questions 0 < 1" in found.reasons


def test_where_a_call_parts_and_goes_on_all_the_same() -> None:
    longer = SCRIPT.replace("那星期六可以吗", "要不要来看看，星期六可以吗")
    found = compare(by_script(), by_script(longer), log("好的", "好的"))
    assert found.before.parted is None
    assert found.after.parted == 4
    parting = found.after.parting
    assert parting
    assert parting.stage == "ask"
    assert parting.before != parting.after
    assert found.after.letter == "B", "the second yes still answers the other prompt"


# --- all together ----------------------------------------------------------------------------------------------------


def test_the_confusion_of_two_schemes() -> None:
    calls = [("多少钱", "好的", "好的"), ("好的", "好的"), ("不用了", "不用了"), ("不用了",)]
    compared: list[Compared] = [compare(by_scheme(SCHEME), by_scheme(STRICT), log(*words)) for words in calls]
    assert confusion(compared) == {("A", "B"): 1, ("B", "B"): 1, ("D", "D"): 2}


def test_a_script_does_not_hear_a_recording_anew_and_grades_what_its_log_tells() -> None:
    live = log("多少钱", "好的", "好的")
    taped = replace(live, header=replace(live.header, source=RECORDING))
    before, after = by_script(), by_script(SCRIPT.replace("八折", "九折"), STRICT)
    assert compare(before, after, live).after.parting is not None
    found = compare(before, after, taped)
    assert (found.after.parting, found.before.letter, found.after.letter) == (None, "A", "B")
