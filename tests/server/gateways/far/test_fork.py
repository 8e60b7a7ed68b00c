"""Our codec and FreeSWITCH's side of mod_audio_fork, wired back to back: here the traps of the module are set."""

from __future__ import annotations

import json

import numpy as np
import pytest

from server.gateways.far.fork import ForkEnd
from server.gateways.fork import Fork
from server.gateways.wire import Audio, Clear, Digit, HangUp, Mark, Outgoing, Played, Refuse, Send, Started, WireError
from tests.server.gateways.line import Line

FRAME = b"\5\0" * 160


def connect(far: ForkEnd | None = None) -> Line:
    far = far or ForkEnd()
    line = Line(Fork(far.query({}), tells_play_done=True), far)
    (start,) = line.open("u-1", {"script": "renovation", "caller": "10086"})
    assert isinstance(start, Started)
    assert (start.call_id, start.caller, start.params["script"], start.format) == (
        "u-1",
        "10086",
        "renovation",
        far.format,
    )
    return line


def sound(orders: list[Outgoing]) -> bytes:
    return b"".join(order.payload for order in orders if isinstance(order, Send))


@pytest.mark.parametrize("stereo", [False, True])
def test_a_call(stereo: bool) -> None:
    line = connect(ForkEnd(stereo=stereo))
    assert line.hear(line.far.audio(FRAME)) == [Audio(FRAME)]
    assert line.hear(line.far.digit("5")) == [Digit("5")]
    assert sound(line.order(Send(FRAME * 10), Mark("e1:1"))) == FRAME * 10 + bytes(1280)
    assert line.wait(279) == []
    assert line.wait(1) == [Played("e1:1", cleared=False)]
    assert line.order(HangUp("done")) == [HangUp()]
    assert line.far.stop() == ()


def test_even_the_shortest_first_word_is_heard() -> None:
    line = connect()
    assert sound(line.order(Send(FRAME), Mark("e1:1"))).startswith(FRAME)
    assert line.wait(160) == [Played("e1:1", cleared=False)]


def test_frame_by_frame_nothing_is_held_back_at_the_end() -> None:
    line = connect()
    for number in range(3):
        assert sound(line.order(*[Send(FRAME)] * 13, Mark(f"e1:{number}"))) == FRAME * 13 + bytes(1280)
    assert line.wait(3 * 340) == [Played(f"e1:{number}", cleared=False) for number in range(3)]


def test_marks_are_told_in_order_while_the_next_utterance_is_sent_ahead() -> None:
    line = connect()
    line.order(Send(FRAME * 10), Mark("e1:1"), Send(FRAME * 10), Mark("e1:2"))
    assert line.wait(281) == [Played("e1:1", cleared=False)]
    assert line.wait(280) == [Played("e1:2", cleared=False)]


def test_after_a_clear_marks_work_as_before() -> None:
    line = connect()
    line.order(Send(FRAME * 50), Mark("e1:1"), Send(FRAME * 50), Mark("e1:2"), Send(FRAME * 50), Mark("e1:3"))
    assert line.wait(500) == []
    assert line.order(Clear()) == [Clear()]
    assert line.wait(20) == [Played(f"e1:{number}", cleared=True) for number in (1, 2, 3)]
    line.order(Send(FRAME * 10), Mark("e2:1"))
    assert line.wait(300) == [Played("e2:1", cleared=False)]


def test_the_module_alone_would_swallow_the_next_marks() -> None:
    """What the codec is up against: the same call without its remedy."""
    far = ForkEnd()
    far.receive(bytes(3200), 0)
    far.receive('{"type":"mark","data":{"name":"a"}}', 0)
    far.receive(bytes(3200), 0)
    far.receive('{"type":"killAudio"}', 10)
    assert [json.loads(message)["data"]["event"] for message in far.due(10)] == ["cleared"]
    far.receive(bytes(3200), 20)
    far.receive('{"type":"mark","data":{"name":"b"}}', 20)
    assert far.due(10_000) == ()


def test_a_quiet_sample_is_no_mark() -> None:
    line = connect()
    quiet = np.full(1600, -1, "<i2").tobytes()
    line.order(Send(FRAME * 10), Mark("e1:1"), Send(quiet), Mark("e1:2"))
    assert line.wait(400) == [Played("e1:1", cleared=False)]
    assert line.wait(200) == [Played("e1:2", cleared=False)]


def test_only_so_many_marks() -> None:
    far = ForkEnd()
    for number in range(31):
        taken = far.receive(json.dumps({"type": "mark", "data": {"name": f"m{number}"}}), 0)
        assert bool(taken) == (number < 30)


def test_files_that_jambonz_plays() -> None:
    line = connect(ForkEnd(streaming=False))
    assert line.order(Send(FRAME * 10), Mark("e1:1")) == [Send(FRAME * 10), Mark("e1:1")]
    assert line.order(Send(FRAME * 10), Mark("e1:2")) == [Send(FRAME * 10), Mark("e1:2")]
    assert line.wait(200) == [Played("e1:1", cleared=False)]
    assert line.order(Clear()) == [Clear()]
    assert line.wait(0) == [Played("e1:2", cleared=True)]
    assert line.far.receive(FRAME, 0) == ()


def test_a_file_that_is_not_queued_replaces_the_one_before() -> None:
    far = ForkEnd(streaming=False)
    for _ in range(2):
        far.receive('{"type":"playAudio","data":{"audioContent":"AAAA"}}', 0)
    assert far.playout.ends_ms == 3 / 16


def test_a_refusal() -> None:
    assert connect().order(Refuse("no such script")) == [Refuse("no such script"), HangUp()]


@pytest.mark.parametrize("message", ['{"type":"stop"}', '{"type":"playAudio","data":{}}', "{}"])
def test_what_the_module_does_not_know(message: str) -> None:
    with pytest.raises(WireError, match="unsupported"):
        ForkEnd().receive(message, 0)
