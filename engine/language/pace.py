"""How long words take to say, about: for calls on a virtual clock, where nobody speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.calls.actions import Part

SYLLABLE_MS = 220
"""A Chinese character or a digit, at the four and a half syllables a second of a calm telephone voice."""
LETTER_MS = 70
"""A letter of a word in another script."""
PAUSES_MS: Mapping[str, int] = dict.fromkeys("，、,：:", 150) | dict.fromkeys("。！？!?；;…", 350)
"""What a voice leaves after punctuation."""
KEY_MS = 200
"""One DTMF key with the gap after it."""


def prompt_ms(parts: Iterable[Part]) -> int:
    """How long a prompt takes; a recording is taken to be as long as its words."""
    return sum(speech_ms(part.text) + part.pause_ms + KEY_MS * len(part.keys) for part in parts)


def speech_ms(text: str) -> int:
    """How long these words take."""
    return sum(map(_sound_ms, text))


def _sound_ms(char: str) -> int:
    if not char.isalnum():
        return PAUSES_MS.get(char, 0)
    return LETTER_MS if char.isascii() and char.isalpha() else SYLLABLE_MS
