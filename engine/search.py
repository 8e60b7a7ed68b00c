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

from engine.grammar import How
from engine.normalise import BREAK
from engine.pattern import FILLERS, PARTICLES, Piece
from engine.pinyin import likeness, same_reading, sounded

NEGATORS = frozenset("不没别甭莫唔冇勿无未弗覅非")
"""Characters that turn a meaning round; an inexact match never rests on one that was not said."""
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
        object.__setattr__(self, "anyhow", not (self.whole or self.unless or letters))


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

    __slots__ = ("audible", "by_text", "rules")

    def __init__(self) -> None:
        self.by_text: dict[str, list[Entry]] = {}
        self.audible: list[Entry] = []
        self.rules: list[Rule] = []


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
        for rule, words in rules:
            for key in {sounded(word) for word in words}:
                keys.setdefault(key, _Held()).rules.append(rule)
        self._automaton = ahocorasick_rs.AhoCorasick(list(keys)) if keys else None
        self._held = list(keys.values())

    def find(self, text: str, role: str, words: frozenset[str]) -> tuple[list[Found], list[Found]]:
        """What was said exactly, and what sounds like a phrase but is written otherwise."""
        exact: list[Found] = []
        alike: list[Found] = []
        if self._automaton is None:
            return exact, alike
        sounds = sounded(text)
        rules: dict[int, Rule] = {}
        every = self._held
        for key, start, end in self._automaton.find_matches_as_indexes(sounds, overlapping=True):
            held = every[key]
            for rule in held.rules:
                rules[id(rule)] = rule
            said = held.by_text.get(text[start:end])
            if said is not None:
                for entry in said:
                    if entry.anyhow or _stands(entry, text, start, end):
                        exact.append(Found(start, end, entry))  # noqa: PERF401  a generator a match costs more
            elif held.audible and (end - start > 2 or _alone(text, start, end, 1)):
                for entry in held.audible:
                    if _stands(entry, text, start, end):
                        score = 0.9 if same_reading(entry.plain, text[start:end]) else 0.8
                        alike.append(Found(start, end, entry, "pinyin", score))
        for rule in rules.values():
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
                if entry.plain[place] in NEGATORS or text[start + place] in NEGATORS:
                    continue
                meant = sounded(entry.plain)
                score = likeness(meant, window) if likeness(meant[place], window[place]) >= _SYLLABLE_NEEDS else 0.0
                if score >= _FUZZY_NEEDS[size] and _stands(entry, text, start, end):
                    yield Found(start, end, entry, "fuzzy", round(score * 0.9, 3))


def _audible(entry: Entry) -> bool:
    """May it be recognised by its sound? One syllable may be anything."""
    return len(entry.plain) > 1 and not entry.plain.isascii() and entry.intent != ""


def _guessable(entry: Entry) -> bool:
    """May one of its syllables be another?"""
    sized = len(entry.plain) in _FUZZY_SIZES and not entry.whole
    return sized and entry.intent not in _NEVER_GUESSED and not _NUMERAL.search(entry.plain)


def _active(found: list[Found], role: str, words: frozenset[str]) -> list[Found]:
    """Those listened for in a stage of this role and with these words of its own."""
    if all(item.entry.anywhere for item in found):
        return found
    return [item for item in found if item.entry.anywhere or _fits(item.entry, role, words)]


def _run(rule: Rule, text: str, sounds: str, exact: list[Found], alike: list[Found]) -> None:
    """A pattern that does not sound right is not looked for further."""
    if rule.in_sound.search(sounds) is None:
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


# --- overlaps ------------------------------------------------------------------------------------------------------


_ANSWERS = frozenset({"", "affirm", "confirm", "neutral", "hesitate", "deny", "refuse"})
"""Intents that no other may share a word with, and idioms. 加我微信 and 微信就这个号 may share theirs."""


def longest(found: Iterable[Found]) -> list[Found]:
    """The longest match wins: what lies inside a longer one goes; of two that overlap, one of them an answer, the
    shorter goes, of equals the later. Several intents of the very same words all stay. In order of the text.
    """
    kept: list[Found] = []
    for item in sorted(found, key=lambda item: (item.start, -item.end)):
        beaten = False
        while kept and kept[-1].end > item.start and not beaten:
            last = kept[-1]
            if (last.start, last.end) == (item.start, item.end) or item.entry.intent in last.entry.keeps:
                break
            if last.end < item.end and last.entry.intent not in _ANSWERS and item.entry.intent not in _ANSWERS:
                break
            beaten = last.end >= item.end or last.end - last.start >= item.end - item.start
            if not beaten:
                kept.pop()
        if not beaten:
            kept.append(item)
    return sorted(kept, key=lambda item: (item.start, item.end))


def joined(exact: list[Found], inexact: Iterable[Found], opposed: frozenset[str]) -> list[Found]:
    """Exact matches with the inexact ones that add to them: those that touch none, or hold shorter ones whole.
    What was said exactly is never turned into an agreement: `opposed` names the intents that an inexact match may not
    swallow unless it denies itself.
    """
    result = list(exact)
    for item in longest(inexact):
        touched = [other for other in exact if other.start < item.end and item.start < other.end]
        inside = all(
            item.start <= other.start and other.end <= item.end and other.end - other.start < item.end - item.start
            for other in touched
        )
        denies = any(char in NEGATORS for char in item.entry.plain)
        swallows_denial = any(other.entry.intent in opposed for other in touched) and not denies
        swallows_idiom = item.how == "fuzzy" and any(not other.entry.intent for other in touched)
        if inside and not swallows_denial and not swallows_idiom:
            result = [other for other in result if other not in touched]
            result.append(item)
    return sorted(result, key=lambda item: (item.start, item.end))
