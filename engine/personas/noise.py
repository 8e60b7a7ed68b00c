"""What a recogniser makes of spoken words on a bad line, as far as it can be told in text.

A character becomes another of the same sound, or one that sounds like nothing of the kind; 不 and 没 are swallowed; the
beginning is missing; one sentence arrives as two. Where a negation is gone the words may say the opposite of what was
said. That is nobody's fault but the line's, so it is told apart (`flipped`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.personas.chance import Chance
from engine.personas.persona import Noise
from engine.understanding.pinyin import sounded
from engine.understanding.tables import SYLLABLES

NEGATIONS = frozenset("不没别无未甭莫")
COMMON = 8
"""Characters of one sound that a recogniser would think of; the tables name the usual ones first."""
SHORTEST_SPLIT = 6
SHORTEST_CUT = 4
CLEAR, UNSURE = (88, 99), (8, 22)
"""Percent: the confidence of words heard as they were said, and what each change takes away from it."""
STRANGERS = "的了一我你他这那大个上下来去时年地出就会可也对生能子多然方成作里开面心"
"""Characters put in the place of others that were not recognised at all."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """Words as they arrive."""

    finals: tuple[str, ...]
    """One text, or two where the recogniser believed that the caller had finished."""
    confidence: float
    """0..1."""
    changes: tuple[str, ...] = ()
    """What happened to them: names of the fields of `Noise`."""
    flipped: bool = False
    """A negation is gone."""


def garble(text: str, noise: Noise, chance: Chance) -> Garbled:
    """These words after the line."""
    changes: list[str] = []
    heard = list(text)
    negations = [at for at, char in enumerate(heard) if char in NEGATIONS]
    if chance.happens(noise.negation) and negations and len(heard) > 1:
        del heard[chance.one_of(negations)]
        changes.append("negation")
    if chance.happens(noise.start) and len(heard) >= SHORTEST_CUT:
        heard = heard[chance.between(1, 2) :]
        changes.append("start")
    for at, char in enumerate(heard):
        if chance.happens(noise.sound) and (other := _of_one_sound(char, chance)):
            heard[at] = other
            changes.append("sound")
        elif chance.happens(noise.wrong) and char in _ALIKE:
            heard[at] = chance.one_of(STRANGERS)
            changes.append("wrong")
    confidence = max(20, chance.between(*CLEAR) - sum(chance.between(*UNSURE) for _ in changes))
    finals = _split("".join(heard), chance) if chance.happens(noise.split) else ("".join(heard),)
    if len(finals) > 1:
        changes.append("split")
    flipped = sum(char in NEGATIONS for char in text) > sum(char in NEGATIONS for char in heard)
    return Garbled(finals, confidence / 100, tuple(dict.fromkeys(changes)), flipped)


def _split(text: str, chance: Chance) -> tuple[str, ...]:
    """Two pieces, at a pause if there is one."""
    if len(text) < SHORTEST_SPLIT:
        return (text,)
    pauses = [place.end() for place in re.finditer("[，。、？！]", text) if place.end() < len(text)]
    at = chance.one_of(pauses) if pauses else chance.between(2, len(text) - 2)
    return text[:at].rstrip("，、"), text[at:]


def _of_one_sound(char: str, chance: Chance) -> str:
    others = [other for other in _ALIKE.get(char, "") if other != char]
    return chance.one_of(others) if others else ""


def _sounds() -> Iterator[tuple[str, str]]:
    """Each character with the usual ones that a telephone line does not tell from it."""
    usual: dict[str, list[str]] = {}
    groups = [characters for _, characters in re.findall("([a-z]+)([^a-z ]+)", SYLLABLES.replace("\n", " "))]
    for characters in groups:
        usual.setdefault(sounded(characters[0]), []).extend(characters[:COMMON])
    for characters in groups:
        yield from ((char, "".join(usual[sounded(char)])) for char in characters)


_ALIKE = dict(_sounds())
