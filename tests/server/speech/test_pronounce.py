from __future__ import annotations

import pytest

from server.speech.pronounce import sounds, spoken


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("电话13800001234", "电话幺三八零零零零幺二三四"),
        ("电话是138-0000-1234", "电话是幺三八零零零零幺二三四"),
        ("请打400-800-8820", "请打四零零八零零八八二零"),
        ("明天15:30到17:00", "明天十五点半到十七点"),
        ("9:05见", "九点零五分见"),
        ("2026-11-23开会", "二零二六年十一月二十三日开会"),
        ("优惠20%", "优惠百分之二十"),
        ("价格￥1,299.50", "价格一千二百九十九点五元"),
        ("一共12,999元", "一共一万二千九百九十九元"),
        ("3-5天", "三到五天"),
        ("2个人，12个，周2年会", "两个人，十二个，周二年会"),
        ("2月2号", "二月二号"),
        ("验证码482913", "验证码四八二九幺三"),
        ("发email，下载APP，5kg", "发email，下载APP，五千克"),
    ],
)
def test_numbers_are_read(text: str, read: str) -> None:
    assert spoken(text) == read


def test_sounds_of_mandarin() -> None:
    assert sounds("您好，好吗？") == "ni↗nxau↓, xau↓ ma?"


def test_latin_words_are_looked_up_and_others_spelled() -> None:
    assert sounds("hello") == "həlˈO"
    assert sounds("VIP") == "vˈi ˈI pˈi"
    assert sounds("crm") == "sˈi ˈɑɹ ˈɛm"


def test_nothing_has_no_sound() -> None:
    assert sounds("") == ""
    assert sounds("😀") in ("", "😀")
