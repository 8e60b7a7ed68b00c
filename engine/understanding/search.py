"""Which phrases stand where in a text: one automaton over its sounds, and the spelling at each place.

It is built once; a search is a single pass, however many phrases there are. Patterns run only where one of the
literals they need was met in that pass and the text has the other characters they need; near misses have an index of
their own (`engine.understanding.near`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

import ahocorasick_rs

from engine.understanding.clauses import alone, asks, inside_word
from engine.understanding.grammar import How
from engine.understanding.pattern import Piece
from engine.understanding.pinyin import same_reading, sounded

NEVER_GUESSED = frozenset({"affirm", "confirm"})
"""What the caller must say, and we may not guess from what only sounds so."""


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
    fallback: bool = False
    """Only where the clause asks nothing more particular."""
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
    def shortest(self) -> int:
        return self.piece.shortest

    @cached_property
    def audible(self) -> bool:
        """May it be recognised by its sound? Not an idiom or an agreement, nor what rests on single syllables."""
        fixed = min(map(len, self.piece.needed or ("",))) > 1 and "." not in self.entry.phrase
        return fixed and self.piece.longest > 2 and self.entry.intent not in ("", *NEVER_GUESSED)

    @cached_property
    def in_text(self) -> re.Pattern[str]:
        return re.compile(self.piece.source(str))

    @cached_property
    def in_sound(self) -> re.Pattern[str]:
        return re.compile(self.piece.source(sounded))

    @cached_property
    def needed(self) -> tuple[frozenset[str], frozenset[str]]:
        """Of each of these sets the text must have a character, or its sounds where these are searched. What its
        literals say already is left out; an empty set asks for nothing.
        """
        news = [chars for chars in self.piece.held if any(map(chars.isdisjoint, self.piece.needed or ()))]
        one, other = [*news, _NOTHING, _NOTHING][:2]
        return (_in_sounds(one), _in_sounds(other)) if self.audible else (one, other)


_NOTHING = frozenset[str]()


def _in_sounds(chars: frozenset[str]) -> frozenset[str]:
    return frozenset(map(sounded, chars))


class _Written(NamedTuple):
    """What stands under one spelling: phrases, and the patterns that need these very characters."""

    entries: list[Entry]
    rules: int
    """A bit for each, by its place in the lexicon."""


class _Sounding(NamedTuple):
    """What stands under one sounded text."""

    written: dict[str, _Written]
    audible: list[Entry]
    rules: int
    """Patterns that are looked for by their sound."""


class _Keys(dict[str, _Sounding]):
    """Everything the automaton looks for, by its sounds."""

    def add_entry(self, entry: Entry) -> None:
        held = self._under(entry.plain)
        held.written.setdefault(entry.plain, _Written([], 0)).entries.append(entry)
        if audible(entry):
            held.audible.append(entry)

    def add_rule(self, rule: Rule, word: str, bit: int) -> None:
        held = self._under(word)
        if rule.audible:
            self[sounded(word)] = held._replace(rules=held.rules | bit)
        else:
            written = held.written.get(word, _Written([], 0))
            held.written[word] = written._replace(rules=written.rules | bit)

    def _under(self, text: str) -> _Sounding:
        return self.setdefault(sounded(text), _Sounding({}, [], 0))


class _Needs(dict[str, int]):
    """What each character does for the rules, worked out when it is first met: three rows of bits, one bit for each
    rule. In the first row it is a literal that the rule waits for, in the others one of the characters it needs.
    """

    def __init__(self, rules: list[tuple[Rule, frozenset[str]]]) -> None:
        self._rows = [(words if not rule.audible else _NOTHING, *rule.needed) for rule, words in rules]
        self.row = len(rules)
        """Bits in a row."""
        self.free = sum(
            self._bit(place, row) for place, sets in enumerate(self._rows) for row in (1, 2) if not sets[row]
        )
        """The rules that need no character more than the literal they wait for."""
        for place, (_, one, other) in enumerate(self._rows):
            self.free |= (not one) * self._bit(place, 1) | (not other) * self._bit(place, 2)

    def __missing__(self, char: str) -> int:
        either = {char, sounded(char)}
        bits = 0
        for place, sets in enumerate(self._rows):
            bits |= sum(self._bit(place, row) for row, chars in enumerate(sets) if not chars.isdisjoint(either))
        self[char] = bits
        return bits

    def _bit(self, place: int, row: int) -> int:
        return 1 << row * self.row + place


class Search:
    """All phrases and patterns of a lexicon. A text is searched by its sounds, once; the spelling then tells what was
    said exactly from what only sounds so.
    """

    def __init__(self, entries: Iterable[Entry], rules: Iterable[tuple[Rule, frozenset[str]]]) -> None:
        keys = _Keys()
        for entry in entries:
            keys.add_entry(entry)
        pairs = list(rules)
        for place, (rule, literals) in enumerate(pairs):
            for word in literals:
                if rule.audible or len(word) > 1:  # single characters need no automaton
                    keys.add_rule(rule, word, 1 << place)
        self._rules = [rule for rule, _ in pairs]
        self._needs = _Needs(pairs)
        self._automaton = ahocorasick_rs.AhoCorasick(list(keys))
        self._keys = list(keys.values())

    def find(self, text: str, role: str, words: frozenset[str]) -> tuple[list[Found], list[Found]]:
        """What was said exactly, and what sounds like a phrase but is written otherwise."""
        exact: list[Found] = []
        alike: list[Found] = []
        sounds = sounded(text)
        wanted = 0
        keys = self._keys
        for key, start, end in self._automaton.find_matches_as_indexes(sounds, overlapping=True):
            written, alikes, rules = keys[key]
            wanted |= rules
            said = written.get(text[start:end])
            if said is not None:
                entries, rules = said
                wanted |= rules
                for entry in entries:
                    if entry.anyhow or stands(entry, text, start, end):
                        exact.append(Found(start, end, entry))  # noqa: PERF401  a generator a match costs more
                if entries:
                    continue
            if alikes:
                alike += _misheard(alikes, text, start, end)
        for rule in self._possible(wanted, text):
            _run(rule, text, sounds, exact, alike)
        return active(exact, role, words), active(alike, role, words)

    def _possible(self, wanted: int, text: str) -> list[Rule]:
        """Of the wanted rules those for which the text has the characters and the length."""
        needs = self._needs
        bits = reduce(or_, map(needs.__getitem__, text), wanted | needs.free)
        bits &= bits >> needs.row & bits >> 2 * needs.row
        places = []
        while bits:
            places.append(bits.bit_length() - 1)
            bits ^= 1 << places[-1]
        found = [self._rules[place] for place in reversed(places)]
        return [rule for rule in found if rule.shortest <= len(text)]


_FUNCTION = frozenset("是不的了再好几多少又我你您他她它这那有在就都也还要会能可和跟给到个们吗呢吧啊说打做什么时")
"""Misheard words are seldom these: 是做 is no 试做."""


def audible(entry: Entry) -> bool:
    """May it be recognised by its sound? One syllable may be anything."""
    return len(entry.plain) > 1 and not entry.plain.isascii() and entry.intent != ""


def active(found: list[Found], role: str, words: frozenset[str]) -> list[Found]:
    """Those listened for in a stage of this role and with these words of its own."""
    for item in found:
        if not item.entry.anywhere:
            return [item for item in found if item.entry.anywhere or _fits(item.entry, role, words)]
    return found


def _fits(entry: Entry, role: str, words: frozenset[str]) -> bool:
    if entry.word:
        return entry.phrase in words
    return role not in entry.except_roles and (not entry.roles or role in entry.roles)


_BEFORE_WHERE = frozenset("在是到去从你您们")
"""那 is heard for 哪 (公司在那个区), yet mostly it is 那: 那条路 asks nothing."""


def _misheard(entries: list[Entry], text: str, start: int, end: int) -> Iterator[Found]:
    """Phrases that sound like text[start:end]. Two syllables may be anything, unless they are all that is said, or a
    topic in a question.
    """
    sure = end - start > 2 or alone(text, start, end, 1)
    for entry in entries:
        if entry.plain[0] == "哪" and text[start] == "那" and text[start - 1 : start] not in _BEFORE_WHERE:
            continue
        if sure or (entry.asked and _FUNCTION.isdisjoint(text[start:end])):
            score = 0.9 if same_reading(entry.plain, text[start:end]) else 0.8
            if (sure or score == 0.9) and stands(entry, text, start, end):
                yield Found(start, end, entry, "pinyin", score)


def _run(rule: Rule, text: str, sounds: str, exact: list[Found], alike: list[Found]) -> None:
    """An audible pattern that does not sound right is not looked for further."""
    if (rule.in_sound.search(sounds) if rule.audible else rule.in_text.search(text)) is None:
        return
    entry = rule.entry
    spans = set()
    for match in rule.in_text.finditer(text):
        start, end = span = match.span()
        spans.add(span)
        if entry.anyhow or stands(entry, text, start, end):
            exact.append(Found(start, end, entry, "pattern"))
    for match in rule.in_sound.finditer(sounds) if rule.audible else ():
        start, end = span = match.span()
        new = end - start > 2 and span not in spans and not rule.in_text.fullmatch(text[start:end])
        if new and stands(entry, text, start, end):
            alike.append(Found(start, end, entry, "pinyin", 0.8))


def stands(entry: Entry, text: str, start: int, end: int) -> bool:
    """Is it this phrase, rather than a part of other words?"""
    if entry.whole and not alone(text, start, end, 0):
        return False
    if entry.asked and not asks(text, start, end, named=len(entry.plain) == end - start):
        return False
    if (text[start].isascii() or text[end - 1].isascii()) and inside_word(text, start, end):
        return False
    if not entry.unless:
        return True
    return not any(other in text[max(0, start - len(other) + 1) : end + len(other) - 1] for other in entry.unless)
