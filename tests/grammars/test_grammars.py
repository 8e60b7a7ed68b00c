"""The shipped grammars: sound in themselves, and understood as the files beside this one say."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from engine.content.source import Problem, parse
from engine.understanding.grammar import Grammar
from engine.understanding.lexicon import Lexicon
from engine.understanding.load_grammar import check_grammars, grammar_from
from engine.understanding.utterances import Case, cases_from, run

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted(path.name for path in (ROOT / "grammars").glob("*.yaml"))

IDS = """
affirm confirm neutral hesitate deny refuse do_not_call complain abuse busy wrong_number not_decision_maker has_vendor
peer distrust ask_price ask_mode ask_effect ask_function ask_case ask_trial ask_address ask_company ask_line ask_data
ask_deploy ask_service ask_time ask_contract ask_identity ask_robot ask_source ask_repeat want_wechat want_material
want_human ask_wait greet goodbye give_time give_number give_name
""".split()
"""The intents that scripts may rely on."""


SPLIT = tuple(name for name in FILES if name != "announcements.yaml")
"""Grammars of what people say, of which each intent is tested in the ways in which it is hard."""
ENOUGH = {"plain": 15, "negated": 5, "homophone": 5, "dialect": 5}
ANNOUNCED = {"plain": 5, "homophone": 2}
"""What announces speaks no dialect and denies nothing, in words of which there are few."""


def grammar(name: str) -> tuple[Grammar, list[Problem]]:
    node, problems = parse((ROOT / "grammars" / name).read_bytes(), name)
    assert node is not None, problems
    read = grammar_from(node, problems)
    assert read is not None
    return read, problems


@cache
def lexicon() -> Lexicon:
    return Lexicon([grammar(name)[0] for name in FILES])


def cases(name: str) -> list[Case]:
    node, problems = parse((HERE / name).read_bytes(), name)
    assert node is not None
    read = cases_from(node, problems)
    assert not problems, "\n".join(map(str, problems))
    return read


@pytest.mark.parametrize("name", FILES)
def test_a_grammar_has_no_problem(name: str) -> None:
    assert not [str(problem) for problem in grammar(name)[1]]


def test_the_grammars_do_not_quarrel() -> None:
    assert not [str(problem) for problem in check_grammars([grammar(name)[0] for name in FILES])]


def test_every_promised_intent_is_there() -> None:
    assert set(IDS) <= lexicon().ids


def test_every_grammar_has_its_tests_and_every_test_its_grammar() -> None:
    assert sorted(path.name for path in HERE.glob("*.yaml")) == FILES


def test_every_intent_is_tested() -> None:
    tested = {name for file in FILES for case in cases(file) for name in (*case.expect, case.disposition)}
    assert not lexicon().ids - tested - {"fax"}


def wanting(name: str, count: Counter[tuple[str, str]], ways: Mapping[str, int]) -> set[str]:
    """The intents of a grammar that are tested in one of these ways too rarely."""
    return {
        f"{intent.id} ({kind}): {count[intent.id, kind]} of {enough}"
        for intent in grammar(name)[0].intents
        for kind, enough in ways.items()
        if count[intent.id, kind] < enough
    }


@pytest.mark.parametrize("name", SPLIT)
def test_every_intent_is_tested_plainly_and_in_the_ways_that_make_it_hard(name: str) -> None:
    count = Counter((intent, case.kind) for case in cases(name) for intent in (*case.expect, *case.never))
    assert not wanting(name, count, ENOUGH)


def test_every_announcement_is_tested_plainly_and_as_it_is_misheard() -> None:
    told = cases("announcements.yaml")
    count = Counter((name, case.kind) for case in told for name in {*case.expect, case.disposition})
    assert not wanting("announcements.yaml", count, ANNOUNCED)


@pytest.mark.parametrize("name", FILES)
def test_people_are_understood(name: str) -> None:
    report = run(cases(name), lexicon())
    assert report.cases > 40
    assert not report.failures, "\n" + "\n".join(map(str, report.failures))
