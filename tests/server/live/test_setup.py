"""How a call comes about and ends, with what codes mean on its line."""

from __future__ import annotations

import pytest

from engine.calls.events import Answered, EarlyMedia, Failed, HungUp, Pressed, Ringing
from engine.grading.load_trunks import Trunks
from server.gateways import wire
from server.live.setup import SetUp, heard_by_the_call

TABLE = Trunks({"gz": {"sip": {"480": "powered_off"}, "q850": {"31": "no_answer"}, "words": {}}})


def test_the_bot_waits_a_moment_after_the_answer() -> None:
    call = SetUp()
    assert call.begins(0, 200, early=True) == EarlyMedia(0)
    assert call.hear(wire.Answered("human"), 5000) is None
    assert call.due(5100) is None
    assert call.due(5200) == Answered(5200, "human")
    assert call.due(5300) is None


def test_codes_mean_what_the_line_says() -> None:
    call = SetUp("gz", TABLE)
    assert call.failed(wire.Failed(480), 900) == Failed(900, 480, trunk="gz", means="powered_off")
    assert call.failed(wire.Failed(486), 900) == Failed(900, 486, trunk="gz")
    assert call.over(HungUp(900, "network", 31)) == HungUp(900, "network", 31, "gz", "no_answer")


def test_a_release_without_a_cause_is_left_as_it_is() -> None:
    assert SetUp("gz", TABLE).over(HungUp(900, "caller")) == HungUp(900, "caller")


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (Ringing(0), wire.Ringing()),
        (Answered(0, "machine"), wire.Answered("machine")),
        (Failed(0, 486, 17, "busy", "Q.850;cause=17"), wire.Failed(486, 17, "busy", "Q.850;cause=17")),
        (HungUp(0, "caller", 16), wire.Ended("", "caller", 16)),
        (HungUp(0, "bot"), wire.Ended("", "")),
        (HungUp(0, "unknown"), wire.Ended("", "")),
        (Pressed(0, "5"), wire.Digit("5")),
        (None, None),
    ],
)
def test_a_call_hears_beside_its_stream_what_it_would_hear_on_it(event: Ringing | None, heard: wire.Incoming) -> None:
    assert heard_by_the_call(event) == heard
