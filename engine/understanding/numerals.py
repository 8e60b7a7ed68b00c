"""Chinese numerals as they are spoken: 二十三, 两千五, 一百多, 幺三八, 三个五一个八."""

from __future__ import annotations

import re

DIGITS = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    "〇": 0, "幺": 1, "妖": 1, "两": 2, "俩": 2, "仨": 3,
}  # fmt: skip
_TENS = {"十": 10, "百": 100, "千": 1000}
_COUNTED = re.compile("([一二两三四五六七八九2-9])个([零一二三四五六七八九0-9幺])")


def integer(text: str) -> int | None:
    """15, 十五, 二十, 一百零三, 两千五; None for anything else."""
    if text.isascii():
        return int(text) if text.isdigit() else None
    if not text or any(char not in DIGITS and char not in _TENS and char != "万" for char in text):
        return None
    high, wan, low = text.rpartition("万")
    thousands = integer(high) if wan else 0
    if thousands is None:
        return None
    below = _below_10000(low, 1000 if wan and len(low) == 1 else 1)
    return None if below is None else thousands * 10_000 + below


def _below_10000(text: str, unit: int) -> int | None:
    if len(text) > 1 and all(char in DIGITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    total, digit = 0, -1
    for char in text:
        if char in _TENS:
            total += (1 if digit < 0 else digit) * _TENS[char]
            unit, digit = _TENS[char] // 10, -1
        elif DIGITS[char] == 0:
            unit, digit = 1, -1
        else:
            digit = DIGITS[char]
    return total + digit * unit if digit >= 0 else total


def digits(text: str) -> str:
    """The digits of a number told one by one; 三个五 is 555. A masked digit stays `*`; marks between are dropped."""
    written = _COUNTED.sub(lambda told: told[2] * DIGITS[told[1]], text)
    return "".join("*" if char == "*" else str(DIGITS[char]) for char in written if char == "*" or char in DIGITS)
