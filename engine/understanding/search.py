"""Which phrases stand where in a text: one automaton over its sounds, and the spelling at each place.

It is built once; a search is a single pass, however many phrases there are. Patterns run only where one of the
literals they need was met in that pass and the text has the other characters they need; near misses have an index of
their own (`engine.understanding.near`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from operator import or_

import ahocorasick_rs

from engine.understanding.clauses import alone, asks, inside_word
from engine.understanding.entry import NOTHING, Entry, Found
from engine.understanding.normalise import BREAK
from engine.understanding.pattern import MAX_LENGTH, OPENING, Piece
from engine.understanding.pinyin import same_reading, sounded

GRAVE = frozenset({"do_not_call", "complain", "abuse"})
"""What has consequences: 别撂电话 is no 别来电话, 明晚吧 no 王八, so of these only long phrases are guessed."""
NEVER_GUESSED = frozenset({"affirm", "confirm"})
"""What the caller must say, and we may not guess from what only sounds so."""


class Rule:
    """A pattern ready to run; compiled when first needed, since most never are in a short program run."""

    def __init__(self, entry: Entry, piece: Piece) -> None:
        self.entry = entry
        self.piece = piece
        fixed = min(map(len, piece.needed or ("",))) > 1 and "." not in entry.phrase
        self.audible = fixed and piece.longest > 2 and bool(entry.intent) and entry.intent not in NEVER_GUESSED
        """May it be recognised by its sound? Not an idiom or an agreement, nor what rests on single syllables."""
        self.opens = False
        """Does it match nowhere but at the start of a clause? Known once it has been compiled."""
        self._in_text: re.Pattern[str] | None = None
        self._in_sound: re.Pattern[str] | None = None

    def in_text(self) -> re.Pattern[str]:
        if self._in_text is None:
            source = self.piece.source(str)
            self.opens = source.startswith(OPENING)
            self._in_text = re.compile(source)
        return self._in_text

    def in_sound(self) -> re.Pattern[str]:
        if self._in_sound is None:
            self._in_sound = re.compile(self.piece.source(sounded))
        return self._in_sound

    def needed(self) -> tuple[frozenset[str], frozenset[str]]:
        """Of each of these sets the text must have a character, or its sounds where these are searched. What its
        literals say already is left out; an empty set asks for nothing.
        """
        news = [chars for chars in self.piece.held if any(map(chars.isdisjoint, self.piece.needed or ()))]
        one, other = [*news, NOTHING, NOTHING][:2]
        return (_in_sounds(one), _in_sounds(other)) if self.audible else (one, other)


def _in_sounds(chars: frozenset[str]) -> frozenset[str]:
    return frozenset(map(sounded, chars))


class _Key:
    """What the automaton looks for: a sounded text, and what stands under its first spelling. Further spellings of it
    follow by `next`. One object for all that a match needs, as each look elsewhere into so much memory costs time.
    """

    __slots__ = ("audible", "entries", "next", "rules", "sounding", "text")

    def __init__(self, text: str = "") -> None:
        self.text = text
        """The spelling; empty where only patterns want the sounds."""
        self.entries: tuple[Entry, ...] = ()
        self.rules = 0
        """The patterns that need these very characters: a bit for each, by its place in the lexicon."""
        self.sounding = 0
        """Those that are looked for by their sound; like `audible` under the first spelling only."""
        self.audible: tuple[Entry, ...] = ()
        self.next: _Key | None = None

    def spelled(self, text: str) -> _Key | None:
        """What stands under this spelling."""
        key: _Key | None = self
        while key is not None and key.text != text:
            key = key.next
        return key

    def under(self, text: str) -> _Key:
        """The same, which from now on there is."""
        key = self.spelled(text)
        if key is not None:
            return key
        if not self.text:
            self.text = text
            return self
        key = _Key(text)
        key.next, self.next = self.next, key
        return key


class _Keys(dict[str, _Key]):
    """Everything the automaton looks for, by its sounds."""

    def add_entry(self, entry: Entry) -> None:
        key = self._sounding(entry.plain)
        key.under(entry.plain).entries += (entry,)
        if audible(entry):
            key.audible += (entry,)

    def add_rule(self, rule: Rule, word: str, bit: int) -> None:
        """A key that only this rule needs, as most are, keeps the very `bit` that all keys of the rule share."""
        key = self._sounding(word)
        if rule.audible:
            key.sounding = key.sounding | bit if key.sounding else bit
        else:
            key = key.under(word)
            key.rules = key.rules | bit if key.rules else bit

    def _sounding(self, text: str) -> _Key:
        sounds = sounded(text)
        key = self.get(sounds)
        if key is None:
            key = self[sounds] = _Key()
        return key


class _Letters(dict[str, tuple[str, int, int]]):
    """For each character its sound and what it does for the rules, in one, so that it is looked up once: a bit for each
    rule of which it is a literal, as few are, and two rows of bits, one for each rule that needs it besides.
    """

    def __init__(self, rules: list[tuple[Rule, frozenset[str]]]) -> None:
        self.row = len(rules)
        """Bits in a row."""
        self.free = 0
        """The bits of rules that need nothing besides."""
        self._literal: dict[str, int] = {}
        self._needed: dict[str, int] = {}
        """Of characters and of sounds, which rules have that are looked for by them."""
        for place, (rule, literals) in enumerate(rules):
            if not rule.audible:
                _mark(self._literal, [word for word in literals if len(word) == 1], 1 << place)
            for bit, chars in zip((1 << place, 1 << self.row + place), rule.needed(), strict=True):
                self.free |= 0 if chars else bit
                _mark(self._needed, chars, bit)

    def __missing__(self, char: str) -> tuple[str, int, int]:
        sound = sounded(char)
        literal, needed = self._literal.get(char, 0), self._needed.get(char, 0) | self._needed.get(sound, 0)
        letter = sound, literal, needed
        if letter != (char, 0, 0):  # others are many
            self[char] = letter
        return letter

    def read(self, text: str) -> tuple[str, int, int]:
        """The text in sounds, and what all of its characters do for the rules."""
        sounds: list[str] = []
        literals = bits = 0
        for char in text:
            sound, literal, needed = self[char]
            sounds.append(sound)
            if literal:
                literals |= literal
            if needed:
                bits |= needed
        return "".join(sounds), literals, bits


def _mark(bits: dict[str, int], chars: Iterable[str], bit: int) -> None:
    for char in chars:
        bits[char] = bits.get(char, 0) | bit


Findings = tuple[list[Found], list[Found], list[Found]]
"""What stands in a text, before anybody has asked what it means there: what was said so; what sounds like a phrase but
is written otherwise; announcements, the exact ones first.
"""


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
            bit = 1 << place
            for word in literals:
                if rule.audible or len(word) > 1:  # single characters need no automaton
                    keys.add_rule(rule, word, bit)
        self._rules = [rule for rule, _ in pairs]
        self._letters = _Letters(pairs)
        self._row, self._free = self._letters.row, self._letters.free
        so_short = [0] * (MAX_LENGTH + 1)
        for place, rule in enumerate(self._rules):
            so_short[rule.piece.shortest] |= 1 << place
        self._fitting = list(accumulate(so_short, or_))
        """The rules that a text of this length may match, a bit for each."""
        self._automaton = ahocorasick_rs.AhoCorasick(list(keys))
        self._keys = list(keys.values())

    def find(self, text: str, role: str, words: frozenset[str]) -> Findings:
        """Everything listened for in a stage of this role and with these words of its own."""
        exact: list[Found] = []
        alike: list[Found] = []
        machines = False
        sounds, wanted, held = self._letters.read(text)
        keys = self._keys
        for place, start, end in self._automaton.find_matches_as_indexes(sounds, overlapping=True):
            key = keys[place]
            if key.sounding:
                wanted |= key.sounding
            said = key.spelled(text[start:end])
            if said is not None:
                if said.rules:
                    wanted |= said.rules
                for entry in said.entries:
                    if entry.always:
                        exact.append(Found(start, end, entry))
                    elif fits(entry, role, words) and stands(entry, text, start, end):
                        exact.append(Found(start, end, entry))
                        machines |= entry.announcement
                if said.entries:
                    continue
            if key.audible:
                entries = [entry for entry in key.audible if fits(entry, role, words)]
                if entries:
                    alike += _misheard(entries, text, start, end)
        for rule in self._possible(wanted, held, len(text)):
            entry = rule.entry
            if entry.always or fits(entry, role, words):
                if rule.audible:
                    _run_by_sound(rule, text, sounds, exact, alike)
                else:
                    _run(rule, text, exact)
                if entry.announcement:
                    machines = True
        if machines or alike:
            return _apart(exact, alike)
        return exact, alike, []

    def _possible(self, wanted: int, held: int, size: int) -> list[Rule]:
        """Of the wanted rules those for which a text of this size has the characters and the length."""
        held |= self._free
        bits = wanted & held & held >> self._row & self._fitting[min(size, MAX_LENGTH)]
        found = []
        while bits:
            place = bits.bit_length() - 1
            bits ^= 1 << place
            found.append(self._rules[place])
        found.reverse()
        return found


def _apart(exact: list[Found], alike: list[Found]) -> Findings:
    """People's words and a machine's: an announcement is judged as a whole, by what weighs most in it."""
    return (
        [item for item in exact if not item.entry.announcement],
        [item for item in alike if not item.entry.announcement],
        [item for item in (*exact, *alike) if item.entry.announcement],
    )


_FUNCTION = frozenset("是不的了再好几多少又我你您他她它这那有在就都也还要会能可和跟给到个们吗呢吧啊说打做什么时")
"""Misheard words are seldom these: 是做 is no 试做."""


def audible(entry: Entry) -> bool:
    """May it be recognised by its sound? One syllable may be anything."""
    return len(entry.plain) > 1 and not entry.plain.isascii() and entry.intent != ""


def fits(entry: Entry, role: str, words: frozenset[str]) -> bool:
    """Is it listened for in a stage of this role and with these words of its own?"""
    if entry.anywhere:
        return True
    if entry.word:
        return entry.phrase in words
    return role not in entry.except_roles and (not entry.roles or role in entry.roles)


_NUMERALS = frozenset("二两三四五六七八九十百千万几仨俩")


def _counts(plain: str, text: str, start: int) -> bool:
    """三五个 and 几十个 are numbers, whatever words they sound like."""
    return any(
        char in _NUMERALS and char != plain[place] for place, char in enumerate(text[start : start + len(plain)])
    )


_BEFORE_WHERE = frozenset("在是到去从你您们")
"""那 is heard for 哪 (公司在那个区), yet mostly it is 那: 那条路 asks nothing."""


def _misheard(entries: list[Entry], text: str, start: int, end: int) -> list[Found]:
    """Phrases that sound like text[start:end]. Two syllables may be anything, unless they are all that is said, or a
    topic in a question.
    """
    found: list[Found] = []
    sure = end - start > 2 or alone(text, start, end, 1)
    for entry in entries:
        if entry.plain[0] == "哪" and text[start] == "那" and text[start - 1 : start] not in _BEFORE_WHERE:
            continue
        if end - start < 4 and _counts(entry.plain, text, start):
            continue
        if sure or (entry.asked and _FUNCTION.isdisjoint(text[start:end])):
            score = 0.9 if same_reading(entry.plain, text[start:end]) else 0.8
            if (sure or score == 0.9) and stands_alike(entry, text, start, end, sounded(entry.plain)):
                if entry.intent in GRAVE and end - start < 3 and not alone(text, start, end, 0):
                    continue
                found.append(Found(start, end, entry, "pinyin", score))
    return found


def _run(rule: Rule, text: str, exact: list[Found]) -> list[tuple[int, int]]:
    """The places at which the pattern matches, whether or not it stands there."""
    spans: list[tuple[int, int]] = []
    pattern = rule.in_text()
    search = pattern.match if rule.opens and BREAK not in text else pattern.search  # one clause starts at one place
    match = search(text)
    while match is not None:  # mostly there is none, and `finditer` is slow to find that out
        start, end = span = match.span()
        spans.append(span)
        if stands(rule.entry, text, start, end):
            exact.append(Found(start, end, rule.entry, "pattern"))
        match = search(text, end)
    return spans


def _run_by_sound(rule: Rule, text: str, sounds: str, exact: list[Found], alike: list[Found]) -> None:
    """A pattern that does not sound right is not looked for further."""
    match = rule.in_sound().search(sounds)
    if match is None:
        return
    spans = _run(rule, text, exact)
    while match is not None:
        start, end = span = match.span()
        new = end - start > 2 and span not in spans and not rule.in_text().fullmatch(text[start:end])
        if new and stands_alike(rule.entry, text, start, end, sounds[start:end]):
            alike.append(Found(start, end, rule.entry, "pinyin", 0.8))
        match = rule.in_sound().search(sounds, end)


def stands(entry: Entry, text: str, start: int, end: int) -> bool:
    """Is it this phrase, rather than a part of other words?"""
    if entry.anyhow:
        return True
    if entry.whole and not alone(text, start, end, 0):
        return False
    if entry.asked and not asks(text, start, end, named=len(entry.plain) == end - start):
        return False
    if (text[start].isascii() or text[end - 1].isascii()) and inside_word(text, start, end):
        return False
    longer = [other for other in entry.unless if other in text]
    return not longer or not any(
        other in text[max(0, start - len(other) + 1) : end + len(other) - 1] for other in longer
    )


def stands_alike(entry: Entry, text: str, start: int, end: int, meant: str) -> bool:
    """The same of what sounds like `meant`: 憋打字 is a 别打字 misheard, and no 别打. Words that are no longer than the
    phrase itself (有冰 of 有病) tell spellings apart, so that their sound says nothing.
    """
    if not stands(entry, text, start, end):
        return False
    for longer in map(sounded, entry.unless):
        before = sounded(text[max(0, start - len(longer) + 1) : start])
        within = before + meant
        around = within + sounded(text[end : end + len(longer) - 1])
        if longer in around and (around.find(longer) < len(before) or around.rfind(longer) + len(longer) > len(within)):
            return False
    return True
