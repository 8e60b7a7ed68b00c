"""mod_audio_fork and jambonz listen: metadata, sound streamed and in files, and what the module does to both."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import pytest

from server.gateways.fork import FILE_MS, MARKS, Fork
from server.gateways.wire import (
    Answered,
    Audio,
    Clear,
    Digit,
    Ended,
    Failed,
    Format,
    HangUp,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Played,
    Refuse,
    Send,
    Started,
    WireError,
)

JAMBONZ = {
    "sampleRate": 8000,
    "mixType": "mono",
    "callSid": "c-1",
    "direction": "inbound",
    "from": "10086",
    "to": "10010",
    "callId": "sip-1",
    "sipStatus": 200,
    "sipReason": "OK",
    "callStatus": "in-progress",
    "script": "renovation",
}
SILENCE_80, SILENCE_160 = bytes(1280), bytes(2560)


def started(metadata: dict[str, Any] | None = None, **query: str) -> Fork:
    codec = Fork(query, tells_play_done=True)
    codec.receive(json.dumps(metadata or JAMBONZ))
    return codec


def sent(codec: Fork, *orders: Any) -> list[Any]:
    """Messages that orders become: bytes, and texts read."""
    messages = [message for order in orders for message in codec.send(order)]
    return [message if isinstance(message, bytes) else json.loads(message) for message in messages]


def mark(name: str) -> dict[str, Any]:
    return {"type": "mark", "data": {"name": name}}


def told(name: str, event: str = "playout") -> str:
    return json.dumps({"type": "mark", "data": {"name": name, "event": event}})


def test_a_fork_of_early_media_tells_later_what_became_of_the_call() -> None:
    codec = Fork()
    (start,) = codec.receive('{"uuid":"u-1","early":true,"trunk":"gz"}')
    assert isinstance(start, Started)
    assert (start.early, start.params["trunk"]) == (True, "gz")
    assert codec.receive('{"type":"answered"}') == (Answered(),)
    failed = codec.receive('{"type":"failed","sip":480,"q850":20,"reason":"NO_USER_RESPONSE"}')
    assert failed == (Failed(480, 20, "NO_USER_RESPONSE"),)
    assert codec.receive(b"\0\0") == ()


def test_jambonz_tells_all_in_its_metadata() -> None:
    (start,) = Fork().receive(json.dumps(JAMBONZ))
    assert isinstance(start, Started)
    assert (start.call_id, start.stream_id, start.caller, start.format) == (
        "c-1",
        "sip-1",
        "10086",
        Format("l16", 8000),
    )
    assert start.params["script"] == "renovation"
    assert start.params["sipStatus"] == "200"


def test_the_dialplan_of_freeswitch_writes_its_own() -> None:
    (start,) = Fork({"script": "renovation", "rate": "16000"}).receive('{"uuid":"u-1","caller":"10086","task":{"n":1}}')
    assert isinstance(start, Started)
    assert (start.call_id, start.caller, start.format) == ("u-1", "10086", Format("l16", 16000))
    assert start.params == {
        "script": "renovation",
        "rate": "16000",
        "uuid": "u-1",
        "caller": "10086",
        "task": '{"n": 1}',
    }


def test_metadata_need_not_be_json() -> None:
    (start,) = Fork({"call_id": "u-1"}).receive("gold customer")
    assert isinstance(start, Started)
    assert (start.call_id, start.params["metadata"]) == ("u-1", "gold customer")


def test_without_metadata_the_first_sound_starts_the_call() -> None:
    start, audio = Fork({"call_id": "u-1", "caller": "10086"}).receive(b"\1\0" * 160)
    assert start == Started("u-1", "", "10086", Format("l16", 8000), {"call_id": "u-1", "caller": "10086"})
    assert audio == Audio(b"\1\0" * 160)


def test_of_two_channels_the_caller_is_the_first() -> None:
    codec = started({**JAMBONZ, "mixType": "stereo"})
    caller, bot = np.arange(160, dtype="<i2"), np.full(160, 7, "<i2")
    assert codec.receive(np.column_stack([caller, bot]).tobytes()) == (Audio(caller.tobytes()),)
    with pytest.raises(WireError, match="within a sample"):
        codec.receive(bytes(6))


def test_a_mixed_fork_is_warned_of() -> None:
    _, oddity = Fork({"mix": "mixed"}).receive("{}")
    assert oddity == Oddity("the bot hears itself: fork with mono or stereo, not mixed")


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (b"\1\0" * 480, (Audio(b"\1\0" * 480),)),
        (b"", (Ended("graceful shutdown"),)),
        ('{"event":"dtmf","dtmf":"2","duration":"1600"}', (Digit("2"),)),
        ('{"event":"dtmf","dtmf":2,"duration":1600}', (Digit("2"),)),
        (told("e9:9"), (Oddity("a mark that is not ours"),)),
        ('{"type":"playDone","data":{"id":"e9:9"}}', ()),
        ('{"type":"custom","data":{}}', (Oddity("unknown message: custom"),)),
        ("13800001234 said yes", (Oddity("unknown message: without a name"),)),
    ],
)  # fmt: skip
def test_what_comes_in(message: str | bytes, meaning: tuple[Incoming, ...]) -> None:
    assert started().receive(message) == meaning


def test_silence_pushes_the_end_of_an_utterance_out() -> None:
    """160 ms must have come before anything plays; later 80 ms."""
    codec = started()
    assert sent(codec, Send(b"\1\0" * 160), Mark("e1:1")) == [b"\1\0" * 160, bytes(2560 - 320), mark("e1:1")]
    assert sent(codec, Send(b"\1\0" * 160), Mark("e1:2")) == [b"\1\0" * 160, SILENCE_80, mark("e1:2")]
    assert sent(started(), Mark("e1:1")) == [SILENCE_160, mark("e1:1")]


def test_the_silence_is_as_long_at_another_rate() -> None:
    codec = started({**JAMBONZ, "sampleRate": 16000})
    assert sent(codec, Send(bytes(6400)), Mark("e1:1"))[1] == bytes(2560)


def test_no_sample_of_ours_is_taken_for_a_mark() -> None:
    sound = np.array([-1, 0, -2, 255, 256, -1, 1], "<i2")
    (heard,) = sent(started(), Send(sound.tobytes()))
    assert np.frombuffer(heard, "<i2").tolist() == [-2, 0, -2, 255, 256, -2, 1]


def test_marks_are_heard_or_cleared() -> None:
    codec = started()
    sent(codec, Mark("e1:1"), Mark("e1:2"))
    assert codec.receive(told("e1:1")) == (Played("e1:1", cleared=False),)
    assert sent(codec, Clear()) == [{"type": "killAudio"}]
    assert codec.receive(told("e1:2", "cleared")) == (Played("e1:2", cleared=True),)


def test_a_clear_that_loses_marks_among_the_sound_feeds_the_module_as_many() -> None:
    """It would swallow the next ones otherwise; a mark behind all sound is not among it."""
    codec = started()
    sent(codec, Send(bytes(640)), Mark("e1:1"), Send(bytes(640)), Mark("e1:2"), Send(bytes(640)), Mark("e1:3"), Clear())
    assert sent(codec, Clear(), Send(bytes(640)), Send(bytes(640))) == [
        {"type": "killAudio"}, b"\xff\xff" * 2 + bytes(640), bytes(640),
    ]  # fmt: skip


def test_not_too_many_marks_are_in_flight() -> None:
    codec = started()
    sent(codec, *[Mark(f"e1:{number}") for number in range(MARKS)])
    assert sent(codec, Mark("e1:99")) == [SILENCE_80]
    codec.receive(told("e1:0"))
    assert sent(codec, Mark("e1:99")) == [SILENCE_80, mark("e1:99")]


def test_sound_in_files_for_forks_that_do_not_stream() -> None:
    codec = started(playout="file")
    second = FILE_MS * 16
    assert sent(codec, Send(bytes(second - 320))) == []
    (file,) = sent(codec, Send(b"\1\0" * 160))
    assert (file["type"], file["data"].pop("audioContent")) == (
        "playAudio",
        in_base64(bytes(second - 320) + b"\1\0" * 160),
    )
    assert file["data"] == {"audioContentType": "raw", "sampleRate": 8000, "queuePlay": True}
    (last,) = sent(codec, Send(b"\2\0"), Mark("e1:1"))
    assert (last["data"]["id"], b64decode(last["data"]["audioContent"])) == ("e1:1", b"\2\0")
    (silent,) = sent(codec, Mark("e1:2"))
    assert b64decode(silent["data"]["audioContent"]) == bytes(320)


def in_base64(sound: bytes) -> str:
    return b64encode(sound).decode()


def test_the_end_of_a_file_is_a_mark() -> None:
    codec = started(playout="file")
    sent(codec, Mark("e1:1"), Mark("e1:2"))
    assert codec.receive('{"type":"playDone","data":{"id":"e1:1"}}') == (Played("e1:1", cleared=False),)
    sent(codec, Send(bytes(320)))
    assert sent(codec, Clear(), Mark("e2:1"))[1]["data"]["audioContent"] == in_base64(bytes(320))
    assert codec.receive('{"type":"playDone","data":{"id":"e1:2"}}') == (Played("e1:2", cleared=True),)


@pytest.mark.parametrize(
    ("playout", "tells", "marks"), [("stream", False, True), ("file", False, False), ("file", True, True)]
)
def test_freeswitch_itself_never_tells_when_a_file_has_ended(playout: str, tells: bool, marks: bool) -> None:
    assert Fork({"playout": playout}, tells_play_done=tells).marks == marks


def test_the_end_from_our_side() -> None:
    assert sent(started(), HangUp("done"), Keys("1")) == [{"type": "disconnect"}]
    assert sent(Fork(), Send(b"\0\0"), Refuse("no such script")) == [
        {"type": "error", "data": {"reason": "no such script"}}, {"type": "disconnect"},
    ]  # fmt: skip


def test_nothing_counts_after_the_end() -> None:
    codec = started()
    codec.receive(b"")
    assert codec.receive(b"\0\0") == codec.receive("{}") == ()


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ('{"sampleRate":11025}', "rate must be 8000"),
        ('{"sampleRate":"8k"}', "sampleRate must be a whole number"),
        ('{"mixType":"quad"}', "mono, mixed or stereo"),
    ],
)
def test_a_fork_that_does_not_start(metadata: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        Fork().receive(metadata)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('{"type":"mark"}', "name is missing"),
        ('{"type":"mark","data":[]}', "data must be an object"),
        ('{"event":"dtmf"}', "dtmf is missing"),
        (b"\1", "within a sample"),
    ],
)
def test_what_no_module_sends(message: str | bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        started().receive(message)


def test_a_query_that_cannot_be() -> None:
    with pytest.raises(WireError, match="playout must be stream or file"):
        Fork({"playout": "loud"})
