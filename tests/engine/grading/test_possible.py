from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.calls.actions import Play
from engine.calls.events import Answered, Dialed, Event, Heard, Tone
from engine.content.source import parse
from engine.grading.condition import Condition, Has, Includes, Is, Not, Within
from engine.grading.facts import FACTS, Facts
from engine.grading.grade import Scheme
from engine.grading.load_scheme import scheme_from
from engine.grading.possible import ELSE, Vocabulary, flag, impossible, member, number, vocabulary, word
from engine.grading.satisfy import Values, deny, solve
from engine.language.load import load_script
from engine.trial.caller import parse_call
from engine.trial.simulate import simulate
from server.content import Files
from tests.engine.grading.test_grade import FACTS as TALKED
from tests.engine.test_properties import histories, lively, run

ROOT = Path(__file__).parent.parent.parent.parent


def shipped() -> list[Scheme]:
    found = []
    for path in sorted((ROOT / "scripts" / "schemes").glob("*.yaml")):
        node, _ = parse(path.read_bytes(), path.name)
        scheme = scheme_from(node, []) if node else None
        assert scheme
        found.append(scheme)
    return found


CONDITIONS = [rule.when for scheme in shipped() for rule in scheme.rules]
MORE = Condition((member("visited", "hello"), member("reached", "closing"), number("played_seconds", 500),
                  word("ended_in_stage", "hello"), word("ended_in_role", "opening"), number("recoveries", 2)))  # fmt: skip
KNOWN = vocabulary([*CONDITIONS, MORE])
IMPOSSIBLE = list(impossible(KNOWN))


def values_of(facts: Facts, known: Vocabulary) -> Values:
    """The one value of each variable that a call has."""
    return {variable: _bit(facts, variable, known) for variable in known.full if variable != "score"}


def _bit(facts: Facts, variable: str, known: Vocabulary) -> int:
    fact, _, name = variable.partition(":")
    value = getattr(facts, FACTS[fact].field or fact)
    if name:
        return 2 if name in value else 1
    if fact in known.words:
        values = known.words[fact]
        return int(1 << values.index(value if value in values else ELSE))
    if FACTS[fact].kind == "flag":
        return 2 if value else 1
    if value is None:
        return 1 << (len(known.cuts[fact]) + 1)
    return 1 << sum(cut <= value for cut in known.cuts[fact])


def true_of(condition: Condition, facts: Facts) -> bool:
    return solve([KNOWN.formula(condition)], values_of(facts, KNOWN) | {"score": KNOWN.full["score"]}) is not None


@given(TALKED, st.sampled_from([*CONDITIONS, MORE]), st.integers(0, 90_000), st.integers(0, 9))
def test_a_formula_says_the_same_as_its_condition(facts: Facts, condition: Condition, talk_ms: int, turns: int) -> None:
    facts = facts.but(talk_ms=talk_ms, turns=turns)
    assert true_of(condition, facts) is condition.holds(facts)


@pytest.mark.parametrize("played_ms", [None, 0, 499, 500, 501])
def test_a_number_that_is_unknown_is_within_no_bounds(played_ms: int | None) -> None:
    facts = Facts(played_ms=played_ms)
    for test in (number("played_seconds", 500), number("played_seconds", high=499), number("played_seconds", 0)):
        assert true_of(Condition((test,)), facts) is test.holds(facts)
        assert true_of(Condition((Not(test),)), facts) is not test.holds(facts)


@pytest.mark.parametrize(
    "test",
    [
        Is("callback_at", "callback_at", ("2026-11-24",)),
        Has("callback_at", "callback_at", True),
        Has("callback_at", "callback_at", False),
        Includes("heard", "heard", ("busy", "peer"), every=True),
        Within("turns", "turns", 3, 3),
    ],
)
def test_texts_sets_and_numbers_keep_their_meaning(test: Is | Has | Includes | Within) -> None:
    known = vocabulary([Condition((test,))])
    for at in ("", "2026-11-24", "2027-01-01"):
        for heard in ((), ("busy",), ("busy", "peer")):
            for turns in (0, 2, 3, 4):
                facts = Facts(callback_at=at, heard=heard, turns=turns)
                values = values_of(facts, known) | {"score": known.full["score"]}
                assert (solve([known.formula(Condition((test,)))], values) is not None) is test.holds(facts)


# --- what no call brings together ------------------------------------------------------------------------------------


def is_possible(facts: Facts) -> None:
    wrong = [condition.tell(facts) for condition in IMPOSSIBLE if condition.holds(facts)]
    assert not wrong, "taken for impossible: " + "; ".join(wrong)


@given(histories)
@example([Dialed(0), Answered(0, "human"), Tone(0, "busy"), Heard(0, "好的")])  # said, and hung up at once
def test_no_call_in_disorder_does_the_impossible(events: list[Event]) -> None:
    is_possible(run(events)[0].facts)


@given(lively)
def test_no_lively_call_does_the_impossible(events: list[Event | str]) -> None:
    is_possible(run([Dialed(0), Answered(0), *events])[0].facts)


@pytest.mark.parametrize("name", ["phone-robot", "expo", "renovation"])
def test_no_example_call_does_the_impossible(name: str) -> None:
    script, _ = load_script(str(ROOT / "scripts" / f"{name}.yaml"), Files())
    assert script
    for text in (ROOT / "tests" / "calls" / "examples.jsonl").read_text(encoding="utf-8").splitlines():
        call = parse_call(text, script)
        if not isinstance(call, str):
            played = simulate(script, call)
            is_possible(played.state.facts)
            prompts = [action for entry in played.entries for action in entry.actions if isinstance(action, Play)]
            assert played.state.facts.bot_turns == len(prompts)


@pytest.mark.parametrize(
    "condition",
    [
        (word("answered_by", "none"), number("turns", 1)),
        (word("answered_by", "machine"), number("refusals", 1)),
        (word("disposition", "busy"), word("answered_by", "human")),
        (number("tail_refusals", 2), number("turns", high=1)),
        (member("heard", "refuse"), number("refusals", high=0)),
        (flag("busy"), flag("spoke", False)),
        (word("end", "transfer"), word("invitation", "fail")),
        (word("ended_in_stage", "hello"), Not(member("visited", "hello"))),
    ],
)
def test_the_impossible_is_known(condition: tuple[Within, Is]) -> None:
    asked = Condition(condition)
    known = vocabulary([*CONDITIONS, MORE, asked])
    never = [deny(known.formula(each), known.full) for each in impossible(known)]
    assert solve([known.formula(asked), *never], known.full) is None
    for one in condition:
        assert solve([known.formula(Condition((one,))), *never], known.full) is not None, "each by itself can be"


def test_a_call_is_told_by_what_happened_in_it() -> None:
    facts = Facts(answered_by="human", disposition="completed", interest=("ask_price",), busy=True, talk_ms=50_000)
    assert set(KNOWN.told(values_of(facts, KNOWN)).split(", ")) == {
        *("interest_questions 1", "talk_seconds 45.001", "answered_by human", "disposition completed", "busy"),
    }
    assert KNOWN.told(values_of(Facts(), KNOWN)) == ""
