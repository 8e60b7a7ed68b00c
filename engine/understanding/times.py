"""Times as people say them on the telephone, relative to the moment of the call.

A time of day gives a moment, a day gives a date, a part of a day or several days give an interval, and 改天 gives
nothing but the fact that it was said. All arithmetic is in the offset of `now`; no clock is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter

from engine.understanding.days import BEGINS, GIVEN, NAMED, N, Span, days, month
from engine.understanding.numerals import integer

CALLING_FROM, CALLING_TO = time(8), time(21)
"""The hours in which people are called at all: 三点 is 15:00, since nobody is called at three in the morning."""

_UNITS = {"分钟": 1, "刻钟": 15, "小时": 60, "钟头": 60, "天": 1440, "周": 10080, "星期": 10080, "礼拜": 10080}
"""In minutes; months have no fixed length."""
_PARTS: dict[str, tuple[time, time]] = {
    "凌晨": (time(0), time(6)), "早上": (time(8), time(10)), "早晨": (time(8), time(10)), "清早": (time(8), time(10)),
    "一早": (time(8), time(10)), "早": (time(8), time(10)), "上午": (time(9), time(12)), "午前": (time(9), time(12)),
    "上半日": (time(9), time(12)), "下半日": (time(14), time(18)),
    "上昼": (time(9), time(12)), "下昼": (time(14), time(18)), "晏昼": (time(14), time(18)),
    "头晌": (time(9), time(12)), "前晌": (time(9), time(12)), "上晌": (time(9), time(12)),
    "后晌": (time(14), time(18)), "过晌": (time(14), time(18)),
    "擦黑": (time(17), time(19)), "傍黑": (time(17), time(19)),
    "天黑了": (time(18), time(21)), "天黑后": (time(18), time(21)), "天黑以后": (time(18), time(21)),
    "天黑之后": (time(18), time(21)),
    "上半天": (time(9), time(12)), "下半天": (time(14), time(18)),
    "中午": (time(12), time(14)), "晌午": (time(11), time(13)),
    "下午": (time(14), time(18)), "午后": (time(14), time(18)),
    "傍晚": (time(17), time(19)), "下班后": (time(18), time(21)), "下班以后": (time(18), time(21)),
    "下了班": (time(18), time(21)), "下班之后": (time(18), time(21)), "下班前": (time(14), time(18)),
    "下班以前": (time(14), time(18)), "下班之前": (time(14), time(18)), "晚饭后": (time(19), time(21)),
    "大清早": (time(8), time(10)), "大早上": (time(8), time(10)),
    "吃完晚饭": (time(19), time(21)), "吃过晚饭": (time(19), time(21)),
    "午休": (time(12), time(14)), "晚上": (time(18), time(21)), "晚": (time(18), time(21)),
    "夜里": (time(20), time(23)), "半夜": (time(23), time(23, 59)),
}  # fmt: skip
_PART = (
    "凌晨|[上下]半[日天]|[上下晏]昼|[头前上后过]晌|[擦傍]黑|天黑(?:了|(?:以|之)?后)|大清早|大早上|早[上晨]|[清一]早|上午|午前|中午|午休|晌午|下午|午后|傍晚|"
    "下班(?:以|之)?[后前]|下了班|晚饭后|吃[完过]晚饭|晚上|夜里|半夜"
)
_FUTURE = re.compile(
    rf"(?=[再过半]|{N})(?:再)?(?:过)?(?:(?P<half>半)(?:个)?(?P<halfunit>小时|钟头|天|月)"
    rf"|(?P<count>{N}{{1,3}})(?P<and>个半|个)?(?P<unit>分钟|刻钟|小时|钟头|天|周|星期|礼拜|(?<=个)月))"
    r"(?P<after>之后|以后|后|过后)?"
)
_WHEN = re.compile(
    rf"(?=的{{0,2}}(?:{BEGINS}|凌晨|清早|一早|上[午昼半晌]|[头前后过]晌|[擦傍天]黑|晏昼|吃[完过]晚|中午|傍晚|夜里|半夜|差))"
    rf"(?:{NAMED})?(?:的|[那这当]一?天的?)?(?P<part>{_PART}|早|晚)?"
    rf"(?:的)?(?:(?:差(?P<less>{N}{{1,2}}分|一刻))?(?P<hour>{N}{{1,3}})(?:点钟?|时|:)(?:过?(?P<minute>半|一刻|三刻|{N}{{1,3}}分?))?)?"
)
_UNTIL = re.compile("(?:左右|钟)?(?:到|至|-|~)$")
"""What stands between the ends of an interval."""
_SIDE = re.compile("(?:钟|左右)?(?:(?P<after>之后|以后|过后|后|往后)|(?P<before>之前|以前|前|以内))(?!天|儿|面|头)")
_FEW = re.compile("[一二两三四五六七八][二三四五六七八九]")
"""三五天后 is any of some days."""
_ROUGHLY = frozenset("一两 两三 三四 四五 五六 六七 七八 八九 九十".split())
_VAGUE = re.compile(
    "(?=[改回过隔以有等待一晚早年节明下忙初月空随什哪啥这春中端国元五开])(?:改天|改日|回头|过两天|过几天|"
    "[过隔](?:些(?:天|日子)|一?段(?:时间|日子)|一?阵子?(?!风))|以后|有空|"
    "春节|中秋|端午|国庆|元旦|五一|年[底前初]|开年|开春|这两天|这几天|这段时间|[早晚]一?点|早些|等会儿?|待会儿?|一会儿?|晚点|晚些|过会儿?|"
    "年后|节后|过[完了](?:年|节|国庆|十一|五一|春节|元旦|中秋|端午)|明年|下次|忙完|初[一二三四五六七八九十](?:以?后)?|月后|等忙过|空了|"
    "随时|什么时候都|哪天都|啥时候都)"
)
_TIMED = re.compile("[点时天周月日号早晚午后半刻钟头期拜会班年空次:完明今改晌昼旦庆休节阵黑夕秋宵阳腊]")
"""Where none of these stands no time is told."""
_HEARD_AS = str.maketrans("散伞似舞溜器巴酒", "三三四五六七八九")
_MISHEARD_HOUR = re.compile("(?<=[天午])[散伞似舞溜器巴酒](?=点)|(?<=[早晚]上)[散伞似舞溜器巴酒](?=点)")
"""明天散点: an hour as it is often recognised, only behind a day or a part of one."""
_NOT_CLOCK = re.compile("[有快慢便宜大小简差多少重再近远好高低强早晚轻松一这那]$")


_start = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Time:
    """A time told: RFC 3339, a date, FROM/TO, or empty when vague; with its span."""

    value: str
    start: int
    end: int


def times(text: str, now: str) -> list[Time]:
    """All times in a normalised text, in its order. Without a usable `now` there is nothing to reckon from."""
    if _TIMED.search(text) is None:
        return []
    if "点" in text:
        text = _MISHEARD_HOUR.sub(lambda hour: hour[0].translate(_HEARD_AS), text)
    moment = _moment_of(now)
    exact = _exact(text, moment or _ANY_DAY)
    found = exact if moment else [Time("", each.start, each.end) for each in exact]
    taken = [(each.start, each.end) for each in found]
    for match in _VAGUE.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(Time("", match.start(), match.end()))
    found.sort(key=_start)
    return found


def _moment_of(now: str) -> datetime | None:
    try:
        return datetime.fromisoformat(now)
    except ValueError:
        return None


_ANY_DAY = datetime(2024, 1, 1, 12)  # noqa: DTZ001  only spans are read from what it gives


def _exact(text: str, now: datetime) -> list[Time]:
    found: list[Time] = []
    at = 0
    for match in _FUTURE.finditer(text):
        value = _after(match, now)
        if value is not None:
            found += _absolute(text, now, at, match.start())
            found.append(Time(value, match.start(), match.end()))
            at = match.end()
    found += _absolute(text, now, at, len(text))
    return found


def _after(match: re.Match[str], now: datetime) -> str | None:
    """半小时后, 过十分钟; a bare 半小时 is a duration and no time."""
    past = match["after"] or match[0].startswith(("过", "再过"))
    if not past or (not match["after"] and match["unit"] == "天"):  # 过两天 is some day
        return None
    unit = match["halfunit"] or match["unit"]
    if not match["half"] and _FEW.fullmatch(match["count"]):
        return ""
    count = 0.5 if match["half"] else integer(match["count"])
    if count is None:
        return None
    try:
        if unit == "月":
            return _months_after(now.date(), count).isoformat()
        then = now + timedelta(minutes=_UNITS[unit] * (count + (0.5 if match["and"] == "个半" else 0)))
    except (ValueError, OverflowError):
        return None
    return then.date().isoformat() if unit not in ("分钟", "刻钟", "小时", "钟头") else _moment(then)


def _months_after(today: date, count: float) -> date:
    whole = month(today, int(count))
    last = month(whole, 1) - timedelta(days=1)
    return whole.replace(day=min(today.day, last.day)) + timedelta(days=15 if count % 1 else 0)


def _absolute(text: str, now: datetime, start: int, end: int) -> list[Time]:
    found: list[Time] = []
    at, last, opened = start, None, None
    while at < end:
        match = _WHEN.search(text, at, end)
        if match is None:
            break
        at = max(match.end(), match.start() + 1)
        if not any(match.groups()) or not _is_time(text, match):
            continue
        if last is not None and opened is not None and _UNTIL.fullmatch(text, last.end, match.start()):
            last, opened = Time(_interval(opened, match, now, last.value), last.start, match.end()), None
            continue
        if last is not None:
            found.append(last)
        last, opened = None, match
        side = _SIDE.match(text, match.end(), end)
        value = _value(match, now) if side is None else _to_a_side(match, side, now)
        if value is not None:
            last = Time(value, match.start(), match.end() if side is None else side.end())
    if last is not None:
        found.append(last)
    return found


def _is_time(text: str, match: re.Match[str]) -> bool:
    """三点 may be three o'clock, 有一点 is not; 早 and 晚 alone are greetings, 晚一点 is some time."""
    said = match.groupdict()
    named = [name for name, value in said.items() if value]
    if named == ["part"] and match["part"] in ("早", "晚"):
        return False
    if match["part"] in ("早", "晚") and match["hour"] in ("一", "1") and not match["day"]:
        return False
    if named == ["number"]:
        return not text.startswith(("线", "楼"), match.end())
    if not set(named) <= {"hour", "minute"}:
        return True
    if match["hour"] in ("一", "1", "两") and not match["minute"]:
        after = text[match.end() :].lstrip("钟左右吧啊呢的,")
        alone = match.start() == 0 or text[match.start() - 1] in ",到至"
        return alone and (not after or after[0] in "可行好见来到至打联给吧方以之前后" or after.startswith(("以", "之")))
    return _NOT_CLOCK.search(text[: match.start()]) is None or bool(match["minute"])


def _value(match: re.Match[str], now: datetime) -> str | None:
    try:
        named = days(match.groupdict(), now.date())
        return None if named is None else _within(match, now, named)
    except (ValueError, OverflowError):  # the 31st of February, the year 10000
        return None


def _within(match: re.Match[str], now: datetime, named: Span) -> str | None:
    first, last = named
    part = _PARTS.get(match["part"] or "")
    given = any(match[name] is not None for name in GIVEN)
    if match["hour"]:
        clock = _clock(match, part)
        if clock is None:
            return None
        then = datetime.combine(first, clock, now.tzinfo) - timedelta(minutes=_minute(match["less"]) or 0)
        return _moment(then if given or then > now else then + timedelta(days=1))
    if part:
        if not given and datetime.combine(first, part[1], now.tzinfo) <= now:
            first = first + timedelta(days=1)
        return _between(datetime.combine(first, part[0], now.tzinfo), datetime.combine(first, part[1], now.tzinfo))
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"


def _to_a_side(match: re.Match[str], side: re.Match[str], now: datetime) -> str | None:
    """三点以后 until people are called no longer, 五点之前 since they are, 周五之前 from today; 周五以后 is vague."""
    value = _value(match, now)
    if value is None or "/" in value:
        return value
    if not match["hour"]:
        return "" if side["after"] else f"{now.date().isoformat()}/{value}"
    then = datetime.fromisoformat(value)
    if side["after"]:
        part = _PARTS.get(match["part"] or "")
        ends = part[1] if part and part[1] > then.time() else CALLING_TO
        return _between(then, datetime.combine(then.date(), max(ends, then.time()), now.tzinfo))
    starts = datetime.combine(then.date(), min(CALLING_FROM, then.time()), now.tzinfo)
    return _between(min(max(starts, now), then), then)


def _interval(first: re.Match[str], last: re.Match[str], now: datetime, begin: str) -> str:
    """上午十点到十一点: the end is on the same day and in the same part of it unless it says another."""
    if not first["hour"] or not last["hour"]:
        end = _value(last, now) or begin
        return f"{begin.partition('/')[0]}/{end.rpartition('/')[2]}"
    starts = datetime.fromisoformat(begin)
    clock = _clock(last, _PARTS.get(last["part"] or first["part"] or ""))
    if clock is None:
        return begin
    ends = datetime.combine(starts.date(), clock, now.tzinfo)
    return _between(starts, ends if ends > starts else ends + timedelta(hours=12))


def _clock(match: re.Match[str], part: tuple[time, time] | None) -> time | None:
    hour, minute = integer(_first_hour(match["hour"])), _minute(match["minute"])
    if hour is None or minute is None or hour > 24:
        return None
    if match["hour"] in ("零", "0"):
        return time(0, minute)
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


def _between(first: datetime, last: datetime) -> str:
    return f"{_moment(first)}/{_moment(last)}"


def _moment(then: datetime) -> str:
    return then.replace(second=0, microsecond=0).isoformat()
