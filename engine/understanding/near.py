"""Near misses: phrases with one syllable misheard, dropped or put in, by an index of phrases with one syllable open or
left out.

A text is never compared with every phrase. Of a phrase with one wrong syllable the first two or the last two are
right, so most places of a text are passed over by a look at two neighbouring syllables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, reduce
from operator import or_

from engine.understanding.entry import Entry, Found
from engine.understanding.normalise import BREAK
from engine.understanding.pattern import FILLERS, NEGATORS, PARTICLES
from engine.understanding.pinyin import likeness, sounded
from engine.understanding.search import GRAVE, NEVER_GUESSED, audible, fits, stands_alike

NEVER_ALIKE = frozenset({"peer", "goodbye", "decline_contact"})
"""What ends a call must be said, or sound so: 我做生意的 is no 抢我生意."""
_FIRM = frozenset(NEGATORS + "我你您他她谁吗几哪")
"""Never guessed, since they turn a meaning round: an inexact match rests on no negation, person or
question that was not said."""
_FIRM_HEARD = _FIRM | frozenset(PARTICLES)
"""Nor is a particle taken for a word."""
_OPEN = "\ue7ff"
"""A syllable left open."""
_NUMERAL = re.compile("[0-9a-z一二三四五六七八九十两]")
_NEEDS = {3: 0.84, 4: 0.78, 5: 0.74, 6: 0.72}
"""How alike a near miss must be, by its number of syllables; shorter and longer ones are not guessed."""
SHORTEST = min(_NEEDS)
"""A shorter text has no near miss."""
_GAPPED = (5, 6)
"""Only phrases this long may have lost or gained a syllable; of a shorter one too little is left."""
_LONGEST_CLAUSE = {size: size + size * 2 // 3 for size in _NEEDS}
"""A near miss must be most of what its clause says."""
_SYLLABLE_NEEDS = 0.5
"""How alike the misheard syllable must be to the one meant: qi and xi are, jian and ha are not."""


class NearMisses:
    """The index of one lexicon."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._opened: dict[str, list[tuple[Entry, str]]] = {}
        """Entries with their sounds, by these with one syllable open."""
        self._gapped: dict[str, list[tuple[Entry, int]]] = {}
        """Entries by their sounds with one syllable left out, and which; -1 for none."""
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        """Two syllables with which phrases start or end: one bit for each length of these."""
        for entry in entries:
            if not (audible(entry) and _guessable(entry)):
                continue
            meant = sounded(entry.plain)
            for place in range(len(meant)):
                self._opened.setdefault(_open(meant, place), []).append((entry, meant))
            if len(meant) in _GAPPED:
                for place in (-1, *range(1, len(meant) - 1)):
                    self._gapped.setdefault(_without(meant, place), []).append((entry, place))
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
            found += self._in_clause(text, sounds, at, part)
            at += len(part) + 1
        return [item for item in found if fits(item.entry, role, words)]

    def _in_clause(self, text: str, sounds: str, begin: int, part: str) -> Iterator[Found]:
        core = len(part.strip(FILLERS + PARTICLES))
        sizes = [size for size, most in _LONGEST_CLAUSE.items() if core <= most]
        if not sizes:
            return
        first = begin + len(part) - len(part.lstrip(FILLERS))
        pairs = [sounds[at : at + 2] for at in range(first, begin + len(part) - 1)]
        starts = [self._starts.get(pair, 0) for pair in pairs]
        ends = [self._ends.get(pair, 0) for pair in pairs]
        begun_or_ended = reduce(or_, starts + ends, 1 << SHORTEST)  # of the shortest the middle may be the wrong one
        for size in sizes:
            if not begun_or_ended >> size & 1:
                continue
            for at in range(len(pairs) - size + 2):
                start = first + at
                for place in _PLACES[size, starts[at] >> size & 1, ends[at + size - 2] >> size & 1]:
                    heard = sounds[start : start + size]
                    for entry, meant in self._opened.get(_open(heard, place), ()):
                        score = _score(entry, meant, heard, place, text[start + place])
                        if score >= _NEEDS[size] and stands_alike(entry, text, start, start + size, meant):
                            yield Found(start, start + size, entry, "fuzzy", round(score * 0.9, 3))
            if size in _GAPPED:
                for heard_size in (size - 1, size + 1):
                    for at in range(len(pairs) - heard_size + 2):
                        if (starts[at] | ends[at + heard_size - 2]) >> size & 1:
                            yield from self._gapped_at(text, sounds, slice(first + at, first + at + heard_size), size)

    def _gapped_at(self, text: str, sounds: str, window: slice, size: int) -> Iterator[Found]:
        """Phrases of this size of which a window lacks a syllable, or to which it adds one in the middle."""
        heard, said = sounds[window], text[window]
        for gap in (-1,) if len(heard) < size else range(1, size):
            if gap >= 0 and said[gap] in _FIRM_HEARD:
                continue
            for entry, place in self._gapped.get(_without(heard, gap), ()):
                lost = place >= 0
                if len(entry.plain) != size or lost == (gap >= 0) or (lost and entry.plain[place] in _FIRM):
                    continue
                meant = sounded(entry.plain)
                score = likeness(meant, heard)
                if score >= _NEEDS[size] and stands_alike(entry, text, window.start, window.stop, meant):
                    yield Found(window.start, window.stop, entry, "fuzzy", round(score * 0.9, 3))


def _score(entry: Entry, meant: str, heard: str, place: int, said: str) -> float:
    """How alike the sounds meant and heard are, if at this place one may have become the other."""
    if entry.plain[place] in _FIRM or said in _FIRM_HEARD or _like(meant[place], heard[place]) < _SYLLABLE_NEEDS:
        return 0.0
    return likeness(meant, heard)


def _without(sounds: str, place: int) -> str:
    return sounds[:place] + sounds[place + 1 :] if place >= 0 else sounds


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
    sized = len(entry.plain) in _NEEDS and not entry.whole and not entry.announcement
    if entry.intent in GRAVE and len(entry.plain) < 5:
        return False
    return sized and entry.intent not in NEVER_GUESSED | NEVER_ALIKE and not _NUMERAL.search(entry.plain)
