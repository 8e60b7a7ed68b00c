"""How Mandarin text is read aloud: numbers as words, and words as the sounds that Kokoro knows.

13800001234 的 VIP  →  幺三八零零零零幺二三四的 VIP  →  jɑʊ→ ...
"""

from __future__ import annotations

import json
import logging
import re
from functools import cache
from importlib import resources

import jieba
from misaki.zh import ZHG2P
from misaki.zh_normalization.text_normalization import TextNormalizer

jieba.setLogLevel(logging.WARNING)

_TELEPHONE = re.compile(r"(?<!\d)(?:1\d\d|0\d{2,3}|400|800)(?:[- ]\d{3,4}){2}(?!\d)|(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MONEY = re.compile(r"[¥￥]\s*(\d+(?:\.\d+)?)")
_PAIR = re.compile(
    r"(?<![\d.第周星期月:])2(?=(?:个|位|天|年|家|件|种|次|台|套|张|条|份|只|名|辆|部|间|块|周|小时|分钟|人|本|款)(?!月份|号))"
)
"""两 counts things; 二 is for figures."""
_PIECE = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|[\u4e00-\u9fff]+|[^A-Za-z\u4e00-\u9fff]+")
_LATIN = re.compile(r"((?<![\dA-Za-z])[A-Za-z][A-Za-z']+)")
"""The normaliser would find the metre in email. After a figure it is a unit."""

_normalizer = TextNormalizer()


def spoken(text: str) -> str:
    """The text with all numbers and signs as Mandarin words; Latin letters stay."""
    text = _TELEPHONE.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    text = _MONEY.sub(r"\1元", _THOUSANDS.sub("", text))
    text = _PAIR.sub("两", text)
    pieces = _LATIN.split(text)
    return "".join(
        piece if number % 2 else str(_normalizer.normalize_sentence(piece)) for number, piece in enumerate(pieces)
    )


def sounds(text: str) -> str:
    """The sounds of a text, in the letters that Kokoro was trained with."""
    plain = ZHG2P.map_punctuation(spoken(text))
    return "".join(_sound(piece) for piece in _PIECE.findall(plain)).strip()


def _sound(piece: str) -> str:
    if "\u4e00" <= piece[0] <= "\u9fff":
        return str(ZHG2P.legacy_call(piece))
    if piece[0].isascii() and piece[0].isalpha():
        return f" {_english(piece)} "
    return piece


def _english(word: str) -> str:
    """A word that the dictionary has, or else letter by letter. Capitals are letters, as in VIP and APP."""
    words = _dictionary()
    if word.lower() in words and not (word.isupper() and len(word) > 1):
        return words[word.lower()]
    return " ".join(words[letter] for letter in word.upper() if letter in words)


@cache
def _dictionary() -> dict[str, str]:
    """Words in small letters and the names of the letters in capitals."""
    entries = json.loads((resources.files("misaki") / "data" / "us_gold.json").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    for word, sound in entries.items():
        plain = sound.get("DEFAULT") if isinstance(sound, dict) else sound
        if isinstance(plain, str) and (len(word) == 1 or not word.isupper()):
            words[word if len(word) == 1 and word.isupper() else word.lower()] = plain
    return words
