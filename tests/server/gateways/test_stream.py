"""Twilio Media Streams: each message of its documentation, and what a hostile one becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamdouble.protocol import InboundClear, InboundMark, InboundMedia, MediaStreamEncoder, parse_outbound

from server.gateways.fields import MARKS_KEPT
from server.gateways.stream import Stream
from server.gateways.vendors import TWILIO
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Ended,
    Format,
    HangUp,
    Keys,
    Mark,
    Oddity,
    Played,
    Send,
    Started,
    WireError,
)

START = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"script": "renovation", "caller": "+8613800001234"},
    },
}


def said(event: str, **fields: Any) -> str:
    return json.dumps({"event": event, "sequenceNumber": "7", "streamSid": "MZ1"} | fields)


def started() -> Stream:
    codec = Stream(TWILIO)
    codec.receive(json.dumps(START))
    return codec


def test_a_stream_starts() -> None:
    codec = Stream(TWILIO)
    assert codec.receive('{"event":"connected","protocol":"Call","version":"1.0.0"}') == ()
    params = {"script": "renovation", "caller": "+8613800001234"}
    assert codec.receive(json.dumps(START)) == (Started("CA1", "MZ1", "+8613800001234", Format("ulaw", 8000), params),)
    assert codec.marks
    assert not codec.can


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (said("media", media={"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/w9/"}), (Audio(b"\xff\x0f\x7f"),)),
        (said("media", media={"payload": ""}), ()),
        (said("media", media={"track": "outbound", "payload": "/w=="}), ()),
        (said("dtmf", dtmf={"track": "inbound_track", "digit": "#"}), (Digit("#"),)),
        (said("dtmf", dtmf={"digit": "x"}), (Oddity("a key that no telephone has"),)),
        (said("mark", mark={"name": "e9:1"}), (Oddity("a mark that is not ours"),)),
        (said("stop", stop={"accountSid": "AC1", "callSid": "CA1"}), (Ended("stop"),)),
        (said("video"), (Oddity("unknown event: video"),)),
        (said("13800001234 is calling"), (Oddity("unknown event: without a name"),)),
    ],
)  # fmt: skip
def test_what_comes_in(message: str, meaning: tuple[object, ...]) -> None:
    assert started().receive(message) == meaning


def test_what_goes_out() -> None:
    codec = started()
    (media,) = codec.send(Send(b"\xff\x00" * 80))
    (mark,) = codec.send(Mark("e3:17"))
    (clear,) = codec.send(Clear())
    heard = [parse_outbound(message, expected_stream_sid="MZ1") for message in (media, mark, clear)]
    assert [type(each) for each in heard] == [InboundMedia, InboundMark, InboundClear]
    assert isinstance(heard[0], InboundMedia)
    assert heard[0].payload == b"\xff\x00" * 80
    assert json.loads(mark) == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "e3:17"}}
    assert codec.send(HangUp("done")) == codec.send(Keys("1")) == ()


def test_nothing_can_be_said_before_the_stream_has_a_name() -> None:
    assert Stream(TWILIO).send(Send(b"\xff")) == Stream(TWILIO).send(Clear()) == ()


def test_a_mark_that_returns_was_heard() -> None:
    codec = started()
    codec.send(Mark("e1:1"))
    assert codec.receive(said("mark", mark={"name": "e1:1"})) == (Played("e1:1", cleared=False),)
    assert codec.receive(said("mark", mark={"name": "e1:1"})) == (Oddity("a mark that is not ours"),)


def test_marks_that_return_after_our_clear_were_thrown_away() -> None:
    codec = started()
    for order in (Mark("e1:1"), Mark("e1:2"), Clear(), Mark("e2:1")):
        codec.send(order)
    returned = [codec.receive(said("mark", mark={"name": name})) for name in ("e1:1", "e1:2", "e2:1")]
    assert returned == [(Played("e1:1", True),), (Played("e1:2", True),), (Played("e2:1", False),)]


def test_marks_that_never_return_are_forgotten_in_the_end() -> None:
    codec = started()
    for number in range(MARKS_KEPT + 1):
        codec.send(Mark(f"e1:{number}"))
    assert codec.receive(said("mark", mark={"name": "e1:0"})) == (Oddity("a mark that is not ours"),)
    assert codec.receive(said("mark", mark={"name": "e1:1"})) == (Played("e1:1", cleared=False),)


def test_nothing_counts_after_stop() -> None:
    codec = started()
    codec.receive(said("stop"))
    assert codec.receive(said("media", media={"payload": "/w=="})) == ()


def start_with(**changed: Any) -> str:
    return json.dumps(START | {"start": {**START["start"], **changed}})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("message", "reason", "code"),
    [
        (b"\xff\xff", "text only", 1003),
        ("hello", "not JSON", 1002),
        ("[" * 100_000, "not JSON", 1002),
        ("[1]", "not an object", 1002),
        (said("media", media={"payload": "/w=="}), "first event must be start", 1002),
        (said("stop"), "first event must be start", 1002),
        (start_with(callSid=None), "callSid is missing", 1002),
        (start_with(callSid=""), "callSid must have 1 to 256", 1002),
        (start_with(streamSid="M" * 257), "streamSid must have 1 to 256", 1002),
        (start_with(streamSid=["MZ1"]), "streamSid must be a string", 1002),
        (start_with(customParameters="x"), "customParameters must be an object", 1002),
        (start_with(mediaFormat={"encoding": "audio/x-l16"}), "audio/x-mulaw, 8000 Hz", 1003),
        (start_with(mediaFormat={"sampleRate": 16000}), "8000 Hz", 1003),
        (start_with(mediaFormat={"sampleRate": "fast"}), "sampleRate must be a whole number", 1002),
        (start_with(mediaFormat={"channels": 2}), "1 channel", 1003),
    ],
)
def test_a_stream_that_does_not_start(message: str | bytes, reason: str, code: int) -> None:
    with pytest.raises(WireError, match=reason) as refused:
        Stream(TWILIO).receive(message)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (json.dumps(START), "start came twice"),
        (json.dumps({"event": "media", "streamSid": "MZ2", "media": {"payload": ""}}), "another stream"),
        (said("media"), "payload must be a string"),
        (said("media", media=5), "media must be an object"),
        (said("media", media={"payload": "not base64!"}), "payload is not base64"),
        (said("media", media={"payload": "/w=é"}), "payload is not base64"),
        (said("dtmf", dtmf={}), "digit is missing"),
        (said("mark", mark={"name": []}), "name must be a string"),
    ],
)
def test_what_no_twilio_sends(message: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        started().receive(message)


def test_a_gateway_that_others_wrote_is_understood() -> None:
    gateway, codec = MediaStreamEncoder(), Stream(TWILIO)
    frames = [
        gateway.connected(),
        gateway.start(custom_parameters={"task": "42"}),
        gateway.media(b"\xff" * 160),
        gateway.dtmf("5"),
        gateway.mark("e1:1"),
        gateway.stop(),
    ]
    codec.receive(json.dumps(frames[0]))
    (start,) = codec.receive(json.dumps(frames[1]))
    assert isinstance(start, Started)
    assert (start.call_id, start.stream_id) == (gateway.identity.call_sid, gateway.identity.stream_sid)
    assert start.params == {"task": "42"}
    codec.send(Mark("e1:1"))
    heard = [told for frame in frames[2:] for told in codec.receive(json.dumps(frame))]
    assert heard == [Audio(b"\xff" * 160), Digit("5"), Played("e1:1", cleared=False), Ended("stop")]
