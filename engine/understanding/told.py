"""What a caller tells that can fill a slot: times, numbers, quantities and names, gathered from one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.understanding.names import names
from engine.understanding.numbers import quantities, telephone
from engine.understanding.scope import PRIORITY
from engine.understanding.search import Entry, Found, clause
from engine.understanding.times import times

TellingType = Literal["time", "number", "name", "quantity"]

_ANYTHING = re.compile(
    "[0-9*零一二两三四五六七八九十几幺天周月日号早晚午后姓叫信贵点明今改是我会半回过以有忙年随下等什哪]"
)
"""Where none of these stands nothing is told."""
_EXCUSES = frozenset({"busy", "refuse", "deny", "hesitate", "do_not_call"})
_CALL_ME = re.compile("打|联系|再|来|见|可以|行|好|吧|方便|有空|有时间|过来|过去|聊|说|约")


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
    if _ANYTHING.search(text) is None:
        return told, giving
    for number, start, end in telephone(text):
        told.append(Telling("number", number, start, end))
        giving.append(_meaning("give_number", text, start, end))
    excused = any(item.entry.intent in _EXCUSES and not item.negated for item in found)
    for each in times(text, now):
        if not _taken(told, each.start, each.end) and _offered(text, each.start, each.end, found):
            told.append(Telling("time", each.value, each.start, each.end))
            if each.value or not excused:
                giving.append(_meaning("give_time", text, each.start, each.end, weak=not each.value))
    for name, start, end in names(text):
        told.append(Telling("name", name, start, end))
        giving.append(_meaning("give_name", text, start, end))
    for quantity, start, end in quantities(text):
        if not _taken(told, start, end):
            told.append(Telling("quantity", quantity, start, end))
    return sorted(told, key=lambda each: each.start), giving


def _meaning(intent: str, text: str, start: int, end: int, *, weak: bool = False) -> Found:
    said = text[start:end]
    return Found(start, end, Entry(intent, said, said, PRIORITY[intent], weak=weak), "pattern")


def _taken(told: Iterable[Telling], start: int, end: int) -> bool:
    return any(start < each.end and each.start < end for each in told)


def _offered(text: str, start: int, end: int, found: Iterable[Found]) -> bool:
    """Is this time an offer? 明天没空 and 今天不行 refuse one; 一会儿再说 inside an excuse is part of it."""
    _, last = clause(text, start, end)
    for item in found:
        if item.negated or item.entry.intent not in _EXCUSES:
            continue
        if item.start >= end and item.end <= last and item.entry.intent in ("busy", "deny", "refuse"):
            return _CALL_ME.match(text, end) is not None
        if item.entry.intent == "deny" and item.start <= start and end <= item.end:
            return False
    return True
