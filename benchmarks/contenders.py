"""The matchers that are compared, each made from the same phrases.

`huashu` does all its work: spelling, patterns, sounds, near misses, scope and times. Every other one does what its
library does and nothing else:

- `pyahocorasick`, `ahocorasick-rs`: all places of all phrases, in one pass over the text as it stands
- `hyperscan`: the same, by where they end; Vectorscan is what its wheel holds
- `google-re2`: which of all phrases occur, not where, in one pass
- `one re`: one alternation of all phrases, the longest first; the leftmost match, then on behind it
- `naive loop`: `if phrase in text`, phrase by phrase
- `hassil`: whole sentences; each phrase is a sentence template, so a text is heard only if it is a phrase, punctuation
  aside
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import ahocorasick
import ahocorasick_rs
import hassil
import hyperscan
import re2
from hassil.intents import Intents

from engine.content.source import parse
from engine.understanding.grammar import Grammar, Intent, Phrase, announced
from engine.understanding.lexicon import Lexicon
from engine.understanding.load_grammar import grammar_from
from engine.understanding.score import heard_by
from engine.understanding.utterances import NOW

ROOT = Path(__file__).parent.parent
Contender = Callable[[str], Sequence[str]]
Search = Callable[[str], Any]
RE2_BYTES = 64 << 20
"""What a set of RE2 may take: its default of 8 MB holds ten thousand phrases, but not thirty thousand. It is no faster
for it.
"""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A phrase for those who know no more than phrases."""

    text: str
    intent: str
    priority: int


def shipped() -> tuple[Grammar, ...]:
    nodes = (parse(path.read_bytes(), path.name)[0] for path in sorted((ROOT / "grammars").glob("*.yaml")))
    return tuple(grammar for node in nodes if node and (grammar := grammar_from(node, [])))


def keywords(grammars: Iterable[Grammar]) -> list[Keyword]:
    """All plain phrases; the patterns are left out, since not every library knows such."""
    return [
        Keyword(
            phrase.text,
            announced(intent.id) if intent.group == "announcement" else intent.id,
            intent.priority if phrase.priority is None else phrase.priority,
        )
        for grammar in grammars
        for intent in grammar.intents
        for phrase in intent.phrases
        if not phrase.pattern and not set(phrase.text) & set("()[]{}<>|/:")
    ]


def sized(grammars: tuple[Grammar, ...], size: int) -> tuple[Grammar, ...]:
    """The grammars with so many plain phrases: fewer by a fair draw, or more, made up from pieces of the shipped ones.
    Patterns and idioms stay, whatever the size.
    """
    draw = Random(2026)  # noqa: S311  the same draw in every run
    plain = [word.text for word in keywords(grammars)]
    if size <= len(plain):
        kept = set(draw.sample(sorted(set(plain)), min(size, len(set(plain)))))
        return tuple(replace(grammar, intents=tuple(_thinned(grammar.intents, kept))) for grammar in grammars)
    made: dict[str, None] = {}
    while len(made) < size - len(plain):
        left, right = draw.choice(plain), draw.choice(plain)
        word = left[: max(1, len(left) // 2)] + right[len(right) // 2 :]
        if word not in plain and 3 <= len(word) <= 10:
            made[word] = None
    extra = Intent("made_up", "interest", phrases=tuple(Phrase(word) for word in made))
    return (*grammars, Grammar("made_up", intents=(extra,)))


def _thinned(intents: Iterable[Intent], kept: set[str]) -> Iterable[Intent]:
    for intent in intents:
        phrases = tuple(phrase for phrase in intent.phrases if phrase.pattern or phrase.text in kept)
        yield replace(intent, phrases=phrases)


# --- contenders ------------------------------------------------------------------------------------------------------


def huashu(grammars: tuple[Grammar, ...]) -> Contender:
    lexicon = Lexicon(grammars)
    return lambda text: heard_by(lexicon.understand(text, now=NOW)).ids


def bare_pyahocorasick(grammars: tuple[Grammar, ...]) -> Search:
    automaton = ahocorasick.Automaton()
    for text in _by_text(grammars):
        automaton.add_word(text, text)
    automaton.make_automaton()
    return lambda text: list(automaton.iter(text))


def bare_ahocorasick_rs(grammars: tuple[Grammar, ...]) -> Search:
    automaton = ahocorasick_rs.AhoCorasick(list(_by_text(grammars)))
    return lambda text: automaton.find_matches_as_indexes(text, overlapping=True)


def bare_re2(grammars: tuple[Grammar, ...]) -> Search:
    options = re2.Options()
    options.max_mem, options.literal, options.never_capture = RE2_BYTES, True, True
    found = re2.Set.SearchSet(options)
    for text in _by_text(grammars):
        found.Add(text)
    found.Compile()
    return lambda text: found.Match(text) or ()


def bare_hyperscan(grammars: tuple[Grammar, ...]) -> Search:
    patterns = [re.escape(text).encode() for text in _by_text(grammars)]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_UTF8] * len(patterns)
    database.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=flags)

    def keep(number: int, _start: int, end: int, _flags: int, places: Any) -> None:
        places.append((number, end))

    def search(text: str) -> list[tuple[int, int]]:
        places: list[tuple[int, int]] = []
        database.scan(text.encode(), keep, 0, places)
        return places

    return search


def bare_re(grammars: tuple[Grammar, ...]) -> Search:
    return _alternation(_by_text(grammars)).findall


def bare_loop(grammars: tuple[Grammar, ...]) -> Search:
    phrases = list(_by_text(grammars))
    return lambda text: [phrase for phrase in phrases if phrase in text]


def by_re(grammars: tuple[Grammar, ...]) -> Contender:
    by_text = _by_text(grammars)
    pattern = _alternation(by_text)
    return lambda text: _ordered(by_text[found] for found in pattern.findall(text))


def by_loop(grammars: tuple[Grammar, ...], *, shortest: int = 1) -> Contender:
    by_text = {text: words for text, words in _by_text(grammars).items() if len(text) >= shortest}
    items = list(by_text.items())
    return lambda text: _ordered(words for phrase, words in items if phrase in text)


def by_longer_loop(grammars: tuple[Grammar, ...]) -> Contender:
    return by_loop(grammars, shortest=2)


def by_hassil(grammars: tuple[Grammar, ...]) -> Contender:
    by_intent: dict[str, list[str]] = {}
    priority: dict[str, int] = {}
    for word in keywords(grammars):
        by_intent.setdefault(word.intent, []).append(word.text)
        priority[word.intent] = max(priority.get(word.intent, 0), word.priority)
    data: dict[str, Any] = {name: {"data": [{"sentences": sentences}]} for name, sentences in by_intent.items()}
    intents = Intents.from_dict({"language": "zh", "intents": data})

    def hear(text: str) -> Sequence[str]:
        names = {result.intent.name for result in hassil.recognize_all(text, intents, language="zh")}
        return sorted(names, key=lambda name: -priority[name])

    return hear


SEARCHES: dict[str, Callable[[tuple[Grammar, ...]], Search]] = {
    "huashu": huashu,
    "ahocorasick-rs": bare_ahocorasick_rs,
    "pyahocorasick": bare_pyahocorasick,
    "hyperscan": bare_hyperscan,
    "google-re2": bare_re2,
    "one re": bare_re,
    "naive loop": bare_loop,
    "hassil": by_hassil,
}
"""For speed: the bare search of each library, without making intents of what it finds."""
FOUND: dict[str, Callable[[Any, Sequence[str]], Iterable[str]]] = {
    "ahocorasick-rs": lambda found, phrases: [phrases[number] for number, _, _ in found],
    "pyahocorasick": lambda found, _: [phrase for _, phrase in found],
    "hyperscan": lambda found, phrases: [phrases[number] for number, _ in found],
    "google-re2": lambda found, phrases: [phrases[number] for number in found],
    "naive loop": lambda found, _: found,
}
"""The phrases in what a search returns, of those that look for all of them."""
HEARERS: dict[str, Callable[[tuple[Grammar, ...]], Contender]] = {
    "naive loop": by_loop,
    "naive loop, two characters or more": by_longer_loop,
    "one re": by_re,
    "hassil": by_hassil,
}
"""For quality. Whoever else looks for all phrases finds what the naive loop finds."""


def differing(searches: Mapping[str, Search], grammars: tuple[Grammar, ...], texts: Iterable[str]) -> list[str]:
    """Who does not find in every text the phrases that the naive loop finds."""
    phrases = list(_by_text(grammars))
    wanted = {text: {phrase for phrase in phrases if phrase in text} for text in texts}
    return [
        name
        for name, found in FOUND.items()
        if any(set(found(searches[name](text), phrases)) != each for text, each in wanted.items())
    ]


def _by_text(grammars: Iterable[Grammar]) -> dict[str, list[Keyword]]:
    by_text: dict[str, list[Keyword]] = {}
    for word in keywords(grammars):
        by_text.setdefault(word.text, []).append(word)
    return by_text


def _alternation(texts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)))


def _ordered(found: Iterable[list[Keyword]]) -> Sequence[str]:
    """The intents found, by our own priorities, which a list of keywords would not have."""
    words = sorted((word for each in found for word in each), key=lambda word: -word.priority)
    names = list(dict.fromkeys(word.intent for word in words))
    machine = next((name for name in names if name.startswith("announced:")), "")
    return [name for name in names if name == machine or not name.startswith("announced:")]
