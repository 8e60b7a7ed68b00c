"""What callers say that no intent covers: many spellings of few wishes, put together so that an author sees them.

The recogniser writes the same words in many ways, so utterances are alike when their sounds are, which those of the
same characters are too.
The most frequent one leads a group, and the phrase that comes nearest to it names the intent it may belong to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from engine.understanding.grammar import Grammar, announced
from engine.understanding.normalise import BREAK, spelled
from engine.understanding.pattern import FILLERS, PARTICLES
from engine.understanding.pinyin import sounded

ALIKE = 0.7
"""How alike in sound an utterance is to the lead of its group at least, 0..1."""
NEAR = 0.65
"""How alike a phrase must be to be worth proposing."""
_PART = 0.9
"""The likeness of a phrase that is only a part of what was said counts a little less."""
_TELLING = 3
"""Shorter phrases are a part of anything."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An utterance that was understood as nothing."""

    text: str
    stage: str = ""
    """Where it was said; empty before the answer."""


@dataclass(frozen=True, slots=True)
class Nearest:
    id: str
    phrase: str
    likeness: float
    """0..1"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Utterances that are alike."""

    text: str
    """The most frequent of them."""
    count: int
    said: tuple[tuple[str, int], ...]
    """Each spelling with its number, the most frequent first."""
    stages: tuple[tuple[str, int], ...]
    nearest: Nearest | None


@dataclass(slots=True)
class _Group:
    said: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)

    def take(self, other: _Group) -> None:
        self.said += other.said
        self.stages += other.stages


def suggestions(
    unknown: Iterable[Unknown], grammars: Iterable[Grammar], compared: int | None = None
) -> list[Suggestion]:
    """The groups, the most frequent first; texts without a word in them are left out.

    The nearest phrase is looked for in so many groups (else in all), since that takes some 10 ms for each.
    """
    by_core: dict[str, _Group] = {}
    for each in unknown:
        if key := core(each.text):
            group = by_core.setdefault(key, _Group())
            group.said[each.text] += 1
            group.stages[each.stage] += 1
    phrases = _phrases(grammars)
    found = [(key, _suggestion(group)) for key, group in _joined(by_core).items()]
    found.sort(key=lambda item: (-item[1].count, item[1].text))
    near = [replace(each, nearest=_nearest(key, phrases)) for key, each in found[:compared]]
    return near + [each for _, each in found[len(near) :]]


def core(text: str) -> str:
    """The words of an utterance without the sounds before and after them."""
    return spelled(text).lstrip(FILLERS + BREAK).rstrip(PARTICLES + "吗" + BREAK)


def _joined(by_core: dict[str, _Group]) -> dict[str, _Group]:
    """Each core joins the group whose lead, a more frequent one, it is most like: in sounds, which alike characters
    share anyway. Costs the number of cores times that of groups.
    """
    leads: dict[str, str] = {}
    groups: dict[str, _Group] = {}
    for key in sorted(by_core, key=lambda key: (-by_core[key].said.total(), len(key), key)):
        sounds = sounded(key)
        alike = process.extractOne(sounds, leads, scorer=fuzz.ratio, score_cutoff=ALIKE * 100)
        if alike is None:
            leads[key] = sounds
            groups[key] = by_core[key]
        else:
            groups[alike[2]].take(by_core[key])
    return groups


def _suggestion(group: _Group) -> Suggestion:
    said = tuple(sorted(group.said.items(), key=lambda item: (-item[1], item[0])))
    stages = tuple(sorted(group.stages.items(), key=lambda item: (-item[1], item[0])))
    return Suggestion(said[0][0], group.said.total(), said, stages, None)


# --- the nearest intent ----------------------------------------------------------------------------------------------


def _phrases(grammars: Iterable[Grammar]) -> dict[tuple[str, str], str]:
    """(intent, phrase) to the sounds of the phrase."""
    return {
        (announced(intent.id) if intent.group == "announcement" else intent.id, phrase.text): sounded(core(phrase.text))
        for grammar in grammars
        for intent in grammar.intents
        for phrase in intent.phrases
        if not phrase.pattern and len(phrase.text) > 1
    }


def _nearest(key: str, phrases: dict[tuple[str, str], str]) -> Nearest | None:
    """The phrase most like the utterance, or most like a part of it."""
    sounds = sounded(key)
    whole = process.extractOne(sounds, phrases, scorer=fuzz.ratio, score_cutoff=NEAR * 100)
    parts = {name: phrase for name, phrase in phrases.items() if _TELLING <= len(phrase) <= len(sounds)}
    part = process.extractOne(sounds, parts, scorer=fuzz.partial_ratio, score_cutoff=NEAR * 100 / _PART)
    found = [(whole[1], whole[2])] if whole else []
    found += [(part[1] * _PART, part[2])] if part else []
    if not found:
        return None
    likeness, (intent, phrase) = max(found)
    return Nearest(intent, phrase, round(likeness / 100, 2))
