"""Near misses: phrases with one syllable misheard, by an index of phrases with one syllable left open.

A text is never compared with every phrase. Of a phrase with one wrong syllable the first two or the last two are
right, so most places of a text are passed over by a look at two neighbouring syllables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from engine.understanding.normalise import BREAK
from engine.understanding.pattern import FILLERS, NEGATORS, PARTICLES
from engine.understanding.pinyin import likeness, sounded
from engine.understanding.search import NEVER_GUESSED, Entry, Found, active, audible, stands

_FIRM = frozenset(NEGATORS + "我你您他她谁吗")
"""Never guessed, since they turn a meaning round: an inexact match rests on no negation or person that was not said."""
_FIRM_HEARD = _FIRM | frozenset(PARTICLES)
"""Nor is a particle taken for a word."""
_OPEN = "\ue7ff"
"""A syllable left open."""
_NUMERAL = re.compile("[0-9a-z一二三四五六七八九十两]")
_NEEDS = {3: 0.84, 4: 0.78, 5: 0.74, 6: 0.72}
"""How alike a near miss must be, by its number of syllables; shorter and longer ones are not guessed."""
_LONGEST_CLAUSE = {size: size + size * 2 // 3 for size in _NEEDS}
"""A near miss must be most of what its clause says."""
_GRAVE = frozenset({"do_not_call", "complain", "abuse"})
"""What has consequences: 别撂电话 is no 别来电话, so only long phrases of these are guessed."""
_SYLLABLE_NEEDS = 0.5
"""How alike the misheard syllable must be to the one meant: qi and xi are, jian and ha are not."""


class NearMisses:
    """The index of one lexicon."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._opened: dict[str, list[tuple[Entry, str]]] = {}
        """Entries with their sounds, by these with one syllable open."""
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        """Two syllables with which phrases start or end: one bit for each length of these."""
        for entry in entries:
            if not (audible(entry) and _guessable(entry)):
                continue
            meant = sounded(entry.plain)
            for place in range(len(meant)):
                self._opened.setdefault(_open(meant, place), []).append((entry, meant))
            self._starts[meant[:2]] = self._starts.get(meant[:2], 0) | 1 << len(meant)
            self._ends[meant[-2:]] = self._ends.get(meant[-2:], 0) | 1 << len(meant)

    def find(self, text: str, role: str, words: frozenset[str]) -> list[Found]:
        """Phrases with one syllable misheard that are most of what a clause says. Never across a negation, and never
        an agreement: that is for the caller to say, not for us to guess.
        """
        found: list[Found] = []
        sounds = sounded(text)
        at = 0
        for part in text.split(BREAK):
            first = at + len(part) - len(part.lstrip(FILLERS))
            core = len(part.strip(FILLERS + PARTICLES))
            sizes = [size for size, most in _LONGEST_CLAUSE.items() if core <= most]
            if sizes:
                found += self._in_clause(text, sounds, first, at + len(part), sizes)
            at += len(part) + 1
        return active(found, role, words)

    def _in_clause(self, text: str, sounds: str, first: int, last: int, sizes: list[int]) -> Iterator[Found]:
        pairs = [sounds[at : at + 2] for at in range(first, last - 1)]
        starts = [self._starts.get(pair, 0) for pair in pairs]
        ends = [self._ends.get(pair, 0) for pair in pairs]
        for size in sizes:
            for start in range(first, last - size + 1):
                begun = starts[start - first] >> size & 1
                ended = ends[start - first + size - 2] >> size & 1
                for place in _PLACES[size, begun, ended]:
                    yield from self._at(text, sounds, start, size, place)

    def _at(self, text: str, sounds: str, start: int, size: int, place: int) -> Iterator[Found]:
        end = start + size
        heard = sounds[start:end]
        for entry, meant in self._opened.get(_open(heard, place), ()):
            if entry.plain[place] in _FIRM or text[start + place] in _FIRM_HEARD:
                continue
            score = likeness(meant, heard) if _like(meant[place], heard[place]) >= _SYLLABLE_NEEDS else 0.0
            if score >= _NEEDS[size] and stands(entry, text, start, end):
                yield Found(start, end, entry, "fuzzy", round(score * 0.9, 3))


def _open(sounds: str, place: int) -> str:
    return sounds[:place] + _OPEN + sounds[place + 1 :]


_PLACES = {
    (size, begun, ended): tuple(
        place
        for place in range(size)
        if (begun and place > 1) or (ended and place < size - 2) or (size == 3 and place == 1)
    )
    for size in _NEEDS
    for begun in (0, 1)
    for ended in (0, 1)
}
"""Which syllable may be the wrong one, by the length of a phrase and whether its first two and last two are right."""


_like = lru_cache(1024)(likeness)
"""Of two syllables."""


def _guessable(entry: Entry) -> bool:
    """May one of its syllables be another?"""
    sized = len(entry.plain) in _NEEDS and not entry.whole
    if entry.intent in _GRAVE and len(entry.plain) < 5:
        return False
    return sized and entry.intent not in NEVER_GUESSED and not _NUMERAL.search(entry.plain)
