"""Times as people say them on the telephone, relative to the moment of the call.

A time of day gives a moment, a day gives a date, a part of a day or several days give an interval, and 改天 gives
nothing but the fact that it was said. All arithmetic is in the offset of `now`; no clock is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.understanding.numerals import integer

CALLING_FROM, CALLING_TO = time(8), time(21)
"""The hours in which people are called at all: 三点 is 15:00, since nobody is called at three in the morning."""

_N = "[0-9零一二两三四五六七八九十]"
_UNITS = {"分钟": 1, "刻钟": 15, "小时": 60, "钟头": 60, "天": 1440, "周": 10080, "星期": 10080, "礼拜": 10080}
"""In minutes."""
_DAY = {"今": 0, "明": 1, "听": 1, "后": 2, "大后": 3}
_WEEKDAY = (
    {char: number for number, char in enumerate("一二三四五六日")}
    | {"天": 6}
    | {str(number): number - 1 for number in range(1, 8)}
)
_PARTS: dict[str, tuple[time, time]] = {
    "凌晨": (time(0), time(6)), "早上": (time(8), time(10)), "早晨": (time(8), time(10)), "清早": (time(8), time(10)),
    "一早": (time(8), time(10)), "早": (time(8), time(10)), "上午": (time(9), time(12)), "午前": (time(9), time(12)),
    "上半日": (time(9), time(12)), "下半日": (time(14), time(18)),
    "上昼": (time(9), time(12)), "下昼": (time(14), time(18)),
    "上半天": (time(9), time(12)), "下半天": (time(14), time(18)),
    "中午": (time(12), time(14)), "晌午": (time(11), time(13)),
    "下午": (time(14), time(18)), "午后": (time(14), time(18)),
    "傍晚": (time(17), time(19)), "下班后": (time(18), time(21)), "下班以后": (time(18), time(21)),
    "下了班": (time(18), time(21)), "晚上": (time(18), time(21)), "晚": (time(18), time(21)),
    "夜里": (time(20), time(23)), "半夜": (time(23), time(23, 59)),
}  # fmt: skip
_PART = (
    "凌晨|[上下]半[日天]|[上下]昼|早[上晨]|[清一]早|上午|午前|中午|晌午|下午|午后|傍晚|下班以?后|下了班|晚上|夜里|半夜"
)
_FUTURE = re.compile(
    rf"(?=[再过半]|{_N})(?:再)?(?:过)?(?:(?P<half>半)(?:个)?(?P<halfunit>小时|钟头|天)"
    rf"|(?P<count>{_N}{{1,3}})(?P<and>个半|个)?(?P<unit>分钟|刻钟|小时|钟头|天|周|星期|礼拜))(?P<after>之后|以后|后|过后)?"
)
_WHEN = re.compile(
    rf"(?=的{{0,2}}(?:{_N}{{1,3}}[点时:月号日]|[下这本周星礼月今明后早午晚晌]|听日|大后|凌晨|清早|一早|上[午昼半]|中午|傍晚|夜里|半夜))"
    rf"(?:(?P<month>{_N}{{1,2}})月(?P<monthday>{_N}{{1,3}})(?:号|日)?"
    rf"|(?P<next>下个?月|这个?月|本月)?(?:的)?(?P<number>{_N}{{1,3}})[号日](?!线|楼|码)"
    rf"|(?P<week>下下个?|下个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-6])(?!个|次|遍)"
    rf"|(?P<nextweek>下下个?|下个?|这个?|本)(?:周|星期|礼拜)(?P<weekend>末)?|(?P<thisend>周末)"
    rf"|(?P<monthend>下个?月底|这个?月底|本月底|月底)|(?P<monthstart>下个?月初|月初)|(?P<middle>下个?月中|月中)"
    rf"|(?P<nextmonth>下个?月)"
    rf"|(?P<day>大后|今|明|后|听(?=日))(?:天|日|朝|儿个?|(?=早|晚)))?"
    rf"(?:的)?(?P<part>{_PART}|早|晚)?"
    rf"(?:的)?(?:(?P<hour>{_N}{{1,3}})(?:点钟?|时|:)(?P<minute>半|一刻|三刻|{_N}{{1,3}}分?)?)?"
)
_ROUGHLY = frozenset("一两 两三 三四 四五 五六 六七 七八 八九".split())
_VAGUE = re.compile(
    "(?=[改回过以有等待一晚年节明下忙初月空随什哪啥])(?:改天|改日|回头|过两天|过几天|过些天|过段时间|过一段时间|过阵子|以后|有空|等会儿?|待会儿?|一会儿?|晚点|晚些|过会儿?|"
    "年后|节后|过完年|过了年|明年|下次|忙完|初[一二三四五六七八九十](?:以?后)?|月后|等忙过|空了|"
    "随时|什么时候都|哪天都|啥时候都)"
)
TIMED = re.compile("[点时天周月日号早晚午后半刻钟头期拜会班年空次:完明今改晌昼]")
"""Where none of these stands no time is told."""
_NOT_CLOCK = re.compile("[有快慢便宜大小简差多少重再近远好高低强早晚轻松一这那]$")


@dataclass(frozen=True, slots=True)
class Time:
    """A time told: RFC 3339, a date, FROM/TO, or empty when vague; with its span."""

    value: str
    start: int
    end: int


def times(text: str, now: str) -> list[Time]:
    """All times in a normalised text, in its order. Without a usable `now` there is nothing to reckon from."""
    if TIMED.search(text) is None:
        return []
    found: list[Time] = []
    if _FUTURE.search(text) or _WHEN.search(text):
        moment = _moment_of(now)
        exact = _exact(text, moment or _ANY_DAY)
        found = list(exact) if moment else [Time("", each.start, each.end) for each in exact]
    taken = [(each.start, each.end) for each in found]
    for match in _VAGUE.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(Time("", match.start(), match.end()))
    found.sort(key=lambda each: each.start)
    return found


def _moment_of(now: str) -> datetime | None:
    try:
        return datetime.fromisoformat(now)
    except ValueError:
        return None


_ANY_DAY = datetime(2024, 1, 1, 12)  # noqa: DTZ001  only spans are read from what it gives


def _exact(text: str, now: datetime) -> Iterator[Time]:
    at = 0
    for match in _FUTURE.finditer(text):
        value = _after(match, now)
        if value:
            yield from _absolute(text, now, at, match.start())
            yield Time(value, match.start(), match.end())
            at = match.end()
    yield from _absolute(text, now, at, len(text))


def _after(match: re.Match[str], now: datetime) -> str:
    """半小时后, 过十分钟; a bare 半小时 is a duration and no time."""
    past = match["after"] or match[0].startswith(("过", "再过"))
    if not past or (not match["after"] and match["unit"] == "天"):  # 过两天 is some day
        return ""
    unit = match["halfunit"] or match["unit"]
    if match["half"]:
        minutes = _UNITS[unit] / 2
    else:
        count = integer(match["count"])
        if count is None:
            return ""
        minutes = _UNITS[unit] * (count + (0.5 if match["and"] == "个半" else 0))
    try:
        then = now + timedelta(minutes=minutes)
    except OverflowError:
        return ""
    return then.date().isoformat() if minutes >= 1440 else _moment(then)


def _absolute(text: str, now: datetime, start: int, end: int) -> Iterator[Time]:
    at = start
    while at < end:
        match = _WHEN.search(text, at, end)
        if match is None:
            return
        at = max(match.end(), match.start() + 1)
        if any(match.groups()) and _is_time(text, match):
            value = _value(match, now)
            if value:
                yield Time(value, match.start(), match.end())


def _is_time(text: str, match: re.Match[str]) -> bool:
    """三点 may be three o'clock, 有一点 is not; 早 and 晚 alone are greetings."""
    said = match.groupdict()
    named = [name for name, value in said.items() if value]
    if named == ["part"] and match["part"] in ("早", "晚"):
        return False
    if named == ["number"]:
        return not text.startswith(("线", "楼"), match.end())
    if not set(named) <= {"hour", "minute"}:
        return True
    if match["hour"] in ("一", "1", "两") and not match["minute"]:
        after = text[match.end() :].lstrip("钟左右吧啊呢的,")
        alone = match.start() == 0 or text[match.start() - 1] == ","
        return alone and (not after or after[0] in "可行好见来到打联给吧方")
    return _NOT_CLOCK.search(text[: match.start()]) is None or bool(match["minute"])


def _value(match: re.Match[str], now: datetime) -> str:
    try:
        days = _days(match, now.date())
        if days is None:
            return ""
        return _within(match, now, *days)
    except (ValueError, OverflowError):  # the 31st of February, the year 10000
        return ""


def _within(match: re.Match[str], now: datetime, first: date, last: date) -> str:
    part = _PARTS.get(match["part"] or "")
    given = any(match[name] for name in ("month", "number", "weekday", "nextweek", "thisend", "monthend", "day"))
    given = given or any(match[name] for name in ("monthstart", "middle", "nextmonth"))
    if match["hour"]:
        clock = _clock(match, part)
        if clock is None:
            return ""
        then = datetime.combine(first, clock, now.tzinfo)
        return _moment(then if given or then > now else then + timedelta(days=1))
    if part:
        if not given and datetime.combine(first, part[1], now.tzinfo) <= now:
            first = last = first + timedelta(days=1)
        ends = datetime.combine(first, part[0], now.tzinfo), datetime.combine(first, part[1], now.tzinfo)
        return f"{_moment(ends[0])}/{_moment(ends[1])}"
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"


def _clock(match: re.Match[str], part: tuple[time, time] | None) -> time | None:
    hour, minute = integer(_first_hour(match["hour"])), _minute(match["minute"])
    if hour is None or minute is None or hour > 24:
        return None
    if part:
        if hour < 12 and part[0] >= time(12) and not (part[0] == time(12) and hour > 9):
            hour += 12
        elif hour == 12 and part[0] >= time(18):
            hour = 24
    elif hour < 12 and time(hour, minute) < CALLING_FROM:
        hour += 12
    return time(hour % 24, minute)


def _first_hour(said: str) -> str:
    """三四点 is three or four, so three."""
    return said[0] if said in _ROUGHLY else said


def _minute(said: str | None) -> int | None:
    if not said:
        return 0
    fixed = {"半": 30, "一刻": 15, "三刻": 45}.get(said)
    minute = fixed if fixed is not None else integer(said.removesuffix("分"))
    return minute if minute is not None and minute < 60 else None


def _days(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """The first and the last day named; today when none is."""
    said = match.groupdict()
    for name, reckon in _RECKONED.items():
        if said[name]:
            return reckon(said, today)
    return today, today


def _one(day: date | None) -> tuple[date, date] | None:
    return None if day is None else (day, day)


def _month_and_day(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    month, day = integer(said["month"] or ""), integer(said["monthday"] or "")
    if month is None or day is None:
        return None
    then = date(today.year, month, day)
    return _one(then if then >= today else date(today.year + 1, month, day))


def _day_number(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    day = integer(said["number"] or "")
    if day is None or not 1 <= day <= 31:
        return None
    later = (said["next"] or "").startswith("下")
    month = _month(today, 1 if later else 0)
    then = month.replace(day=day)
    return _one(then if later or then >= today else _month(today, 1).replace(day=day))


def _weekday(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    week = said["week"] or ""
    monday = today - timedelta(days=today.weekday())
    then = monday + timedelta(days=_WEEKDAY[said["weekday"] or "一"] + 7 * week.count("下"))
    return _one(then if week.count("下") or then >= today else then + timedelta(days=7))


def _week(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    weeks = (said["nextweek"] or "").count("下")
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * weeks)
    first = monday + timedelta(days=5 if said["weekend"] or said["thisend"] else 0)
    return max(first, today), monday + timedelta(days=6)


def _month_end(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    later = (said["monthend"] or "").startswith("下")
    last = _month(today, 2 if later else 1) - timedelta(days=1)
    return max(last - timedelta(days=5), today), last


def _month_start(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    first = _month(today, 1)
    return first, first.replace(day=5)


def _mid_month(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    later = (said["middle"] or "").startswith("下") or today.day > 20
    month = _month(today, 1 if later else 0)
    return max(month.replace(day=11), today), month.replace(day=20)


def _next_month(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    return _month(today, 1), _month(today, 2) - timedelta(days=1)


def _near_day(said: dict[str, str | None], today: date) -> tuple[date, date] | None:
    return _one(today + timedelta(days=_DAY[said["day"] or "今"]))


_RECKONED = {
    "month": _month_and_day, "number": _day_number, "weekday": _weekday, "nextweek": _week, "thisend": _week,
    "monthend": _month_end, "monthstart": _month_start, "middle": _mid_month, "nextmonth": _next_month,
    "day": _near_day,
}  # fmt: skip


def _month(today: date, later: int) -> date:
    """The first day of the month so many months later."""
    months = today.year * 12 + today.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)


def _moment(then: datetime) -> str:
    return then.replace(second=0, microsecond=0).isoformat()
