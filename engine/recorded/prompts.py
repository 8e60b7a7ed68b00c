"""What a script's bot says, recognised by its sound: a recogniser writes 那 for 哪 and loses an ending.

Texts are compared by the letters of their syllables, as near misses of the grammars are. A gap of a prompt, where a
name or a time is said, is a wildcard: the words around it must be found. A prompt that was cut off is known by its
beginning, and one that follows an answer in the same breath by the part that is its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from engine.language.places import places
from engine.language.prompts import GAP, fill_text
from engine.language.script import Script
from engine.understanding.pinyin import letters

_NO_WORD = re.compile(r"[\W_]+")
KNOWN = 76.0
"""Of a hundred: how much of the letters must agree. The prompts of the scripts that are shipped, spoken and heard by
Whisper on a telephone line, agree by 85 and more; two prompts of one script by 70 and less as a rule.
"""
EXPECTED = 62.0
"""The same for the prompt that is due just then."""
LEAST = 10
"""Letters, some four syllables: less is found inside anything."""
SHORT = 85.0
"""What is shorter must agree as a whole, by so much."""
WHOLE = 0.75
"""Of a prompt's letters: what says as much was said to its end, for a recogniser loses some."""


@dataclass(frozen=True, slots=True)
class Known:
    """A prompt of the script."""

    text: str
    """As it is said, its open gaps as `{name}`."""
    stage: str
    """Where it is said; empty where that may be anywhere."""
    opens: bool
    """Is it what is said on entering that stage?"""
    pieces: tuple[str, ...]
    """Its letters, cut at its gaps."""

    @property
    def has_gaps(self) -> bool:
        return bool(GAP.search(self.text))


class KnownPrompts:
    """All prompts of a script, with the variables that are known filled in."""

    def __init__(self, script: Script, variables: Mapping[str, str]) -> None:
        filled = {name: value for name, value in variables.items() if value}
        gaps = {name: f"{{{name}}}" for name in (*script.variables, *script.slots)}
        found = {
            (fill_text(text, gaps | filled), place.stage, place.opens): None
            for place in places(script)
            for wording in place.prompt
            if (text := "".join(part.text for part in wording))
        }
        known = [Known(text, stage, opens, pieces(text)) for text, stage, opens in found]
        self.all = sorted(known, key=lambda each: each.has_gaps)  # of two alike, the one that says it all

    def find(self, heard: str) -> Known | None:
        """The prompt that these words are, or the longest that is among them."""
        sound, best, most = letters_of(heard), None, 0.0
        for known in self.all:
            score = likeness(known.pieces, sound)
            covers = score * min(sum(map(len, known.pieces)), len(sound))
            if score >= KNOWN and covers > most:
                best, most = known, covers
        return best


def letters_of(text: str) -> str:
    return letters(_NO_WORD.sub("", text))


def pieces(text: str) -> tuple[str, ...]:
    """The letters between the gaps of a prompt."""
    return tuple(found for piece in GAP.sub("\n", text).split("\n") if (found := letters_of(piece)))


def likeness(prompt: tuple[str, ...], sound: str) -> float:
    """How much of a prompt, or of its beginning, these letters are; 0..100."""
    length = sum(map(len, prompt))
    if not sound or not prompt:
        return 0.0
    if min(length, len(sound)) < LEAST:
        score = fuzz.ratio("".join(prompt), sound)
        return score if score >= SHORT else 0.0
    weighed, covered = 0.0, 0
    for piece in prompt:
        if covered and covered + len(piece) > len(sound) * 1.1:  # it was cut off before that
            break
        if len(piece) >= 4 or len(prompt) == 1:
            weighed += len(piece) * fuzz.partial_ratio(piece, sound)
            covered += len(piece)
    return weighed / covered if covered else 0.0


def is_like(text: str, heard: str) -> float:
    """The same for a prompt that is due, of which nothing more may be said than it has."""
    prompt, sound = pieces(text), letters_of(heard)
    if len(prompt) == 1 and (len(sound) >= len(prompt[0]) or len(sound) < LEAST):
        return fuzz.ratio(prompt[0], sound)
    return likeness(prompt, sound)


def says_no_more_than(text: str, heard: str) -> bool:
    """Do these words leave no room for another prompt after this one?"""
    return len(letters_of(heard)) < sum(map(len, pieces(text))) + LEAST


def is_whole(text: str, heard: str) -> bool:
    """Was this prompt said to its end?"""
    return len(letters_of(heard)) >= WHOLE * sum(map(len, pieces(text)))
