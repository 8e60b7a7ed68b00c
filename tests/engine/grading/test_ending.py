"""What the network tells when the call is over: early or late, once or twice, in whatever order."""

from __future__ import annotations

from itertools import permutations

import pytest

from engine.calls.actions import Ignored
from engine.calls.events import Answered, Dialed, EarlyMedia, Event, Failed, Heard, HungUp, Ringing, Tone
from engine.grading.facts import Facts
from engine.grading.fold import fold, tells_more
from tests.engine.scenes import Wire

TINY = "stages: {ask: {role: opening, say: 我们店周年庆，周末有空吗？, expect: [{other: bye}]}}"


def told(*events: Event) -> Facts:
    wire = Wire(TINY)
    wire.feed(Dialed(0), *events)
    return wire.state.facts


@pytest.mark.parametrize(
    ("before", "late", "disposition", "source"),
    [
        # the socket was lost before the answer, and nothing is known yet
        (HungUp(9000, "network"), Failed(12_000, sip=486), "busy", "sip"),
        (HungUp(9000, "network"), HungUp(12_000, "network", q850=17), "busy", "q850"),
        (HungUp(9000, "network", q850=16), HungUp(12_000, "network", q850=17), "busy", "q850"),
        (Failed(9000, sip=480), Failed(12_000, header="Q.850;cause=20"), "unreachable_or_off", "q850"),
        (Failed(9000, sip=480), Failed(12_000, reason="User Busy"), "busy", "word"),
        (Failed(9000, sip=480), Failed(12_000, sip=480, trunk="gz", means="powered_off"), "powered_off", "trunk"),
        (Failed(9000, sip=480), Ringing(12_000), "no_answer", "sip"),
        (Failed(9000, reason="E-77"), Failed(12_000, reason="E-77", sip=603), "rejected", "sip"),
        (Failed(9000, reason="E-77"), Failed(12_000, reason="no-answer"), "no_answer", "word"),
        # what is known already stays
        (Failed(9000, q850=17), Failed(12_000, q850=19, sip=480), "busy", "q850"),
        (Failed(9000, sip=486), Failed(12_000, sip=603, reason="failed"), "busy", "sip"),
        (Failed(9000, sip=486), HungUp(12_000, "caller", q850=16), "busy", "sip"),
        (Failed(9000, sip=486), Answered(12_000, "machine"), "busy", "sip"),
    ],
)
def test_late_codes_make_the_disposition_anew(before: Event, late: Event, disposition: str, source: str) -> None:
    facts = told(before, late)
    assert (facts.disposition, facts.known_by) == (disposition, source)


def test_announcements_and_tones_still_go_before_late_codes() -> None:
    heard = (EarlyMedia(1000), Heard(4000, "您拨打的电话已关机"), HungUp(9000, "network"), Failed(12_000, q850=17))
    toned = (EarlyMedia(1000), Tone(4000, "busy"), HungUp(9000, "network"), Failed(12_000, q850=19))
    assert [told(*events).known_by for events in (heard, toned)] == ["phrase", "tone"]


def test_the_order_in_which_it_is_told_does_not_matter() -> None:
    events = (Failed(9000, sip=480), Ringing(9000), Failed(9000, reason="failed"), HungUp(9000, "network", q850=16))
    for order in permutations(events):
        facts = told(*order)
        assert (facts.disposition, facts.known_by, facts.sip, facts.q850) == ("no_answer", "sip", 480, 16), order


@pytest.mark.parametrize(
    "twice",
    [
        Failed(9000, 486, 17, "busy", "Q.850;cause=17", "gz", "rejected"),
        HungUp(9000, "network", 17),
        Failed(9000, reason="E-77"),
        Failed(9000),
    ],
)
def test_what_is_told_twice_is_ignored_the_second_time(twice: Event) -> None:
    wire = Wire(TINY)
    wire.feed(Dialed(0), twice)
    before = wire.state.facts
    assert not tells_more(before, twice)
    assert wire.feed(twice) == (Ignored(type(twice).__name__, "the call is over"),)
    assert wire.state.facts is before


def talked(*late: Event) -> Facts:
    """The bot speaks for two seconds, then the socket is gone."""
    return told(Answered(5000), HungUp(7000, "network"), *late)


def test_a_line_that_was_lost_turns_out_to_have_been_hung_up_by_the_caller() -> None:
    assert (talked().end, talked().ended_in_opening) == ("network", False)
    facts = talked(HungUp(60_000, "caller"))
    assert (facts.ended_by, facts.end, facts.ended_in_opening, facts.talk_ms) == ("caller", "caller", True, 2000)
    assert talked(HungUp(60_000, "network")) == talked()


def test_who_hung_up_first_is_not_disputed_later() -> None:
    assert told(Answered(5000), HungUp(7000, "bot"), HungUp(60_000, "caller")).ended_by == "bot"


def test_time_goes_on_but_the_call_does_not() -> None:
    facts = talked(Failed(3_600_000, sip=503, q850=41))
    assert (facts.talk_ms, facts.disposition, facts.end, facts.q850) == (2000, "silent", "network", 41)


def test_a_machine_that_said_nothing_is_known_by_the_gateway() -> None:
    facts = talked(Answered(60_000, "machine"))
    assert (facts.disposition, facts.answered_by, facts.known_by) == ("voicemail", "machine", "answer")
    assert talked(Answered(60_000, "human")) == talked()


def test_a_human_who_spoke_stays_one() -> None:
    said = (Answered(5000), Heard(9000, "你好，哪位"), HungUp(12_000, "caller"))
    assert told(*said, Answered(60_000, "machine")) == told(*said)


def test_the_evidence_says_which_step_revised_what() -> None:
    facts = told(HungUp(9000, "network"), Failed(12_000, sip=486))
    assert [(one.seq, one.words, one.value) for one in facts.evidence if one.fact == "disposition"] == [
        (1, "", "unknown"),
        (2, "SIP 486", "busy"),
    ]


def test_late_is_only_what_a_network_tells() -> None:
    over = fold(fold(Facts(), 0, Dialed(0), ()), 1, HungUp(9000, "network"), ())
    assert not tells_more(over, Heard(12_000, "您拨打的电话已关机"))
    assert not tells_more(over, Tone(12_000, "busy"))
    assert tells_more(over, Failed(12_000, q850=17))
