"""Our codec and Vonage's side, wired back to back."""

from __future__ import annotations

import pytest

from server.gateways.far.vonage import MOST_FRAMES, VonageEnd
from server.gateways.vonage import Vonage
from server.gateways.wire import Audio, Clear, Digit, Mark, Played, Send, Started, WireError
from tests.server.gateways.line import Line


def test_a_call_from_start_to_stop() -> None:
    line = Line(Vonage(), VonageEnd())
    (start,) = line.open("v-1", {"script": "renovation", "caller": "10086"})
    assert isinstance(start, Started)
    assert (start.call_id, start.caller, start.params["script"]) == ("v-1", "10086", "renovation")
    frame = b"\1\0" * 320
    assert line.hear(line.far.audio(frame)) == [Audio(frame)]
    assert line.hear(line.far.digit("5")) == [Digit("5")]
    assert line.order(Send(frame * 5), Mark("e1:1")) == [Send(frame)] * 5 + [Mark("e1:1")]
    assert line.wait(99) == []
    assert line.wait(1) == [Played("e1:1", cleared=False)]
    assert line.far.stop() == ()


def test_a_clear_is_answered_and_what_was_queued_is_not() -> None:
    line = Line(Vonage(), VonageEnd(8000))
    line.open("v-1", {})
    assert line.order(Send(bytes(3200)), Mark("e1:1"), Clear())[-1] == Clear()
    assert line.far.due(0) == ('{"event": "websocket:cleared"}',)
    assert line.wait(500) == []
    line.order(Mark("e2:1"))
    assert line.wait(0) == [Played("e2:1", cleared=False)]


@pytest.mark.parametrize("message", [bytes(160), bytes(1280), '{"action":"hangup"}', "{}"])
def test_what_ends_the_socket(message: str | bytes) -> None:
    with pytest.raises(WireError, match=r"frame size|unknown action"):
        VonageEnd().receive(message, 0)


def test_the_buffer_has_an_end() -> None:
    far = VonageEnd(8000)
    for _ in range(MOST_FRAMES):
        far.receive(bytes(320), 0)
    with pytest.raises(WireError, match="full"):
        far.receive(bytes(320), 0)
