"""mod_audio_stream: metadata, sound in binary messages, answers as files in text."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from server.gateways.audiostream import FILE_MS, AudioStream
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Format,
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

METADATA = {"uuid": "b1f3", "caller": "10086", "script": "renovation"}


def started(**query: str) -> AudioStream:
    codec = AudioStream(query)
    codec.receive(json.dumps(METADATA))
    return codec


def sent(codec: AudioStream, *orders: Any) -> list[Any]:
    return [json.loads(message) for order in orders for message in codec.send(order)]


def test_a_stream_starts_with_its_metadata() -> None:
    assert AudioStream().receive(json.dumps(METADATA)) == (Started("b1f3", "", "10086", Format("l16", 8000), METADATA),)
    (start,) = AudioStream({"rate": "16000", "call_id": "c-1"}).receive("a note")
    params = {"rate": "16000", "call_id": "c-1", "metadata": "a note"}
    assert start == Started("c-1", "", "", Format("l16", 16000), params)


def test_a_stream_may_start_without() -> None:
    start, audio = AudioStream({"call_id": "c-1"}).receive(b"\1\0" * 160)
    assert start == Started("c-1", "", "", Format("l16", 8000), {"call_id": "c-1"})
    assert audio == Audio(b"\1\0" * 160)
    (start,) = AudioStream().receive("")
    assert start == Started("", "", "", Format("l16", 8000))


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (b"\1\0" * 320, (Audio(b"\1\0" * 320),)),
        (b"", ()),
        ('{"event":"dtmf","dtmf":"5"}', (Digit("5"),)),
        ('{"event":"other"}', (Oddity("unknown message: other"),)),
        ("some words", (Oddity("unknown message: without a name"),)),
    ],
)
def test_what_comes_in(message: str | bytes, meaning: tuple[Incoming, ...]) -> None:
    assert started().receive(message) == meaning


def test_of_stereo_the_first_channel_is_the_caller() -> None:
    codec = started(mix="stereo")
    both = np.array([[1, 9], [2, 9], [3, 9]], "<i2").tobytes()
    assert codec.receive(both) == (Audio(np.array([1, 2, 3], "<i2").tobytes()),)
    assert codec.receive(b"") == ()
    with pytest.raises(WireError, match="within a sample"):
        codec.receive(b"\1\0")


def test_mixed_lets_the_bot_hear_itself() -> None:
    _, oddity = AudioStream({"mix": "mixed"}).receive("{}")
    assert oddity == Oddity("the bot hears itself: stream mono or stereo, not mixed")


def test_sound_goes_out_in_files_of_a_second_and_the_rest_with_the_end() -> None:
    codec = started()
    piece = b"\1\0" * 1600
    assert sent(codec, *[Send(piece)] * 4) == []
    (file,) = sent(codec, Send(piece))
    assert file["type"] == "streamAudio"
    assert (file["data"]["audioDataType"], file["data"]["sampleRate"]) == ("raw", 8000)
    assert b64decode(file["data"]["audioData"]) == piece * 5
    assert len(piece * 5) == FILE_MS * 16
    (rest,) = sent(codec, Send(b"\2\0" * 80), Mark("e1:1"))
    assert b64decode(rest["data"]["audioData"]) == b"\2\0" * 80
    assert sent(codec, Mark("e1:2")) == []
    assert not codec.marks


def test_a_clear_forgets_what_waits() -> None:
    codec = started()
    assert sent(codec, Send(b"\1\0" * 80), Clear(), Mark("e2:1")) == [{"type": "killAudio"}]


def test_the_hook_hangs_up() -> None:
    assert sent(started(), HangUp("done")) == [{"type": "disconnect"}]
    assert sent(AudioStream(), Refuse("no such script")) == [
        {"type": "error", "data": {"reason": "no such script"}}, {"type": "disconnect"},
    ]  # fmt: skip
    assert sent(started(), Keys("1")) == []
    assert sent(AudioStream(), Send(b"\1\0"), Mark("e1:1"), Clear()) == []


@pytest.mark.parametrize("query", [{"rate": "48000"}, {"mix": "left"}])
def test_a_query_that_cannot_be(query: dict[str, str]) -> None:
    with pytest.raises(WireError, match="the rate must be 8000 or 16000, the mix"):
        AudioStream(query).receive("{}")
