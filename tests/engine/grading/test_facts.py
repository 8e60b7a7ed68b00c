from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from engine.grading.facts import FACTS, Evidence, Facts, readout, steps_of

KEPT_FOR_THE_NEXT_STEP = {
    *("evidence", "announcement", "rang", "rang_out", "answered_ms", "role", "prompt", "prompt_ms"),
    "prompt_words",
    *("over", "header", "word", "means"),
    *("voice_ms", "referral_turn", "tones", "opened_ms", "opening_ms"),
}


def test_facts_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Facts().busy = True  # type: ignore[misc]


def test_a_copy_has_the_changes_and_the_first_keeps_its_values() -> None:
    first = Facts(refusals=1)
    second = first.but((Evidence("busy", 3),), busy=True)
    assert (first.busy, first.evidence) == (False, ())
    assert second == Facts(refusals=1, busy=True, evidence=(Evidence("busy", 3),))


def test_every_fact_has_a_name_for_authors() -> None:
    named = {about.field or name for name, about in FACTS.items()} - {"interest_questions"}
    assert named == {field.name for field in fields(Facts)} - KEPT_FOR_THE_NEXT_STEP


def test_a_state_has_one_evidence_and_a_count_has_all() -> None:
    made = (Evidence("sms", 1, value="requested"), Evidence("refusals", 2), Evidence("sms", 3, value="given"))
    facts = Facts(sms="given", refusals=2, evidence=(*made, Evidence("refusals", 4)))
    assert [one.seq for one in facts.evidence_of("sms")] == [3]
    assert [one.seq for one in facts.evidence_of("refusals")] == [2, 4]


def test_refusals_at_the_tail_are_the_latest_refusals() -> None:
    made = tuple(Evidence("refusals", seq) for seq in (2, 5, 7))
    assert [one.seq for one in Facts(tail_refusals=2, evidence=made).evidence_of("tail_refusals")] == [5, 7]
    assert Facts(tail_refusals=0, evidence=made).evidence_of("tail_refusals") == ()


def test_facts_read_out_as_plain_values() -> None:
    heard = ("affirm", "ask_price", "affirm")
    facts = Facts(talk_ms=12_500, heard=heard, interest=("ask_price",), stages=("a", "b", "a"))
    found = readout(facts)
    assert list(found) == list(FACTS)
    assert (found["talk_seconds"], found["played_seconds"]) == (12.5, None)
    assert found["heard"] == {"affirm": 2, "ask_price": 1}
    assert (found["interest_questions"], found["visited"]) == (1, ["a", "b", "a"])


def test_each_fact_tells_the_steps_that_made_it() -> None:
    made = (
        Evidence("interest", 2),
        Evidence("sms", 2),
        Evidence("refusals", 3),
        Evidence("sms", 4),
        Evidence("refusals", 5),
    )
    found = steps_of(Facts(interest=("ask_price",), sms="given", refusals=2, tail_refusals=1, evidence=made))
    assert found == {
        "asked": [2],
        "interest_questions": [2],
        "sms": [4],
        "refusals": [3, 5],
        "tail_refusals": [5],
    }


@pytest.mark.parametrize("name", FACTS)
def test_the_steps_of_all_facts_are_those_of_each(name: str) -> None:
    made = tuple(Evidence(about.field or key, seq) for seq, (key, about) in enumerate(FACTS.items(), 1))
    facts = Facts(refusals=1, tail_refusals=1, evidence=made + made[::-1])
    assert steps_of(facts).get(name, []) == [one.seq for one in facts.evidence_of(name)]
