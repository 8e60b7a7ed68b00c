"""chan_websocket: each event in both forms, frame and bulk mode, audio that comes too early."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.gateways.asterisk import COMMAND_BYTES, FORMATS, HELD_BYTES, LARGEST_BYTES, Asterisk
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Flow,
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

PLAIN = "MEDIA_START connection_id:bot1 channel:WebSocket/bot1/0x7f01 channel_id:1759.5 format:slin16 optimal_frame_size:640 ptime:20"
JSON = {
    "event": "MEDIA_START",
    "connection_id": "bot1",
    "channel": "WebSocket/bot1/0x7f01",
    "channel_id": "1759.5",
    "format": "slin16",
    "optimal_frame_size": 640,
    "ptime": 20,
    "channel_variables": {"X": "y"},
}
FRAME = bytes(640)


def started(first: str = PLAIN, **query: str) -> Asterisk:
    codec = Asterisk(query)
    codec.receive(first)
    return codec


def sent(codec: Asterisk, *orders: Any) -> list[str | bytes]:
    return [message for order in orders for message in codec.send(order)]


def test_a_channel_starts_in_lines_of_words() -> None:
    codec = Asterisk({"script": "renovation", "caller": "10086"})
    params = {"script": "renovation", "caller": "10086"}
    assert codec.receive(PLAIN) == (Started("1759.5", "bot1", "10086", Format("l16", 16000), params),)
    assert sent(codec, Mark("e1:1"), Clear(), HangUp()) == ["MARK_MEDIA e1:1", "FLUSH_MEDIA", "HANGUP"]


def test_a_call_that_is_not_answered_yet_says_so() -> None:
    (begun,) = Asterisk({"early": "true"}).receive(PLAIN)
    assert isinstance(begun, Started)
    assert begun.early


def test_a_channel_starts_in_json() -> None:
    codec = Asterisk({"script": "renovation"})
    (start,) = codec.receive(json.dumps(JSON))
    assert isinstance(start, Started)
    assert (start.call_id, start.params) == ("1759.5", {"script": "renovation", "X": "y"})
    assert sent(codec, Mark("e1:1"), Clear(), HangUp()) == [
        '{"command":"MARK_MEDIA","correlation_id":"e1:1"}',
        '{"command":"FLUSH_MEDIA"}',
        '{"command":"HANGUP"}',
    ]


def test_the_first_release_has_no_channel_id() -> None:
    (start,) = Asterisk().receive(
        "MEDIA_START connection_id:bot1 channel:WebSocket/bot1/0x7f01 format:ulaw optimal_frame_size:160"
    )
    assert isinstance(start, Started)
    assert (start.call_id, start.format) == ("WebSocket/bot1/0x7f01", Format("ulaw", 8000))


def test_the_dialplan_may_say_whose_call_it_is() -> None:
    (start,) = Asterisk({"call_id": "1759.1"}).receive(PLAIN)
    assert isinstance(start, Started)
    assert start.call_id == "1759.1"


@pytest.mark.parametrize("name", FORMATS)
def test_formats_have_the_frames_asterisk_says(name: str) -> None:
    """As its documentation lists them: 160 for G.711, 320 for slin, 1764 for slin44, 15360 for slin192."""
    listed = {"ulaw": 160, "alaw": 160, "slin": 320, "slin44": 1764}
    frame = listed.get(name) or int(name.removeprefix("slin")) * 40
    assert FORMATS[name].frame_bytes == frame
    (start,) = Asterisk().receive(f"MEDIA_START channel:c format:{name} optimal_frame_size:{frame}")
    assert isinstance(start, Started)
    assert start.format == FORMATS[name]


@pytest.mark.parametrize(
    ("plain", "in_json", "meaning"),
    [
        ("DTMF_END digit:5 channel_id:1759.5", {"event": "DTMF_END", "channel_id": "1759.5", "digit": "5"}, (Digit("5"),)),
        ("MEDIA_XOFF", {"event": "MEDIA_XOFF", "channel_id": "1759.5"}, (Flow(on=False),)),
        ("MEDIA_XON", {"event": "MEDIA_XON", "channel_id": "1759.5"}, (Flow(on=True),)),
        ("MEDIA_MARK_PROCESSED e1:7", {"event": "MEDIA_MARK_PROCESSED", "correlation_id": "e1:7"}, (Played("e1:7", cleared=False),)),
        ("MEDIA_MARK_PROCESSED", {"event": "MEDIA_MARK_PROCESSED"}, ()),
        ("MEDIA_BUFFERING_COMPLETED e1:7", {"event": "MEDIA_BUFFERING_COMPLETED", "correlation_id": "e1:7"}, (Played("e1:7", cleared=False),)),
        ("QUEUE_DRAINED", {"event": "QUEUE_DRAINED", "channel_id": "1759.5"}, (Oddity("QUEUE_DRAINED, unasked"),)),
        (
            "STATUS channel_id:1759.5 queue_length:12 xon_level:800 xoff_level:900 queue_full:false bulk_media:true media_paused:false",
            {"event": "STATUS", "channel_id": "1759.5", "queue_length": 12, "queue_full": False},
            (Oddity("STATUS, unasked"),),
        ),
        (
            "ERROR channel_id:1759.5 error_text:MARK_MEDIA not supported: passthrough",
            {"event": "ERROR", "channel_id": "1759.5", "error_text": "MARK_MEDIA not supported: passthrough"},
            (Oddity("Asterisk: MARK_MEDIA not supported: passthrough"),),
        ),
        ("MEDIA_NEW thing:1", {"event": "MEDIA_NEW"}, (Oddity("unknown event: MEDIA_NEW"),)),
        ("", {}, (Oddity("unknown event: without a name"),)),
    ],
)  # fmt: skip
def test_what_comes_in(plain: str, in_json: dict[str, Any], meaning: tuple[Incoming, ...]) -> None:
    assert started().receive(plain) == meaning or not plain
    assert started(json.dumps(JSON)).receive(json.dumps(in_json)) == meaning


def test_audio_of_any_length() -> None:
    codec = started()
    assert codec.receive(b"\1\0" * 480) == (Audio(b"\1\0" * 480),)
    assert codec.receive(b"") == ()
    with pytest.raises(WireError, match="within a sample"):
        codec.receive(b"\1")


def test_audio_that_comes_before_the_start_is_kept() -> None:
    codec = Asterisk()
    assert codec.receive(b"\1\0" * 320) == codec.receive(b"\2\0" * 320) == ()
    start, audio = codec.receive(PLAIN)
    assert isinstance(start, Started)
    assert audio == Audio(b"\1\0" * 320 + b"\2\0" * 320)
    assert codec.receive(b"\3\0") == (Audio(b"\3\0"),)


def test_no_more_than_a_second_of_it_is_kept() -> None:
    codec = Asterisk()
    for number in range(100):
        codec.receive(bytes([number]) * 160)
    _, oddity, audio = codec.receive("MEDIA_START channel:c format:ulaw optimal_frame_size:160")
    assert oddity == Oddity("8000 bytes of audio from before MEDIA_START dropped")
    assert audio == Audio(b"".join(bytes([number]) * 160 for number in range(50, 100)))


def test_however_much_comes_too_early_little_is_held() -> None:
    codec = Asterisk()
    for _ in range(50):
        codec.receive(bytes(3200))
    _, oddity, audio = codec.receive(PLAIN)
    assert isinstance(audio, Audio)
    assert len(audio.payload) == HELD_BYTES
    assert oddity == Oddity(f"{50 * 3200 - HELD_BYTES} bytes of audio from before MEDIA_START dropped")


def test_messages_hold_whole_frames_and_a_mark_fills_up_the_last() -> None:
    codec = started()
    assert sent(codec, Send(FRAME * 3)) == [FRAME * 3]
    assert sent(codec, Send(FRAME + b"\7\0" * 50)) == [FRAME]
    assert sent(codec, Send(b"\7\0" * 270)) == [b"\7\0" * 320]
    assert sent(codec, Send(b"\7\0"), Mark("e1:1")) == [b"\7\0" + bytes(638), "MARK_MEDIA e1:1"]
    assert sent(codec, Mark("e1:2")) == ["MARK_MEDIA e1:2"]


@pytest.mark.parametrize(("name", "silence"), [("ulaw", b"\xff"), ("alaw", b"\xd5"), ("slin", b"\0")])
def test_the_silence_of_a_format(name: str, silence: bytes) -> None:
    codec = started(f"MEDIA_START channel:c format:{name} optimal_frame_size:{FORMATS[name].frame_bytes}")
    filled, _ = sent(codec, Send(b"\1\1"), Mark("e1:1"))
    assert filled == b"\1\1" + silence * (FORMATS[name].frame_bytes - 2)


def test_a_clear_forgets_the_tail() -> None:
    codec = started()
    assert sent(codec, Send(b"\7\0"), Clear(), Send(FRAME)) == ["FLUSH_MEDIA", FRAME]


def test_long_messages_are_cut_between_frames() -> None:
    codec = started()
    messages = sent(codec, Send(FRAME * 120))
    assert b"".join(message for message in messages if isinstance(message, bytes)) == FRAME * 120
    assert all(len(message) % 640 == 0 and len(message) <= LARGEST_BYTES for message in messages)


def test_bulk_mode_is_entered_for_each_utterance() -> None:
    codec = started(mode="bulk")
    assert sent(codec, Send(b"\1" * 1000), Send(b"\2" * 10), Mark("e1:1")) == [
        "START_MEDIA_BUFFERING", b"\1" * 1000, b"\2" * 10, "STOP_MEDIA_BUFFERING e1:1",
    ]  # fmt: skip
    assert sent(codec, Send(b"\3" * 8), Clear(), Send(b"\4" * 8)) == [
        "START_MEDIA_BUFFERING", b"\3" * 8, "FLUSH_MEDIA", "START_MEDIA_BUFFERING", b"\4" * 8,
    ]  # fmt: skip


def test_in_bulk_mode_a_mark_behind_nothing_is_an_empty_utterance() -> None:
    assert sent(started(mode="bulk"), Mark("e1:1")) == ["START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING e1:1"]


def test_in_bulk_mode_too_no_message_is_too_long() -> None:
    messages = sent(started(mode="bulk"), Send(bytes(3 * LARGEST_BYTES + 2)))
    assert [len(message) for message in messages[1:]] == [LARGEST_BYTES] * 3 + [2]


def test_a_channel_that_waits_is_answered_with_the_first_sound() -> None:
    codec = started(answer="yes")
    assert sent(codec, Clear(), Send(FRAME), Send(FRAME)) == ["FLUSH_MEDIA", "ANSWER", FRAME, FRAME]


def test_commands_are_short_enough() -> None:
    longest = Mark("e" * 64)
    for mode in ("frames", "bulk"):
        for command in sent(started(json.dumps(JSON), mode=mode), longest):
            assert len(command) <= COMMAND_BYTES
    with pytest.raises(ValueError, match="not a name for a mark"):
        started().send(Mark("e" * 65))


def test_orders_before_the_start() -> None:
    assert sent(Asterisk(), Send(FRAME), Mark("e1:1"), Clear()) == []
    assert sent(Asterisk(), Refuse("no such script")) == ["HANGUP"]


def test_keys_are_not_for_this_socket() -> None:
    assert sent(started(), Keys("1")) == []
    assert not Asterisk.can


@pytest.mark.parametrize(
    ("message", "reason", "code"),
    [
        ("MEDIA_START channel:c", "format is missing", 1002),
        ("MEDIA_START channel:c format:opus optimal_frame_size:0", "write c.slin.", 1003),
        ("MEDIA_START channel:c format:ulaw optimal_frame_size:0", "leave p out", 1003),
        ("MEDIA_START channel:c format:ulaw optimal_frame_size:160 passthrough:true", "leave p out", 1003),
        ("MEDIA_START channel:c format:slin optimal_frame_size:321", "cannot be", 1002),
        ("MEDIA_START channel:c format:slin optimal_frame_size:-320", "whole number", 1002),
        ("MEDIA_START channel:c format:slin optimal_frame_size:99999", "cannot be", 1002),
        ("MEDIA_START format:slin", "channel is missing", 1002),
        ('{"event":"MEDIA_START","format":["slin"]}', "format must be a string", 1002),
        ('{"event":"MEDIA_START","format":"slin","channel":"c","channel_variables":[]}', "must be an object", 1002),
        ("{MEDIA_START", "not JSON", 1002),
        ('{"event":"DTMF_END"}', "digit is missing", 1002),
    ],
)
def test_what_no_asterisk_sends(message: str, reason: str, code: int) -> None:
    with pytest.raises(WireError, match=reason) as refused:
        Asterisk().receive(message)
    assert refused.value.code == code


def test_a_channel_starts_once() -> None:
    with pytest.raises(WireError, match="came twice"):
        started().receive(PLAIN)


def test_a_query_that_cannot_be() -> None:
    with pytest.raises(WireError, match="mode must be frames or bulk"):
        Asterisk({"mode": "fast"})
