"""What became of a call, in each vendor's own words."""

from __future__ import annotations

from typing import Any

import pytest

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing
from engine.grading.outcome import Signs, decide
from server.gateways.statuses import (
    PLIVO,
    SIGNALWIRE,
    TELNYX,
    TEXML,
    TWILIO,
    VONAGE,
    Shape,
    called_back,
    flat,
    leg_of,
    read,
)

ABSENT = "Subscriber absent"


def telnyx(kind: str, **payload: Any) -> dict[str, Any]:
    told = {"call_control_id": "v3:1", "from": "+861012345678", "to": "+8613800001234", **payload}
    return {"data": {"record_type": "event", "event_type": kind, "id": "e1", "payload": told}, "meta": {"attempt": 1}}


def outcome(event: Event | None) -> str:
    """What becomes of a call that rang, and of which nothing else is known."""
    assert isinstance(event, Failed)
    return decide(Signs(q850=event.q850, header=event.header, sip=event.sip, word=event.reason, rang=True)).disposition


@pytest.mark.parametrize(
    ("shape", "told", "event"),
    [
        (TWILIO, {"CallStatus": "queued"}, None),
        (TWILIO, {"CallStatus": "initiated"}, Dialed(0)),
        (TWILIO, {"CallStatus": "ringing"}, Ringing(0)),
        (TWILIO, {"CallStatus": "in-progress"}, Answered(0)),
        (TWILIO, {"CallStatus": "in-progress", "AnsweredBy": "human"}, Answered(0, "human")),
        (TWILIO, {"CallStatus": "in-progress", "AnsweredBy": "machine_start"}, Answered(0, "machine")),
        (TWILIO, {"CallStatus": "in-progress", "AnsweredBy": "fax"}, Answered(0, "machine")),
        (TWILIO, {"CallStatus": "in-progress", "AnsweredBy": "unknown"}, Answered(0)),
        (TWILIO, {"CallStatus": "completed", "SipResponseCode": "200"}, HungUp(0, "network")),
        (TWILIO, {"CallStatus": "busy", "SipResponseCode": "486"}, Failed(0, 486, None, "busy")),
        (TWILIO, {"CallStatus": "no-answer"}, Failed(0, None, None, "no-answer")),
        (TWILIO, {"CallStatus": "failed", "SipResponseCode": "200"}, Failed(0, None, None, "failed")),
        (TWILIO, {"CallStatus": "failed", "SipResponseCode": "99999"}, Failed(0, None, None, "failed")),
        (TWILIO, {"CallStatus": "canceled", "SipResponseCode": "487"}, Failed(0, 487, None, "canceled")),
        (TWILIO, {"CallStatus": "dancing"}, None),
        (TWILIO, {}, None),
        (SIGNALWIRE, {"CallStatus": "no-answer", "SipResultCode": "480"}, Failed(0, 480, None, "no-answer")),
        (TEXML, {"CallStatus": "completed", "HangupSource": "callee"}, HungUp(0, "network")),
        (TEXML, {"CallStatus": "busy", "SipHangupCause": "486"}, Failed(0, 486, None, "busy")),
        (TELNYX, telnyx("call.initiated", direction="outgoing"), Dialed(0)),
        (TELNYX, telnyx("call.answered"), Answered(0)),
        (TELNYX, telnyx("streaming.started"), None),
        (TELNYX, telnyx("call.machine.detection.ended", result="machine"), Answered(0, "machine")),
        (TELNYX, telnyx("call.machine.premium.detection.ended", result="human_business"), Answered(0, "human")),
        (TELNYX, telnyx("call.machine.detection.ended", result="not_sure"), Answered(0)),
        (TELNYX, telnyx("call.hangup", hangup_cause="normal_clearing", hangup_source="callee"), HungUp(0, "network")),
        (
            TELNYX,
            telnyx(
                "call.hangup", hangup_cause="normal_clearing", hangup_source="callee", direction="outgoing",
                sip_hangup_cause="200",
            ),
            HungUp(0, "caller"),
        ),
        (
            TELNYX,
            telnyx("call.hangup", hangup_cause="normal_clearing", hangup_source="caller", direction="outgoing"),
            HungUp(0, "network"),
        ),
        (
            TELNYX,
            telnyx("call.hangup", hangup_cause="normal_clearing", hangup_source="caller", direction="incoming"),
            HungUp(0, "caller"),
        ),
        (
            TELNYX,
            telnyx("call.hangup", hangup_cause="user_busy", sip_hangup_cause="486"),
            Failed(0, 486, None, "user_busy"),
        ),
        (
            TELNYX,
            telnyx("call.hangup", hangup_cause="unspecified", sip_hangup_cause="unspecified"),
            Failed(0, None, None, "unspecified"),
        ),
        (TELNYX, {"data": None}, None),
        (TELNYX, {"data": {"event_type": ["call.hangup"], "payload": "x"}}, None),
        (PLIVO, {"CallStatus": "ringing"}, Ringing(0)),
        (PLIVO, {"CallStatus": "in-progress", "Event": "StartApp"}, Answered(0)),
        (PLIVO, {"CallStatus": "in-progress", "Event": "MachineDetection", "Machine": "true"}, Answered(0, "machine")),
        (
            PLIVO,
            {"CallStatus": "completed", "HangupCause": "NORMAL_CLEARING", "HangupCauseName": "Normal Hangup",
             "HangupCauseCode": "4000", "HangupSource": "Callee", "Direction": "outbound"},
            HungUp(0, "caller"),
        ),
        (
            PLIVO,
            {"CallStatus": "completed", "HangupCauseName": "End Of XML Instructions", "HangupSource": "Plivo"},
            HungUp(0, "network"),
        ),
        (PLIVO, {"CallStatus": "completed"}, HungUp(0, "network")),
        (
            PLIVO,
            {"CallStatus": "busy", "HangupCause": "USER_BUSY", "HangupCauseName": "Busy Line", "HangupCauseCode": "3010"},
            Failed(0, None, None, "Busy Line"),
        ),
        (PLIVO, {"CallStatus": "failed", "HangupCauseName": "Brand New"}, Failed(0, None, None, "Brand New")),
        (PLIVO, {"CallStatus": "busy", "HangupCauseName": "Brand New"}, Failed(0, None, None, "busy")),
        (VONAGE, {"status": "started"}, Dialed(0)),
        (VONAGE, {"status": "answered"}, Answered(0)),
        (VONAGE, {"status": "machine", "call_uuid": "c2", "uuid": None}, Answered(0, "machine")),
        (VONAGE, {"status": "human"}, Answered(0, "human")),
        (VONAGE, {"status": "completed", "disconnected_by": "user"}, HungUp(0, "caller")),
        (VONAGE, {"status": "completed", "disconnected_by": "platform"}, HungUp(0, "network")),
        (VONAGE, {"status": "rejected", "detail": "declined"}, Failed(0, None, None, "declined")),
        (VONAGE, {"status": "busy", "detail": "some words of a carrier"}, Failed(0, None, None, "busy")),
        (VONAGE, {"status": "failed", "detail": "cannot_route"}, Failed(0, None, None, "cannot_route")),
        (VONAGE, {"status": "failed", "sip_code": 404}, Failed(0, 404, None, "failed")),
        (VONAGE, {"status": "input", "dtmf": {"digits": "1"}}, None),
    ],
)  # fmt: skip
def test_a_status_is_an_event(shape: Shape, told: dict[str, Any], event: Event | None) -> None:
    assert read(shape, told).event == event


@pytest.mark.parametrize(
    ("shape", "told", "disposition"),
    [
        (TWILIO, {"CallStatus": "no-answer"}, "no_answer"),
        (TWILIO, {"CallStatus": "canceled"}, "no_answer"),
        (TWILIO, {"CallStatus": "failed"}, "unknown"),
        (TELNYX, telnyx("call.hangup", hangup_cause="timeout"), "no_answer"),
        (TELNYX, telnyx("call.hangup", hangup_cause="not_found"), "invalid_number"),
        (TELNYX, telnyx("call.hangup", hangup_cause="a_new_one"), "unknown"),
        (TELNYX, telnyx("call.hangup", hangup_cause="call_rejected", sip_hangup_cause="403"), "barred"),
        (PLIVO, {"CallStatus": "no-answer", "HangupCauseName": "Ring Timeout Reached"}, "no_answer"),
        (PLIVO, {"CallStatus": "failed", "HangupCauseName": "Unallocated number"}, "invalid_number"),
        (PLIVO, {"CallStatus": "failed", "HangupCauseName": "Invalid Destination Address"}, "unreachable"),
        (PLIVO, {"CallStatus": "failed", "HangupCauseName": "Canceled (Out Of Credits)"}, "caller_fault"),
        (PLIVO, {"CallStatus": "completed", "HangupCauseName": "Machine Detected"}, "voicemail"),
        (VONAGE, {"status": "timeout"}, "no_answer"),
        (VONAGE, {"status": "unanswered"}, "no_answer"),
        (VONAGE, {"status": "cancelled"}, "no_answer"),
        (VONAGE, {"status": "rejected"}, "rejected"),
    ],
)
def test_the_engine_knows_what_it_means(shape: Shape, told: dict[str, Any], disposition: str) -> None:
    assert outcome(read(shape, told).event) == disposition


@pytest.mark.parametrize(
    ("shape", "told", "call_id"),
    [
        (TWILIO, {"CallSid": "CA1"}, "CA1"),
        (TELNYX, telnyx("call.answered"), "v3:1"),
        (PLIVO, {"CallUUID": "", "RequestUUID": "r1"}, "r1"),
        (VONAGE, {"call_uuid": "c2"}, "c2"),
        (VONAGE, {}, ""),
    ],
)
def test_the_call_has_the_name_that_its_stream_has(shape: Shape, told: dict[str, Any], call_id: str) -> None:
    assert read(shape, told).call_id == call_id


def test_raw_words_are_kept_and_numbers_of_people_are_not_among_them() -> None:
    told = telnyx("call.hangup", hangup_cause="user_busy", sip_hangup_cause="486", hangup_source="callee")
    assert read(TELNYX, told).raw == {
        "event_type": "call.hangup",
        "hangup_cause": "user_busy",
        "sip_hangup_cause": "486",
        "hangup_source": "callee",
    }
    form = {
        "CallSid": "CA1",
        "CallStatus": "failed",
        "SipResponseCode": "503",
        "From": "+8613800001234",
        "ErrorCode": "1",
    }
    assert read(TWILIO, form).raw == {"CallStatus": "failed", "SipResponseCode": "503", "ErrorCode": "1"}


def test_a_number_in_a_reason_is_masked() -> None:
    event = read(VONAGE, {"status": "failed", "detail": "no route to 8613800001234"}).event
    assert event == Failed(0, reason="no route to 86138****1234")


def test_nested_values_have_paths() -> None:
    told = {"a": {"b": {"c": 1, "d": None, "e": [1]}}, "f": True, "g": "x"}
    assert flat(told) == {"a.b.c": "1", "f": "true", "g": "x"}


def test_a_leg_that_we_have_added_is_known_by_its_call() -> None:
    busy = telnyx("call.hangup", hangup_cause="user_busy", sip_hangup_cause="486", client_state=leg_of("v3:a/b"))
    told = read(TELNYX, busy)
    assert (told.leg_of, told.event) == ("v3:a/b", Failed(0, 486, reason="user_busy"))
    assert read(TELNYX, telnyx("call.hangup", hangup_cause="user_busy", client_state="aGF2ZSBhIG5pY2U=")).leg_of == ""


@pytest.mark.parametrize("told", ["", "%", "aHVhc2h1", "好", "aGF2ZSBhIG5pY2U="])
def test_what_others_keep_with_their_legs_is_theirs(told: str) -> None:
    assert called_back(told) == ""
