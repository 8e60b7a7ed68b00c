"""The phrases that mean something to us, found by their sound: what a recogniser may have heard when it heard nonsense.

A telephone takes the difference between 剪的合作 and 怎么合作; knowing that the second is a phrase gives it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz, process

from engine.language.script import Script
from engine.understanding.grammar import Grammar
from engine.understanding.pinyin import letters

LEAST = 45.0
"""Of a hundred: how much of the letters of the syllables must agree."""
LONGEST = 14
_NO_WORD = re.compile(r"\W+")


def phrases_of(grammars: Iterable[Grammar]) -> Iterator[str]:
    """Everything that they wait for word by word."""
    for grammar in grammars:
        for intent in grammar.intents:
            yield from (phrase.text for phrase in intent.phrases if phrase.text.isalpha())


def listened_for(script: Script) -> Iterator[str]:
    """Everything that a script waits for word by word: of its grammars, and of its own in whatever stage."""
    yield from phrases_of(script.grammars)
    yield from sorted(script.all_words)


class Vocabulary:
    """Immutable, and used by all threads."""

    def __init__(self, phrases: Iterable[str]) -> None:
        texts = dict.fromkeys(_NO_WORD.sub("", phrase) for phrase in phrases)
        self._known = frozenset(text for text in texts if 0 < len(text) <= LONGEST)
        self._texts = [text for text in texts if 1 < len(text) <= LONGEST]
        self._sounds = [letters(text) for text in self._texts]

    def has(self, text: str) -> bool:
        """Is it made of nothing but known phrases?"""
        plain = _NO_WORD.sub("", text)
        reached = {0}
        for end in range(1, len(plain) + 1):
            if any(start in reached and plain[start:end] in self._known for start in range(max(0, end - LONGEST), end)):
                reached.add(end)
        return bool(plain) and len(plain) in reached

    def near(self, texts: Sequence[str], most: int) -> list[str]:
        """The phrases that sound most like one of these texts, most alike last."""
        scores: dict[str, float] = {}
        for text in texts:
            sound = letters(_NO_WORD.sub("", text))
            for _, score, number in process.extract(
                sound, self._sounds, scorer=fuzz.ratio, limit=most, score_cutoff=LEAST
            ):
                phrase = self._texts[number]
                scores[phrase] = max(score, scores.get(phrase, 0.0))
        return sorted(scores, key=scores.__getitem__)[-most:]
