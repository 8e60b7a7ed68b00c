"""Engines of rules get the conditions as they are, and give our letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import cast

import pytest

from benchmarks import grading_tables, rules, turns
from benchmarks.environments import LIBRARIES
from benchmarks.ratios import grading, ratios
from engine.calls.log import entry_line, header_line
from engine.content.source import parse
from engine.grading.condition import Includes
from engine.grading.facts import FACTS, About, Facts
from engine.grading.grade import Scheme, grade
from engine.grading.load_scheme import scheme_from
from engine.language.load import load_script
from engine.trial.caller import DEFAULT_NOW, Call, Say
from engine.trial.simulate import simulate
from server.content import Files

ROOT = Path(__file__).parent.parent
with_engines = pytest.mark.skipif(not LIBRARIES.is_built(), reason="make bench builds the environment of the engines")


KINDS = """
scheme: kinds
rules:
  - {id: A, grade: A, when: {sip: {at_least: 1, at_most: 2}, played_seconds: {more_than: 8s}}}
  - {id: B, grade: B, when: {heard: {all: [ask_price, ask_trial]}, callback_at: no}}
  - {id: C, grade: C, when: {callback_at: 明天, not: {busy: no}}}
  - {id: E, grade: none, when: {any: [{not: {heard: [ask_price, ask_trial]}, q850: 1}, {end: [bot, caller]}]}}
  - {id: D, grade: D}
"""
"""Kinds of tests, and facts that may be unknown, of which the shipped schemes have few."""


def drawn(scheme: Scheme, count: int) -> list[Facts]:
    """Facts at random, mostly as they are when nothing has happened, so that every rule has its turn."""
    draw = Random(7)  # noqa: S311  the same draw in every run
    named = sorted({value for rule in scheme.rules for test in rule.when.plain() if isinstance(test, Includes)
                    for value in test.values})  # fmt: skip
    kinds: dict[str, Callable[[About], object]] = {
        "flag": lambda _: draw.random() < 0.1,
        "number": lambda _: draw.choice((0, 0, 0, 1, 2, 3, 8)),
        "duration": lambda _: draw.choice((0, 8_000, 30_000, 61_000, 125_000)),
        "text": lambda _: draw.choice(("", "", "", "明天")),
        "word": lambda about: draw.choice(about.values),
        "set": lambda _: tuple(name for name in named if draw.random() < 0.2),
    }
    found = []
    for _ in range(count):
        values = {about.field or name: kinds[about.kind](about) for name, about in FACTS.items()}
        asked = cast(int, values.pop("interest_questions"))
        unknown = {field for field, value in vars(Facts()).items() if value is None and draw.random() < 0.5}
        values = {field: None if field in unknown else value for field, value in values.items()}
        if draw.random() < 0.7:  # what matters to most rules: somebody answered, and little was said
            values |= {"answered_by": "human", "disposition": "completed", "sms": "none", "wechat": "none"}
        if draw.random() < 0.5:
            values |= {"invitation": "none", "transfer": "none", "end": "caller"}
        found.append(Facts(**{**values, "interest": tuple(f"ask_{each}" for each in range(asked))}))  # type: ignore[arg-type]
    return found


def schemes() -> dict[str, Scheme]:
    """The shipped ones that give no points, and one of the kinds they have few of."""
    found = [scheme_of(path.read_bytes()) for path in sorted((ROOT / "scripts/schemes").glob("*.yaml"))]
    return {scheme.name: scheme for scheme in (*found, scheme_of(KINDS.encode())) if not scheme.points}


def scheme_of(text: bytes) -> Scheme:
    node, _ = parse(text, "scheme.yaml")
    assert node
    scheme = scheme_from(node, [])
    assert scheme
    return scheme


def test_every_rule_is_said_to_the_engines_of_rules_as_it_is() -> None:
    for name, scheme in schemes().items():
        fields, won = rules.fields_of(scheme), Counter[str]()
        said = [
            (compile(text, name, "eval"), rule)
            for (text, _), rule in zip(rules.rules_of(scheme), scheme.rules, strict=True)
        ]
        for facts in drawn(scheme, 1500):
            known = {"null": None, "true": True, **rules.plain(fields, facts)}
            for expression, rule in said:
                assert eval(expression, {}, known) is rule.when.holds(facts), (name, rule.id, known)  # noqa: S307
            won[grade(scheme, facts).rule] += 1
            assert rules.letter(scheme, facts) == grade(scheme, facts).letter
        assert won.keys() == {rule.id for rule in scheme.rules}, name


def test_points_are_no_condition() -> None:
    with pytest.raises(ValueError, match="gives points"):
        rules.rules_of(scheme_of((ROOT / "scripts/schemes/aida-score.yaml").read_bytes()))


@with_engines
@pytest.mark.parametrize("name", rules.ENGINES)
def test_an_engine_of_rules_gives_our_letters(name: str) -> None:
    for scheme in schemes().values():
        facts = drawn(scheme, 150)
        peer = rules.peer(name, scheme, facts)
        assert peer("letters") == [rules.letter(scheme, each) for each in facts]
        assert peer("seconds") > 0
        peer.close()


@with_engines
def test_the_rules_alone_are_measured_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "built", lambda: False)  # what lies in build/ may be made of another engine
    script, _ = load_script(str(ROOT / turns.SCRIPT), Files())
    assert script
    values = {"name": "王总", "company": "星河"}
    played = [
        simulate(script, Call("c", DEFAULT_NOW, values, (Say(said),))) for said in ("多少钱", "不要再打了", "我在开会")
    ]
    logs = ["".join([header_line(each.header), *map(entry_line, each.entries)]).encode() for each in played]
    about, *rows = rules.ruled(script, str(ROOT / turns.SCRIPT), logs, 1)
    assert (about["scheme"], about["calls"], about["rules"]) == (script.scheme.name, 3, len(script.scheme.rules))
    assert {row["ruled"] for row in rows} >= {*rules.ENGINES.values(), "huashu, with its proof"}
    assert all(row["us"] > 0 for row in rows)


def test_without_their_environment_the_engines_of_rules_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rules, "LIBRARIES", replace(LIBRARIES, folder=tmp_path))
    script, _ = load_script(str(ROOT / turns.SCRIPT), Files())
    assert script
    assert list(rules.ruled(script, turns.SCRIPT, [], 1)) == []
    assert "not measured: make bench ONLY=grading" in capsys.readouterr().err


def test_the_page_shows_what_was_measured_of_the_rules_alone() -> None:
    of = {"scheme": "standard", "calls": 800, "rules": 25, "facts": 23, "deciding": 6, "dict": {"us": 5.8}}
    rows = [
        of,
        *({"ruled": name, "us": us, "us_rounds": [us, us + 1]} for name, us in (("huashu, x", 40), ("zen", 10))),
    ]
    shown = grading_tables.ruled({"rounds": 7}, rows)
    assert "| zen | 10 µs (10–11) |" in shown
    assert all(told in shown for told in ("800 calls", "the 23 facts", "takes 5.8 µs"))
    assert grading_tables.ruled({"rounds": 7}, []) == ""
    assert [(each.who, each.value) for each in ratios(list(grading(rows)))] == [("huashu, x ÷ zen", 4)]
