"""huashu's own protocol: each message, and what a gateway may leave out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.gateways.plain import Plain
from server.gateways.wire import (
    Answered,
    Audio,
    Clear,
    Digit,
    Ended,
    Failed,
    Format,
    HangUp,
    Held,
    Hold,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Outgoing,
    Played,
    Refuse,
    Send,
    Started,
    Text,
    Transfer,
    TransferResult,
    Unhold,
    WireError,
)

START = {
    "type": "start",
    "version": 1,
    "call_id": "c-1",
    "caller": "10086",
    "rate_hz": 16000,
    "script": "renovation",
    "token": "secret",
    "vars": {"name": "王", "age": 30, "vip": True, "note": None},
    "can": ["marks", "keys", "transfer"],
}


def start(**changed: Any) -> str:
    return json.dumps({key: value for key, value in (START | changed).items() if value is not None})


def started(**changed: Any) -> Plain:
    codec = Plain()
    codec.receive(start(**changed))
    return codec


def test_a_call_starts() -> None:
    params = {"task": "7", "name": "王", "age": "30", "vip": "true", "script": "renovation", "token": "secret"}
    assert Plain({"task": "7"}).receive(start()) == (Started("c-1", "", "10086", Format("l16", 16000), params),)


def test_the_shortest_start() -> None:
    codec = Plain({"script": "renovation"})
    assert codec.receive('{"type":"start","version":1,"call_id":"c-1"}') == (
        Started("c-1", "", "", Format("l16", 8000), {"script": "renovation"}),
    )
    assert not codec.marks
    assert not codec.can
    assert not [codec.send(order) for order in (Mark("e1:1"), Keys("1"), Transfer("10010")) if codec.send(order)]


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        (b"\1\0\2\0", (Audio(b"\1\0\2\0"),)),
        (b"", ()),
        ('{"type":"answered"}', (Answered(),)),
        ('{"type":"answered","by":"machine"}', (Answered("machine"),)),
        ('{"type":"answered","by":"parrot"}', (Answered(),)),
        ('{"type":"failed"}', (Failed(),)),
        ('{"type":"failed","sip":"486","q850":17,"header":"Q.850;cause=17"}', (Failed(486, 17, "", "Q.850;cause=17"),)),
        ('{"type":"failed","sip":-1,"q850":"soon","reason":"E-7"}', (Failed(reason="E-7, sip -1, q850 soon"),)),
        ('{"type":"digit","digit":"*"}', (Digit("*"),)),
        ('{"type":"digit","digit":7}', (Digit("7"),)),
        ('{"type":"digit","digit":"12"}', (Oddity("a key that no telephone has"),)),
        ('{"type":"text","text":"你好"}', (Text("你好"),)),
        ('{"type":"text","text":"你","confidence":0.5,"final":false}', (Text("你", 0.5, final=False),)),
        ('{"type":"text","text":"\\ud800"}', (Text("?"),)),
        ('{"type":"played","mark":"e1:1"}', (Played("e1:1", cleared=False),)),
        ('{"type":"played","mark":"e1:1","cleared":true}', (Played("e1:1", cleared=True),)),
        ('{"type":"transfer_result","ok":true}', (TransferResult(ok=True),)),
        ('{"type":"transfer_result","ok":false,"reason":"busy"}', (TransferResult(ok=False, reason="busy"),)),
        ('{"type":"hold_result","ok":true}', (Held("began"),)),
        ('{"type":"hold_result","ok":false,"reason":"held by the caller"}', (Held("failed", "held by the caller"),)),
        ('{"type":"hold_ended","reason":"resumed"}', (Held("ended", "resumed"),)),
        ('{"type":"hangup"}', (Ended("", "caller"),)),
        ('{"type":"hangup","by":"network","reason":"no RTP"}', (Ended("no RTP", "network"),)),
        ('{"type":"ended","reason":"as asked"}', (Ended("as asked"),)),
        ('{"type":"error","reason":"out of memory"}', (Oddity("the gateway: out of memory"),)),
        ('{"type":"video"}', (Oddity("unknown type: video"),)),
        ("{}", (Oddity("unknown type: without a name"),)),
    ],
)
def test_what_comes_in(message: str | bytes, meaning: tuple[Incoming, ...]) -> None:
    assert started().receive(message) == meaning


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (Send(b"\1\0"), b"\1\0"),
        (Mark("e1:1"), '{"type":"mark","mark":"e1:1"}'),
        (Clear(), '{"type":"clear"}'),
        (Keys("12#"), '{"type":"keys","digits":"12#"}'),
        (Transfer("10010"), '{"type":"transfer","to":"10010"}'),
        (Transfer("desk", {"grade": "B"}), '{"type":"transfer","to":"desk","summary":{"grade":"B"}}'),
        (HangUp("再见"), '{"type":"hangup","reason":"再见"}'),
        (HangUp("再见", 17), '{"type":"hangup","reason":"再见","q850":17}'),
        (Refuse("no such script"), '{"type":"error","reason":"no such script"}'),
    ],
)
def test_what_goes_out(order: Outgoing, message: str | bytes) -> None:
    codec = started()
    assert codec.send(order) == (message,)
    assert codec.can == {Keys, Transfer}


def test_only_a_gateway_that_can_is_asked_to_put_the_caller_on_hold() -> None:
    codec = Plain()
    codec.receive(start(can=["hold"]))
    assert codec.can == {Hold, Unhold}
    assert codec.send(Hold()) + codec.send(Unhold()) == ('{"type":"hold"}', '{"type":"unhold"}')
    assert started().send(Hold()) == started().send(Unhold()) == ()


def test_a_call_may_start_before_its_answer() -> None:
    (begun,) = Plain().receive(start(early=True, trunk="gz"))
    assert isinstance(begun, Started)
    assert (begun.early, begun.params["trunk"]) == (True, "gz")


@pytest.mark.parametrize("end", ['{"type":"hangup"}', '{"type":"ended"}', '{"type":"failed","sip":480}'])
def test_nothing_counts_after_the_end(end: str) -> None:
    codec = started()
    codec.receive(end)
    assert codec.receive(b"\0\0") == codec.receive("not JSON") == ()


def test_before_the_start_only_a_refusal_can_be_said() -> None:
    assert Plain().send(Send(b"\0\0")) == Plain().send(Mark("e1:1")) == ()
    assert Plain().send(Refuse("wrong token")) == ('{"type":"error","reason":"wrong token"}',)


@pytest.mark.parametrize(
    ("message", "reason", "code"),
    [
        (b"\0\0", "first message must be start", 1002),
        ('{"type":"digit","digit":"1"}', "first message must be start", 1002),
        ("hello", "not JSON", 1002),
        (start(version=None), "version is missing", 1002),
        (start(version=2), "version must be 1", 1002),
        (start(version=True), "version must be a whole number", 1002),
        (start(version=1e400), "version must be a whole number", 1002),
        (start(call_id=None), "call_id is missing", 1002),
        (start(call_id=""), "call_id must have 1 to 256", 1002),
        (start(rate_hz=44100), "rate_hz must be 8000 or 16000", 1003),
        (start(vars=["name"]), "vars must be an object", 1002),
        (start(can="marks"), "can must be a list of marks, keys, transfer, hold", 1002),
        (start(can=["fly"]), "can must be a list of marks, keys, transfer, hold", 1002),
        (start(script=["a"]), "script must be a string", 1002),
    ],
)
def test_a_call_that_does_not_start(message: str | bytes, reason: str, code: int) -> None:
    with pytest.raises(WireError, match=reason) as refused:
        Plain().receive(message)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (start(), "start came twice"),
        (b"\1", "within a sample"),
        ('{"type":"text"}', "text is missing"),
        ('{"type":"text","text":"' + "好" * 2001 + '"}', "2000 characters"),
        ('{"type":"text","text":"好","confidence":2}', "from 0 to 1"),
        ('{"type":"text","text":"好","confidence":NaN}', "from 0 to 1"),
        ('{"type":"text","text":"好","final":"yes"}', "true or false"),
        ('{"type":"played"}', "mark is missing"),
        ('{"type":"transfer_result"}', "ok must be true or false"),
        ('{"type":"hold_result"}', "ok must be true or false"),
        ('{"type":"hangup","by":"bot"}', "caller or network"),
    ],
)
def test_what_no_gateway_should_send(message: str | bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        started().receive(message)
