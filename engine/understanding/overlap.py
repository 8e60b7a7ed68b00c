"""Which finds count where several overlap: the longest, and what was said exactly before what was only guessed."""

from __future__ import annotations

import re
from operator import attrgetter

from engine.understanding.clauses import clause, told
from engine.understanding.entry import Found
from engine.understanding.pattern import NEGATORS, PARTICLES
from engine.understanding.scope import NO, YES

_place = attrgetter("start", "end")
_FAR = 1 << 20
"""Longer than any text that is understood in one; larger numbers are multiplied more slowly."""
_ASKED = frozenset(
    "ask_price ask_mode ask_effect ask_function ask_case ask_trial ask_address ask_company ask_line ask_data ask_deploy"
    " ask_service ask_time ask_contract ask_identity".split()
)
"""What may be told of instead of being asked: 没花多少钱, 不看案例."""
_NEGATIVE = re.compile(f"[{NEGATORS}]")
_ANSWERS = frozenset({"", "affirm", "confirm", "neutral", "hesitate", "deny", "refuse"})
"""Intents that no other may share a word with, and idioms. 加我微信 and 微信就这个号 may share theirs."""
_GENERAL = frozenset({"ask_identity", "ask_robot", "ask_source", "ask_repeat", "ask_wait", "want_human"})
"""Questions that are whole in themselves."""


def _both(outer: Found, inner: Found) -> bool:
    """May a question stand inside another's frame, or inside what would be an agreement if it were not asked? The
    案例 in 给我看看案例, the 体验 in 先体验一下行不行.
    """
    if not inner.entry.intent.startswith("ask_"):
        return False
    if inner.entry.asked and outer.entry.intent in ("affirm", "confirm", "hesitate", "deny"):
        return True
    if outer.entry.intent in _GENERAL or inner.entry.intent in _GENERAL:
        return False
    open_frame = outer.how == "pattern" and outer.entry.intent.startswith(("ask_", "want_"))
    return open_frame and (inner.entry.asked or inner.how == "pattern")


def _outer_first(item: Found) -> int:
    """In the order of the text; of those that begin together the longest first."""
    return item.start * _FAR - item.end


def longest(found: list[Found]) -> list[Found]:
    """The longest match wins: what lies inside a longer one goes; of two that overlap, one of them an answer, the
    shorter goes, of equals the later. Several intents of the very same words all stay. In order of the text.
    """
    if len(found) < 2:
        return found
    noes = {item.start for item in found if item.entry.intent in NO and item.end - item.start > 1}
    kept: list[Found] = []
    for item in sorted(found, key=_outer_first):
        if item.end - 1 in noes and item.entry.intent in _ASKED:
            continue  # 太贵不要, without a pause, asks no 贵不
        beaten = False
        while kept and kept[-1].end > item.start and not beaten:
            last = kept[-1]
            if (last.start, last.end) == (item.start, item.end) or item.entry.intent in last.entry.keeps:
                break
            if _both(last, item):
                break
            if last.end < item.end and last.entry.intent not in _ANSWERS and item.entry.intent not in _ANSWERS:
                break
            beaten = last.end >= item.end or last.end - last.start >= item.end - item.start
            if not beaten:
                kept.pop()
        if not beaten:
            kept.append(item)
    return sorted(kept, key=_place) if len(kept) > 1 else kept


def with_own_words(text: str, kept: list[Found], found: list[Found]) -> list[Found]:
    """A stage's own word is heard inside a longer phrase of a grammar too, 商量 in 我们商量好再定, unless the words
    around it may deny it.
    """
    own = [item for item in found if item.entry.word and item not in kept]
    for item in own:
        over = [other for other in kept if other.start < item.end and item.start < other.end]
        start = min((other.start for other in over), default=item.start)
        end = max((other.end for other in over), default=item.end)
        if not any(char in NEGATORS for char in text[start:end]):
            kept = [*kept, item]
    return sorted(kept, key=_place) if own else kept


def _core_end(item: Found) -> int:
    """Its end without particles: the 要啊 in 不须要啊 reaches no further than 要."""
    plain = item.entry.plain
    return item.end if item.how != "exact" else item.end - len(plain) + len(plain.rstrip(PARTICLES))


def _gives_way(exact: Found, inexact: Found) -> bool:
    """May an inexact find take this one's place? 我不信 is no 我不姓李; the 有啊 of 美有啊 is a 没有 misheard."""
    longer = inexact.end - inexact.start - (exact.end - exact.start)
    if exact.entry.intent in YES and inexact.start < exact.start and inexact.entry.plain[0] in NEGATORS:
        return True
    meant = exact.end - exact.start > _PLAIN_ENOUGH and exact.entry.intent not in _ANSWERS
    return inexact.start <= exact.start and _core_end(exact) <= inexact.end and longer > (1 if meant else 0)


_PLAIN_ENOUGH = 2
"""Syllables; what is longer and said exactly is seldom a part of something misheard."""


def _framed(item: Found, frame: Found) -> bool:
    """Does a misheard phrase stand in what is only a frame? 能开发飘吗 asks for 发票, and not whether it can do so."""
    phrase = item.how == "pinyin" and len(item.entry.plain) == item.end - item.start > 2
    return (
        phrase
        and frame.entry.fallback
        and frame.how == "pattern"
        and frame.start <= item.start
        and item.end <= frame.end
    )


def joined(exact: list[Found], inexact: list[Found], opposed: frozenset[str]) -> list[Found]:
    """Exact matches with the inexact ones that add to them: those that touch none, or hold shorter ones whole.
    What was said exactly is never turned into an agreement: `opposed` names the intents that an inexact match may not
    swallow unless it denies itself.
    """
    if not inexact:
        return exact
    result = list(exact)
    for item in longest(inexact):
        touched = [
            other for other in exact if other.start < item.end and item.start < other.end and not _framed(item, other)
        ]
        inside = all(_gives_way(other, item) for other in touched)
        denies = _NEGATIVE.search(item.entry.plain) is not None
        swallows_denial = any(other.entry.intent in opposed for other in touched) and not denies
        swallows_idiom = item.how == "fuzzy" and any(not other.entry.intent for other in touched)
        if inside and not swallows_denial and not swallows_idiom:
            result = [other for other in result if other not in touched]
            result.append(item)
    return sorted(result, key=_place)


def only_told(text: str, found: list[Found]) -> None:
    """没花多少钱, 不看案例: what is told or declined in passing is not asked about."""
    for item in found:
        if item.entry.intent in _ASKED and not item.negated:
            item.negated = told(text, item.start, item.end)


def particular(text: str, found: list[Found]) -> list[Found]:
    """What is only a frame of a question goes where its clause asks something more particular: 怎么弄 in 合同怎么弄,
    能…吗 in 能开票吗. Of two frames the longer stays.
    """
    if not any(item.entry.fallback for item in found):
        return found
    asking = [item for item in found if not item.negated and item.entry.intent.startswith("ask_")]
    return [
        item for item in found if not (item.entry.fallback and any(_rules_out(text, item, each) for each in asking))
    ]


def _rules_out(text: str, frame: Found, other: Found) -> bool:
    if other.entry.intent == frame.entry.intent:
        return False
    if frame.entry.intent == "ask_wait" and other.start > frame.end:
        return other.entry.intent not in _GENERAL  # 等一下, 多少钱来着 waits for an answer
    first, last = clause(text, frame.start, frame.end)
    if not first <= other.start < last:
        return False
    return not other.entry.fallback or other.end - other.start > frame.end - frame.start
