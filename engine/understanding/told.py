"""What a caller tells that can fill a slot: times, numbers, quantities and names, gathered from one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.understanding.clauses import clause
from engine.understanding.names import NAMED, names
from engine.understanding.numbers import COUNTED, quantities, telephone
from engine.understanding.scope import PRIORITY
from engine.understanding.search import Entry, Found
from engine.understanding.times import TIMED, times

TellingType = Literal["time", "number", "name", "quantity"]

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
    counted = COUNTED.search(text)
    for number, start, end in telephone(text) if counted else ():
        told.append(Telling("number", number, start, end))
        giving.append(_meaning("give_number", text, start, end))
    for each in times(text, now) if TIMED.search(text) else ():
        if not _taken(told, each.start, each.end) and _offered(text, each.start, each.end, found):
            told.append(Telling("time", each.value, each.start, each.end))
            if each.value or not any(item.entry.intent in _EXCUSES and not item.negated for item in found):
                giving.append(_meaning("give_time", text, each.start, each.end, weak=not each.value))
    for name, start, end in names(text) if NAMED.search(text) else ():
        told.append(Telling("name", name, start, end))
        giving.append(_meaning("give_name", text, start, end))
    for quantity, start, end in quantities(text) if counted else ():
        if not _taken(told, start, end):
            told.append(Telling("quantity", quantity, start, end))
    if len(told) > 1:
        told.sort(key=lambda each: each.start)
    return told, giving


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
