"""Our own protocol, wired back to back."""

from __future__ import annotations

import pytest

from server.gateways.far.plain import PlainEnd
from server.gateways.plain import Plain
from server.gateways.wire import (
    Audio,
    Clear,
    Digit,
    Ended,
    HangUp,
    Keys,
    Mark,
    Played,
    Refuse,
    Send,
    Started,
    Text,
    Transfer,
    TransferResult,
    WireError,
)
from tests.server.gateways.line import Line


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_call(rate_hz: int) -> None:
    far = PlainEnd(rate_hz)
    line = Line(Plain(), far)
    params = {"script": "renovation", "token": "secret", "name": "王"}
    assert line.open("c-1", {"caller": "10086", **params}) == [Started("c-1", "", "10086", far.format, params)]
    assert line.hear(far.audio(b"\1\0" * 160)) == [Audio(b"\1\0" * 160)]
    assert line.hear(far.digit("1")) == [Digit("1")]
    assert line.hear(far.text("可以", 0.9)) == [Text("可以", 0.9)]
    sound = bytes(far.format.frame_bytes * 5)
    assert line.order(Send(sound), Mark("e1:1"), Send(sound), Mark("e1:2")) == [
        Send(sound),
        Mark("e1:1"),
        Send(sound),
        Mark("e1:2"),
    ]
    assert line.wait(100) == [Played("e1:1", cleared=False)]
    assert line.order(Clear()) == [Clear()]
    assert line.wait(0) == [Played("e1:2", cleared=True)]
    assert line.order(Keys("1#"), Transfer("10010")) == [Keys("1#"), Transfer("10010")]
    assert line.hear(far.transfer_result(ok=False, reason="busy")) == [TransferResult(ok=False, reason="busy")]
    assert line.order(HangUp("done")) == [HangUp("done")]
    assert line.hear(far.stop()) == [Ended("", "caller")]


def test_a_refusal() -> None:
    line = Line(Plain(), PlainEnd())
    assert line.order(Refuse("wrong token")) == [Refuse("wrong token")]


def test_a_gateway_reads_closely() -> None:
    with pytest.raises(WireError, match="unknown type"):
        PlainEnd().receive('{"type":"dance"}', 0)
