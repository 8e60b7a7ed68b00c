"""Genesys Audio Connector: each message of its protocol, its numbers, and the two ways in which a session ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.gateways.genesys import LEAST_BYTES, NOBODY, Genesys
from server.gateways.wire import (
    Answer,
    Audio,
    Clear,
    Digit,
    Ended,
    Format,
    HangUp,
    Incoming,
    Keys,
    Mark,
    Oddity,
    Outcome,
    Played,
    Refuse,
    Send,
    Started,
    WireError,
)

Json = dict[str, Any]

MONO = {"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000}
STEREO = {**MONO, "channels": ["external", "internal"]}
OPEN = {
    "organizationId": "d7934305",
    "conversationId": "090eaa2f",
    "participant": {"id": "883efee8", "ani": "+8613800001234", "aniName": "王", "dnis": "+861012345678"},
    "media": [STEREO, MONO],
    "language": "zh-CN",
    "inputVariables": {"script": "renovation"},
}


def message(type_: str, seq: int = 2, **parameters: Any) -> str:
    return json.dumps(
        {"version": "2", "type": type_, "id": "e160e428", "seq": seq, "serverseq": 1, "position": "PT1S", "parameters": parameters}
    )  # fmt: skip


def opened(**changed: Any) -> Genesys:
    codec = Genesys()
    codec.receive(message("open", 1, **{**OPEN, **changed}))
    return codec


def answered(told: tuple[Incoming, ...]) -> list[Json]:
    return [json.loads(each.message) for each in told if isinstance(each, Answer)]


def sent(codec: Genesys, *orders: Any) -> list[Any]:
    messages = [each for order in orders for each in codec.send(order)]
    return [each if isinstance(each, bytes) else json.loads(each) for each in messages]


def test_a_session_opens_with_one_medium_of_those_offered() -> None:
    start, answer = Genesys({"a": "b"}).receive(message("open", 1, **OPEN))
    params = {"a": "b", "script": "renovation"}
    assert start == Started("090eaa2f", "e160e428", "+8613800001234", Format("ulaw", 8000), params)
    assert answered((answer,)) == [
        {"version": "2", "id": "e160e428", "type": "opened", "seq": 1, "clientseq": 1,
         "parameters": {"startPaused": False, "media": [MONO]}},
    ]  # fmt: skip


def test_a_probe_is_answered_and_is_no_call() -> None:
    codec = Genesys()
    nobody = {"conversationId": NOBODY, "participant": {"id": NOBODY, "ani": "", "aniName": "", "dnis": ""}}
    told = codec.receive(message("open", 1, **{**OPEN, **nobody}))
    assert [each["type"] for each in answered(told)] == ["opened"]
    assert len(told) == 1
    told = codec.receive(message("close", 2, reason="end"))
    assert [(each["type"], each["seq"], each["clientseq"]) for each in answered(told)] == [("closed", 2, 2)]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("told", "meaning"),
    [
        (b"\xff\x0f", (Audio(b"\xff\x0f"),)),
        (b"", ()),
        (message("dtmf", digit="5"), (Digit("5"),)),
        (message("playback_started"), ()),
        (message("playback_completed"), ()),
        (message("discarded", start="PT1S", discarded="PT1S"), (Oddity("Genesys discarded audio"),)),
        (message("paused"), ()),
        (message("resumed", start="PT1S", discarded="PT0S"), ()),
        (message("error", code=429, message="Rate limit", retryAfter="PT5S"), (Oddity("Genesys: 429 Rate limit"),)),
        (message("other"), (Oddity("unknown type: other"),)),
    ],
)
def test_what_comes_in(told: str | bytes, meaning: tuple[Incoming, ...]) -> None:
    assert opened().receive(told) == meaning


@pytest.mark.parametrize(("asks", "answer"), [("ping", "pong"), ("update", "updated")])
def test_what_is_answered_at_once(asks: str, answer: str) -> None:
    codec = opened()
    (told,) = answered(codec.receive(message(asks, 7)))
    assert (told["type"], told["seq"], told["clientseq"], told["parameters"]) == (answer, 2, 7, {})


def test_of_two_channels_the_first_is_the_caller() -> None:
    codec = opened(media=[STEREO])
    assert codec.receive(b"\x01\xff\x02\xff") == (Audio(b"\x01\x02"),)
    with pytest.raises(WireError, match="within a sample"):
        codec.receive(b"\x01")


def test_sound_is_collected_until_the_utterance_ends() -> None:
    codec = opened()
    assert sent(codec, Send(b"\1" * 800)) == []
    assert sent(codec, Send(b"\2" * 800)) == [b"\1" * 800 + b"\2" * 800]
    assert sent(codec, Send(b"\3" * LEAST_BYTES)) == [b"\3" * LEAST_BYTES]
    assert sent(codec, Send(b"\4" * 160), Mark("e0:1")) == [b"\4" * 160]
    assert sent(codec, Mark("e0:2")) == []


def test_all_marks_are_reached_when_it_has_finished() -> None:
    codec = opened()
    sent(codec, Send(bytes(1600)), Mark("e0:1"), Send(bytes(1600)), Mark("e0:2"))
    assert codec.receive(message("playback_started")) == ()
    assert codec.receive(message("playback_completed")) == (
        Played("e0:1", cleared=False),
        Played("e0:2", cleared=False),
    )
    assert codec.receive(message("playback_completed")) == ()


def test_an_interruption_is_an_event_and_what_it_cut_is_not_taken_for_what_follows() -> None:
    codec = opened()
    sent(codec, Send(bytes(1600)), Mark("e0:1"))
    codec.receive(message("playback_started"))
    (barge_in,) = sent(codec, Send(bytes(160)), Clear())
    assert (barge_in["type"], barge_in["parameters"]) == ("event", {"entities": [{"type": "barge_in", "data": {}}]})
    assert sent(codec, Send(bytes(1600)), Mark("e1:2")) == [bytes(1600)]
    assert codec.receive(message("playback_completed")) == ()
    codec.receive(message("playback_started"))
    assert codec.receive(message("playback_completed")) == (Played("e1:2", cleared=False),)


def test_the_outcome_goes_along_with_the_end() -> None:
    codec = opened()
    (bye,) = sent(codec, Outcome({"grade": "A", "disposition": "answered"}), HangUp("goodbye"))
    assert (bye["type"], bye["seq"]) == ("disconnect", 2)
    assert bye["parameters"] == {
        "reason": "completed", "info": "goodbye", "outputVariables": {"grade": "A", "disposition": "answered"},
    }  # fmt: skip
    assert sent(codec, Send(bytes(1600)), HangUp("again")) == []
    assert codec.receive(b"\1") == ()
    told = codec.receive(message("close", 9, reason="disconnect"))
    assert [each["type"] for each in answered(told)] == ["closed"]
    assert len(told) == 1


def test_a_refusal_is_an_error() -> None:
    (bye,) = sent(opened(), Refuse("no such script"))
    assert (bye["type"], bye["parameters"]["reason"], bye["parameters"]["info"]) == (
        "disconnect",
        "error",
        "no such script",
    )


@pytest.mark.parametrize(("reason", "by"), [("end", "caller"), ("error", "network"), ("reconnect", "network")])
def test_genesys_closes(reason: str, by: str) -> None:
    answer, ended = opened().receive(message("close", 5, reason=reason))
    assert [each["type"] for each in answered((answer,))] == ["closed"]
    assert ended == Ended(reason, by)  # type: ignore[arg-type]


def test_numbers_count_up() -> None:
    codec = opened()
    told = [
        *answered(codec.receive(message("ping", 2))),
        *sent(codec, Clear()),
        *answered(codec.receive(message("ping", 3))),
    ]
    assert [(each["seq"], each["clientseq"]) for each in told] == [(2, 2), (3, 2), (4, 3)]


def test_before_it_is_open_nothing_can_be_said() -> None:
    assert sent(Genesys(), Send(bytes(1600)), Mark("e0:1"), Clear(), HangUp(), Refuse("no")) == []
    assert sent(opened(), Keys("1")) == []
    assert Genesys.can == {Outcome}


@pytest.mark.parametrize(
    ("told", "reason", "code"),
    [
        (b"\1", "first message must be open", 1002),
        (message("ping"), "first message must be open", 1002),
        (message("open", 1), "media must offer PCMU", 1003),
        (message("open", 1, **{**OPEN, "media": [{**MONO, "format": "L16"}]}), "media must offer PCMU", 1003),
        (
            message("open", 1, **{**OPEN, "media": [5, {**MONO, "channels": ["internal"]}]}),
            "media must offer PCMU",
            1003,
        ),
        (message("open", 1, **{**OPEN, "conversationId": None}), "conversationId is missing", 1002),
        (message("open", 1, **OPEN).replace('"version": "2"', '"version": "1"'), "version must be 2", 1002),
        (message("open", 1, **OPEN).replace('"seq": 1', '"seq": "x"'), "seq must be a whole number", 1002),
    ],
)
def test_a_session_that_does_not_open(told: str | bytes, reason: str, code: int) -> None:
    with pytest.raises(WireError, match=reason) as refused:
        Genesys().receive(told)
    assert refused.value.code == code


def test_a_session_opens_once_and_has_one_id() -> None:
    with pytest.raises(WireError, match="came twice"):
        opened().receive(message("open", 2, **OPEN))
    with pytest.raises(WireError, match="another session"):
        opened().receive(message("ping").replace("e160e428", "e160e429"))
