"""Which phrases stand where in a text: one automaton over its characters and one over its sounds.

Both are built once; a search is a single pass, however many phrases there are. Patterns run only where one of the
literals they need was met in that pass, and near misses are looked up in a table of phrases with one syllable left
open, never by comparing with every phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import ahocorasick_rs

from engine.understanding.grammar import How
from engine.understanding.normalise import BREAK
from engine.understanding.pattern import FILLERS, NEGATORS, PARTICLES, Piece
from engine.understanding.pinyin import likeness, same_reading, sounded

_FIRM = frozenset(NEGATORS + "我你您他她谁")
"""Never guessed, since they turn a meaning round: an inexact match rests on no negation or person that was not said."""
_REACH = 40
"""No clause is looked at further than this many characters away, which keeps endless texts linear."""
_BEFORE = re.compile(f"(?:[{FILLERS}]|你好|您好|请问|谢谢你?|不好意思|我说|那个|这个)*")
_AFTER = re.compile(f"[{PARTICLES}]*(?:谢谢你?|多谢|再见|拜拜|不好意思|辛苦了?|哈)?[{PARTICLES}]*")
_OPEN = "\ue7ff"
"""A syllable left open in the table of near misses."""
_NUMERAL = re.compile("[0-9a-z一二三四五六七八九十两]")
_FUZZY_SIZES = (3, 4, 5, 6)
_FUZZY_NEEDS = {3: 0.84, 4: 0.78, 5: 0.74, 6: 0.72}
"""How alike a near miss must be, by its number of syllables."""
_NEVER_GUESSED = frozenset({"affirm", "confirm"})
"""What the caller must say, and we may not guess from a near miss."""
_GRAVE = frozenset({"do_not_call", "complain", "abuse"})
"""What has consequences: 别撂电话 is no 别来电话, so only long phrases of these are guessed."""
_SYLLABLE_NEEDS = 0.5
"""How alike the misheard syllable must be to the one meant: qi and xi are, jian and ha are not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase ready to be searched for."""

    intent: str
    """Empty for an idiom."""
    phrase: str
    plain: str
    """Normalised."""
    priority: int = 0
    weak: bool = False
    whole: bool = False
    asked: bool = False
    """Only where the clause asks about it."""
    unless: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    except_roles: frozenset[str] = frozenset()
    word: bool = False
    """A stage's own; heard only while that stage lists it."""
    announcement: bool = False
    denied: str = ""
    keeps: frozenset[str] = frozenset()
    vetoes: tuple[str, ...] = ()
    """Normalised; where one stands in the text too, this is not meant."""
    anywhere: bool = False
    """In every stage; worked out from the above."""
    anyhow: bool = False
    """Whatever stands around it; worked out from the above."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "anywhere", not (self.word or self.roles or self.except_roles))
        letters = self.plain[:1].isascii() or self.plain[-1:].isascii()
        object.__setattr__(self, "anyhow", not (self.whole or self.asked or self.unless or letters))


class Found:
    """An entry at its place in the normalised text. Lives within one search, so it may change."""

    __slots__ = ("end", "entry", "how", "negated", "score", "start")

    def __init__(self, start: int, end: int, entry: Entry, how: How = "exact", score: float = 1.0) -> None:
        self.start = start
        self.end = end
        self.entry = entry
        self.how: How = how
        self.score = score
        self.negated = False


@dataclass(frozen=True)
class Rule:
    """A pattern ready to run; compiled when first needed, since most never are in a short program run."""

    entry: Entry
    piece: Piece

    @cached_property
    def audible(self) -> bool:
        """May it be recognised by its sound? Not an idiom or an agreement, nor what rests on single syllables."""
        fixed = min(map(len, self.piece.needed or ("",))) > 1 and "." not in self.entry.phrase
        return fixed and self.piece.longest > 2 and self.entry.intent not in ("", *_NEVER_GUESSED)

    @cached_property
    def in_text(self) -> re.Pattern[str]:
        return re.compile(self.piece.source(str))

    @cached_property
    def in_sound(self) -> re.Pattern[str]:
        return re.compile(self.piece.source(sounded))


class _Held:
    """What stands under one sounded text: phrases by their spelling, and patterns that need it."""

    __slots__ = ("audible", "by_text", "rules", "written")

    def __init__(self) -> None:
        self.by_text: dict[str, list[Entry]] = {}
        self.audible: list[Entry] = []
        self.rules: list[int] = []
        """Audible patterns by their place in the lexicon; the others stand under the very spelling they need."""
        self.written: dict[str, list[int]] = {}


class Search:
    """All phrases and patterns of a lexicon. A text is searched by its sounds, once; the spelling then tells what was
    said exactly from what only sounds so.
    """

    def __init__(self, entries: Iterable[Entry], rules: Iterable[tuple[Rule, frozenset[str]]]) -> None:
        keys: dict[str, _Held] = {}
        self._entries = list(entries)
        for entry in self._entries:
            held = keys.setdefault(sounded(entry.plain), _Held())
            held.by_text.setdefault(entry.plain, []).append(entry)
            if _audible(entry):
                held.audible.append(entry)
        self._rules: list[Rule] = []
        for place, (rule, words) in enumerate(rules):
            self._rules.append(rule)
            for word in words if not rule.audible else ():
                keys.setdefault(sounded(word), _Held()).written.setdefault(word, []).append(place)
            for key in {sounded(word) for word in words} if rule.audible else ():
                keys.setdefault(key, _Held()).rules.append(place)
        self._automaton = ahocorasick_rs.AhoCorasick(list(keys)) if keys else None
        self._held = list(keys.values())

    def find(self, text: str, role: str, words: frozenset[str]) -> tuple[list[Found], list[Found]]:
        """What was said exactly, and what sounds like a phrase but is written otherwise."""
        exact: list[Found] = []
        alike: list[Found] = []
        if self._automaton is None:
            return exact, alike
        sounds = sounded(text)
        rules: set[int] = set()
        every = self._held
        for key, start, end in self._automaton.find_matches_as_indexes(sounds, overlapping=True):
            held = every[key]
            word = text[start:end]
            if held.rules:
                rules.update(held.rules)
            if held.written and word in held.written:
                rules.update(held.written[word])
            said = held.by_text.get(word)
            if said is not None:
                for entry in said:
                    if entry.anyhow or _stands(entry, text, start, end):
                        exact.append(Found(start, end, entry))  # noqa: PERF401  a generator a match costs more
            elif held.audible:
                alike += _misheard(held.audible, text, start, end)
        for place in sorted(rules):
            rule = self._rules[place]
            if rule.piece.shortest <= len(text):
                _run(rule, text, sounds, exact, alike)
        return _active(exact, role, words), _active(alike, role, words)

    @cached_property
    def _near(self) -> dict[str, list[Entry]]:
        """Phrases by their sounds with one syllable left open."""
        near: dict[str, list[Entry]] = {}
        for entry in self._entries:
            if _audible(entry) and _guessable(entry):
                for key in _opened(sounded(entry.plain)):
                    near.setdefault(key, []).append(entry)
        return near

    def near(self, text: str, role: str, words: frozenset[str]) -> list[Found]:
        """Phrases with one syllable misheard that are most of what a clause says. Never across a negation, and never
        an agreement: that is for the caller to say, not for us to guess.
        """
        found: list[Found] = []
        sounds = sounded(text)
        at = 0
        for part in text.split(BREAK):
            first = at + len(part) - len(part.lstrip(FILLERS))
            core = len(part.strip(FILLERS + PARTICLES))
            for size in _FUZZY_SIZES:
                if core <= size + size * 2 // 3:
                    for start in range(first, at + len(part) - size + 1):
                        found += self._near_at(text, sounds, start, size)
            at += len(part) + 1
        return _active(found, role, words)

    def _near_at(self, text: str, sounds: str, start: int, size: int) -> Iterator[Found]:
        end = start + size
        window = sounds[start:end]
        for place, key in enumerate(_opened(window)):
            for entry in self._near.get(key, ()):
                if entry.plain[place] in _FIRM or text[start + place] in _FIRM:
                    continue
                meant = sounded(entry.plain)
                score = likeness(meant, window) if likeness(meant[place], window[place]) >= _SYLLABLE_NEEDS else 0.0
                if score >= _FUZZY_NEEDS[size] and _stands(entry, text, start, end):
                    yield Found(start, end, entry, "fuzzy", round(score * 0.9, 3))


_FUNCTION = frozenset("是不的了我你您他她它这那有在就都也还要会能可和跟给到个们吗呢吧啊说打做什么时")

"""Misheard words are seldom these: 是做 is no 试做."""


def _audible(entry: Entry) -> bool:
    """May it be recognised by its sound? One syllable may be anything."""
    return len(entry.plain) > 1 and not entry.plain.isascii() and entry.intent != ""


def _guessable(entry: Entry) -> bool:
    """May one of its syllables be another?"""
    sized = len(entry.plain) in _FUZZY_SIZES and not entry.whole
    if entry.intent in _GRAVE and len(entry.plain) < 5:
        return False
    return sized and entry.intent not in _NEVER_GUESSED and not _NUMERAL.search(entry.plain)


def _active(found: list[Found], role: str, words: frozenset[str]) -> list[Found]:
    """Those listened for in a stage of this role and with these words of its own."""
    if all(item.entry.anywhere for item in found):
        return found
    return [item for item in found if item.entry.anywhere or _fits(item.entry, role, words)]


def _misheard(entries: list[Entry], text: str, start: int, end: int) -> Iterator[Found]:
    """Phrases that sound like text[start:end]. Two syllables may be anything, unless they are all that is said, or a
    topic in a question.
    """
    sure = end - start > 2 or _alone(text, start, end, 1)
    for entry in entries:
        if sure or (entry.asked and _FUNCTION.isdisjoint(text[start:end])):
            score = 0.9 if same_reading(entry.plain, text[start:end]) else 0.8
            if (sure or score == 0.9) and _stands(entry, text, start, end):
                yield Found(start, end, entry, "pinyin", score)


def _run(rule: Rule, text: str, sounds: str, exact: list[Found], alike: list[Found]) -> None:
    """An audible pattern that does not sound right is not looked for further."""
    if rule.audible and rule.in_sound.search(sounds) is None:
        return
    spans = set()
    for match in rule.in_text.finditer(text):
        start, end = match.span()
        spans.add((start, end))
        if rule.entry.anyhow or _stands(rule.entry, text, start, end):
            exact.append(Found(start, end, rule.entry, "pattern"))
    if not rule.audible:
        return
    for match in rule.in_sound.finditer(sounds):
        start, end = match.span()
        new = end - start > 2 and (start, end) not in spans and not rule.in_text.fullmatch(text[start:end])
        if new and _stands(rule.entry, text, start, end):
            alike.append(Found(start, end, rule.entry, "pinyin", 0.8))


def _opened(sounds: str) -> Iterator[str]:
    for place in range(len(sounds)):
        yield sounds[:place] + _OPEN + sounds[place + 1 :]


def _fits(entry: Entry, role: str, words: frozenset[str]) -> bool:
    if entry.word:
        return entry.phrase in words
    return role not in entry.except_roles and (not entry.roles or role in entry.roles)


def _stands(entry: Entry, text: str, start: int, end: int) -> bool:
    """Is it this phrase, rather than a part of other words?"""
    if entry.whole and not _alone(text, start, end, 0):
        return False
    if entry.asked and not asks(text, start, end):
        return False
    if (text[start].isascii() or text[end - 1].isascii()) and _inside_word(text, start, end):
        return False
    return not any(other in text[max(0, start - len(other) + 1) : end + len(other) - 1] for other in entry.unless)


def _inside_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    word = text[start].isalnum() and before.isascii() and before.isalnum()
    return word or (text[end - 1].isascii() and text[end - 1].isalpha() and after.isascii() and after.isalpha())


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the clause that text[start:end] stands in."""
    floor, ceiling = max(0, start - _REACH), min(len(text), end + _REACH)
    opening = text.rfind(BREAK, floor, start)
    closing = text.find(BREAK, end, ceiling)
    return (floor if opening < 0 else opening + 1), (ceiling if closing < 0 else closing)


def _alone(text: str, start: int, end: int, spare: int) -> bool:
    """Does the clause say nothing else, but for particles, courtesies and up to `spare` other characters?"""
    first, last = clause(text, start, end)
    before, after = text[first:start], text[end:last]
    rest = before[_BEFORE.match(before).end() :] + after[_AFTER.match(after).end() :]  # type: ignore[union-attr]
    return len(rest) <= spare


# --- questions ---

_ASKING = re.compile(
    "吗|(?<![着中])呢|咩|怎|什么|啥|么子|咋|如何|多少|几[^年乎]|哪|谁|边个|边度|点样|点解|何时|多[久长大高快远]|为何|是否|能否|有无|还是|或者|是不|"
    "说说|讲讲|说一下|讲一下|介绍|了解|问[一下问]|想问|请问|知道|清楚|晓得|告诉我|打听|主要|就看|看看|想看|关键|看重|在意|在乎|关心|怕|担心|万一|要是|比如|"
    "([^\\W\\d]{1,2}?)[不没]\\1|没有?(?:[啊呀呢,]|$)|[不么否](?:[啊呀呢,]|$)|(?:有|是|会|能|可以|要|得).{0,8}吧$"
)
"""What makes a clause a question, or a worry that wants an answer."""
_RAISED = re.compile("(?:^|[你它那都也还]|(?<!我)们)(?:能|可以|可|支持|包|会|有)[^,我]{0,4}$")
"""A question by its tone alone: 能开专票."""
_GOING_ON = re.compile("[我在正]")
"""我在开发票呢 tells, 发票呢 asks."""
_NEAR = 12
"""Characters between a topic and what asks about it; recognisers leave punctuation out, so clauses grow long."""


def asks(text: str, start: int, end: int) -> bool:
    """Does the clause ask about text[start:end]? A clause that says nothing else does."""
    first, last = clause(text, start, end)
    asking = _ASKING.search(text, max(first, start - _NEAR), min(last, end + _NEAR))
    if asking is not None and not (asking[0] == "呢" and _GOING_ON.search(text, first, start)):
        return True
    if _alone(text, start, end, 0):
        return True
    return end == last and _RAISED.search(text[first:start]) is not None


# --- overlaps ------------------------------------------------------------------------------------------------------
