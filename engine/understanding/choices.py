"""Questions that name both answers: 要不要, 有没有, 得唔得, 去还是不去, 有折扣没有. Neither of the two was given."""

from __future__ import annotations

import re

from engine.understanding.entry import Entry, Found

_A_NOT_A = re.compile(
    r"(?<![不没])([^\W\d]{1,2}?)(?:[不没唔]|还是不|还是没|或者不)\1(?!\1)|有没(?![有,])(?=.)|系咪"
    r"|(?:有[^,没]{1,6}|[了过完到见懂白])(?P<or_not>没有?)(?=[啊呀呢]?(?:,|$))"
)
_CHOICE = Entry("", "A不A", "")
_OR_NOT = Entry("", "…没有?", "")
_CHOOSING = re.compile("[不没唔咪冇]")


def choices(text: str) -> list[Found]:
    """要不要, 有没有, 可不可以, 得唔得, 去还是不去, 有折扣没有, 听见没有: neither the yes nor the no was said."""
    if _CHOOSING.search(text) is None:
        return []
    return [
        Found(match.start("or_not"), match.end(), _OR_NOT)
        if match["or_not"]
        else Found(match.start(), match.end(), _CHOICE)
        for match in _A_NOT_A.finditer(text)
    ]


def without_choices(found: list[Found], asked: list[Found]) -> list[Found]:
    """Phrases that an A-not-A question contains or cuts go; a longer phrase that contains it whole stays, and so does
    what it asks about: 靠谱 in 靠不靠谱.
    """
    if not asked:
        return found
    return [
        item
        for item in found
        if item.entry.asked
        or not any(item.start < ask.end and ask.start < item.end and not _more(item, ask) for ask in asked)
    ]


def _more(item: Found, ask: Found) -> bool:
    """The 有没有优惠 of a grammar says more than 有没有, but the 没有 of 听见没有 is all there is of the question."""
    if ask.entry is _OR_NOT and item.start == ask.start:
        return False
    return item.start <= ask.start and ask.end <= item.end and item.entry.intent != ""
