"""What any system may tell of a call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing
from server.gateways.outcomes import OutcomeError, read


@pytest.mark.parametrize(
    ("told", "event"),
    [
        ({"sip": 486}, Failed(0, 486)),
        ({"sip": "480", "q850": 20, "reason": "E-77"}, Failed(0, 480, 20, "E-77")),
        ({"header": "Q.850;cause=17"}, Failed(0, header="Q.850;cause=17")),
        ({"reason": "200002", "sip": None}, Failed(0, reason="200002")),
        ({"sip": "soon"}, Failed(0, reason="sip soon")),
        ({"status": "failed"}, Failed(0)),
        ({"reason": "busy at 13800001234"}, Failed(0, reason="busy at 138****1234")),
        ({"answered_by": "machine"}, Answered(0, "machine")),
        ({"status": "answered"}, Answered(0)),
        ({"status": "dialed"}, Dialed(0)),
        ({"status": "ringing"}, Ringing(0)),
        ({"status": "hung_up", "by": "caller", "q850": 16}, HungUp(0, "caller", 16)),
        ({"status": "hung_up"}, HungUp(0, "network")),
    ],
)
def test_an_outcome_is_an_event(told: dict[str, Any], event: Event) -> None:
    assert read({"call_id": "c1", **told}).event == event


def test_its_line_its_gateway_and_its_time() -> None:
    told = read({"call_id": "c1", "sip": 480, "trunk": "gz", "gateway": "fork", "at": "2026-11-26T10:00:00+08:00"})
    assert (told.trunk, told.gateway, told.at) == ("gz", "fork", datetime(2026, 11, 26, 2, tzinfo=UTC))
    assert told.raw == {"sip": "480", "trunk": "gz", "gateway": "fork", "at": "2026-11-26T10:00:00+08:00"}


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({}, "call_id is missing"),
        ({"call_id": ""}, "call_id must have 1 to 256 characters"),
        ({"call_id": ["c1"], "sip": 1}, "call_id must be a string"),
        ({"call_id": "c1"}, "tells nothing: no status and no code"),
        ({"call_id": "c1", "sip": None, "reason": ""}, "tells nothing: no status and no code"),
        ({"call_id": "c1", "sipcode": 480}, "no field 'sipcode' (there are: call_id, status, sip"),
        ({"call_id": "c1", "status": "gone"}, "no such status (there are: dialed, ringing, answered, failed, hung_up)"),
        ({"call_id": "c1", "status": "hung_up", "by": "nobody"}, "by must be one of caller, bot, network"),
        ({"call_id": "c1", "sip": 480, "at": "yesterday"}, "at must be a time with its offset"),
        ({"call_id": "c1", "sip": 480, "at": "2026-11-26T10:00:00"}, "at must be a time with its offset"),
        ({"call_id": "c1", "reason": {}}, "reason must be a string"),
    ],
)
def test_what_cannot_be_used_is_told(told: dict[str, Any], problem: str) -> None:
    with pytest.raises(OutcomeError) as wrong:
        read(told)
    assert str(wrong.value).startswith(problem)
