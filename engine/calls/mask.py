"""Telephone numbers in text, hidden and stood in for, without moving a character.

A log must not hold anybody's full number, yet spans in it must still point at the same words and replay must still
understand that a number was told. So masking replaces digits one by one, and `stand_in` puts other digits in their
place: they mean nothing, but masked again they give the same text.
"""

from __future__ import annotations

import re

_DIGIT = "[0-9０-９零〇一二三四五六七八九幺妖腰邀林令洞拐勾]"
"""The last ones are how a recogniser writes 幺, 零, 七 and 九, as they are said on the radio too."""
_COUNTS = {"二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8}
_TIMES = f"(?:[{''.join(_COUNTS)}]个)?"
"""三个零 is 000."""
_BETWEEN = "[-－ \u3000，,、嗯呃额啊]{0,3}"
"""What may stand between the digits of one number: groups, a recogniser's commas, and sounds of somebody who reads."""
_DATE = r"(?<![\d-])(?:19|20)\d\d-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])(?![\d-])"
_DOTTED = r"(?<![\d.])\d{3}[\d*]?[.．·–—][\d*]{3,4}[.．·–—][\d*]{4}(?!\d)"
"""138.0000.1234: marks that also stand in prices are believed only between groups like those of a telephone number."""
_MOBILE = "".join([
    f"[1１一幺妖腰邀]{_BETWEEN}[3-9３-９三四五六七八九拐勾]{_BETWEEN}{_DIGIT}",
    f"(?:{_BETWEEN}(?:{_DIGIT}|[*])){{4}}",
    f"(?:{_BETWEEN}{_DIGIT}){{4}}",
])  # fmt: skip
"""Eleven digits that begin like a Chinese mobile number, masked already or not; found inside a longer run too, as
after +86 or before another number."""
_OTHER = f"(?!{_MOBILE}){_TIMES}{_DIGIT}(?:{_BETWEEN}(?!{_MOBILE}){_TIMES}{_DIGIT}){{2,}}"
_NUMBER = re.compile(f"({_DATE})|{_DOTTED}|{_MOBILE}|{_OTHER}")
_MASKED = re.compile(
    f"{_DOTTED}|{_TIMES}{_DIGIT}(?:{_BETWEEN}{_TIMES}(?:{_DIGIT}|[*])){{2,}}{_BETWEEN}{_TIMES}{_DIGIT}"
)
_SOME = re.compile(f"{_DIGIT}{_BETWEEN}{_DIGIT}{_BETWEEN}{_DIGIT}")
"""A cheap first look: without three digits in a row there is no number."""
_EACH = re.compile(f"(?:([{''.join(_COUNTS)}])个)?({_DIGIT}|[*])")
SHORTEST = 7
"""Digits; a local number in China has seven or eight."""
_LEAD = "(?:嗯|啊|呃|额|哦|就?是|然后|后面|中间|前面|再|接着|尾号|对)*[，,、 ]?"
_PIECE = re.compile(f"({_LEAD}{_DIGIT})((?:{_BETWEEN}{_DIGIT}){{3,5}})[。，,.！!吧呢啊 ]*")
_HIDDEN_PIECE = re.compile(f"({_LEAD}{_DIGIT})((?:{_BETWEEN}[*]){{3,5}})[。，,.！!吧呢啊 ]*")
"""A piece of a number that is told in several turns, as 138, 0000, 1234: four to six digits and nothing else."""


def mask(text: str) -> str:
    """The text with the middle of every run of seven or more digits replaced: 13800001234 becomes 138****1234.

    At least four digits go; up to three stay in front and up to four at the end. Spoken digits count (幺三八…), and
    counted ones as often as they are counted (三个零). Hyphens, spaces and commas between digits do not end a run.
    Dates in the form of RFC 3339 stay. Masking twice changes nothing more. Of a number told in pieces see `mask_said`.
    """
    return _NUMBER.sub(_hide, text) if _SOME.search(text) else text


def mask_said(text: str) -> str:
    """The same for what is said in a call, where a number may come in pieces, a turn for each.

    Of four to six digits said alone only the first stays. Three are left: most are an area, a price or a room.
    """
    return _PIECE.sub(_hide_piece, text) if _PIECE.fullmatch(text) else mask(text)


def _hide_piece(found: re.Match[str]) -> str:
    start, end = found.span(2)
    return found[0][: start - found.start()] + re.sub(_DIGIT, "*", found[2]) + found.string[end : found.end()]


def is_piece(text: str) -> bool:
    """Is this a piece of a number, hidden or not?"""
    return bool(_PIECE.fullmatch(text) or _HIDDEN_PIECE.fullmatch(text))


def _hide(found: re.Match[str]) -> str:
    digits = _digits(found[0])
    if found[1] or digits < SHORTEST:
        return found[0]
    head = min(3, (digits - 4) // 2)
    tail = min(4, digits - 4 - head)
    seen = 0

    def shown(each: re.Match[str]) -> str:
        nonlocal seen
        first, seen = seen, seen + _COUNTS.get(each[1], 1)
        hidden = seen > head and first < digits - tail
        return each[0][:-1] + "*" if hidden else each[0]

    return _EACH.sub(shown, found[0])


def _digits(run: str) -> int:
    return sum(_COUNTS.get(each[1], 1) for each in _EACH.finditer(run))


def stand_in(text: str) -> str:
    """A masked text made whole with zeros: 138****1234 becomes 13800001234."""
    if piece := _HIDDEN_PIECE.fullmatch(text):
        return text.replace("*", "0" if piece[1][-1].isascii() else "零")
    return _MASKED.sub(_fill, text) if "*" in text else text


def _fill(found: re.Match[str]) -> str:
    if _digits(found[0]) < SHORTEST:
        return found[0]
    return found[0].replace("*", "0" if found[0][0].isascii() else "零")
