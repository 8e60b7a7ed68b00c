"""Which day or days a caller names: 明天, 下周三, 十五号, 月底, 周一, 元旦; reckoned from the day of the call.

Each way of naming has its group in `NAMED` and its function in `_RECKONED`; a day that there is not, such as the 31st
of February, raises ValueError.
"""

from __future__ import annotations

from datetime import date, timedelta

from engine.understanding.moon import FEASTS, MONTHS, day_from, eve_from, month_from
from engine.understanding.numerals import integer

N = "[0-9零一二两三四五六七八九十]"
_DAY = {"今": 0, "明": 1, "听": 1, "后": 2, "大后": 3}
_WEEKDAY = (
    {char: number for number, char in enumerate("一二三四五六日")}
    | {"天": 6}
    | {str(number): number - 1 for number in range(1, 8)}
)
_EITHER = frozenset("一二 二三 三四 四五 五六 六七 七八 八九".split())
"""六七号 is one of two days."""
_THIRDS = {"初": (1, 5), "上": (1, 10), "中": (11, 20), "下": (21, 31), "底": (26, 31), "末": (26, 31)}
"""First and last day of what is called so of a month; the last is never later than the month's own."""
_HOLIDAYS = {"元旦": (1, 1), "五一": (5, 1), "国庆": (10, 1), "圣诞": (12, 25)}
"""Those that stand in the calendar. 春节 is a time of some weeks, and vague."""

_WEEK = "(?:周|星期|礼拜)"
_THIS = "下下个?|下个?|这个?|本"
NAMED = (
    rf"(?P<month>{N}{{1,2}})月(?P<monthday>{N}{{1,3}})(?:号|日)?"
    rf"|(?P<next>下个?月|这个?月|本月)?(?:的)?(?P<number>{N}{{1,3}})[号日](?!线|楼|码)"
    rf"|(?P<weekend>(?:{_THIS})?(?:{_WEEK}六(?:和|跟|,)?{_WEEK}?[日天]|{_WEEK}末|双休日?))"
    rf"|(?P<week>{_THIS})?{_WEEK}(?P<weekday>[一二三四五六日天1-6])(?!个|次|遍|气)"
    rf"|(?P<nextweek>{_THIS}){_WEEK}(?!天气)"
    rf"|(?P<ofmonth>(?:{_THIS})?月|{N}{{1,2}}月份?|年)(?P<third>[底末初]|[上中下]旬|中)"
    rf"|(?P<nextmonth>下下?个?月)|(?P<year>明年|今年)?(?P<wholemonth>{N}{{1,2}})月份"
    r"|(?P<days>(?:今明|明后|今后)(?:两天|天|两日))"
    r"|(?P<holiday>元旦|国庆|圣诞|(?<![0-9零一二三四五六七八九幺])五一(?![0-9零一二三四五六七八九幺]))节?(?!.{0,1}[后前期假])"
    r"|(?P<moonmonth>[正冬腊])月(?P<moonday>初[一二三四五六七八九十]|十[一二三四五六七八九]?|(?:二十|廿)[一二三四五六七八九]?|三十)?(?:号|日)?"
    rf"|(?<![过完])(?<!过了)(?P<feast>大?年三十|除夕|大年初[一二三四五六七八]|{'|'.join(FEASTS)})(?!轻|糕|饭|(?<=小年)夜)(?:节|夜)?(?!.{{0,1}}[后前期假])"
    r"|(?P<day>大后|今|明|后|听(?=日))(?:天|日|朝|儿个?|(?=早|晚))"
)
"""A pattern for one day or several."""
BEGINS = rf"{N}{{1,3}}[点时:月号日]|[下这本周星礼月今明后早午晚晌年双国圣五正冬腊除大元端中七重小]|听日"
"""What such a name or a time of day begins with: a look ahead that spares the long pattern."""
GIVEN = (
    "month",
    "number",
    "weekend",
    "weekday",
    "nextweek",
    "third",
    "nextmonth",
    "wholemonth",
    "days",
    "holiday",
    "moonmonth",
    "feast",
    "day",
)
"""Groups of which one is set where a day is named."""

Said = dict[str, str | None]
Span = tuple[date, date]


def days(said: Said, today: date) -> Span | None:
    """The first and the last day named; today when none is; None when it is no day after all."""
    for name, reckon in _RECKONED.items():
        if said[name] is not None:
            return reckon(said, today)
    return today, today


def month(today: date, later: int) -> date:
    """The first day of the month so many months later."""
    months = today.year * 12 + today.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)


def _one(day: date) -> Span:
    return day, day


def _month_and_day(said: Said, today: date) -> Span | None:
    number, day = integer(said["month"] or ""), integer(said["monthday"] or "")
    if number is None or day is None:
        return None
    then = date(today.year, number, day)
    return _one(then if then >= today else date(today.year + 1, number, day))


def _day_number(said: Said, today: date) -> Span | None:
    number = said["number"] or ""
    if number in _EITHER:
        first, last = (_day_number({**said, "number": each}, today) for each in number)
        return first and last and (first[0], last[1])
    day = integer(number)
    if day is None or not 1 <= day <= 31:
        return None
    later = (said["next"] or "").startswith("下")
    then = month(today, 1 if later else 0).replace(day=day)
    return _one(then if later or then >= today else month(today, 1).replace(day=day))


def _monday(today: date, week: str | None) -> date:
    return today + timedelta(days=7 * (week or "").count("下") - today.weekday())


def _weekday(said: Said, today: date) -> Span:
    then = _monday(today, said["week"]) + timedelta(days=_WEEKDAY[said["weekday"] or "一"])
    return _one(then if then >= today or "下" in (said["week"] or "") else then + timedelta(days=7))


def _week(said: Said, today: date) -> Span:
    monday = _monday(today, said["nextweek"])
    return max(monday, today), monday + timedelta(days=6)


def _weekend(said: Said, today: date) -> Span:
    monday = _monday(today, said["weekend"])
    return max(monday + timedelta(days=5), today), monday + timedelta(days=6)


def _third(said: Said, today: date) -> Span | None:
    """月底, 下个月中旬, 三月初, 年底. One of this month that is over is next month's."""
    of, third = said["ofmonth"] or "", (said["third"] or "")[:1]
    if of == "年":
        return (date(today.year, 12, 20), date(today.year, 12, 31)) if third in "底末" else None
    if of[0] in "0123456789一二两三四五六七八九十":
        number = integer(of.rstrip("份").rstrip("月"))
        if number is None:
            return None
        first = date(today.year, number, 1)
        first = first if first >= today.replace(day=1) else first.replace(year=today.year + 1)
    else:
        first = month(today, of.count("下"))
    start, end = _part_of(first, third)
    if end < today:
        start, end = _part_of(month(first, 1), third)
    return max(start, today), end


def _part_of(first: date, third: str) -> Span:
    last = month(first, 1) - timedelta(days=1)
    start, end = _THIRDS[third]
    if third in "底末":
        return last - timedelta(days=5), last
    return first.replace(day=start), first.replace(day=min(end, last.day))


def _next_month(said: Said, today: date) -> Span:
    later = (said["nextmonth"] or "").count("下")
    return month(today, later), month(today, later + 1) - timedelta(days=1)


def _whole_month(said: Said, today: date) -> Span | None:
    number = integer(said["wholemonth"] or "")
    if number is None:
        return None
    first = date(today.year + (said["year"] == "明年"), number, 1)
    if not said["year"] and number < today.month:
        first = first.replace(year=today.year + 1)
    return max(first, today), month(first, 1) - timedelta(days=1)


def _two_days(said: Said, today: date) -> Span:
    first = {"今": 0, "明": 1}[(said["days"] or "今")[0]]
    last = {"明": 1, "后": 2}[(said["days"] or "今明")[1]]
    return today + timedelta(days=first), today + timedelta(days=last)


def _holiday(said: Said, today: date) -> Span:
    then = date(today.year, *_HOLIDAYS[said["holiday"] or "元旦"])
    return _one(then if then >= today else then.replace(year=today.year + 1))


def _by_the_moon(said: Said, today: date) -> Span:
    number, day = MONTHS[said["moonmonth"] or "正"], (said["moonday"] or "").replace("廿", "二十").lstrip("初")
    return _one(day_from(today, number, integer(day) or 1)) if day else month_from(today, number)


def _feast(said: Said, today: date) -> Span:
    feast = said["feast"] or ""
    if feast in FEASTS:
        return _one(day_from(today, *FEASTS[feast]))
    return _one(day_from(today, 1, integer(feast[3:]) or 1) if "初" in feast else eve_from(today))


def _near_day(said: Said, today: date) -> Span:
    return _one(today + timedelta(days=_DAY[said["day"] or "今"]))


_RECKONED = {
    "month": _month_and_day, "number": _day_number, "weekend": _weekend, "weekday": _weekday, "nextweek": _week,
    "third": _third, "nextmonth": _next_month, "wholemonth": _whole_month, "days": _two_days, "holiday": _holiday,
    "moonmonth": _by_the_moon, "feast": _feast, "day": _near_day,
}  # fmt: skip
