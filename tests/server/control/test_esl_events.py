"""What FreeSWITCH tells of a channel: each step once, and what the network said before what FreeSWITCH made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.events import Answered, Event, Failed, HungUp, Pressed, Ringing
from server.control.esl_events import file_of, hear, params, raw
from server.control.progress import Progress

RINGS, ANSWERS = {"Event-Name": "CHANNEL_PROGRESS"}, {"Event-Name": "CHANNEL_ANSWER"}


def gone(cause: str, answered: str = "0", **variables: str) -> dict[str, str]:
    told = {f"variable_{name}": value for name, value in variables.items()}
    named = {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Hangup-Cause": cause}
    return {**named, "Caller-Channel-Answered-Time": answered, **told}


def heard(*events: dict[str, str], answered: bool = False) -> list[Event]:
    progress = Progress(answered=answered)
    return [found for event in events if (found := hear(progress, event))]


def test_a_call_that_is_answered_and_hung_up() -> None:
    end = gone("NORMAL_CLEARING", sip_hangup_disposition="recv_bye", hangup_cause_q850="16")
    assert heard(RINGS, RINGS, ANSWERS, ANSWERS, end, end) == [Ringing(0), Answered(0), HungUp(0, "caller", 16)]


def test_an_answer_that_was_missed_makes_the_end_one_of_an_answered_call() -> None:
    assert heard(gone("NORMAL_CLEARING", answered="1764122400000000")) == [HungUp(0, "caller", None)]


@pytest.mark.parametrize(
    ("end", "by"),
    [
        (gone("NORMAL_CLEARING"), "caller"),
        (gone("NORMAL_TEMPORARY_FAILURE"), "network"),
        (gone("MEDIA_TIMEOUT", sip_hangup_disposition="send_bye"), "network"),
        (gone("NORMAL_UNSPECIFIED", sip_hangup_disposition="recv_bye"), "caller"),
    ],
)
def test_who_ended_an_answered_call(end: dict[str, str], by: str) -> None:
    assert heard(end, answered=True) == [HungUp(0, by)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "failed"),
    [
        (
            gone("USER_BUSY", proto_specific_hangup_cause="sip:486", sip_term_status="486", hangup_cause_q850="17"),
            Failed(0, 486, None, "USER_BUSY"),
        ),
        (gone("NO_USER_RESPONSE", sip_term_status="480"), Failed(0, 480, None, "NO_USER_RESPONSE")),
        (
            gone("SUBSCRIBER_ABSENT", proto_specific_hangup_cause="SIP:480", sip_reason="Q.850;cause=20"),
            Failed(0, 480, None, "SUBSCRIBER_ABSENT", "Q.850;cause=20"),
        ),
        (gone("USER_BUSY", hangup_cause_q850="17"), Failed(0, None, 17, "USER_BUSY")),
        (gone("ORIGINATOR_CANCEL", hangup_cause_q850="487"), Failed(0, None, None, "ORIGINATOR_CANCEL")),
        (gone("NEW_IN_2027", proto_specific_hangup_cause="sip:2000"), Failed(0, None, None, "NEW_IN_2027")),
    ],
)
def test_what_the_network_said_comes_before_what_freeswitch_made_of_it(end: dict[str, str], failed: Failed) -> None:
    assert heard(end) == [failed]


def test_keys() -> None:
    assert heard({"Event-Name": "DTMF", "DTMF-Digit": "5"}, {"Event-Name": "DTMF", "DTMF-Digit": "x"}) == [
        Pressed(0, "5")
    ]
    assert raw({"Event-Name": "DTMF", "DTMF-Digit": "5"}) == {}


def test_whose_call_it_is_and_what_it_brings() -> None:
    ours = {"variable_huashu_script": "shop", "variable_huashu_trunk": "gz", "variable_sip_to_user": "100"}
    assert params(ours) == {"script": "shop", "trunk": "gz"}
    assert params({"variable_huashu_summary": "%7B%7D"}) == {}, "a person's channel"


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"file": 7}', '{"file": "/tmp/a b"}', '{"file": "/tmp/a;\\nuuid_kill"}']
)
def test_what_is_no_file(body: str) -> None:
    assert file_of({"_body": body}) == ""


steps = st.sampled_from([RINGS, ANSWERS, gone("NORMAL_CLEARING"), gone("USER_BUSY", sip_term_status="486")])


@given(st.lists(steps, max_size=10))
def test_in_any_order_and_number_each_step_is_told_once_and_the_end_last(events: list[dict[str, str]]) -> None:
    kinds = [type(event) for event in heard(*events)]
    assert len(kinds) == len(set(kinds))
    ends = [kind for kind in kinds if kind in (Failed, HungUp)]
    assert ends == kinds[len(kinds) - len(ends) :]
