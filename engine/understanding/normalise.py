"""One spelling for what can be written in many ways, with the way back to the text as given.

Full-width and half-width, upper and lower case, traditional and simplified become one; punctuation becomes a comma,
which ends a clause; spaces between characters, hesitation sounds inside a clause and stuttered syllables vanish.
Digits are never touched beyond their width: a telephone number must keep its length.
"""

from __future__ import annotations

import re
import unicodedata

from engine.understanding.tables import SIMPLIFIED, TRADITIONAL

BREAK = ","
"""What every punctuation mark becomes: the end of a clause."""
LOST = "\ufffd"
"""Stands for half of a surrogate pair, which no other library would take."""

_SIMPLE = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))
_DIALECT = dict(zip("俺侬恁倷佢哋咗嘅喺嚟冇畀睇弗嗰㗎喎", "我你你你他们了的在来没给看不那啊啊", strict=True))
"""What dialects write, and recognisers of dialects, for words that every grammar has."""
_SIMPLE |= _DIALECT
_KEPT = frozenset("*.:-")
"""Marks that mean something inside numbers."""
_STRAY = re.compile(r"(?<![0-9*])[.:-]|[.:-](?![0-9*])")
"""The same marks elsewhere."""


class _Spellings(dict[int, str]):
    """The spelling of each character, worked out when it is first seen."""

    def __missing__(self, code: int) -> str:
        self[code] = spelling = _spelling(chr(code))
        return spelling


def _spelling(char: str) -> str:
    if 0xD800 <= ord(char) <= 0xDFFF:
        return LOST
    plain = unicodedata.normalize("NFKC", char).lower()
    if len(plain) != 1:  # ligatures and circled numbers: one character must stay one
        plain = char
    if plain in _KEPT:
        return plain
    if plain == "\n":
        return BREAK
    kind = unicodedata.category(plain)
    if kind[0] == "Z" or plain in "\t\u200b\ufeff":
        return " "
    if kind[0] in "PSC":
        return BREAK
    return _SIMPLE.get(plain, plain)


_SPELLINGS = _Spellings()

_NUMERAL = "0-9零〇一二三四五六七八九十幺两百千万洞拐勾腰邀妖林令"
"""Repeated as digits are, also as they are misheard."""
_STUTTERED = "我你您他不没别嗯啊哦噢喔喂好行是对要有就那这怎什诶哎呃额"
"""Syllables that are doubled by stutter or haste only; 谢谢, 看看, 天天 are words."""
_MAYBE_NOISE = re.compile(r"[ 嗯呃额]|(.)\1")
"""Where this is not found there is no noise, and it is found faster."""
_NOISE = re.compile(
    r"(?<![a-z0-9 ]) +| +(?![a-z0-9 ])|(?<= ) +"  # the space stays in "press one", not in 不 需要
    r"|(?<=[^\W嗯呃额])(?:[嗯呃]|(?<![余金总限全差税面数定超])额(?![度外头]))+(?=[^\W嗯呃额]|额[度外头])"  # 不嗯需要
    rf"|(?<=([{_STUTTERED}]))\1+"
    rf"|(?<=([^\W{_NUMERAL}]))\2\2+"
)


_HAN = "\u3400-\u9fff"
_PAUSE = re.compile(
    rf"(?<=[{_HAN}])(?<![{_NUMERAL}]) (?= *[{_HAN}])|(?<=[{_NUMERAL}]) (?= *[{_HAN}])(?! *[{_NUMERAL}])"
)
_WORDS = 2.5
"""Where what stands between spaces is longer than this on average, spaces are pauses; else they only part words."""


def _pauses(plain: str) -> str:
    """不是 你打错电话了 are two clauses, 我 不 需要 is one."""
    if len(plain.replace(" ", "")) < _WORDS * (plain.count(" ") + 1):
        return plain
    return _PAUSE.sub(BREAK, plain)


class Normal:
    """A normalised text and where its characters came from."""

    __slots__ = ("origins", "text")

    def __init__(self, text: str, origins: list[int] | None = None) -> None:
        self.text = text
        self.origins = origins
        """For each character its index in the text as given; None where nothing was left out."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text as given that became text[start:end], which must not be empty."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def normalise(text: str) -> Normal:
    """Any string at all; the cost is linear in its length."""
    plain = text.translate(_SPELLINGS)
    if "." in plain or ":" in plain or "-" in plain:
        plain = _STRAY.sub(BREAK, plain)
    if "哈" in plain:
        plain = plain.replace("一哈", "一下")
    if " " in plain:
        plain = _pauses(plain)
    if _MAYBE_NOISE.search(plain) is None or _NOISE.search(plain) is None:
        return Normal(plain)
    kept: list[int] = []
    at = 0
    for noise in _NOISE.finditer(plain):
        kept.extend(range(at, noise.start()))
        at = noise.end()
    kept.extend(range(at, len(plain)))
    return Normal("".join([plain[index] for index in kept]), kept)


def letter(char: str) -> str:
    """The spelling of one character."""
    return _SPELLINGS[ord(char)]


def spelled(text: str) -> str:
    """The normalised text alone, without marks at its ends: how phrases are kept."""
    return normalise(text).text.strip(BREAK + " ")
