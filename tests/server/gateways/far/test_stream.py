"""Our codec and the side of Twilio and its like, wired back to back; and against a parser that others wrote."""

from __future__ import annotations

import json

import pytest
from streamdouble.protocol import MediaStreamEncoder

from server.gateways.far.stream import StreamEnd
from server.gateways.stream import Stream
from server.gateways.vendors import TWILIO, VENDORS
from server.gateways.wire import Audio, Clear, Digit, Ended, Keys, Mark, Played, Send, Started, WireError
from tests.server.gateways.line import Line


def test_a_call_from_start_to_stop() -> None:
    line = Line(Stream(TWILIO), StreamEnd())
    assert line.open("CA7", {"script": "renovation", "caller": "10086"}) == [
        Started("CA7", "MZCA7", "10086", line.far.format, {"script": "renovation", "caller": "10086"})
    ]
    assert line.hear(line.far.audio(b"\x7f" * 160)) == [Audio(b"\x7f" * 160)]
    assert line.hear(line.far.digit("5")) == [Digit("5")]
    assert line.order(Send(b"\xff" * 800), Mark("e1:1")) == [Send(b"\xff" * 800), Mark("e1:1")]
    assert line.wait(99) == []
    assert line.wait(1) == [Played("e1:1", cleared=False)]
    assert line.hear(line.far.stop()) == [Ended("stop")]


def test_a_clear_brings_all_marks_back_at_once() -> None:
    line = Line(Stream(TWILIO), StreamEnd())
    line.open("CA7", {})
    line.order(Send(b"\xff" * 800), Mark("e1:1"), Send(b"\xff" * 800), Mark("e1:2"))
    assert line.wait(120) == [Played("e1:1", cleared=False)]
    line.order(Clear())
    assert line.wait(0) == [Played("e1:2", cleared=True)]
    line.order(Mark("e2:1"))
    assert line.wait(0) == [Played("e2:1", cleared=False)]


def test_time_in_the_stream_is_that_of_its_audio() -> None:
    far = StreamEnd()
    far.open_messages("CA7", {})
    stamps = [json.loads(message)["media"] for _ in range(3) for message in far.audio(b"\xff" * 160)]
    assert [(stamp["chunk"], stamp["timestamp"]) for stamp in stamps] == [("1", "0"), ("2", "20"), ("3", "40")]


@pytest.mark.parametrize(
    "message", [b"\xff", "{}", '{"event":"media","streamSid":"MZ8"}', '{"event":"x","streamSid":"MZCA7"}']
)
def test_what_twilio_would_report_as_an_error(message: str | bytes) -> None:
    far = StreamEnd()
    far.open_messages("CA7", {})
    with pytest.raises(WireError, match="31950"):
        far.receive(message, 0)


def shape(value: object) -> object:
    """A message without its values: names, and what kind each is."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def test_messages_have_the_shape_that_others_found_in_the_documentation() -> None:
    far, theirs = StreamEnd(), MediaStreamEncoder()
    ours = [*far.open_messages("CA7", {"task": "42"}), *far.audio(b"\xff" * 160), *far.digit("5")]
    far.receive('{"event":"mark","streamSid":"MZCA7","mark":{"name":"e1:1"}}', 0)
    ours += [*far.due(0), *far.stop()]
    expected = [
        theirs.connected(),
        theirs.start(custom_parameters={"task": "42"}),
        theirs.media(b"\xff" * 160),
        theirs.dtmf("5"),
        theirs.mark("e1:1"),
        theirs.stop(),
    ]
    assert [shape(json.loads(message)) for message in ours] == [shape(each) for each in expected]
    assert [json.loads(message).get("sequenceNumber") for message in ours] == [
        each.get("sequenceNumber") for each in expected
    ]


@pytest.mark.parametrize("name", VENDORS)
def test_a_call_by_each_vendor(name: str) -> None:
    far = StreamEnd(VENDORS[name])
    params = {"script": "renovation", "caller": "10086"}
    line = Line(Stream(VENDORS[name], far.query(params)), far)
    (start,) = line.open("CA7", params)
    assert isinstance(start, Started)
    assert (start.call_id, start.caller, start.params["script"]) == ("CA7", "10086", "renovation")
    frame = far.format.silence * far.format.frame_bytes
    assert line.hear(far.audio(frame)) == [Audio(frame)]
    assert line.hear(far.digit("5")) == [Digit("5")]
    assert line.order(Send(frame * 10), Mark("e1:1")) == [Send(frame * 10), Mark("e1:1")]
    assert line.wait(199) == []
    assert line.wait(1) == [Played("e1:1", cleared=False)]
    assert line.hear(far.stop()) == ([] if name == "plivo" else [Ended("stop")])


def test_plivo_forgets_checkpoints_and_tells_of_the_clear() -> None:
    line = Line(Stream(VENDORS["plivo"]), StreamEnd(VENDORS["plivo"]))
    line.open("CA7", {})
    line.order(Send(b"\xff" * 800), Mark("e1:1"), Clear())
    assert line.far.due(0) == ('{"event": "clearedAudio", "streamId": "MZCA7"}',)
    assert line.wait(500) == []
    assert line.order(Keys("12#")) == [Keys("12#")]


def test_plivo_wants_the_format_of_the_stream() -> None:
    far = StreamEnd(VENDORS["plivo"], "audio/x-l16", 16000)
    line = Line(Stream(VENDORS["plivo"]), far)
    line.open("CA7", {})
    assert line.order(Send(bytes(640))) == [Send(bytes(640))]
    with pytest.raises(WireError, match="contentType"):
        far.receive('{"event":"playAudio","streamId":"MZCA7","media":{"payload":""}}', 0)


def test_telnyx_lets_sound_overtake() -> None:
    far = StreamEnd(VENDORS["telnyx"], swapped=True)
    line = Line(Stream(VENDORS["telnyx"]), far)
    line.open("CA7", {})
    heard = [told for number in range(4) for told in line.hear(far.audio(bytes([number])))]
    assert heard == [Audio(b"\0\1"), Audio(b"\2\3")]
