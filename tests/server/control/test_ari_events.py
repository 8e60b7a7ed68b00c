"""What Asterisk tells of a channel: each step once, codes as they came, and its own translations not taken for more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.events import Answered, Event, Failed, HungUp, Ringing
from server.control.ari_events import hear, id_of, raw, read
from server.control.progress import Progress


def state(name: str) -> dict[str, Any]:
    return {"type": "ChannelStateChange", "channel": {"id": "c1", "state": name}}


def dial(status: str) -> dict[str, Any]:
    return {"type": "Dial", "dialstatus": status, "peer": {"id": "c1"}}


def gone(cause: Any, **more: Any) -> dict[str, Any]:
    return {"type": "ChannelDestroyed", "cause": cause, "cause_txt": "words", "channel": {"id": "c1"}, **more}


def heard(*told: dict[str, Any], answered: bool = False) -> list[Event]:
    progress = Progress(answered=answered)
    return [event for each in told if (event := hear(progress, each))]


def test_a_call_that_is_answered_and_hung_up() -> None:
    told = [dial(""), state("Ringing"), dial("RINGING"), state("Up"), dial("ANSWER"), gone(16), gone(16)]
    assert heard(*told) == [Ringing(0), Answered(0), HungUp(0, "caller", 16)]


def test_a_line_that_breaks_is_not_a_caller_who_hung_up() -> None:
    assert heard(gone(38), answered=True) == [HungUp(0, "network", 38)]
    assert heard(gone(0), answered=True) == [HungUp(0, "caller", None)]


@pytest.mark.parametrize(
    ("last", "failed"),
    [
        (gone(17, tech_cause=486), Failed(0, 486, None, "BUSY")),
        (gone(20, tech_cause=480), Failed(0, 480, 20, "BUSY")),
        (gone(127, tech_cause=487), Failed(0, 487, None, "BUSY")),
        (gone(34, tech_cause=513), Failed(0, 513, None, "BUSY")),
        (gone(17), Failed(0, None, 17, "BUSY")),
        (gone("many", tech_cause="unknown"), Failed(0, None, None, "BUSY")),
    ],
)
def test_a_cause_that_only_translates_the_status_is_no_word_of_the_network(
    last: dict[str, Any], failed: Failed
) -> None:
    assert heard(dial("BUSY"), last) == [failed]


def test_without_a_dial_status_the_words_for_the_cause_are_kept() -> None:
    assert heard(gone(1, tech_cause=404)) == [Failed(0, 404, None, "words")]


def test_what_is_kept_of_a_message() -> None:
    told = gone(17, tech_cause=486) | {"application": "huashu", "asterisk_id": "x"}
    assert raw(told) == {"type": "ChannelDestroyed", "cause": "17", "cause_txt": "words", "tech_cause": "486"}
    assert raw(state("Up"))["state"] == "Up"
    assert id_of(dial("BUSY")) == "c1"


@pytest.mark.parametrize("message", ["", "{", "[]", "{}", '{"type": 7}', b"\xff", "[" * 10_000])
def test_what_is_no_event_is_nothing(message: str | bytes) -> None:
    assert read(message) == {}


steps = st.sampled_from(
    [dial("RINGING"), dial("BUSY"), state("Ringing"), state("Up"), dial("ANSWER"), gone(16), gone(17)]
)


@given(st.lists(steps, max_size=12))
def test_in_any_order_and_number_each_step_is_told_once_and_the_end_last(told: list[dict[str, Any]]) -> None:
    kinds = [type(event) for event in heard(*told)]
    assert len(kinds) == len(set(kinds))
    ends = [kind for kind in kinds if kind in (Failed, HungUp)]
    assert ends == kinds[len(kinds) - len(ends) :]
    assert (HungUp in kinds) <= (Answered in kinds)
