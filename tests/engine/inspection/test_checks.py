"""What is asked about the call as a whole: facts, parameters, hours, length."""

from __future__ import annotations

import pytest

from engine.grading.facts import Facts
from tests.engine.inspection.calls import call, holds

TALK = "bot 0-5 您好\ncaller 5-6 不用了 =refuse"


@pytest.mark.parametrize(
    ("hours", "began", "told"),
    [
        ("08:00-21:00", "08:00", True),
        ("08:00-21:00", "20:59", True),
        ("08:00-21:00", "21:00", False),
        ("08:00-21:00", "07:59", False),
        ("22:00-06:00", "23:30", True),
        ("22:00-06:00", "12:00", False),
    ],
)
def test_hours_are_those_of_the_call(hours: str, began: str, told: bool) -> None:
    assert holds(f"{{hours: '{hours}'}}", call(TALK, began=f"2026-11-26T{began}:00+08:00")) is told


def test_facts_as_grades_ask_them() -> None:
    refused = call(TALK, facts=Facts(refusals=1, ended_by="caller"))
    assert holds("{facts: {refusals: {at_least: 1}, ended_by: caller}}", refused) is True
    assert holds("{facts: {refusals: {at_least: 2}}}", refused) is False


def test_what_the_call_brought() -> None:
    of = call(TALK, campaign="spring", script="expo")
    assert holds("{call: {campaign: [spring, summer], script: expo}}", of) is True
    assert holds("{call: {campaign: autumn}}", of) is False
    assert holds("{call: {other: x}}", of) is False


def test_length_of_the_call() -> None:
    assert holds("{length: {more_than: 5s, less_than: 7s}}", call(TALK)) is True
    assert holds("{length: {less_than: 6s}}", call(TALK)) is False
