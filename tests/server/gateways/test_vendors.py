"""Those who speak like Twilio: each message of their documentation, where it differs from Twilio's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.gateways.fields import base64
from server.gateways.stream import Stream
from server.gateways.vendors import VENDORS
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Ended,
    Format,
    HangUp,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Outgoing,
    Played,
    Send,
    Started,
    WireError,
)

Json = dict[str, Any]

STARTS: dict[str, Json] = {
    "telnyx": {
        "event": "start",
        "sequence_number": "1",
        "start": {
            "user_id": "3e6f995f",
            "call_control_id": "v2:T02llQxI",
            "client_state": "aGF2ZSBhIG5pY2U=",
            "from": "+13122010094",
            "to": "+13122123456",
            "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
        },
        "stream_id": "32DE0DEA",
    },
    "plivo": {
        "sequenceNumber": 0,
        "event": "start",
        "start": {
            "callId": "6bc12d68",
            "streamId": "20170ada",
            "accountId": "MA1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
        },
        "extra_headers": "script=renovation;X-PH-caller=10086",
    },
    "signalwire": {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "streamSid": "MZ1",
            "accountSid": "AC1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "customParameters": {"script": "renovation", "caller": "10086"},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        },
    },
    "exotel": {
        "event": "start",
        "sequence_number": "1",
        "stream_sid": "MZ1",
        "start": {
            "stream_sid": "MZ1",
            "call_sid": "CA1",
            "account_sid": "AC1",
            "from": "+919876543210",
            "to": "+918047491899",
            "custom_parameters": {"key1": "value1"},
            "media_format": {"encoding": "audio/x-raw", "sample_rate": "8000", "bit_rate": "16"},
        },
    },
}


def started(vendor: str, **query: str) -> Stream:
    codec = Stream(VENDORS[vendor], query)
    codec.receive(json.dumps(STARTS[vendor]))
    return codec


def sent(codec: Stream, *orders: Outgoing) -> list[Json]:
    return [json.loads(message) for order in orders for message in codec.send(order)]


@pytest.mark.parametrize(
    ("vendor", "query", "meaning"),
    [
        ("telnyx", {"script": "r"}, Started("v2:T02llQxI", "32DE0DEA", "+13122010094", Format("ulaw", 8000), {"script": "r"})),
        ("telnyx", {"direction": "outbound"}, Started("v2:T02llQxI", "32DE0DEA", "+13122123456", Format("ulaw", 8000), {"direction": "outbound", "caller": "+13122123456"})),
        ("telnyx", {"caller": "10086"}, Started("v2:T02llQxI", "32DE0DEA", "10086", Format("ulaw", 8000), {"caller": "10086"})),
        ("plivo", {}, Started("6bc12d68", "20170ada", "10086", Format("ulaw", 8000), {"script": "renovation", "caller": "10086"})),
        ("signalwire", {}, Started("CA1", "MZ1", "10086", Format("ulaw", 8000), {"script": "renovation", "caller": "10086"})),
        ("exotel", {"script": "r"}, Started("CA1", "MZ1", "+919876543210", Format("l16", 8000), {"script": "r", "key1": "value1"})),
    ],
)  # fmt: skip
def test_a_stream_starts(vendor: str, query: dict[str, str], meaning: Started) -> None:
    codec = Stream(VENDORS[vendor], query)
    assert codec.receive('{"event":"connected","version":"1.0.0"}') in ((), (Oddity("unknown event: connected"),))
    assert codec.receive(json.dumps(STARTS[vendor])) == (meaning,)
    assert codec.marks
    assert codec.can == ({Keys} if vendor == "plivo" else frozenset())


@pytest.mark.parametrize(
    ("vendor", "message", "meaning"),
    [
        ("telnyx", {"event": "media", "sequence_number": "4", "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/w9/"}, "stream_id": "32DE0DEA"}, (Audio(b"\xff\x0f\x7f"),)),
        ("telnyx", {"event": "media", "media": {"track": "outbound", "chunk": "1", "payload": "/w=="}, "stream_id": "32DE0DEA"}, ()),
        ("telnyx", {"event": "media", "media": {"payload": "/w=="}, "stream_id": "32DE0DEA"}, (Audio(b"\xff"),)),
        ("telnyx", {"event": "dtmf", "stream_id": "32DE0DEA", "occurred_at": "2026-01-01", "sequence_number": "5", "dtmf": {"digit": "1"}}, (Digit("1"),)),
        ("telnyx", {"event": "error", "stream_id": "32DE0DEA", "payload": {"code": 100003, "title": "malformed_frame", "detail": "…"}}, (Oddity("Telnyx: malformed_frame"),)),
        ("telnyx", {"event": "error"}, (Oddity("Telnyx: error"),)),
        ("telnyx", {"event": "stop", "sequence_number": "5", "stop": {"call_control_id": "v2:T02llQxI"}, "stream_id": "32DE0DEA"}, (Ended("stop"),)),
        ("plivo", {"sequenceNumber": 42, "streamId": "20170ada", "event": "media", "media": {"track": "inbound", "timestamp": "1724740800000", "chunk": 41, "payload": "/w9/"}, "extra_headers": ""}, (Audio(b"\xff\x0f\x7f"),)),
        ("plivo", {"event": "dtmf", "sequenceNumber": 16, "streamId": "20170ada", "dtmf": {"track": "inbound", "timestamp": "1", "digit": "*"}}, (Digit("*"),)),
        ("plivo", {"event": "clearedAudio", "sequenceNumber": 2, "streamId": "20170ada"}, ()),
        ("plivo", {"event": "playedStream", "sequenceNumber": 3, "streamId": "20170ada", "name": "e9:1"}, (Oddity("a mark that is not ours"),)),
        ("plivo", {"event": "stop", "streamId": "20170ada"}, (Ended("stop"),)),
        ("signalwire", {"event": "media", "streamSid": "MZ1", "media": {"track": "inbound", "chunk": "9", "timestamp": "5", "payload": "/w9/"}}, (Audio(b"\xff\x0f\x7f"),)),
        ("signalwire", {"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": "1", "duration": 100}}, (Digit("1"),)),
        ("signalwire", {"event": "stop", "streamSid": "MZ1"}, (Ended("stop"),)),
        ("exotel", {"event": "media", "sequence_number": "3", "stream_sid": "MZ1", "media": {"chunk": "2", "timestamp": "200", "payload": "/w8="}}, (Audio(b"\xff\x0f"),)),
        ("exotel", {"event": "dtmf", "sequence_number": "7", "stream_sid": "MZ1", "dtmf": {"digit": "5", "duration": "100"}}, (Digit("5"),)),
        ("exotel", {"event": "stop", "sequence_number": "9", "stream_sid": "MZ1", "stop": {"call_sid": "CA1", "reason": "callended"}}, (Ended("stop"),)),
        ("exotel", {"event": "video"}, (Oddity("unknown event: video"),)),
    ],
)  # fmt: skip
def test_what_comes_in(vendor: str, message: Json, meaning: tuple[Incoming, ...]) -> None:
    assert started(vendor).receive(json.dumps(message)) == meaning


@pytest.mark.parametrize(
    ("vendor", "media", "mark", "clear"),
    [
        (
            "telnyx",
            {"event": "media", "media": {"payload": "/w8="}},
            {"event": "mark", "mark": {"name": "e1:1"}},
            {"event": "clear"},
        ),
        (
            "plivo",
            {
                "event": "playAudio",
                "streamId": "20170ada",
                "media": {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": "/w8="},
            },
            {"event": "checkpoint", "streamId": "20170ada", "name": "e1:1"},
            {"event": "clearAudio", "streamId": "20170ada"},
        ),
        (
            "signalwire",
            {"event": "media", "streamSid": "MZ1", "media": {"payload": "/w8="}},
            {"event": "mark", "streamSid": "MZ1", "mark": {"name": "e1:1"}},
            {"event": "clear", "streamSid": "MZ1"},
        ),
        (
            "exotel",
            {"event": "media", "stream_sid": "MZ1", "media": {"payload": base64(b"\xff\x0f".ljust(3200, b"\0"))}},
            {"event": "mark", "stream_sid": "MZ1", "mark": {"name": "e1:1"}},
            {"event": "clear", "stream_sid": "MZ1"},
        ),
    ],
)
def test_what_goes_out(vendor: str, media: Json, mark: Json, clear: Json) -> None:
    codec = started(vendor)
    assert sent(codec, Send(b"\xff\x0f"), Mark("e1:1"), Clear()) == [media, mark, clear]
    assert sent(codec, HangUp("done")) == []
    assert sent(Stream(VENDORS[vendor]), Send(b"\xff\x0f"), Mark("e1:1"), Clear(), Keys("1")) == []


def test_exotel_gets_no_message_with_less_than_it_plays_well() -> None:
    codec = started("exotel")
    assert sent(codec, Send(bytes(1600))) == []
    (whole,) = sent(codec, Send(bytes(1920)))
    assert whole["media"]["payload"] == base64(bytes(3520))
    assert sent(codec, Send(bytes(320)), Clear(), Mark("e2:1")) == [
        {"event": "clear", "stream_sid": "MZ1"},
        {"event": "mark", "stream_sid": "MZ1", "mark": {"name": "e2:1"}},
    ]


def test_only_plivo_sends_keys() -> None:
    assert sent(started("plivo"), Keys("12#")) == [{"event": "sendDTMF", "dtmf": "12#"}]
    assert sent(started("telnyx"), Keys("12#")) == []


def test_a_checkpoint_that_was_played() -> None:
    codec = started("plivo")
    told = json.dumps({"event": "playedStream", "streamId": "20170ada", "name": "e1:1"})
    codec.send(Mark("e1:1"))
    assert codec.receive(told) == (Played("e1:1", cleared=False),)
    codec.send(Mark("e1:1"))
    codec.send(Clear())
    assert codec.receive(told) == (Played("e1:1", cleared=True),)


def media(chunk: int, payload: str) -> str:
    return json.dumps({"event": "media", "stream_id": "32DE0DEA", "media": {"chunk": str(chunk), "payload": payload}})


def test_telnyx_may_send_sound_in_another_order() -> None:
    codec = started("telnyx")
    assert codec.receive(media(2, "Ag==")) == ()
    assert codec.receive(media(1, "AQ==")) == (Audio(b"\x01\x02"),)
    assert codec.receive(media(4, "BA==")) == ()
    stop = json.dumps({"event": "stop", "stream_id": "32DE0DEA"})
    assert codec.receive(stop) == (Audio(b"\x04"), Ended("stop"))


def test_linear_samples_of_exotel_are_whole() -> None:
    with pytest.raises(WireError, match="within a sample"):
        started("exotel").receive(json.dumps({"event": "media", "stream_sid": "MZ1", "media": {"payload": "/w=="}}))


@pytest.mark.parametrize(
    ("headers", "params"),
    [
        ("", {}),
        (None, {}),
        ("a=1;b=x=y", {"a": "1", "b": "x=y"}),
        ("{a=1, b=2}", {"a": "1", "b": "2"}),
        ({"a": 1}, {"a": "1"}),
        ("nothing", {}),
        (5, {}),
    ],
)
def test_headers_of_plivo(headers: object, params: dict[str, str]) -> None:
    (start,) = Stream(VENDORS["plivo"]).receive(json.dumps(STARTS["plivo"] | {"extra_headers": headers}))
    assert isinstance(start, Started)
    assert start.params == params


@pytest.mark.parametrize(
    ("vendor", "media_format", "reason"),
    [
        (
            "telnyx",
            {"encoding": "OPUS"},
            "media_format must be PCMU or PCMA, 8000 Hz, or L16, 8000 or 16000 or 24000 Hz, 1 channel, not OPUS",
        ),
        ("telnyx", {"encoding": "G722"}, "1 channel, not G722"),
        ("telnyx", {"encoding": "L16", "sample_rate": 44100}, "8000 or 16000 or 24000 Hz"),
        ("telnyx", {"encoding": "PCMU", "sample_rate": 16000}, "8000 Hz"),
        ("plivo", {"encoding": "audio/x-l16", "sampleRate": 44100}, "8000 or 16000 Hz"),
        ("signalwire", {"encoding": "audio/l24"}, "audio/x-mulaw, 8000 Hz, or audio/x-l16, 8000 or"),
        ("plivo", {"encoding": "audio/x-mulaw", "sampleRate": 16000}, "audio/x-mulaw, 8000 Hz, or"),
        ("exotel", {"encoding": "audio/x-raw", "sample_rate": "44100"}, "must be 8000 or 16000 or 24000 Hz"),
    ],
)
def test_a_format_that_cannot_be_taken(vendor: str, media_format: Json, reason: str) -> None:
    name = VENDORS[vendor].media_format
    start = STARTS[vendor] | {"start": STARTS[vendor]["start"] | {name: media_format}}
    with pytest.raises(WireError, match=reason) as refused:
        Stream(VENDORS[vendor]).receive(json.dumps(start))
    assert refused.value.code == 1003


@pytest.mark.parametrize("vendor", STARTS)
def test_a_start_without_its_call_or_stream(vendor: str) -> None:
    names = VENDORS[vendor]
    for missing in (names.call_id, names.stream_id):
        start = {key: value for key, value in STARTS[vendor].items() if key != missing}
        start["start"] = {key: value for key, value in start["start"].items() if key != missing}
        with pytest.raises(WireError, match=f"{missing} is missing"):
            Stream(names).receive(json.dumps(start))


@pytest.mark.parametrize("vendor", STARTS)
def test_an_event_of_another_stream(vendor: str) -> None:
    message = {"event": "media", VENDORS[vendor].stream_id: "other", "media": {"payload": ""}}
    with pytest.raises(WireError, match="another stream"):
        started(vendor).receive(json.dumps(message))
