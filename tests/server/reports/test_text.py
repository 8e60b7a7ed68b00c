from __future__ import annotations

import pytest

from server.reports.text import Number, clean, count, cut, percent, seconds, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("多少钱", "多少钱"),
        ("a\nb\tc", "a\nb\tc"),
        ("bell\x07 null\x00", "bell� null�"),
        ("half \ud83d of it", "half � of it"),
        ("😀 مرحبا", "😀 مرحبا"),
    ],
)
def test_what_no_page_can_show_is_marked(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert clean(text).encode()


def test_a_long_text_is_cut() -> None:
    assert cut("好" * 300) == "好" * 300
    assert cut("好" * 301) == "好" * 299 + "…"
    assert cut("12345", 3) == "12…"


def test_numbers() -> None:
    assert [count(0), count(12345), count(2.55), count(1234.5)] == ["0", "12,345", "2.5", "1,234.5"]
    assert [percent(1, 3), percent(0, 7), percent(5, 0)] == ["33.3 %", "0.0 %", "—"]
    assert [seconds(0), seconds(1234), seconds(59_940), seconds(59_960), seconds(125_000), seconds(None)] == [
        "0.0 s", "1.2 s", "59.9 s", "1:00", "2:05", "—",
    ]  # fmt: skip
    assert isinstance(percent(1, 2), Number)


def test_a_chinese_character_is_as_wide_as_two_letters() -> None:
    assert width("多少 ab") == 7
