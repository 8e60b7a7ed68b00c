"""What a caller tells that can fill a slot: times, numbers, quantities and names, gathered from one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal

from engine.understanding.clauses import clause
from engine.understanding.days import NAMED as DAY
from engine.understanding.entry import Entry, Found
from engine.understanding.names import NAMED, names, referred
from engine.understanding.numbers import COUNTED, MOBILE, quantities, telephone
from engine.understanding.pattern import FILLERS
from engine.understanding.scope import PRIORITY
from engine.understanding.times import Time, times

TellingType = Literal["time", "number", "name", "quantity"]

_EXCUSES = frozenset({"busy", "refuse", "deny", "not_that_day", "hesitate", "do_not_call"})
_NOT_THAT_DAY = frozenset({"deny", "not_that_day"})
"""In whose words a day stands that does not suit; the latter is an intent of `parts/manners.yaml`."""
_ANGRY = frozenset({"do_not_call", "complain", "abuse"})
_PLAN = re.compile(
    "^(?:[吧啊呀呢嘛哈哦的那就我你您他先大概左右钟整]|之前|之后|以后|以前|过后|前|后|应该|可能|一般|基本|正好|倒是?|一?[整全]天|还|比较|有点){0,4}"
    "(?:$|再|打(?![算工印车包扫牌麻针官广])|联系|来|去|过|见|可以|行|成|好[的啊吧]?$|方便|有空|有时间|得空|有点时间|没事|在|聊|说|谈|约|定|安排|找|给|都|合适|带|ok|怎么样|碰|面|叫|让|派|上门|回|演示|示范|体验|参观|call|最好|到[店家你]|等|加|发)"
)
"""What follows a time that is offered: a call, a visit, an agreement, or nothing."""
_CALLED = re.compile(
    "打给?我|打过?来|打电话|联系|来电|过来|有空|有时间|方便|可以|得空|碰头|见面|再[打说聊谈]|休息|在家"
)
_FEW = 4
_NO_PLAN = re.compile(
    "^(?:好[啊呀哇]?$|才|几点(?![^,]{0,2}[都你随])|[^,]{0,4}(?:了[^,吧啊]|过[^来去,])|[^,]{0,3}[也还又]在?打)"
    "|^的[^,话时]|^[都就]?(?:别|甭|莫|不要|没人)"
)
"""下午好 greets, 晚上才来 and 今天定了 tell, 周末也打 complains, 十点以前别打 offers no time."""
_BUSY_UNTIL = re.compile("(?:开|上|忙|干|睡|讲|待|排|课|会|班)到$")
"""会开到十一点: until then there is no time."""
_AWAITED = re.compile("(?<![别我])(?<!(?<!要)不)等(?:到|过了)?$")
"""等十五号发了工资, 等下午我上班了你再来电."""
_CALLING = re.compile("[再打联说聊谈回]")
_WAIT = re.compile("等(?:会儿?|一会儿?|一下)$|(?:[等停歇静待缓]|消停|休息|安静)一会儿?$")
_CALL_ME = re.compile("打|联系|再|来|见|可以|行|好|吧|方便|有空|有时间|过来|过去|聊|说|约")


_start = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Telling:
    """Something told, with its span in the normalised text."""

    type: TellingType
    value: str
    start: int
    end: int


def tell(text: str, now: str, found: Sequence[Found]) -> tuple[list[Telling], list[Found]]:
    """Everything told in a normalised text, and the intents that telling it means: give_time, give_number,
    give_name. `found` are the text's other meanings, by which 明天没空 offers no time.
    """
    told: list[Telling] = []
    giving: list[Found] = []
    counted = COUNTED.search(text)
    numbers = [Telling("number", *each) for each in telephone(text)] if counted else []
    for number in _put_right(text, numbers, found) if len(numbers) > 1 else numbers:
        told.append(number)
        giving.append(_meaning("give_number", text, number.start, number.end))
    free = [each for each in times(text, now) if not _taken(told, each.start, each.end)]
    offered = [each for each in free if _offered(text, each.start, each.end, found)]
    if len(free) > len(offered) > 0:
        offered = [each for each in offered if not _withdrawn(text, each, free)]
    for each in _corrected(text, now, offered, found) if len(offered) > 1 else offered:
        told.append(Telling("time", each.value, each.start, each.end))
        _leave_planned(text, each.end, found)
        if each.value or not any(item.entry.intent in _EXCUSES and not item.negated for item in found):
            giving.append(_meaning("give_time", text, each.start, each.end, weak=not each.value))
    for name, start, end in names(text) if NAMED.search(text) else ():
        told.append(Telling("name", name, start, end))
        giving.append(_meaning("give_name", text, start, end))
    if any(item.entry.intent == "referral" and not item.negated for item in found):
        told += [
            Telling("name", name, start, end) for name, start, end in referred(text) if not _taken(told, start, end)
        ]
    for quantity, start, end in quantities(_apart(text, told)) if counted else ():
        if not _taken(told, start, end):
            told.append(Telling("quantity", quantity, start, end))
    if len(told) > 1:
        told.sort(key=_start)
    return told, giving


def _apart(text: str, told: Iterable[Telling]) -> str:
    """The text with commas in place of what is told already: 周六两个人 is no 六两."""
    for each in told:
        if each.type == "time":
            text = text[: each.start] + "," * (each.end - each.start) + text[each.end :]
    return text


_PAUSE = re.compile("[吧啊呀呢嘛哈哦]+[ ,，、]*|[ ,，、]+")


def in_one(kind: TellingType, said: str) -> str:
    """What was told as it is spoken again: of 明天上午吧，十点 the time alone."""
    return _PAUSE.sub("", said) if kind == "time" else said


_NOT_THEN = re.compile("(?<!是)不是$")
"""不是周三 offers no Wednesday."""
_DAY = re.compile(DAY)
_CORRECTS = re.compile(
    "[吧啊呀呢嘛哈的,]{0,3}(?:[哦噢啊呃嗯]{0,2},?)(?:不对|不是|不不|[哦噢啊]不|(?:我?说|[搞记])?错了),?(?:不对,?)?"
    "[哦噢啊呃嗯,]{0,3}(?:应该是|应该|是|改成?|换成?|还是)?"
)


def _corrected(text: str, now: str, offered: Sequence[Time], found: Iterable[Found]) -> list[Time]:
    """礼拜天吧,不对,礼拜六 tells the latter, and denies nothing else; 晚上吧,七点以后 tells the hour."""
    kept: list[Time] = []
    for each in offered:
        if kept and _CORRECTS.fullmatch(text, kept[-1].end, each.start):
            _only_corrects(found, kept[-1].end, each.start)
            kept[-1] = _on_the_day_of(kept[-1], text, now, each)
        elif kept and _GOES_ON.fullmatch(text, kept[-1].end, each.start) and _within(kept[-1], each, text, now):
            kept[-1] = replace(_on_the_day_of(kept[-1], text, now, each), start=kept[-1].start)
        else:
            kept.append(each)
    return kept


def _only_corrects(found: Iterable[Found], start: int, end: int) -> None:
    """What stands between the two takes back the first of them, and denies nothing else."""
    for item in found:
        item.negated |= start <= item.start and item.end <= end


def _withdrawn(text: str, each: Time, free: Iterable[Time]) -> bool:
    """礼拜一,不对礼拜一我出差: named again right behind the correction, and not to offer it."""
    again = _CORRECTS.match(text, each.end)
    return again is not None and any(other.start == again.end() and other.value == each.value for other in free)


def _put_right(text: str, numbers: Sequence[Telling], found: Iterable[Found]) -> list[Telling]:
    """139不对138 0013 8000 tells the latter; a shorter one takes the place of the first one's last digits."""
    kept: list[Telling] = []
    for each in numbers:
        if kept and _CORRECTS.fullmatch(text, kept[-1].end, each.start):
            _only_corrects(found, kept[-1].end, each.start)
            kept[-1] = _completed(kept[-1], each)
        else:
            kept.append(each)
    return kept


def _completed(first: Telling, last: Telling) -> Telling:
    left = MOBILE - len(last.value)
    if 0 < left < len(first.value) and first.value.startswith("1"):
        return replace(last, value=first.value[:left] + last.value, start=first.start)
    return last


_GOES_ON = re.compile("[吧啊呀呢嘛哈的,]{1,3}(?:大概|大约|差不多|最好|就|嗯|呃|那个){0,2},?")


def _within(last: Time, each: Time, text: str, now: str) -> bool:
    """Is this the hour of the day or part of the day that was told just before?"""
    begins = _on_the_day_of(last, text, now, each).value.partition("/")[0]
    first, _, until = last.value.partition("/")
    if "T" not in begins or not first:
        return False
    return first <= begins[: len(first)] <= until if until else "T" not in first and begins.startswith(first)


def _on_the_day_of(last: Time, text: str, now: str, each: Time) -> Time:
    """明天三点,不对,四点 is still about tomorrow."""
    said = text[each.start : each.end]
    if not last.value or _DAY.search(said):
        return each
    again = times(said, f"{last.value[:10]}T00:00:00{now[19:]}")
    return replace(each, value=again[0].value) if again else each


_ASKS = re.compile("吗|么|呢|什么|怎么|多少|哪|几|能不能|可不可以|行不行|有没有|是不是|咋|啥|谁")
_TO = 3


def _leave_planned(text: str, end: int, found: Iterable[Found]) -> None:
    """明天上午十点来演示吧 plans a demonstration: what stands right behind a time that is offered is not asked for."""
    last = clause(text, end - 1, end)[1]
    if _ASKS.search(text, end, last):
        return
    for item in found:
        if item.entry.intent.startswith("ask_") and end <= item.start <= end + _TO and item.end <= last:
            item.negated = True


def misheard(item: Found, told: Iterable[Telling]) -> bool:
    """By sound only, in what is a time as it stands: 晌午 is no 三无."""
    return item.how in ("pinyin", "fuzzy") and any(
        each.type == "time" and each.start <= item.start and item.end <= each.end for each in told
    )


def _meaning(intent: str, text: str, start: int, end: int, *, weak: bool = False) -> Found:
    said = text[start:end]
    return Found(start, end, Entry(intent, said, said, PRIORITY[intent], weak=weak), "pattern")


def _taken(told: Iterable[Telling], start: int, end: int) -> bool:
    return any(start < each.end and each.start < end for each in told)


def _offered(text: str, start: int, end: int, found: Iterable[Found]) -> bool:
    """Is this time an offer? 明天没空 and 今天不行 refuse one; 一会儿再说 inside an excuse is part of it."""
    first, last = clause(text, start, end)
    if _NOT_THEN.search(text, first, start):
        return False
    if any(item.entry.intent in _ANGRY and not item.negated for item in found):
        return False
    rest = text[end:last]
    if _BUSY_UNTIL.search(text, first, start):
        return False
    if _AWAITED.search(text, first, start) and not _WAIT.search(text, first, end):
        return True
    if _NO_PLAN.search(rest) or text[max(first, start - 1) : start] in ("大", "一"):
        return False
    planned = _PLAN.search(rest) or _CALLED.search(rest)
    if not planned and (len(rest) > _FEW or text[first:start].strip(FILLERS)):
        return False
    if _WAIT.search(text, first, end) and not _CALLING.match(rest):
        return False
    for item in found:
        if item.negated or item.entry.intent not in _EXCUSES:
            continue
        if item.start >= end and item.end <= last and item.entry.intent in ("busy", "deny", "refuse"):
            return _CALL_ME.match(text, end) is not None
        if item.entry.intent in _NOT_THAT_DAY and item.start < end <= item.end:
            return False
    return True
