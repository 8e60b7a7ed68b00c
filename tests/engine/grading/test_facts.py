from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from engine.grading.facts import FACTS, Evidence, Facts

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
