"""Two versions of a script laid side by side: each edit is told once, as what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.language.changes import Change, changes
from engine.understanding.grammar import Phrase
from tests.engine.scenes import load

SHOP = """
    stages:
      ask:
        role: opening
        say: 我是机器人，周末有空吗？
        expect:
          - {hear: affirm, go: day}
          - {hear: [deny, busy], say: 那改天。, go: bye}
          - {hear: ask_case, say: 有案例。, then: stay}
        recover: 就看一眼，好吗？
      day: {role: invitation, say: 星期六？, expect: [{hear: affirm, accept: yes, go: bye}]}
    answers: [{hear: ask_price, say: 八折。}, {hear: ask_mode, say: 先付后用。}]
"""


def edited(*edits: tuple[str, str]) -> list[str]:
    """The changes that these edits make."""
    text = SHOP
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return [_told(each) for each in changes(load(SHOP), load(text))]


def _told(change: Change) -> str:
    return f"{change.kind} {change.how} {change.named}: {change.before} → {change.after}"


def test_nothing_is_different_in_the_same_script() -> None:
    assert edited() == []
    assert edited(("    stages:\n", "\n    stages:  # a remark moves the lines\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("say: 星期六？", "say: 星期天？", "prompt changed stage day say: 星期六？ → 星期天？"),
        ("say: 八折。", "say: 九折。", "prompt changed answers.1 say: 八折。 → 九折。"),
        ("recover: 就看一眼，好吗？", "recover: 一眼？", "prompt changed ask.recover.1 say: 就看一眼，好吗？ → 一眼？"),
        ("[deny, busy]", "[deny]", "branch changed ask.expect.2 hear: busy, deny → deny"),
        ("say: 那改天。, go: bye", "say: 那改天。, go: day", "branch changed ask.expect.2 go: bye → day"),
        ("accept: yes, go: bye", "go: bye", "branch changed day.expect.1 accept: yes → "),
        ("role: opening", "role: pitch", "setting changed stage ask role: opening → pitch"),
        ("    answers:", "    limits: {turns: 9}\n    answers:", "setting changed script limits.turns: 24 → 9"),
    ],
)
def test_one_edit_is_one_change(old: str, new: str, told: str) -> None:
    assert edited((old, new)) == [told]


def test_a_rule_put_in_front_is_one_rule_more_and_moves_nothing() -> None:
    found = edited(("- {hear: affirm, go: day}", "- {hear: hesitate, go: day}\n          - {hear: affirm, go: day}"))
    assert found == ["branch added ask.expect.1:  → hear: hesitate; go: day"]


def test_a_rule_taken_out_is_one_rule_less() -> None:
    assert edited(("          - {hear: [deny, busy], say: 那改天。, go: bye}\n", "")) == [
        "branch removed ask.expect.2: hear: busy, deny; say: 那改天。; go: bye → "
    ]


def test_a_rule_elsewhere_in_the_list_has_moved() -> None:
    one, other = "- {hear: affirm, go: day}\n", "          - {hear: ask_case, say: 有案例。, then: stay}\n"
    found = edited((other, ""), (one, other.lstrip() + "          " + one))
    assert found == ["branch moved ask.expect.1:  → hear: ask_case; say: 有案例。; then: stay"]


def test_a_stage_more_and_the_road_to_it() -> None:
    found = edited(
        ("      day:", "      hour: {role: discovery, say: 几点？, expect: [{hear: affirm, go: day}]}\n      day:"),
        ("- {hear: affirm, go: day}", "- {hear: affirm, go: hour}"),
    )
    assert found == ["stage added stage hour:  → 几点？", "branch changed ask.expect.1 go: day → hour"]


def test_a_setting_of_the_whole_script_is_one_change() -> None:
    found = edited(("    answers:", "    barge_in: off\n    answers:"))
    (told,) = found
    assert told.startswith("setting changed stages ask, day, bye barge_in: after 4 characters, always ")
    assert told.endswith(" → off")


def test_phrases_of_an_intent() -> None:
    old = load(SHOP)
    grammar = old.grammars[0]
    price = next(intent for intent in grammar.intents if intent.id == "ask_price")
    more = replace(price, phrases=(Phrase("什么价", asked=True),))
    others = tuple(more if intent is price else intent for intent in grammar.intents)
    new = replace(old, grammars=(replace(grammar, intents=others),))
    assert [_told(each) for each in changes(old, new)] == [
        "phrase changed intent ask_price phrases: 多少钱 → 什么价 (asked)"
    ]


def test_rules_of_the_grade() -> None:
    old = load(SHOP)
    a1, d9 = old.scheme.rules
    stricter = replace(a1, grade="B")
    new = replace(old, scheme=replace(old.scheme, rules=(stricter, replace(d9, id="D8"))))
    assert [_told(each) for each in changes(old, new)] == [
        "grade rule removed rule D9: grade: D → ",
        "grade rule changed rule A1 grade: A → B",
        "grade rule added rule D8:  → grade: D",
    ]
    swapped = replace(old, scheme=replace(old.scheme, rules=(d9, a1)))
    assert [_told(each) for each in changes(old, swapped)] == ["grade rule moved scheme order: A1, D9 → D9, A1"]


def test_each_change_says_where_it_stands() -> None:
    (found,) = changes(load(SHOP), load(SHOP.replace("say: 星期六？", "say: 星期天？")))
    assert str(found.mark) == "t.yaml:13:3"
