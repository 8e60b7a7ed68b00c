"""What may be asked for when a call is placed, as the guides show it; the calls are in test_ari.py and test_esl.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.control.esl import DIALLED
from server.control.placing import Call
from server.live.dialling import Dial

HOWTO = Path(__file__).parents[3] / "docs" / "howto"
GUIDE, OTHER = ((HOWTO / f"{name}.md").read_text(encoding="utf-8") for name in ("asterisk", "freeswitch"))


def test_the_example_of_the_guide_is_a_call() -> None:
    (example,) = re.findall(r"--json '(.*)'", GUIDE)
    call = Call.model_validate_json(example)
    assert (call.endpoint, call.trunk, call.ring_seconds) == ("PJSIP/13800138000@mobile-gz", "mobile-gz", 60)


def test_the_example_of_the_guide_to_freeswitch_is_a_call() -> None:
    (example,) = re.findall(r"--json '(.*)'", OTHER)
    assert DIALLED.fullmatch(Call.model_validate_json(example).endpoint)


def test_the_example_of_a_connection_that_asterisk_waits_for_is_one() -> None:
    (example,) = re.findall(r"-d '(\{.*\})'", GUIDE)
    assert Dial.model_validate_json(example).variables == {"name": "王总"}


def test_every_field_is_in_the_guide() -> None:
    assert all(f"`{name}`" in GUIDE for name in Call.model_fields)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"endpoint": "13800138000"},
        {"endpoint": "PJSIP/a b"},
        {"endpoint": "PJSIP/1", "shows": '1"\r\n'},
        {"endpoint": "PJSIP/1", "ring_seconds": 1000},
        {"endpoint": "PJSIP/1", "mode": "lumps"},
    ],
)
def test_what_is_no_call(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Call.model_validate(wrong)
