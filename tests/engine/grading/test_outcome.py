from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.grading.outcome import CAUSES, STRENGTH, WORDS, Disposition, announced, of_failure, of_machine, stronger

ANNOUNCED = st.sampled_from(STRENGTH)
CODES = st.none() | st.integers(0, 700)
F_GRADE = {"invalid_number", "number_changed", "suspended", "powered_off"}


@pytest.mark.parametrize(
    ("evidence", "disposition", "because"),
    [
        ({"said": "powered_off", "q850": 20, "sip": 480}, "powered_off", ""),
        ({"q850": 20, "sip": 480}, "unreachable_or_off", "Q.850 20"),
        ({"q850": 17, "sip": 503}, "busy", "Q.850 17"),
        ({"q850": 16, "sip": 486}, "busy", "SIP 486"),
        ({"q850": 127, "sip": 404}, "invalid_number", "SIP 404"),
        ({"sip": 480}, "unknown", "SIP 480"),
        ({"sip": 480, "rang": True}, "no_answer", "SIP 480"),
        ({"sip": 408}, "congestion", "SIP 408"),
        ({"sip": 408, "rang": True}, "no_answer", "SIP 408"),
        ({"sip": 603}, "rejected", "SIP 603"),
        ({"sip": 607}, "blocked", "SIP 607"),
        ({"sip": 403}, "barred", "SIP 403"),
        ({"sip": 410}, "number_changed", "SIP 410"),
        ({"sip": 484}, "caller_fault", "SIP 484"),
        ({"sip": 402}, "caller_fault", "SIP 402"),
        ({"sip": 500}, "congestion", "SIP 500"),
        ({"sip": 599}, "congestion", "SIP 599"),
        ({"sip": 499}, "unknown", "SIP 499"),
        ({"sip": 480, "word": "no-answer"}, "no_answer", "no-answer"),
        ({"word": "USER_BUSY"}, "busy", "USER_BUSY"),
        ({"word": "busy"}, "busy", "busy"),
        ({"word": "whatever"}, "unknown", "whatever"),
        ({"timed_out": True}, "no_answer", "ring time"),
        ({"said": "unknown", "sip": 486}, "busy", "SIP 486"),
        ({}, "unknown", ""),
    ],
)
def test_the_most_telling_evidence_decides(evidence: dict[str, object], disposition: str, because: str) -> None:
    assert of_failure(**evidence) == (disposition, because)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("busy", "unknown", "busy"),
        ("reminder", "powered_off", "powered_off"),
        ("unreachable", "powered_off", "unreachable_or_off"),
        ("unreachable_or_off", "powered_off", "unreachable_or_off"),
        ("suspended", "caller_fault", "caller_fault"),
        ("", "voicemail", "voicemail"),
        ("", "hold", "unknown"),
    ],
)
def test_of_two_announcements_the_stronger_counts(first: str, second: str, both: str) -> None:
    assert stronger(first, second) == both
    assert stronger(second, first) == both


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("no_answer", "voicemail", "voicemail"),
        ("unreachable", "assistant", "assistant"),
        ("powered_off", "voicemail", "powered_off"),
        ("no_answer", "unreachable", "no_answer"),
        ("", "voicemail", "voicemail"),
    ],
)
def test_a_machine_that_answers_is_more_than_the_reason_it_gives(first: str, second: str, both: str) -> None:
    assert of_machine(first, second) == both
    assert of_machine(second, first) == both


@given(ANNOUNCED, CODES, CODES, st.text(max_size=8), st.booleans())
def test_words_beat_every_code(said: str, q850: int | None, sip: int | None, word: str, rang: bool) -> None:
    outcome = of_failure(said=said, q850=q850, sip=sip, word=word, rang=rang)
    assert said in {outcome.disposition, "unknown"}


VAGUE_CAUSES = st.sampled_from([None, 16, 18, 19, 20, 31, 127])
VAGUE_STATUSES = st.sampled_from([408, 480, 487, 500, 503])


@given(VAGUE_CAUSES, VAGUE_STATUSES, st.booleans())
def test_an_ambiguous_code_never_takes_a_number_out_of_dialling(q850: int | None, sip: int, rang: bool) -> None:
    assert of_failure(q850=q850, sip=sip, rang=rang).disposition not in F_GRADE


def test_everything_a_table_names_is_a_disposition() -> None:
    assert set(STRENGTH) == set(get_args(Disposition)) - {"completed", "silent"}
    assert {*CAUSES.values(), *WORDS.values()} <= set(STRENGTH)
    assert announced("completed") is None
