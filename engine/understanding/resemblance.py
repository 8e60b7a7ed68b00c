"""What an utterance most resembles when no phrase was heard in it: the last resort of understanding.

Every phrase and example of an intent leaves the characters, pairs and triples it is made of. A text is compared with
all intents at once by what its own characters, pairs and triples speak for: a sum of logarithms, taken from tables
that are built once. It is a guess, it is marked as one, and it is made only where one intent stands out.

The numbers of all intents stand side by side in one long integer, so that one addition adds for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from operator import add
from struct import Struct

from engine.understanding.pattern import NEGATORS, PARTICLES
from engine.understanding.scope import NO

_EDGE = "^"
_SMOOTH = 0.3
_FLOOR = -1.0
"""The most that one part of a text may speak against an intent, for each of its characters."""
_UNKNOWN = {1: -4.0, 2: -1.0}
"""What a part counts that no phrase has, by its length: foreign words are no evidence."""
_SHORTEST = 3
_LONGEST = 80
"""So many characters have fewer parts than a byte counts."""
_STRENGTH = 2.6
_LEAD = 1.2
"""What the best intent needs, for each character of the text, in all and before the next best."""
_GRAVE = frozenset({"do_not_call", "complain", "abuse"})
_GRAVE_FACTOR = 2.0
"""A wish to be left alone has consequences; it must stand out more."""
_SHARE = 0.4
_SHARES = dict.fromkeys(_GRAVE, 0.7) | {"peer": 0.51, "referral": 0.51}
"""So many of the text's characters must be in the nearest phrase: 我要抱名 is no 我要投诉, and whoever tells what
he does (我是做培训的) is no competitor.
"""
_ROUNDING = 1e-6
_SCALE = 1 << 20
_COLUMN_BYTES = 4
"""A column of the long integer: room for 4,000 with six digits behind the point. A text adds up to 2,000 at most."""
_NEGATIVE = frozenset({"refuse", "deny", "decline_contact", "do_not_call"})
"""Never guessed where no negation was said."""
_WISHES = frozenset({"want_wechat", "want_material", "want_human", "this_number"})
"""Never guessed where one was."""
NOT_MEANT: Mapping[str, Sequence[str]] = {}


@dataclass(frozen=True, slots=True)
class Likeness:
    """The intent that a text resembles and the phrase of it that is nearest."""

    intent: str
    phrase: str
    score: float
    """0..1."""


class Resemblance:
    """Tables of one lexicon. `sayings` gives each intent's normalised phrases and examples, `longer` the words in which
    its phrases are not meant.
    """

    def __init__(self, sayings: Mapping[str, Sequence[str]], longer: Mapping[str, Sequence[str]] = NOT_MEANT) -> None:
        self._sayings = {intent: tuple(texts) for intent, texts in sayings.items() if texts}
        self._longer = longer
        self._intents = list(self._sayings)
        self._columns = Struct(f"<{len(self._intents)}I")
        self._nearest: dict[str, _Nearest] = {}
        counts = [Counter(part for text in texts for part in _parts(text)) for texts in self._sayings.values()]
        everywhere: Counter[str] = Counter()
        for own in counts:
            everywhere.update(own)
        number = sum(map(len, self._sayings.values()))
        most = dict.fromkeys(everywhere, 0)
        self._weights = dict.fromkeys(everywhere, 0)
        """How much each part speaks for each intent, over the least that it may, in columns."""
        for column, (own, texts) in enumerate(zip(counts, self._sayings.values(), strict=True)):
            for part, count in own.items():
                usual = everywhere[part] / number
                rate = (count + _SMOOTH * usual) / (len(texts) + _SMOOTH)
                weight = round(len(part) * (max(_FLOOR, log(rate / usual)) - _FLOOR) * _SCALE)
                most[part] = max(most[part], weight)
                self._weights[part] |= weight << 8 * _COLUMN_BYTES * column
        self._gains = {
            part: weight / _SCALE + _FLOOR * len(part) - _UNKNOWN.get(len(part), 0.0) for part, weight in most.items()
        }
        """How much more each part speaks for any intent at most than an unknown one would."""

    def nearest(self, text: str) -> Likeness | None:
        """The intent that one clause or a short text resembles, if one stands out."""
        if len(text) < _SHORTEST or len(self._intents) < 2:
            return None
        parts = _parts(text)
        sizes = list(map(len, parts))
        unknown = sum([count * sizes.count(size) for size, count in _UNKNOWN.items()], 0.0)
        gain = sum([self._gains.get(part, 0.0) for part in parts], 0.0)
        if unknown + gain < _STRENGTH * len(text) - _ROUNDING:
            return None  # not even if all of them spoke for the same intent
        known = self._weights.keys() & parts
        sizes_known = list(map(len, known))
        base = unknown + _FLOOR * sum(sizes_known)
        for size, count in _UNKNOWN.items():
            base -= count * sizes_known.count(size)
        total = sum(map(self._weights.__getitem__, known))
        sums = self._columns.unpack(total.to_bytes(self._columns.size, "little"))
        best = max(sums)
        at = sums.index(best)
        lead = best - max(sums[:at] + sums[at + 1 :])
        return self._judged(text, self._intents[at], base + best / _SCALE, lead / _SCALE)

    def _judged(self, text: str, intent: str, strength: float, lead: float) -> Likeness | None:
        factor = _GRAVE_FACTOR if intent in _GRAVE else 1.0
        if strength < factor * _STRENGTH * len(text) or lead < factor * _LEAD * len(text):
            return None
        if any(word in text for word in self._longer.get(intent, ())):
            return None
        denied = any(char in NEGATORS for char in text)
        if (intent in _NEGATIVE and not denied) or (intent in _WISHES and denied):
            return None
        if intent not in self._nearest:
            self._nearest[intent] = _Nearest(self._sayings[intent])
        phrase = self._nearest[intent].to(text)
        if len(set(phrase) & set(text)) < _SHARES.get(intent, _SHARE) * len(set(text)):
            return None
        if intent in NO and not _denied(text) & _denied(phrase):
            return None  # 不贵，要了 is like 不要 and says the opposite
        return Likeness(intent, phrase, round(min(0.75, 0.3 + strength / len(text) / 20), 3))


def _denied(text: str) -> set[str]:
    """What stands right behind a negation, which may be one of several: 没有需要 denies 有 and 需."""
    behind = {char for at, mark in enumerate(text) if mark in NEGATORS for char in text[at + 1 : at + 3]}
    return behind - set(PARTICLES)


class _Nearest:
    """The sayings of one intent, to be compared with a text all at once: each has a byte in one long integer, in
    which the parts are counted that it shares with the text. Those with as many parts of their own stand together;
    the nearest of them is the one that shares most.
    """

    def __init__(self, sayings: Sequence[str]) -> None:
        numbered = sorted(enumerate(map(_parts, sayings)), key=_size)
        self._sayings = [(place, sayings[place]) for place, _ in numbered]
        self._sizes: list[tuple[int, int, int]] = []
        """A number of parts, and from where to where the sayings have so many."""
        end = 0
        for size, group in groupby(numbered, key=_size):
            start, end = end, end + len(list(group))
            self._sizes.append((size, start, end))
        self._held: dict[str, int] = {}
        for byte, (_, parts) in enumerate(numbered):
            for part in parts:
                self._held[part] = self._held.get(part, 0) + (1 << 8 * byte)

    def to(self, text: str) -> str:
        """The saying that has the most parts in common with the text, of all parts of both; of several the first."""
        own = _parts(text[:_LONGEST])
        common = map(self._held.__getitem__, self._held.keys() & own)
        shared = sum(common).to_bytes(len(self._sayings), "little")
        best, nearest = -1.0, (0, "")
        for size, start, end in self._sizes:
            if min(size, len(own)) < best * max(size, len(own)):
                continue  # not even if it had all of the other's parts
            most = max(shared[start:end])
            score = most / (len(own) + size - most)
            found = self._sayings[shared.index(most, start, end)]
            if score > best or (score == best and found < nearest):
                best, nearest = score, found
        return nearest[1]


def _size(numbered: tuple[int, set[str]]) -> int:
    return len(numbered[1])


def _parts(text: str) -> set[str]:
    """The characters of a text, and its pairs and triples with the edges."""
    edged = f"{_EDGE}{text}{_EDGE}"
    pairs = list(map(add, edged, edged[1:]))
    return {*text, *pairs, *map(add, pairs, edged[2:])}
