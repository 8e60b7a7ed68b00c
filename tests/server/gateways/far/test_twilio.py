"""Our codec and Twilio's side, wired back to back; and Twilio's side against a parser that others wrote."""

from __future__ import annotations

import json

import pytest
from streamdouble.protocol import MediaStreamEncoder

from server.gateways.far.twilio import TwilioEnd
from server.gateways.twilio import Twilio
from server.gateways.wire import Audio, Clear, Digit, Ended, Mark, Played, Send, Started, WireError
from tests.server.gateways.line import Line


def test_a_call_from_start_to_stop() -> None:
    line = Line(Twilio(), TwilioEnd())
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
    line = Line(Twilio(), TwilioEnd())
    line.open("CA7", {})
    line.order(Send(b"\xff" * 800), Mark("e1:1"), Send(b"\xff" * 800), Mark("e1:2"))
    assert line.wait(120) == [Played("e1:1", cleared=False)]
    line.order(Clear())
    assert line.wait(0) == [Played("e1:2", cleared=True)]
    line.order(Mark("e2:1"))
    assert line.wait(0) == [Played("e2:1", cleared=False)]


def test_time_in_the_stream_is_that_of_its_audio() -> None:
    far = TwilioEnd()
    far.open_messages("CA7", {})
    stamps = [json.loads(message)["media"] for _ in range(3) for message in far.audio(b"\xff" * 160)]
    assert [(stamp["chunk"], stamp["timestamp"]) for stamp in stamps] == [("1", "0"), ("2", "20"), ("3", "40")]


@pytest.mark.parametrize(
    "message", [b"\xff", "{}", '{"event":"media","streamSid":"MZ8"}', '{"event":"x","streamSid":"MZCA7"}']
)
def test_what_twilio_would_report_as_an_error(message: str | bytes) -> None:
    far = TwilioEnd()
    far.open_messages("CA7", {})
    with pytest.raises(WireError, match="31950"):
        far.receive(message, 0)


def shape(value: object) -> object:
    """A message without its values: names, and what kind each is."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def test_messages_have_the_shape_that_others_found_in_the_documentation() -> None:
    far, theirs = TwilioEnd(), MediaStreamEncoder()
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
