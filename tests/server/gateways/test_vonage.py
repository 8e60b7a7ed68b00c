"""Vonage: the messages of its documentation, and frames of exactly 20 ms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.gateways.fields import MARKS_KEPT
from server.gateways.vonage import Vonage
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
    Played,
    Refuse,
    Send,
    Started,
    WireError,
)

CONNECTED = {
    "event": "websocket:connected",
    "content-type": "audio/l16;rate=16000",
    "uuid": "63f61863",
    "caller": "10086",
    "script": "renovation",
}
FRAME = bytes(range(256)) * 2 + bytes(128)


def started(**query: str) -> Vonage:
    codec = Vonage(query)
    codec.receive(json.dumps(CONNECTED))
    return codec


def sent(codec: Vonage, *orders: Any) -> list[Any]:
    messages = [message for order in orders for message in codec.send(order)]
    return [message if isinstance(message, bytes) else json.loads(message) for message in messages]


def notify(name: str) -> dict[str, Any]:
    return {"action": "notify", "payload": {"id": name}}


def told(name: str) -> str:
    return json.dumps({"event": "websocket:notify", "payload": {"id": name}})


def test_a_socket_opens() -> None:
    params = {"uuid": "63f61863", "caller": "10086", "script": "renovation"}
    assert Vonage().receive(json.dumps(CONNECTED)) == (Started("63f61863", "", "10086", Format("l16", 16000), params),)


def test_what_the_headers_leave_out_the_query_may_tell() -> None:
    first = {"event": "websocket:connected", "content-type": "audio/l16; rate=8000"}
    (start,) = Vonage({"call_id": "c-1", "script": "renovation"}).receive(json.dumps(first))
    assert start == Started("c-1", "", "", Format("l16", 8000), {"call_id": "c-1", "script": "renovation"})
    (start,) = Vonage().receive(json.dumps(first))
    assert start == Started("", "", "", Format("l16", 8000))


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (FRAME, (Audio(FRAME),)),
        (b"", ()),
        ('{"event":"websocket:dtmf","digit":"5","duration":260}', (Digit("5"),)),
        ('{"event":"websocket:cleared"}', ()),
        ('{"event":"websocket:notify","payload":{"id":"e9:1"}}', (Oddity("a notification that is not ours"),)),
        ('{"event":"websocket:notify","payload":{}}', (Oddity("a notification that is not ours"),)),
        ('{"event":"websocket:media:update"}', (Oddity("unknown event: websocket:media:update"),)),
        ("{}", (Oddity("unknown event: without a name"),)),
    ],
)
def test_what_comes_in(message: str | bytes, meaning: tuple[Incoming, ...]) -> None:
    assert started().receive(message) == meaning


def test_every_message_is_one_frame() -> None:
    codec = started()
    assert sent(codec, Send(FRAME * 3)) == [FRAME] * 3
    assert sent(codec, Send(FRAME + b"\7\0")) == [FRAME]
    assert sent(codec, Mark("e1:1")) == [b"\7\0" + bytes(638), notify("e1:1")]
    assert sent(codec, Mark("e1:2")) == [notify("e1:2")]


def test_what_is_left_over_waits_for_more_and_a_clear_forgets_it() -> None:
    codec = started()
    assert sent(codec, Send(b"\1\0" * 200), Send(b"\2\0" * 120)) == [b"\1\0" * 200 + b"\2\0" * 120]
    assert sent(codec, Send(b"\1\0"), Clear(), Send(FRAME)) == [{"action": "clear"}, FRAME]


def test_a_notification_was_heard_unless_a_clear_overtook_it() -> None:
    codec = started()
    sent(codec, Mark("e1:1"), Mark("e1:2"))
    assert codec.receive(told("e1:1")) == (Played("e1:1", cleared=False),)
    sent(codec, Clear())
    assert codec.receive(told("e1:2")) == (Played("e1:2", cleared=True),)


def test_marks_that_never_return_are_forgotten_in_the_end() -> None:
    codec = started()
    sent(codec, *(Mark(f"e1:{number}") for number in range(MARKS_KEPT + 1)))
    assert codec.receive(told("e1:0")) == (Oddity("a notification that is not ours"),)


def test_there_is_no_word_for_the_end() -> None:
    assert sent(started(), HangUp("done"), Refuse("no"), Keys("1")) == []
    assert sent(Vonage(), Send(FRAME), Mark("e1:1"), Clear()) == []
    assert not Vonage.can


@pytest.mark.parametrize(
    ("message", "reason", "code"),
    [
        (FRAME, "first message must be websocket:connected", 1002),
        ('{"event":"websocket:dtmf","digit":"5"}', "first message must be websocket:connected", 1002),
        ('{"event":"websocket:connected"}', "content-type is missing", 1002),
        ('{"event":"websocket:connected","content-type":"audio/l16;rate=44100"}', "rate= and 8000 or 16000", 1003),
        ('{"event":"websocket:connected","content-type":"audio/opus"}', "content-type must be", 1003),
        ("hello", "not JSON", 1002),
    ],
)
def test_a_socket_that_does_not_open(message: str | bytes, reason: str, code: int) -> None:
    with pytest.raises(WireError, match=reason) as refused:
        Vonage().receive(message)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (json.dumps(CONNECTED), "came twice"),
        (b"\1", "within a sample"),
        ('{"event":"websocket:dtmf"}', "digit is missing"),
        ('{"event":"websocket:notify","payload":5}', "payload must be an object"),
    ],
)
def test_what_no_vonage_sends(message: str | bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        started().receive(message)
