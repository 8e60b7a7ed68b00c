"""A connection that is kept: each reason told once, a pause that grows, and no end to trying."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from server.control import keeping
from server.control.keeping import LostError, keep


def kept(*comes_of_it: str | None, monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], list[dict[str, object]]]:
    """The pauses and what was logged: each attempt fails with this reason, or (None) is in order and then lost."""
    pauses: list[float] = []
    attempts = iter(comes_of_it)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def connect(in_order: Callable[[], None]) -> None:
        why = next(attempts, "over")
        if why == "over":
            raise asyncio.CancelledError
        if why is None:
            in_order()
        if why == "fault":
            raise ZeroDivisionError
        raise LostError(why or "closed")

    monkeypatch.setattr(keeping.asyncio, "sleep", sleep)
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        asyncio.run(keep("test", connect))
    return pauses, [dict(each) for each in logs]


def test_a_reason_is_told_once_while_the_pause_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, logs = kept(*["wrong password"] * 9, monkeypatch=monkeypatch)
    assert [each["why"] for each in logs] == ["wrong password"]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_connection_that_was_in_order_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, logs = kept("refused", "refused", None, "refused", monkeypatch=monkeypatch)
    assert pauses == [0.5, 1, 0.5, 1]
    assert [each.get("why", "in order") for each in logs] == ["refused", "in order", "closed", "refused"]


def test_a_fault_of_ours_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, logs = kept("fault", "refused", monkeypatch=monkeypatch)
    assert pauses == [0.5, 1]
    assert [each["event"] for each in logs] == ["control_failed", "control_lost"]
