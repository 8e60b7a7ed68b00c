from __future__ import annotations

from pathlib import Path

import pytest

from engine.content.source import Problem, parse
from engine.grading.facts import Facts
from engine.grading.grade import Scheme, grade
from engine.grading.load_scheme import scheme_from

STANDARD = Path(__file__).parent.parent.parent.parent / "scripts" / "schemes" / "standard.yaml"
DEFAULT = "  - {id: Z, grade: D}\n"


def load(text: str) -> tuple[Scheme | None, list[Problem]]:
    node, problems = parse(text.encode(), "s.yaml")
    assert node
    return scheme_from(node, problems), problems


def test_the_standard_scheme_has_its_rules_in_order() -> None:
    scheme, problems = load(STANDARD.read_text(encoding="utf-8"))
    assert not problems
    assert scheme
    order = "X1 F1 E1 E2 D4 D7 D6 D8 A1 A2 A3 B1 B2 B2p B3 D1 D5 C2 C1 C4 C5 D2 D3 C3 D9"
    assert " ".join(rule.id for rule in scheme.rules) == order
    for rule in scheme.rules:
        assert rule.title
        assert rule.reason
        assert (rule.grade or "X") == rule.id[0]


def test_a_rule_knows_its_line_and_what_follows_from_it() -> None:
    rule = "  - {id: D7, grade: D, when: {abuse: yes}, set: do_not_call}\n"
    scheme, problems = load("scheme: s\nrules:\n" + rule + DEFAULT)
    assert not problems
    assert scheme
    assert (scheme.rules[0].mark.line, scheme.rules[0].sets) == (3, ("do_not_call",))


def test_a_threshold_is_a_parameter() -> None:
    rules = "rules:\n  - {id: A1, grade: A, when: {refusals: {at_most: A.max}, talk_seconds: {at_least: long}}}\n"
    scheme, problems = load("scheme: s\nparameters: {A.max: 3, long: 1min}\n" + rules + DEFAULT)
    assert not problems
    assert scheme
    assert scheme.parameters == {"A.max": "3", "long": "1min"}
    assert grade(scheme, Facts(refusals=3, talk_ms=60_000)).rule == "A1"
    assert grade(scheme, Facts(refusals=4, talk_ms=60_000)).rule == "Z"
    assert grade(scheme, Facts(refusals=3, talk_ms=59_000)).rule == "Z"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (
            "  - {id: A1, grade: A, when: {busy: yes}}\n",
            ["s.yaml:3:1: some calls get no grade: there is no default rule (end with a rule that has no 'when')"],
        ),
        (
            "  - {id: A1, grade: A, when: {busy: yes}}\n  - {id: A1, grade: B, when: {peer: yes}}\n" + DEFAULT,
            ["s.yaml:5:10: rule 'A1' is defined twice (first at line 4)"],
        ),
        (
            "  - {id: A1, grade: A+, when: {busy: yes}}\n" + DEFAULT,
            ["s.yaml:4:21: expected 'A', 'B', 'C', 'D', 'E', 'F' or 'none', found 'A+'"],
        ),
        (
            "  - {id: A1, grade: A, when: {refusals: {at_most: A.mux}}}\n" + DEFAULT,
            ["s.yaml:4:51: unknown parameter 'A.mux' (did you mean 'A.max'?)"],
        ),
        (
            "  - {id: A1, grade: A, when: {refusals: {at_most: B}, tail_refusals: {at_most: B}}}\n" + DEFAULT,
            ["s.yaml:2:27: expected a whole number, at least 0, found 'x'"],
        ),
        (
            "  - {id: A1, grade: A, when: {bussy: yes}}\n" + DEFAULT,
            ["s.yaml:4:31: unknown key 'bussy' in condition (did you mean 'busy'?)"],
        ),
        (
            DEFAULT + "  - {id: A1, grade: A, when: {busy: yes}}\n",
            ["s.yaml:5:10: rule 'A1' never applies ('Z' above takes everything)"],
        ),
        (
            "  - {id: A1, grade: A, when: {busy: yes}, set: dnc}\n" + DEFAULT,
            ["s.yaml:4:48: expected 'do_not_call' or 'data_invalid', found 'dnc'"],
        ),
        ("  - {grade: A, when: {busy: yes}}\n" + DEFAULT, ["s.yaml:4:5: missing key 'id' in grade rule"]),
    ],
)
def test_every_mistake_is_told_once_where_it_stands(rules: str, told: list[str]) -> None:
    _, problems = load("scheme: s\nparameters: {A.max: 1, B: x}\nrules:\n" + rules)
    assert len(problems) == len(told)
    for problem, message in zip(problems, told, strict=True):
        assert str(problem).startswith(message)


POINTS = """\
points:
  - {add: 30, each: [ask_price, ask_mode]}
  - {add: high, when: {invitation: success}, title: 接受邀约}
  - {add: -20, when: {refusals: {at_least: many}}}
rules:
  - {id: A, grade: A, score: {at_least: A.score}}
  - {id: B, grade: B, score: {more_than: 20, less_than: 90}, when: {busy: no}}
"""


def test_points_make_a_score_that_rules_compare() -> None:
    text = POINTS.replace("add: high", "add: 60")
    scheme, problems = load("scheme: s\nparameters: {A.score: 90, many: 2}\n" + text + DEFAULT)
    assert not problems
    assert scheme
    assert [(points.add, points.each, points.name) for points in scheme.points] == [
        (30, ("ask_price", "ask_mode"), "ask_price, ask_mode"),
        (60, (), "接受邀约"),
        (-20, (), ""),
    ]
    price = Facts(heard=("ask_price",))
    assert (scheme.score(price), grade(scheme, price).rule) == (30, "B")
    assert grade(scheme, price.but(busy=True)).rule == "Z"
    accepted = price.but(invitation="success")
    assert (scheme.score(accepted), grade(scheme, accepted).rule) == (90, "A")
    assert scheme.score(accepted.but(refusals=2)) == 70
    assert scheme.score(Facts(heard=("ask_price", "ask_mode", "ask_price"))) == 90, "each time it is heard"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POINTS, "s.yaml:5:11: expected a whole number from -1000 to 1000, found 'high'"),
        ("rules:\n  - {id: A, grade: A, score: 90}\n", "s.yaml:4:23: this scheme gives no points (list them under 'po"),
        (
            "points: [{add: 1, each: ask_price}]\nrules:\n  - {id: A, grade: A, score: {at_least: 9, at_most: 8}}\n",
            "s.yaml:5:30: 'score' can never be at least 9 and at most 8",
        ),
        ("points: [{each: ask_price}]\nrules:\n", "s.yaml:3:10: missing key 'add' in points"),
    ],
)
def test_a_mistake_in_points_is_told(text: str, told: str) -> None:
    _, problems = load("scheme: s\nparameters: {A.score: 90, many: 2}\n" + text + DEFAULT)
    assert len(problems) == 1
    assert str(problems[0]).startswith(told)


def test_a_rule_whose_condition_cannot_be_read_is_no_default() -> None:
    _, problems = load("scheme: s\nrules:\n  - {id: A, grade: A, when: {zzz: 1}}\n" + DEFAULT)
    assert len(problems) == 1


def test_all_mistakes_of_a_file_come_in_one_run() -> None:
    rules = "  - {id: A1, grade: G, when: {x: 1}}\n  - {id: B, grade: B, when: {refusals: {at_most: p}}}\n"
    _, problems = load("scheme: s\nrules:\n" + rules)
    assert len(problems) == 4


def test_what_is_no_scheme_is_none() -> None:
    scheme, problems = load("rules: []\n")
    assert scheme is None
    assert problems
    assert load("[a]\n")[0] is None


def test_a_parameter_that_no_rule_uses_is_told() -> None:
    _, problems = load("scheme: s\nparameters: {A.score: 90}\nrules:\n" + DEFAULT)
    hint = "write its name in place of a number, or remove it"
    assert [str(problem) for problem in problems] == [
        f"s.yaml:2:23: warning: no rule uses the parameter 'A.score' ({hint})"
    ]


def test_rules_of_which_something_is_wrong_are_not_thought_through() -> None:
    scheme, problems = load("scheme: s\nrules:\n  - {id: A1, grade: A, when: {refusals: {at_least: many}}}\n" + DEFAULT)
    assert problems
    assert scheme
    assert scheme.rules == ()
