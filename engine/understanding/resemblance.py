"""What an utterance most resembles when no phrase was heard in it: the last resort of understanding.

Every phrase and example of an intent leaves the characters, pairs and triples it is made of. A text is compared with
all intents at once by what its own characters, pairs and triples speak for: a sum of logarithms, taken from tables
that are built once. It is a guess, it is marked as one, and it is made only where one intent stands out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from engine.understanding.pattern import NEGATORS

_EDGE = "^"
_SMOOTH = 0.3
_FLOOR = -1.0
"""The most that one part of a text may speak against an intent, for each of its characters."""
_UNKNOWN = {1: -4.0, 2: -1.0, 3: 0.0}
"""What a part counts that no phrase has, by its length: foreign words are no evidence."""
_SHORTEST = 3
_STRENGTH = 2.6
_LEAD = 1.2
"""What the best intent needs, for each character of the text, in all and before the next best."""
_GRAVE = frozenset({"do_not_call", "complain", "abuse"})
_GRAVE_FACTOR = 2.0
"""A wish to be left alone has consequences; it must stand out more."""
_NEGATIVE = frozenset({"refuse", "deny", "decline_contact", "do_not_call"})
"""Never guessed where no negation was said."""
_WISHES = frozenset({"want_wechat", "want_material", "want_human", "this_number"})
"""Never guessed where one was."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The intent that a text resembles and the phrase of it that is nearest."""

    intent: str
    phrase: str
    score: float
    """0..1."""


class Resemblance:
    """Tables of one lexicon. `sayings` gives each intent's normalised phrases and examples."""

    def __init__(self, sayings: Mapping[str, Sequence[str]]) -> None:
        self._sayings = {intent: tuple(texts) for intent, texts in sayings.items() if texts}
        self._intents = list(self._sayings)
        self._made: dict[str, list[tuple[str, set[str]]]] = {}
        counts = [Counter(part for text in texts for part in _parts(text)) for texts in self._sayings.values()]
        everywhere: Counter[str] = sum(counts, Counter())
        number = sum(map(len, self._sayings.values()))
        self._known: dict[str, tuple[tuple[int, float], ...]] = dict.fromkeys(everywhere, ())
        weights: dict[str, list[tuple[int, float]]] = {}
        for index, (own, texts) in enumerate(zip(counts, self._sayings.values(), strict=True)):
            for part, count in own.items():
                usual = everywhere[part] / number
                rate = (count + _SMOOTH * usual) / (len(texts) + _SMOOTH)
                weight = len(part) * (max(_FLOOR, log(rate / usual)) - _FLOOR)
                weights.setdefault(part, []).append((index, weight))
        self._known.update((part, tuple(held)) for part, held in weights.items())

    def nearest(self, text: str) -> Likeness | None:
        """The intent that one clause or a short text resembles, if one stands out."""
        if len(text) < _SHORTEST or len(self._intents) < 2:
            return None
        sums = [0.0] * len(self._intents)
        base = 0.0
        for part in _parts(text):
            held = self._known.get(part)
            if held is None:
                base += _UNKNOWN[len(part)]
                continue
            base += _FLOOR * len(part)
            for index, weight in held:
                sums[index] += weight
        best = max(sums)
        at = sums.index(best)
        second = max(value for index, value in enumerate(sums) if index != at)
        return self._judged(text, self._intents[at], base + best, best - second)

    def _judged(self, text: str, intent: str, strength: float, lead: float) -> Likeness | None:
        factor = _GRAVE_FACTOR if intent in _GRAVE else 1.0
        if strength < factor * _STRENGTH * len(text) or lead < factor * _LEAD * len(text):
            return None
        denied = any(char in NEGATORS for char in text)
        if (intent in _NEGATIVE and not denied) or (intent in _WISHES and denied):
            return None
        return Likeness(intent, self._closest(intent, text), round(min(0.75, 0.3 + strength / len(text) / 20), 3))

    def _closest(self, intent: str, text: str) -> str:
        if intent not in self._made:
            self._made[intent] = [(saying, _parts(saying)) for saying in self._sayings[intent]]
        own = _parts(text)
        return max(self._made[intent], key=lambda made: len(own & made[1]) / len(own | made[1]))[0]


def _parts(text: str) -> set[str]:
    """The characters of a text, and its pairs and triples with the edges."""
    edged = f"{_EDGE}{text}{_EDGE}"
    pairs = {edged[index : index + 2] for index in range(len(edged) - 1)}
    return set(text) | pairs | {edged[index : index + 3] for index in range(len(edged) - 2)}
