"""How a text sounds to a telephone: each character as its syllable, without tone, with the confusions merged.

At 8 kHz a recogniser mixes up n/l, f/h, z/zh, c/ch, s/sh and n/ng at the end. Every merged syllable is one
character of a private alphabet, so that a sounded text has the length of the text, and a search over sounds is the
same search as over characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import Indel

from engine.understanding.tables import SYLLABLES

_ALPHABET = [char for char in map(chr, range(0x1F4, 0x800)) if char.lower() != char]
"""Capital letters past the last ligature, which no normalised text has. In UTF-8, in which sounds are searched, each
takes two bytes, where Chinese and private ones take three: a third less to go through.
"""
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_INITIALS = {"n": "l", "f": "h"}


def merged(syllable: str) -> str:
    """The syllable as the line leaves it: `zhang` and `zan` are both `zan`, `fei` is `hei`."""
    for written, heard in _CONFUSED:
        if syllable.startswith(written):
            syllable = heard + syllable[2:]
    syllable = _INITIALS.get(syllable[0], syllable[0]) + syllable[1:]
    return re.sub("ng$", "n", syllable) if len(syllable) > 2 else syllable


def _readings() -> Iterator[tuple[str, str]]:
    for syllable, characters in re.findall("([a-z]+)([^a-z ]+)", SYLLABLES.replace("\n", " ")):
        for char in characters:
            yield char, syllable


_READING = dict(_readings())
_MERGED = sorted({merged(syllable) for syllable in _READING.values()})
_LETTER = dict(zip(_MERGED, _ALPHABET, strict=False))
_SPELLED = {letter: syllable for syllable, letter in _LETTER.items()}
_SOUNDS = {ord(char): _LETTER[merged(syllable)] for char, syllable in _READING.items()}


def sounded(text: str) -> str:
    """The text in sounds, one character each; what has no reading stays itself."""
    return text.translate(_SOUNDS)


def same_reading(one: str, other: str) -> bool:
    """Do two texts of one length sound the same without any confusion but that of tones?"""
    return all(a == b or _READING.get(a, a) == _READING.get(b, b) for a, b in zip(one, other, strict=True))


def likeness(one: str, other: str) -> float:
    """How alike two sounded texts are, 0..1, by the letters of their syllables."""
    return Indel.normalized_similarity(_letters(one), _letters(other))


def letters(text: str) -> str:
    """The syllables of a text, as the line leaves them: 没兴趣 is `meixinqu`."""
    return _letters(sounded(text))


def _letters(sounds: str) -> str:
    return "".join([_SPELLED.get(sound, sound) for sound in sounds])
