"""Telephone numbers told digit by digit, and how many of something there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.understanding.numerals import DIGITS, digits, integer

_DIGIT = "0-9零〇一二三四五六七八九幺妖*"
_TWO = re.compile(f"[{_DIGIT}林令洞腰邀拐勾][-, 两个]{{0,2}}[{_DIGIT}林令洞腰邀拐勾]")
"""Where no two digits stand together no number is told."""
_RUN = re.compile(f"[{_DIGIT}](?:[-, 两]?(?:[{_DIGIT}]|(?<=[一二两三四五六七八九])个(?=[{_DIGIT}])))+")
_HEARD_AS = str.maketrans({"林": "零", "令": "零", "洞": "零", "腰": "幺", "邀": "幺", "拐": "七", "勾": "九"})
"""Digits as they are often recognised, or said on the radio; only among other digits."""
_MISHEARD = re.compile(f"[{_DIGIT}林令洞腰邀拐勾]{{5,}}")
_UNIT = re.compile("[点号日月年分块元个人天次遍楼岁层折平米斤万千百十亿%:]|小时|周|星期|礼拜|第")
SERVICE_NUMBERS = frozenset({"110", "119", "120", "114", "12315", "12321", "12345", "10086", "10010", "10000"})
"""Numbers that callers threaten with or ask about, and never their own."""

_WHAT = "个人?|人|位|名|口人|台|部|家|套|坐席|座席|员工|同事|条|辆|间|平米?|万|单|左右|出头"
_COUNT = "[0-9一二两三四五六七八九十百千万]"
_QUANTITY = re.compile(
    rf"(?=[几好{_COUNT[1:-1]}])"
    rf"(?:(?P<some>十几|几十|几百|几千|好几十|好几个|好几|几)(?P<s>{_WHAT}|$|(?=,))"
    rf"|(?P<low>[一二两三四五六七八])(?P<high>[二三四五六七八九])(?P<ten>十|百|千)?(?P<p>{_WHAT}|$|(?=,))"
    rf"|(?P<from>{_COUNT}{{1,5}})[个人]?(?:到|至|-|~)(?P<to>{_COUNT}{{1,5}})(?P<r>{_WHAT}|$|(?=,))"
    rf"|(?P<about>{_COUNT}{{1,6}})(?P<more>来|多|把|几)?(?P<q>{_WHAT}|$|(?=,)))"
)
_SOME = {
    "十几": "11-19", "几十": "20-99", "好几十": "30-99", "几百": "200-999", "几千": "2000-9999",
    "好几个": "3-9", "好几": "3-9", "几": "3-9",
}  # fmt: skip
_NO_QUANTITY = re.compile(
    "(?:第|星期|周|礼拜|初|哪|这|那|每|另|换|找|等|再来|叫|加|发|约|有没有|下|上|号|月|点|打|留|报|来|办|给|开|试|整)$"
)
"""Before these words a number counts something else, or is an article: 第三, 下周五, 加个."""
_ONE_OF = re.compile("[一1]个")
_ONLY_ME = re.compile(
    "(?=[就只我光])(?:就我(?:自己)?(?:一个|自己|一人)(?:人)?|只有我(?:一个|自己)(?:人)?|我一个人|光杆)"
)
COUNTED = re.compile(f"[{''.join(DIGITS)}*十几自光]")
"""Where none of these stands no number and no quantity is told."""


def telephone(text: str) -> Iterator[tuple[str, int, int]]:
    """Numbers told digit by digit, or pieces of one: the digits and the span. A masked digit counts as one."""
    if _TWO.search(text) is None:
        return
    heard = _MISHEARD.sub(lambda found: found[0].translate(_HEARD_AS), text)
    for run in _RUN.finditer(heard):
        number = digits(run[0])
        if len(number) < 3 or number in SERVICE_NUMBERS or (number.startswith("*") and not number.strip("*")):
            continue
        if len(number) < 7 and (_UNIT.match(heard, run.end()) or (run[0].isdigit() and len(number) == 4)):
            continue
        if len(number) < 7 and (_climbing(number) or heard[run.start() - 1 : run.start()] in ("第", ":")):
            continue
        yield number, run.start(), run.end()


def _climbing(number: str) -> bool:
    """123 is counting, and 二三 an estimate."""
    return number in "0123456789" and len(number) < 4


def quantities(text: str) -> Iterator[tuple[str, int, int]]:
    """How many: an integer or FROM-TO, and the span. 十来个 is 10, 三五个 is 3-5, 一百多 is 100."""
    alone = _ONLY_ME.search(text)
    if alone:
        yield "1", alone.start(), alone.end()
        return
    for match in _QUANTITY.finditer(text):
        before = text[: match.start()]
        if _NO_QUANTITY.search(before[-3:]) or (before and before[-1] in DIGITS) or _says_one(match):
            continue
        value = _quantity(match)
        if value:
            yield value, match.start(), match.end()


def _says_one(match: re.Match[str]) -> bool:
    """一个 is mostly an article."""
    return _ONE_OF.fullmatch(match[0]) is not None and match.start() > 0


def _quantity(match: re.Match[str]) -> str:
    if match["some"]:
        return _SOME[match["some"]]
    if match["low"]:
        low, high = DIGITS[match["low"]], DIGITS[match["high"]]
        if not low < high <= low + 2:
            return ""
        scale = {"十": 10, "百": 100, "千": 1000}.get(match["ten"] or "", 1)
        return f"{low * scale}-{high * scale}"
    if match["from"]:
        ends = integer(match["from"]), integer(match["to"])
        return f"{ends[0]}-{ends[1]}" if None not in ends else ""
    number = integer(match["about"])
    bare = not match["q"]
    if number is None or (bare and match.start() > 0 and match.string[match.start() - 1] != ","):
        return ""
    if match["q"] == "万":
        number *= 10_000
    return str(number)
