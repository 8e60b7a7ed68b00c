"""Looks for words: very words, patterns, likeness and meanings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from engine.inspection.checks import Found, Look, proof
from engine.inspection.spoken import Conversation, Spoken
from engine.understanding.grammar import Intent, Phrase
from engine.understanding.lexicon import Lexicon
from engine.understanding.normalise import normalise, spelled
from engine.understanding.pattern import Piece

Mark = Callable[[Spoken], list[str]]
"""What of the wanted is in an utterance."""


def keywords(words: Sequence[str], *, affirmed: bool = False) -> Mark:
    """The words that an utterance has; with `affirmed` only those that it does not deny (不保证收益)."""
    spellings = {word: spelled(word) for word in words}
    if affirmed:
        lexicon = Lexicon(
            intents=[Intent(f"w{place}", "answers", phrases=(Phrase(word),)) for place, word in enumerate(words)]
        )
        named = {f"w{place}": word for place, word in enumerate(words)}

        def said(spoken: Spoken) -> list[str]:
            hits = lexicon.understand(spoken.text).hits
            return [named[hit.id] for hit in hits if not hit.negated and hit.how == "exact" and hit.id in named]

        return said

    def has(spoken: Spoken) -> list[str]:
        text = plain(spoken.text)
        return [word for word, wanted in spellings.items() if wanted and wanted in text]

    return has


def patterns(wanted: Sequence[Piece], unwanted: Sequence[Piece] = ()) -> Mark:
    """What of an utterance these patterns match, where none of those that exclude it does."""
    searches = [re.compile(piece.source(str)) for piece in wanted]
    excluded = [re.compile(piece.source(str)) for piece in unwanted]

    def has(spoken: Spoken) -> list[str]:
        normal = normalise(spoken.text)
        if any(each.search(normal.text) for each in excluded):
            return []
        matches = (each.search(normal.text) for each in searches)
        return [spoken.text[slice(*normal.span(*match.span()))] for match in matches if match and match[0]]

    return has


def alike(sentences: Sequence[str], at_least: int) -> Mark:
    """Utterances that are like one of these in so many percent, or hold something that is."""
    spellings = [(sentence, spelled(sentence)) for sentence in sentences]

    def has(spoken: Spoken) -> list[str]:
        text = plain(spoken.text)
        scored = [(sentence, _likeness(wanted, text)) for sentence, wanted in spellings]
        return [f"{sentence} ({score:.0f} % alike)" for sentence, score in scored if score >= at_least]

    return has


def meant(intents: Iterable[str]) -> Mark:
    wanted = frozenset(intents)
    return lambda spoken: [intent for intent in spoken.intents if intent in wanted]


def said(mark: Mark, *, all_of: Sequence[str] = (), different: int = 1, times: int = 1, together: bool = False) -> Look:
    """So many `different` marks, found so many `times` in all, and each of `all_of`: in one utterance (`together`) or
    over all that are looked at.
    """

    def enough(found: Sequence[str]) -> bool:
        kinds = set(found)
        return len(kinds) >= different and len(found) >= times and kinds.issuperset(all_of)

    def look(run: Sequence[Spoken], _: Conversation) -> Found:
        marked = [(spoken, found) for spoken in run if (found := mark(spoken))]
        proofs = tuple(proof(spoken, each) for spoken, found in marked for each in found)
        if together:
            return Found(any(enough(found) for _, found in marked), proofs)
        return Found(enough([each for _, found in marked for each in found]), proofs)

    return look


@lru_cache(4096)
def plain(text: str) -> str:
    """As it is compared."""
    return normalise(text).text


def _likeness(wanted: str, text: str) -> float:
    """Of the shorter within the longer, unless the text is much too short to hold what is wanted."""
    if len(text) * 2 < len(wanted):
        return fuzz.ratio(wanted, text)
    return fuzz.partial_ratio(wanted, text)
