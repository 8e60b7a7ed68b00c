"""Our codec and Asterisk's side of chan_websocket, wired back to back."""

from __future__ import annotations

from typing import Literal

import pytest

from server.gateways.asterisk import Asterisk
from server.gateways.far.asterisk import AsteriskEnd
from server.gateways.wire import Audio, Clear, Digit, Flow, HangUp, Mark, Played, Send, Started, WireError
from tests.server.gateways.line import Line

FRAME = bytes(320)
Form = Literal["json", "plain"]
each_form = pytest.mark.parametrize("form", ["json", "plain"])


def connect(form: Form = "json", codec: str = "slin", **query: str) -> Line:
    far = AsteriskEnd(form, codec)
    line = Line(Asterisk({**query, **far.query({"script": "renovation"})}), far)
    (start,) = line.open("1759.5", {"script": "renovation"})
    assert start == Started("1759.5", "bot", "", far.format, {**query, "script": "renovation"})
    return line


@each_form
@pytest.mark.parametrize("mode", ["frames", "bulk"])
def test_a_call(form: Form, mode: str) -> None:
    line = connect(form, mode=mode)
    assert line.hear(line.far.audio(FRAME)) == [Audio(FRAME)]
    assert line.hear(line.far.digit("#")) == [Digit("#")]
    orders = line.order(Send(FRAME * 5), Mark("e1:1"))
    assert orders == [Send(FRAME * 5), Mark("e1:1")]
    assert line.wait(99) == []
    assert line.wait(1) == [Played("e1:1", cleared=False)]
    assert line.order(HangUp("done")) == [HangUp()]
    assert line.far.stop() == ()


@each_form
@pytest.mark.parametrize("mode", ["frames", "bulk"])
def test_a_flush_forgets_marks(form: Form, mode: str) -> None:
    line = connect(form, mode=mode)
    line.order(Send(FRAME * 50), Mark("e1:1"), Send(FRAME * 50), Mark("e1:2"))
    assert line.wait(1000) == [Played("e1:1", cleared=False)]
    assert line.order(Clear()) == [Clear()]
    line.order(Send(FRAME * 5), Mark("e2:1"))
    assert line.wait(5000) == [Played("e2:1", cleared=False)]


def test_not_a_byte_of_an_uneven_utterance_is_lost() -> None:
    for mode, silence in (("frames", 100), ("bulk", 0)):
        line = connect("json", "ulaw", mode=mode)
        done = line.order(Send(b"\1" * 60), Send(b"\2" * 160), Mark("e1:1"))
        heard = b"".join(order.payload for order in done if isinstance(order, Send))
        assert heard == b"\1" * 60 + b"\2" * 160 + b"\xff" * silence


@each_form
def test_high_and_low_water(form: Form) -> None:
    line = connect(form)
    line.order(Send(FRAME * 899))
    assert line.wait(0) == []
    line.order(Send(FRAME))
    assert line.wait(0) == [Flow(on=False)]
    assert line.wait(2000) == []
    assert line.wait(1) == [Flow(on=True)]


def test_what_does_not_fit_is_dropped() -> None:
    line = connect()
    assert len(line.order(*[Send(FRAME * 100)] * 11)) == 10
    assert line.far.playout.queued_ms(line.now_ms) == 20_000


def test_a_tail_outside_bulk_mode_is_dropped() -> None:
    far = AsteriskEnd()
    assert far.receive(FRAME + b"\0", 0) == (Send(FRAME),)
    assert far.receive(b"\0" * 319, 0) == ()


def test_the_channel_is_answered() -> None:
    line = connect(answer="yes")
    assert isinstance(line.far, AsteriskEnd)
    line.order(Send(FRAME))
    assert line.far.answered


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("HANGUP", "not JSON"),
        ('{"command":"hangup"}', "not a command"),
        ('{"command":"MARK_MEDIA","correlation_id":"' + "x" * 99 + '"}', "128 bytes"),
        (bytes(65_536), "too big"),
    ],
)
def test_what_asterisk_does_not_take(message: str | bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        AsteriskEnd().receive(message, 0)
