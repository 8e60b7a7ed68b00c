"""TwiML out, forms of the status callback in."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing
from engine.grading.outcome import Signs, decide
from server.gateways.twiml import answer, connect, reject, status


def test_a_call_is_connected_to_a_stream() -> None:
    assert connect("wss://bot.example/twilio", {"script": "renovation", "caller": "+8613800001234"}) == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Response><Connect><Stream url="wss://bot.example/twilio">'
        '<Parameter name="script" value="renovation" />'
        '<Parameter name="caller" value="+8613800001234" />'
        "</Stream></Connect></Response>"
    )


@pytest.mark.parametrize(("direction", "caller"), [("inbound", "+8613800001234"), ("outbound-api", "+861012345678")])
def test_a_webhook_is_answered_with_our_stream(direction: str, caller: str) -> None:
    form = {"CallSid": "CA1", "From": "+8613800001234", "To": "+861012345678", "Direction": direction}
    stream = fromstring(answer("wss://bot.example/twilio", {"script": "renovation"}, form, "once"))[0][0]  # noqa: S314
    assert stream.get("url") == "wss://bot.example/twilio"
    assert {each.get("name"): each.get("value") for each in stream} == {
        "script": "renovation",
        "caller": caller,
        "token": "once",
    }


def test_whatever_is_passed_along_stays_text() -> None:
    nasty = {"name": "\"/><Hangup/>&amp;'王\0\ud800", "line": "a\nb"}
    stream = fromstring(connect("wss://bot.example/twilio/a&b", nasty))[0][0]  # noqa: S314
    assert stream.attrib == {"url": "wss://bot.example/twilio/a&b"}
    assert [(each.get("name"), each.get("value")) for each in stream] == [
        ("name", "\"/><Hangup/>&amp;'王"),
        ("line", "a\nb"),
    ]


def test_a_call_is_rejected() -> None:
    assert reject().endswith('<Response><Reject reason="busy" /></Response>')


@pytest.mark.parametrize(
    ("form", "event"),
    [
        ({"CallStatus": "queued"}, None),
        ({"CallStatus": "initiated"}, Dialed(7)),
        ({"CallStatus": "ringing"}, Ringing(7)),
        ({"CallStatus": "in-progress"}, Answered(7)),
        ({"CallStatus": "in-progress", "AnsweredBy": "human"}, Answered(7, "human")),
        ({"CallStatus": "in-progress", "AnsweredBy": "machine_start"}, Answered(7, "machine")),
        ({"CallStatus": "in-progress", "AnsweredBy": "fax"}, Answered(7, "machine")),
        ({"CallStatus": "completed", "SipResponseCode": "200"}, HungUp(7)),
        ({"CallStatus": "busy", "SipResponseCode": "486"}, Failed(7, 486, None, "busy")),
        ({"CallStatus": "no-answer"}, Failed(7, None, None, "no-answer")),
        ({"CallStatus": "failed", "SipResponseCode": "404"}, Failed(7, 404, None, "failed")),
        ({"CallStatus": "failed", "SipResponseCode": "200"}, Failed(7, None, None, "failed")),
        ({"CallStatus": "failed", "SipResponseCode": "99999"}, Failed(7, None, None, "failed")),
        ({"CallStatus": "canceled", "SipResponseCode": "487"}, Failed(7, 487, None, "canceled")),
        ({"CallStatus": "dancing"}, None),
        ({}, None),
    ],
)
def test_a_status_is_an_event(form: dict[str, str], event: Event | None) -> None:
    assert status({"CallSid": "CA1", **form}, 7).event == event


def test_twilios_own_words_are_kept() -> None:
    form = {
        "CallSid": "CA1",
        "CallStatus": "failed",
        "SipResponseCode": "503",
        "From": "+8613800001234",
        "ErrorCode": "13224",
    }
    told = status(form, 0)
    assert told.call_id == "CA1"
    assert told.raw == {"CallStatus": "failed", "SipResponseCode": "503", "ErrorCode": "13224"}


@pytest.mark.parametrize(("word", "disposition"), [("busy", "busy"), ("no-answer", "no_answer")])
def test_where_no_sip_code_comes_the_engine_understands_the_word(word: str, disposition: str) -> None:
    event = status({"CallStatus": word}, 0).event
    assert isinstance(event, Failed)
    assert decide(Signs(sip=event.sip, word=event.reason, rang=True)).disposition == disposition
