"""AudioSocket: each kind of frame, and whatever else may come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.audiosocket import FORGET, FORMAT, AudioSocket, call_of, frame
from server.gateways.far.audiosocket import SLACK_MS, AudioSocketEnd
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Ended,
    HangUp,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Refuse,
    Send,
    Started,
    WireError,
)
from tests.server.gateways.line import Line

CALL = UUID("40325ec2-5efd-4bd3-805f-53576e581d13")
FIRST = b"\x01\x00\x10" + CALL.bytes
SOUND = bytes(range(160)) * 2


def started(**params: str) -> AudioSocket:
    codec = AudioSocket(params)
    codec.receive(FIRST)
    return codec


def sent(codec: AudioSocket, *orders: Any) -> list[str | bytes]:
    return [message for order in orders for message in codec.send(order)]


def test_the_uuid_names_the_call_and_the_ticket_tells_the_rest() -> None:
    assert AudioSocket().receive(FIRST) == (Started(str(CALL), str(CALL), "", FORMAT),)
    params = {"script": "renovation", "caller": "10086", "call_id": "1759.5"}
    assert AudioSocket(params).receive(FIRST) == (Started("1759.5", str(CALL), "10086", FORMAT, params),)
    assert call_of(FIRST) == CALL
    assert call_of(b"\x10\x00\x10" + CALL.bytes) is call_of(FIRST[:-1]) is call_of(b"") is None


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (b"\x10\x01\x40" + SOUND, (Audio(SOUND),)),
        (b"\x10\x00\x00", ()),
        (b"\x03\x00\x015", (Digit("5"),)),
        (b"\x03\x00\x01\xff", (Oddity("a key that no telephone has"),)),
        (b"\x00\x00\x00", (Ended("hang-up"),)),
        (b"\xff\x00\x01\x02", (Oddity("Asterisk: error 02"),)),
        (b"\xff\x00\x00", (Oddity("Asterisk: error without a code"),)),
        (b"\x42\x00\x01x", (Oddity("unknown frame: 42"),)),
    ],
)
def test_what_comes_in(message: bytes, meaning: tuple[Incoming, ...]) -> None:
    assert started().receive(message) == meaning


def test_sound_goes_out_in_frames_of_20_ms() -> None:
    codec = started()
    assert sent(codec, Send(SOUND * 2)) == [b"\x10\x01\x40" + SOUND] * 2
    assert sent(codec, Send(SOUND + b"\7\0")) == [b"\x10\x01\x40" + SOUND]
    assert sent(codec, Mark("e0:1")) == [b"\x10\x01\x40\x07" + bytes(319)]
    assert sent(codec, Mark("e0:2")) == []
    assert not codec.marks


def test_falling_silent_and_hanging_up() -> None:
    codec = started()
    assert sent(codec, Send(b"\7\0"), Clear(), Mark("e1:1")) == [FORGET]
    assert sent(codec, HangUp("done")) == sent(AudioSocket(), Refuse("no")) == [b"\x00\x00\x00"]
    assert sent(AudioSocket(), Send(SOUND), Clear()) == sent(codec, Keys("1")) == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("text", "not a frame"),
        (b"\x10", "not a frame"),
        (b"\x10\x01\x40" + SOUND[1:], "longer or shorter"),
        (b"\x10\x00\x01\x01", "within a sample"),
        (b"\x12\x02\x80" + SOUND * 2, "c.slin."),
    ],
)
def test_what_no_asterisk_sends(message: str | bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        started().receive(message)


@pytest.mark.parametrize("message", [b"\x10\x01\x40" + SOUND, b"\x01\x00\x04abcd", b"\x00\x00\x00"])
def test_the_first_frame_is_the_uuid(message: bytes) -> None:
    with pytest.raises(WireError, match="first frame must be the UUID"):
        AudioSocket().receive(message)


@given(st.lists(st.binary(max_size=40) | st.binary(max_size=40).map(lambda sound: frame(0x10, sound)), max_size=8))
def test_whatever_comes_is_understood_or_refused_in_words(messages: list[bytes]) -> None:
    codec = started()
    for message in messages:
        try:
            told = codec.receive(message)
        except WireError as error:
            assert error.reason.isprintable()  # noqa: PT017
            return
        str(told).encode()


# --- Asterisk's side -------------------------------------------------------------------------------------------------


def test_a_call_back_to_back() -> None:
    line = Line(AudioSocket({"caller": "10086"}), AudioSocketEnd(CALL))
    (start,) = line.open("", {})
    assert isinstance(start, Started)
    assert (start.call_id, start.caller) == (str(CALL), "10086")
    assert line.hear(line.far.audio(SOUND)) == [Audio(SOUND)]
    assert line.hear(line.far.digit("5")) == [Digit("5")]
    assert line.order(Send(SOUND), HangUp()) == [Send(SOUND), HangUp()]
    assert line.far.stop() == line.far.due(0) == ()


def test_sound_that_comes_faster_than_time_is_a_fault() -> None:
    far = AudioSocketEnd(CALL)
    for number in range(50):
        far.receive(frame(0x10, SOUND), number * 20)
    for _ in range(SLACK_MS // 20):
        far.receive(frame(0x10, SOUND), 980)
    with pytest.raises(WireError, match="faster"):
        far.receive(frame(0x10, SOUND), 980)


@pytest.mark.parametrize("message", ["text", b"\x10\x00\x00", b"\x42\x00\x00", b"\x10\x00\x05x"])
def test_what_tears_a_session_down(message: str | bytes) -> None:
    with pytest.raises(WireError, match=r"not a whole frame|tears the session down"):
        AudioSocketEnd(CALL).receive(message, 0)
