from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.events import ToneKind
from engine.grading.outcome import (
    CAUSES,
    RINGING,
    STRENGTH,
    TONES,
    Outcome,
    Signs,
    announced,
    decide,
    of_machine,
    stronger,
)
from engine.grading.words import WORDS, Disposition

ANNOUNCED = st.sampled_from(STRENGTH)
CODES = st.none() | st.integers(0, 700)
F_GRADE = {"invalid_number", "number_changed", "suspended", "powered_off"}
HEARD = st.frozensets(st.sampled_from(get_args(ToneKind)))
BUSY = frozenset({"busy"})


@pytest.mark.parametrize(
    ("signs", "disposition", "source", "because"),
    [
        (Signs(said="powered_off", q850=20, sip=480), "powered_off", "phrase", ""),
        (Signs(said="powered_off", tones=BUSY, means="rejected", sip=486), "powered_off", "phrase", ""),
        (Signs(tones=BUSY, means="rejected", q850=19), "busy", "tone", "busy tone"),
        (
            Signs(tones=frozenset({"congestion", "ringback"}), sip=480, rang=True),
            "congestion",
            "tone",
            "congestion tone",
        ),
        (Signs(tones=frozenset({"dial"}), sip=404), "caller_fault", "tone", "dial tone"),
        (Signs(tones=frozenset({"dial", "busy"})), "busy", "tone", "busy tone"),
        (Signs(tones=frozenset({"ringback", "sit", "music", "beep"}), sip=404), "invalid_number", "sip", "SIP 404"),
        (Signs(means="powered_off", q850=17, sip=480), "powered_off", "trunk", "SIP 480, Q.850 17"),
        (Signs(means="no such state", sip=486), "busy", "sip", "SIP 486"),
        (Signs(q850=20, sip=480), "unreachable_or_off", "q850", "Q.850 20"),
        (Signs(q850=17, sip=503), "busy", "q850", "Q.850 17"),
        (Signs(q850=16, sip=486), "busy", "sip", "SIP 486"),
        (Signs(q850=127, sip=404), "invalid_number", "sip", "SIP 404"),
        (Signs(sip=480, header='Q.850;cause=17;text="User busy"'), "busy", "q850", "Q.850 17"),
        (Signs(header="SIP;cause=486, Q.850 ; cause = 127"), "busy", "sip", "SIP 486"),
        (Signs(q850=19, header="Q.850;cause=17"), "no_answer", "q850", "Q.850 19"),
        (Signs(sip=480, header="Q.850;cause=soon"), "unknown", "", "SIP 480"),
        (Signs(sip=480), "unknown", "", "SIP 480"),
        (Signs(sip=480, rang=True), "no_answer", "sip", "SIP 480"),
        (Signs(sip=408), "congestion", "sip", "SIP 408"),
        (Signs(sip=408, rang=True), "no_answer", "sip", "SIP 408"),
        (Signs(sip=603), "rejected", "sip", "SIP 603"),
        (Signs(sip=607), "blocked", "sip", "SIP 607"),
        (Signs(sip=403), "barred", "sip", "SIP 403"),
        (Signs(sip=410), "number_changed", "sip", "SIP 410"),
        (Signs(sip=484), "caller_fault", "sip", "SIP 484"),
        (Signs(sip=402), "caller_fault", "sip", "SIP 402"),
        (Signs(sip=500), "congestion", "sip", "SIP 500"),
        (Signs(sip=599), "congestion", "sip", "SIP 599"),
        (Signs(sip=499, q850=126, word="E-77"), "unknown", "", "SIP 499, Q.850 126, E-77"),
        (Signs(sip=480, word="no-answer"), "no_answer", "word", "no-answer"),
        (Signs(word="USER_BUSY"), "busy", "word", "USER_BUSY"),
        (Signs(word="busy"), "busy", "word", "busy"),
        (Signs(word="whatever"), "unknown", "", "whatever"),
        (Signs(word="200003", timed_out=True), "no_answer", "timer", "ring time"),
        (Signs(said="unknown", sip=486), "busy", "sip", "SIP 486"),
        (Signs(), "unknown", "", ""),
    ],
)
def test_the_most_telling_evidence_decides(signs: Signs, disposition: Disposition, source: str, because: str) -> None:
    assert decide(signs) == Outcome(disposition, source, because)  # type: ignore[arg-type]


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


@given(st.builds(Signs, ANNOUNCED, HEARD, st.just(""), CODES, st.just(""), CODES, st.text(max_size=8), st.booleans()))
def test_words_beat_every_code_and_tone(signs: Signs) -> None:
    assert signs.said in {decide(signs).disposition, "unknown"}


@given(HEARD, CODES, CODES, st.text(max_size=40))
def test_what_is_unknown_keeps_everything_raw(
    tones: frozenset[ToneKind], q850: int | None, sip: int | None, header: str
) -> None:
    signs = Signs("", tones, "", q850, header, sip, "vendor says 77")
    outcome = decide(signs)
    if outcome.disposition == "unknown":
        assert "vendor says 77" in outcome.because
        assert str(signs.status if signs.status is not None else "") in outcome.because


VAGUE_CAUSES = st.sampled_from([None, 16, 18, 19, 20, 31, 127])
VAGUE_STATUSES = st.sampled_from([408, 480, 487, 500, 503])


@given(VAGUE_CAUSES, VAGUE_STATUSES, st.booleans(), HEARD)
def test_what_is_ambiguous_never_takes_a_number_out_of_dialling(
    q850: int | None, sip: int, rang: bool, tones: frozenset[ToneKind]
) -> None:
    assert decide(Signs(q850=q850, sip=sip, rang=rang, tones=tones)).disposition not in F_GRADE


def test_everything_a_table_names_is_a_disposition() -> None:
    assert set(STRENGTH) == set(get_args(Disposition)) - {"completed", "silent"}
    assert {*CAUSES.values(), *WORDS.values(), *TONES.values()} <= set(STRENGTH)
    assert not RINGING & TONES.keys()
    assert announced("completed") is None
