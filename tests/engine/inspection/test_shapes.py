"""The schema of an inspection says what the reader says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.calls.log import ACTIONS
from engine.content.shape import schema
from engine.inspection.shapes import DEEDS, INSPECTION

SHIPPED = sorted((Path(__file__).parents[3] / "scripts" / "inspections").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_inspections_fit_their_schema(path: Path) -> None:
    Draft202012Validator(schema(INSPECTION)).validate(yaml.safe_load(path.read_text("utf-8")))


def test_deeds_are_the_orders_that_reach_beyond_a_call() -> None:
    assert set(DEEDS) == {"sms", "wechat", "transfer", "callback", "do_not_call", "tag", "note"}
    assert set(DEEDS) < set(ACTIONS)
