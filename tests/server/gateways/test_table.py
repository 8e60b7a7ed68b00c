"""Which gateway a path is, and what every one of them must stand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.gateways.asterisk import Asterisk
from server.gateways.far.table import FAR_ENDS
from server.gateways.plain import Plain
from server.gateways.table import GATEWAYS, at, subprotocol
from server.gateways.wire import Audio, Clear, Digit, HangUp, Mark, Refuse, Send, Started, WireError
from tests.server.gateways.line import Line

each_gateway = pytest.mark.parametrize("name", GATEWAYS)


@each_gateway
def test_a_call_by_each_gateway(name: str) -> None:
    far = FAR_ENDS[name]()
    params = {"script": "renovation", "caller": "10086", "token": "secret"}
    line = Line(GATEWAYS[name].codec(far.query(params)), far)
    (start,) = line.open("c-1", params)
    assert isinstance(start, Started)
    assert (start.call_id, start.caller) == ("c-1", "10086")
    assert {key: start.params[key] for key in ("script", "token")} == {"script": "renovation", "token": "secret"}
    frame = far.format.silence * far.format.frame_bytes
    assert line.hear(far.audio(frame)) == [Audio(frame)]
    assert line.hear(far.digit("1")) == [Digit("1")]
    orders = line.order(Send(frame * 10), Mark("e1:1"), Clear(), Send(frame * 10))
    told = [] if name in ("audiostream", "genesys") else [Mark]  # those have no word for a mark
    assert [type(order) for order in orders if not isinstance(order, Send)] == [*told, Clear]
    line.order(HangUp(), Refuse("over"))


def test_paths() -> None:
    assert at("/twilio") == (GATEWAYS["twilio"], "")
    assert at("/asterisk/s3cret") == (GATEWAYS["asterisk"], "s3cret")
    assert at("/asterisk/s3cret/more") is None
    assert at("/metrics") is None
    assert at("/") is None


@each_gateway
def test_a_gateway_is_found_at_its_path(name: str) -> None:
    assert at(GATEWAYS[name].path) == (GATEWAYS[name], "")
    assert GATEWAYS[name].credentials


def test_a_subprotocol_is_echoed_as_it_was_offered() -> None:
    assert subprotocol(GATEWAYS["fork"], ["chat", "audio.jambonz.org"]) == "audio.jambonz.org"
    assert subprotocol(GATEWAYS["jambonz"], ["audio.drachtio.org"]) == "audio.drachtio.org"
    assert subprotocol(GATEWAYS["asterisk"], ["media"]) == "media"
    assert subprotocol(GATEWAYS["asterisk"], []) is None
    assert subprotocol(GATEWAYS["twilio"], ["chat"]) is None


def test_the_query_reaches_the_codec() -> None:
    assert isinstance(GATEWAYS["asterisk"].codec({"mode": "bulk"}), Asterisk)
    assert isinstance(GATEWAYS["huashu"].codec({}), Plain)
    with pytest.raises(WireError, match="mode must be"):
        GATEWAYS["asterisk"].codec({"mode": "fast"})


# --- hostile ---------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    "event type start connected media dtmf mark stop streamSid start callSid mediaFormat encoding sampleRate channels "
    "customParameters payload track name data digit text confidence final call_id caller rate_hz version vars can token "
    "played transfer_result hangup by ended error reason playDone id MEDIA_START MEDIA_MARK_PROCESSED DTMF_END format "
    "optimal_frame_size channel channel_id channel_variables error_text ERROR slin MZ1 e1:1 mixType stereo "
    "stream_id stream_sid streamId call_control_id call_sid callId media_format sample_rate custom_parameters chunk "
    "extra_headers playedStream clearedAudio websocket:connected websocket:notify content-type audio/l16;rate=8000 "
    "open opened ping close seq parameters conversationId participant ani inputVariables playback_completed rate".split()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=6),
    max_leaves=12,
)
TEXTS = st.one_of(
    st.text(),
    st.dictionaries(WORDS, JSON, max_size=8).map(json.dumps),
    st.lists(WORDS | st.tuples(WORDS, st.text(max_size=8)).map(":".join), max_size=8).map(" ".join),
    st.sampled_from(['{"a":' * 5000, '{"a":' + "9" * 5000 + "}", '{"event":"\\ud800"}', "NaN", '{"type":1e999}', "\0"]),
)
MESSAGES = st.lists(TEXTS | st.binary(max_size=700), min_size=1, max_size=6)


NESTED = [
    '{"type":[]}',
    '{"event":[]}',
    '{"task":[]}',
    '{"type":"start","version":1,"call_id":"c","vars":{"a":[]}}',
    '{"event":"start","start":{"callSid":"c","streamSid":"s","customParameters":{"a":[]}}}',
    '{"event":"MEDIA_START","channel":"c","format":"slin","channel_variables":{"a":[]}}',
]


@each_gateway
@pytest.mark.parametrize("message", NESTED)
def test_nesting_to_the_limit_of_what_can_be_read(name: str, message: str) -> None:
    """Somewhere near a thousand levels text can still be read, but no longer be written."""
    for depth in range(800, 1000):
        try:
            told = GATEWAYS[name].codec({}).receive(message.replace("[]", "[" * depth + "]" * depth))
        except WireError as error:
            told = (error.reason,)
        assert isinstance(told, tuple)


@each_gateway
@pytest.mark.parametrize("opened", [False, True], ids=["at first", "in a call"])
@settings(max_examples=60)
@given(messages=MESSAGES)
def test_whatever_comes_is_understood_or_refused_in_words(name: str, opened: bool, messages: list[str | bytes]) -> None:
    far = FAR_ENDS[name]()
    line = Line(GATEWAYS[name].codec(far.query({})), far)
    if opened:
        line.open("c-1", {})
        line.order(Send(bytes(640)), Mark("e1:1"))
    for message in messages:
        try:
            told = line.codec.receive(message)
        except WireError as error:
            assert error.reason.isprintable()  # noqa: PT017
            assert len(error.reason.encode()) <= 123  # noqa: PT017  # what a close frame holds (RFC 6455 section 5.5)
            break
        assert isinstance(told, tuple)
        str(told).encode()  # nothing that no file can hold
        for audio in told:
            assert not isinstance(audio, Audio) or len(audio.payload) % far.format.sample_bytes == 0
