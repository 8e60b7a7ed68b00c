from __future__ import annotations

from pathlib import Path

import pytest

from engine.calls.events import Failed
from server.live.trunks import TrunksError, read_trunks


def test_without_a_file_codes_mean_what_the_book_says() -> None:
    assert read_trunks(None).means(Failed(0, sip=480, trunk="gz")) == ""


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "trunks.yaml"
    file.write_text("trunks:\n  gz: {sip: {480: powered_off}}\n")
    assert read_trunks(file).means(Failed(0, sip=480, trunk="gz")) == "powered_off"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "no file"),
        ("trunks:\n  gz: {sip: {480: asleep}}\n", ":2:"),
        ("trunk: {}\n", "trunks"),
        ("trunks:\n  gz: {sip: {999: busy}}\n", "'999' is no code of sip"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "trunks.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(TrunksError, match=says):
        read_trunks(file)
