from __future__ import annotations

import pytest

from engine.calls.lifecycle import BEFORE_ANSWER, LIFECYCLE, PHASES


def after(*triggers: str) -> str:
    phase = "new"
    for trigger in triggers:
        phase = LIFECYCLE.next(phase, trigger) or phase
    return phase


@pytest.mark.parametrize(
    ("triggers", "phase"),
    [
        ("dialed ringing early_media answered hang_up hung_up", "ended"),
        ("dialed ringing early_media answered", "answered"),
        ("answered", "answered"),
        ("dialed failed", "ended"),
        ("dialed early_media ringing", "early_media"),
        ("dialed ringing ringing dialed", "ringing"),
        ("answered ringing early_media answered", "answered"),
        ("answered hang_up answered", "ending"),
        ("dialed hang_up ringing", "ending"),
        ("answered hung_up hang_up answered", "ended"),
    ],
)
def test_a_call_goes_forward_whatever_is_reported(triggers: str, phase: str) -> None:
    assert after(*triggers.split()) == phase


def test_before_the_answer() -> None:
    assert PHASES[: PHASES.index("answered")] == BEFORE_ANSWER


def test_nothing_follows_the_end() -> None:
    assert LIFECYCLE.exits("ended") == frozenset()


@pytest.mark.parametrize("phase", PHASES[:-1])
def test_every_other_phase_can_end(phase: str) -> None:
    assert LIFECYCLE.next(phase, "hung_up") == "ended"
