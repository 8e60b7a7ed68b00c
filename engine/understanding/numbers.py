"""Telephone numbers told digit by digit, and how many of something there are."""

from __future__ import annotations

import re

from engine.understanding.numerals import DIGITS, digits, integer

_DIGIT = "0-9零〇一二三四五六七八九幺妖*"
_TWO = re.compile(f"[{_DIGIT}林令洞腰邀拐勾][-, 两个]{{0,2}}[{_DIGIT}林令洞腰邀拐勾]")
"""Where no two digits stand together no number is told."""
_RUN = re.compile(f"[{_DIGIT}](?:[-, ]?[再两]?(?:[{_DIGIT}]|(?<=[一二两三四五六七八九])个(?=[{_DIGIT}])))+")
_HEARD_AS = str.maketrans({"林": "零", "令": "零", "洞": "零", "腰": "幺", "邀": "幺", "拐": "七", "勾": "九"})
"""Digits as they are often recognised, or said on the radio; only among other digits."""
_MISHEARD = re.compile(f"[{_DIGIT}林令洞腰邀拐勾](?:[-, ]?[{_DIGIT}林令洞腰邀拐勾]){{4,}}")
_RESTARTED = re.compile("[, ][0-9零〇一二三四五六七八九幺妖]{11}$")
"""六八,一三六零零六八七七五五: what is a whole mobile number by itself begins anew."""
_GROUP = re.compile(f"[一二两三四五六七八九]个[{_DIGIT}]")
_SAYING = re.compile("七七八八|一五一十|七七四十九|九九八十一|二八一十六")
_UNIT = re.compile(
    "[点号日月年分块元个人天次遍楼岁层折平米斤万千百十亿%:张份件台套本箱瓶桶吨辆桌名户亩度升克寸]|小时|周|星期|礼拜|第"
)
_ROUND = re.compile("[1-9][0-9]{0,2}0{2,4}")
_PRICED = re.compile("(?:[我就]要|共是?|价是?|预算|大概|大约|差不多|最多|至少|不到|才)$")
_OF_A_NUMBER = re.compile("[尾位号码拨]|区|电话|手机|微信|分机|座机|开头")
"""Without these 200 and 20000 are how many."""
_WHOLE = 7
MOBILE = 11
"""Digits of a mobile number."""
SERVICE_NUMBERS = frozenset({"110", "119", "120", "114", "400", "12315", "12321", "12345", "10086", "10010", "10000"})
"""Numbers that callers threaten with or ask about, and never their own."""

_WHAT = (
    "个(?!月|年|小时|钟头|星期|礼拜|多月)人?|人|位|名|口(?![价气])人?|号人|台|部|家(?!.口)|套|坐席|座席|员工|同事|条|辆|间|平米?|平方|万|单|"
    "块钱?|元|通|桌|亩|左右|上下|以内|以上|以下|开外|出头"
)
_COUNT = "[0-9一二两三四五六七八九十百千万]"
_QUANTITY = re.compile(
    rf"(?=[几好上成{_COUNT[1:-1]}])"
    rf"(?:(?P<some>十几二十|百八十|十几|几十|好几十|上百|几百|好几百|成百上千|上千|几千|好几千|上万|好几个|好几|几)(?P<plus>来|号|多)?(?P<s>{_WHAT}|$|(?=,))"
    rf"|(?P<low>[一二两三四五六七八])(?P<high>[二两三四五六七八九])(?P<ten>十|百|千|万)?(?P<p>{_WHAT}|$|(?=,))"
    rf"|(?P<from>{_COUNT}{{1,5}})[个人]?(?:到|至|-|~)(?P<to>{_COUNT}{{1,5}})(?P<r>{_WHAT}|$|(?=,))"
    rf"|(?P<about>{_COUNT}{{1,6}})(?P<more>来|多|把|几|余)?(?P<q>{_WHAT}|$|(?=,|(?<=万[一二三四五六七八九])[一每]个?[年月]|(?<=千[一二三四五六七八九])[一每]个?[年月])))"
)
_SOME = {
    "十几": "11-19", "十几二十": "11-20", "百八十": "80-100", "几十": "20-99", "好几十": "30-99", "上百": "100-999",
    "几百": "200-999", "好几百": "300-999", "成百上千": "100-9999", "上千": "1000-9999", "几千": "2000-9999",
    "好几千": "3000-9999", "上万": "10000-99999", "好几个": "3-9", "好几": "3-9", "几": "3-9",
}  # fmt: skip
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_LARGE = 100
"""From here on a number without a measure is one of things all the same: 不到一百, 一个月五千."""
_NO_QUANTITY = re.compile("(?:第|星期|周|礼拜|初|哪|这|那|每|另|下|上|号|(?<!个)月|点)$")
"""Before these words a number counts something else: 第三, 下周五."""
_SOME_ONE = re.compile("(?:换|找|等|再来|叫|加|发|约|有没有|打|留|报|来|办|给|开|试|整|要|弄|搞|买|说|讲|问)$")
"""Before these 一个 and 几个 are articles: 加个, 打几个电话."""
_FEW = re.compile("[两三]个")
_ONE_OF = re.compile("[一1]个")
_ONLY_US = re.compile(
    "(?=[就只我光俩仨两三])(?:(?P<one>就我(?:自己)?(?:一个|自己|一人)(?:人)?|只有我(?:一个|自己)(?:人)?|我一个人|光杆|(?<![^,])我自己(?:来|去|打)?(?![^,]))"
    "|(?:[就只][有是]?)?(?:我们|我们家|夫妻|兄弟|姐妹|咱|咱们)?(?:(?P<two>俩|两口子|哥俩|夫妻店)|(?P<three>仨))(?:人|个)?)"
)
_ONE = re.compile("一个?人?")
_EACH = re.compile(".{0,4}(?:多少|什么价|啥价|几[块个]钱|怎么[收算卖]|咋[收算卖])")
"""一平大概多少钱 asks for the price of one, and tells no number."""
_IDENTIFIER = re.compile("(?<![a-z0-9])(?!(?:qq|wx|vx?|wechat|weixin|tel|phone|mobile|call|no|ok)$)[a-z][a-z0-9]*$")
"""What makes digits behind it a part of a name: abc123. Letters such as qq and wx say whose number it is."""
_LONGEST_IDENTIFIER = 20
COUNTED = re.compile(f"[{''.join(DIGITS)}*十几自光俩仨百千万]")
"""Where none of these stands no number and no quantity is told."""


def telephone(text: str) -> list[tuple[str, int, int]]:
    """Numbers told digit by digit, or pieces of one: the digits and the span. A masked digit counts as one."""
    found: list[tuple[str, int, int]] = []
    if _TWO.search(text) is None:
        return found
    heard = _MISHEARD.sub(lambda found: found[0].translate(_HEARD_AS), text)
    for run in _RUN.finditer(heard):
        number = digits(run[0])
        if _identifies(text, run.start()) or _no_number(text, run):
            continue
        again = _RESTARTED.search(run[0]) if len(number) > MOBILE else None
        if again is not None and number[-MOBILE] == "1":
            number = number[-MOBILE:]
        if len(number) < 3 or number in SERVICE_NUMBERS or (number.startswith("*") and not number.strip("*")):
            continue
        if len(number) < 7 and (_UNIT.match(heard, run.end()) or (run[0].isdigit() and len(number) == 4)):
            continue
        if len(number) < 7 and (
            _climbing(number) or heard[run.start() - 1 : run.start()] in ("第", ":", "周", "期", "拜")
        ):
            continue
        few = _ROUND.fullmatch(run[0]) or (len(number) < _WHOLE and _PRICED.search(text, 0, run.start()))
        if few and not _OF_A_NUMBER.search(text):
            continue
        found.append((number, run.start(), run.end()))
    return found


def _no_number(text: str, run: re.Match[str]) -> bool:
    """七七八八都弄完了 is a saying, and in 六个三班倒 there are six."""
    if _OF_A_NUMBER.search(text):
        return False
    counted = _GROUP.fullmatch(run[0]) is not None and text[run.end() : run.end() + 1] not in ("", ",")
    return counted or _SAYING.match(text, run.start()) is not None


def _identifies(text: str, start: int) -> bool:
    """Is the digit here one of an account, such as abc123 or a1380000?"""
    return (
        text[start] in "0123456789" and _IDENTIFIER.search(text, max(0, start - _LONGEST_IDENTIFIER), start) is not None
    )


def _climbing(number: str) -> bool:
    """123 is counting, and 二三 an estimate."""
    return number in "0123456789" and len(number) < 4


def quantities(text: str) -> list[tuple[str, int, int]]:
    """How many: an integer or FROM-TO, and the span. 十来个 is 10, 三五个 is 3-5, 一百多 is 100."""
    alone = _ONLY_US.search(text)
    if alone:
        said = _ONE.search(text, alone.start(), alone.end()) or alone
        return [("1" if alone["one"] else "2" if alone["two"] else "3", said.start(), said.end())]
    found: list[tuple[str, int, int]] = []
    for match in _QUANTITY.finditer(text):
        before = text[: match.start()]
        if _NO_QUANTITY.search(before[-3:]) or (before and before[-1] in DIGITS) or _article(match, before):
            continue
        if match[0].isdecimal() and _identifies(text, match.start()):
            continue
        value = _quantity(match)
        if value and not (value == "1" and _EACH.match(text, match.end())):
            found.append((value, match.start(), match.end()))
    return found


def _article(match: re.Match[str], before: str) -> bool:
    """一个 is mostly an article, and 几个 is after some verbs."""
    if match["some"] == "几" or _FEW.fullmatch(match[0]):
        return _SOME_ONE.search(before[-3:]) is not None
    return _ONE_OF.fullmatch(match[0]) is not None and match.start() > 0


def _quantity(match: re.Match[str]) -> str:
    if match["some"]:
        return _SOME[match["some"]]
    if match["low"]:
        low, high = DIGITS[match["low"]], DIGITS[match["high"]]
        if not low < high <= low + 2:
            return ""
        scale = _SCALES.get(match["ten"] or "", 1)
        return f"{low * scale}-{high * scale}"
    if match["from"]:
        return _between(match["from"], match["to"], 10_000 if match["r"] == "万" else 1)
    number = integer(match["about"])
    bare = not match["q"] and number is not None and number < _LARGE
    if number is None or (bare and match.start() > 0 and match.string[match.start() - 1] != ","):
        return ""
    if match["q"] == "万":
        number *= 10_000
    return str(number)


def _between(first: str, last: str, unit: int) -> str:
    """三到五百 is from three hundred, 五到十 from five."""
    least, most = integer(first), integer(last)
    if least is None or most is None:
        return ""
    scale = unit * (_SCALES.get(last[-1], 1) if len(last) > 1 and last[-1] != "十" else 1)
    most *= unit
    return f"{least * scale if first in DIGITS and least * scale < most else least}-{most}"
