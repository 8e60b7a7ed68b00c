"""Our codec and Genesys' side, wired back to back."""

from __future__ import annotations

import json

import pytest

from server.gateways.far.genesys import GenesysEnd
from server.gateways.genesys import Genesys
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Ended,
    HangUp,
    Mark,
    Outcome,
    Played,
    Refuse,
    Send,
    Started,
    WireError,
)
from tests.server.gateways.line import Line


def line(far: GenesysEnd) -> Line:
    return Line(Genesys(far.query({})), far)


@pytest.mark.parametrize("stereo", [False, True])
def test_a_call_from_open_to_close(stereo: bool) -> None:
    far = GenesysEnd(stereo=stereo)
    there = line(far)
    (start,) = there.open("g-1", {"script": "renovation", "caller": "10086", "token": "secret"})
    assert isinstance(start, Started)
    assert (start.call_id, start.caller, start.params["script"]) == ("g-1", "10086", "renovation")
    assert "token" not in start.params
    assert there.hear(far.audio(b"\x7f" * 160)) == [Audio(b"\x7f" * 160)]
    assert there.hear(far.digit("5")) == [Digit("5")]
    assert there.hear(far.ping()) == []
    assert there.order(Send(b"\xff" * 1600), Mark("e0:1")) == [Send(b"\xff" * 1600)]
    assert there.wait(199) == []
    assert there.wait(1) == [Played("e0:1", cleared=False)]
    assert there.hear(far.stop()) == [Ended("end", "caller")]
    assert far.closed


def test_the_bot_leaves_with_what_the_call_came_to() -> None:
    far = GenesysEnd()
    there = line(far)
    there.open("g-1", {})
    assert there.order(Outcome({"grade": "A"}), HangUp("goodbye")) == [HangUp("goodbye")]
    assert far.output == {"grade": "A"}
    assert there.wait(0) == []
    assert far.closed


def test_a_refused_call() -> None:
    there = line(GenesysEnd())
    there.open("g-1", {})
    assert there.order(Refuse("no such script")) == [Refuse("no such script")]


def test_an_interruption() -> None:
    far = GenesysEnd()
    there = line(far)
    there.open("g-1", {})
    there.order(Send(b"\xff" * 1600), Mark("e0:1"))
    assert there.wait(50) == []
    assert there.order(Clear()) == [Clear()]
    assert there.wait(0) == []
    there.order(Send(b"\xff" * 1600), Mark("e1:2"))
    assert there.wait(200) == [Played("e1:2", cleared=False)]


def test_a_probe() -> None:
    far = GenesysEnd(probe=True)
    assert line(far).open("g-1", {}) == []
    assert far.opened


def test_nothing_is_said_before_the_session_is_open() -> None:
    far = GenesysEnd()
    far.open_messages("g-1", {})
    assert far.audio(b"\xff") == ()
    with pytest.raises(WireError, match="not open"):
        far.receive(b"\xff", 0)


@pytest.mark.parametrize(
    ("seq", "clientseq", "id_", "reason"),
    [
        (2, 1, "session-g-1", "seq or id"),
        (1, 1, "other", "seq or id"),
        (1, 9, "session-g-1", "clientseq"),
        (1, 1, "session-g-1", "unknown type"),
    ],
)
def test_numbers_that_do_not_follow(seq: int, clientseq: int, id_: str, reason: str) -> None:
    far = GenesysEnd()
    far.open_messages("g-1", {})
    told = {"version": "2", "id": id_, "type": "hello", "seq": seq, "clientseq": clientseq, "parameters": {}}
    with pytest.raises(WireError, match=reason):
        far.receive(json.dumps(told), 0)
