from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.calls.mask import is_piece, mask, mask_said, stand_in

NUMBERS = [
    ("13800001234", "138****1234"),
    ("138-0000-1234", "138-****-1234"),
    ("138 0000 1234", "138 **** 1234"),
    ("幺三八零零零零一二三四", "幺三八****一二三四"),
    ("幺三八，零零零零，一二三四", "幺三八，****，一二三四"),
    ("腰三八洞洞洞洞一二三四", "腰三八****一二三四"),
    ("幺三八三个零八一二三四", "幺三八三个**一二三四"),
    ("幺三八八个八", "幺三八八个*"),
    ("找小林13800001234", "找小林138****1234"),
    ("１３８００００１２３４", "１３８****１２３４"),
    ("+86 138-0000-1234", "+86 138-****-1234"),
    ("就这一个13800001234，九点打", "就这一个138****1234，九点打"),
    ("13800001234 13900005678", "138****1234 139****5678"),
    ("0755-12345678", "075*-****5678"),
    ("138.0000.1234", "138.****.1234"),
    ("0755—1234—5678", "075*—****—5678"),
    ("415.555.2671", "415.***.*671"),
    ("138嗯0000，嗯，1234", "138嗯****，嗯，1234"),
    ("幺三八呃零零零零啊一二三四", "幺三八呃****啊一二三四"),
    ("1234567", "1****67"),
]


@pytest.mark.parametrize(("told", "written"), NUMBERS)
def test_the_middle_of_a_number_goes(told: str, written: str) -> None:
    assert mask(told) == written


@pytest.mark.parametrize(
    "harmless",
    [
        "十个坐席一个月三千六",
        "123456",
        "邀请林小姐三点来洞庭路七号",
        "一二三四五六",
        "2026-01-05T10:00:00+08:00",
        "2026-01-05T09:00:00+08:00/2026-01-05T12:00:00+08:00",
        "2026-01-05",
        "2026-01-05 10:00",
        "2026.11.26",
        "15.8、16.8、18.8、19.8元",
        "他****的",
        "",
    ],
)
def test_what_is_no_number_stays(harmless: str) -> None:
    assert mask(harmless) == harmless


def test_a_number_after_a_date_is_masked() -> None:
    assert mask("2026-01-05 13800001234") == "2026-01-05 138****1234"


texts = st.text(alphabet="0123456789一二三零幺*- ，个两a", max_size=40)


@given(texts)
@example("1380000123456789")
@example("133****1234567")
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(texts)
def test_masking_moves_no_character(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(after in (before, "*") for before, after in zip(text, masked, strict=True))


@given(st.from_regex(r"[一二三0-9]{7,20}", fullmatch=True))
def test_at_least_four_digits_of_every_run_go(number: str) -> None:
    assert mask(number).count("*") >= 4


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(
    st.sampled_from(["", "我的手机是", "+86", "加我微信，号码", "一个"]),
    mobiles,
    st.sampled_from(["", "，记一下", "。"]),
)
def test_a_stand_in_is_a_number_that_masks_to_the_same(before: str, number: str, after: str) -> None:
    masked = mask(before + number + after)
    whole = stand_in(masked)
    assert "*" not in whole
    assert mask(whole) == masked
    assert whole.startswith(before + number[:3])


def test_a_stand_in_speaks_the_digits_of_its_number() -> None:
    assert stand_in("幺三八****一二三四") == "幺三八零零零零一二三四"
    assert stand_in("幺三八三个**一二三四") == "幺三八三个零零一二三四"
    assert stand_in("138-****-1234") == "138-0000-1234"
    assert stand_in("138.****.1234") == "138.0000.1234"
    assert stand_in("415.***.*671") == "415.000.0671"
    assert stand_in("138嗯****，嗯，1234") == "138嗯0000，嗯，1234"


def test_stars_that_mask_no_number_stay() -> None:
    assert stand_in("他****的，12****。3**4") == "他****的，12****。3**4"


# --- told in pieces ---------------------------------------------------------------------------------------------------

PIECES = [
    ("0000", "0***"),
    ("零零零零", "零***"),
    ("然后幺二三四", "然后幺***"),
    ("12 34 5", "1* ** *"),
    ("尾号1234。", "尾号1***。"),
]


@pytest.mark.parametrize(("told", "written"), PIECES)
def test_of_a_piece_of_a_number_the_first_digit_stays(told: str, written: str) -> None:
    assert mask_said(told) == mask_said(written) == written
    assert is_piece(told)
    assert is_piece(written)
    assert mask_said(stand_in(written)) == written


@pytest.mark.parametrize(
    "harmless", ["120", "一百二十平", "2026年", "1280元", "三点半", "有1500个客户", "2026-01-05", "八个"]
)
def test_a_price_an_area_or_a_year_is_no_piece_of_a_number(harmless: str) -> None:
    assert mask_said(harmless) == harmless
    assert not is_piece(harmless)


def test_a_whole_number_is_masked_as_everywhere() -> None:
    assert mask_said("13800001234") == "138****1234"
