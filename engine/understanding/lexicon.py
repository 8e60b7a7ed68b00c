"""Words to meaning: the compiled matcher of one script. Immutable once built, so that all its calls share it.

normalise -> exact phrases and patterns -> sounds -> longest match -> scope -> strongest first
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from engine.understanding.choices import choices, without_choices
from engine.understanding.clauses import asks as in_question
from engine.understanding.entry import Entry, Found
from engine.understanding.grammar import Grammar, Hit, Intent, Phrase, Told, Understanding
from engine.understanding.machine import by_machine
from engine.understanding.near import NEVER_ALIKE, SHORTEST, NearMisses
from engine.understanding.normalise import BREAK, Normal, normalise, spelled
from engine.understanding.overlap import joined, longest, only_told, particular, with_own_words
from engine.understanding.pattern import FILLERS, NEGATORS, PARTICLES, PatternError, Piece, parse, required
from engine.understanding.resemblance import Resemblance
from engine.understanding.scope import (
    INTEREST,
    NO,
    PRIORITY,
    conditions,
    declined,
    denials,
    last_word,
    questions,
)
from engine.understanding.search import GRAVE, Rule, Search
from engine.understanding.stance import whose_answer
from engine.understanding.told import Telling, in_one, misheard, tell

OPPOSED = NO | {"do_not_call", "complain", "abuse", "hesitate", "decline_contact"}
"""What a caller said plainly to be left alone with; a guess may not swallow it."""
_BREATH = 160
"""Characters understood together; people say about four in a second."""
_SLIGHT = frozenset({"neutral", "greet", ""})
_NEVER_GUESSED = NEVER_ALIKE | GRAVE | {"affirm", "confirm", "give_time", "give_number", "give_name"}
"""What has consequences, and an agreement, is for the caller to say and not for us to guess; a fact told is found by
itself or not at all.
"""
_TRIMMED = FILLERS + PARTICLES + BREAK
_NEGATION = re.compile(f"[{NEGATORS}]")
_SHORTEST_GUESS, _LONGEST_GUESS = 3, 24
_KEPT = 32
"""Grammars kept compiled, those used last."""
WORD_PRIORITY = 74
"""A stage's own phrase is strong evidence, yet a wish to be left alone is stronger."""


class Lexicon:
    """`words` are the phrases of all stages of the script; each counts only where `understand` is told so."""

    def __init__(
        self, grammars: Iterable[Grammar] = (), intents: Iterable[Intent] = (), words: Iterable[str] = ()
    ) -> None:
        grammars, intents = tuple(grammars), tuple(intents)
        entries: list[Entry] = []
        rules: list[tuple[Rule, frozenset[str]]] = []
        terms: dict[str, Piece] = {}
        for grammar in grammars:
            compiled = _compiled(grammar)
            terms |= compiled.terms
            entries += compiled.entries
            rules += compiled.rules
        for intent in intents:
            _compile(_of(intent.phrases, intent), terms, entries, rules)
        for word in dict.fromkeys(words):
            if plain := spelled(word):
                whole = len(plain) == 1
                entries.append(Entry(word, word, plain, WORD_PRIORITY, word=True, whole=whole))
        self._entries = entries
        self._near_misses: NearMisses | None = None
        self._likenesses: Resemblance | None = None
        self._search = Search(entries, rules)
        self._intents = {
            intent.id: intent for source in (*grammars, Grammar("script", intents=intents)) for intent in source.intents
        }
        self._questions = {
            intent.id
            for intent in self._intents.values()
            if intent.group in ("interest", "general") and intent.id != "ask_repeat"
        }
        """What is never guessed where nothing is asked."""
        self.ids = frozenset(intent.id for source in (*grammars,) for intent in source.intents) | {
            intent.id for intent in intents
        }

    def understand(self, text: str, *, now: str = "", role: str = "", words: Iterable[str] = ()) -> Understanding:
        """Never raises, whatever the text. `now` is RFC 3339 with offset, for times; `role` is that of the present
        stage; `words` are the phrases this stage listens for. Costs linear time.
        """
        normal = normalise(text)
        listened = frozenset(words)
        if len(normal.text) <= _BREATH:
            found, told = self._meanings(normal.text, now, role, listened)
        else:
            found, told = self._breathed(normal.text, now, role, listened)
        machine: Entry | None = None
        for item in found:
            entry = item.entry
            if entry.announcement and (machine is None or entry.priority > machine.priority):
                machine = entry
        slots = _slots(text, normal, told) if told else ()
        if machine is not None:
            return Understanding(text, _after_machine(normal, found, machine.intent), slots, machine.intent)
        hits = _hits(normal, found) if found else ()
        made: Understanding = object.__new__(Understanding)
        fields = {"text": text, "hits": hits, "told": slots, "disposition": ""}
        object.__setattr__(made, "__dict__", fields)  # as in `_hit`
        return made

    def _breathed(self, text: str, now: str, role: str, words: frozenset[str]) -> tuple[list[Found], list[Telling]]:
        """A long text, which no caller speaks in one breath, is understood piece by piece, so that its cost stays
        linear.
        """
        found: list[Found] = []
        told: list[Telling] = []
        for start, end in _breaths(text):
            more, tellings = self._meanings(text[start:end], now, role, words)
            for item in more:
                item.start += start
                item.end += start
            found += more
            told += [replace(each, start=each.start + start, end=each.end + start) for each in tellings]
        return found, told

    def _meanings(self, text: str, now: str, role: str, words: frozenset[str]) -> tuple[list[Found], list[Telling]]:
        asked = choices(text)
        exact, alike, machine = self._search.find(text, role, words)
        said = without_choices(exact, asked)
        exact = longest(said)
        if words:
            exact = with_own_words(text, exact, said)
        found = _in_scope(text, joined(exact, without_choices(alike, asked), OPPOSED) if alike else exact, asked)
        told, giving = tell(text, now, found)
        if told and found:
            found = [item for item in found if not misheard(item, told)]
        if not told and _slight(found):
            if len(text) >= SHORTEST:
                near = without_choices(self._near().find(text, role, words), asked)
                if near:
                    found = _in_scope(text, joined(exact, near, OPPOSED), asked)
            if not any(item.entry.intent for item in found) and all(item.entry.intent for item in exact):
                found += self._guessed(text, asked)
        if machine:
            machine = [item for item in machine if by_machine(item, text) and not _vetoed(item, text)]
        return ([*found, *giving, *machine] if giving or machine else found), told

    def _near(self) -> NearMisses:
        """Built when first needed, since a short program run may never need it."""
        if self._near_misses is None:
            self._near_misses = NearMisses(self._entries)
        return self._near_misses

    def _resemblance(self) -> Resemblance:
        """Built when first needed, like the near misses."""
        if self._likenesses is None:
            sayings = {
                intent.id: _sayings(intent)
                for intent in self._intents.values()
                if intent.group != "announcement" and intent.id not in _NEVER_GUESSED
            }
            self._likenesses = Resemblance(sayings, {name: _longer(self._intents[name]) for name in sayings})
        return self._likenesses

    def _guessed(self, text: str, asked: list[Found]) -> list[Found]:
        """What the text most resembles, where no phrase was heard at all, not even an idiom."""
        start = len(text) - len(text.lstrip(_TRIMMED))
        core = text.strip(_TRIMMED)
        likeness = self._resemblance().nearest(core) if _SHORTEST_GUESS <= len(core) <= _LONGEST_GUESS else None
        if likeness is None:
            return []
        if bool(_NEGATION.search(core)) != bool(_NEGATION.search(likeness.phrase)):
            return []
        if likeness.intent in self._questions and not in_question(core, 0, 1):
            return []
        asks = asked or text.rstrip(_TRIMMED).endswith(("吗", "么"))
        if asks and not likeness.intent.startswith(("ask_", "want_")):
            return []
        intent = self._intents[likeness.intent]
        entry = Entry(intent.id, likeness.phrase, likeness.phrase, intent.priority)
        return [Found(start, start + len(core), entry, "fuzzy", likeness.score)]


# --- compiling -----------------------------------------------------------------------------------------------------


class _Compiled(NamedTuple):
    """What a grammar brings into every lexicon that has it."""

    entries: list[Entry]
    rules: list[tuple[Rule, frozenset[str]]]
    terms: dict[str, Piece]


@lru_cache(_KEPT)
def _compiled(grammar: Grammar) -> _Compiled:
    """Scripts share their grammars, so that those of a server are compiled once."""
    made = _Compiled([], [], named_terms(grammar))
    _compile(_of(grammar.idioms), made.terms, made.entries, made.rules)
    for intent in grammar.intents:
        _compile(_of(intent.phrases, intent), made.terms, made.entries, made.rules)
    return made


def named_terms(grammar: Grammar) -> dict[str, Piece]:
    """The parsed terms of a grammar; a bad one is left out, as the loader has told."""
    terms: dict[str, Piece] = {}
    for name, text in grammar.terms:
        try:
            terms[name] = parse(text, terms)
        except PatternError:
            continue
    return terms


def default_priority(intent_id: str, group: str) -> int:
    """The strength of an intent whose grammar does not name one."""
    return PRIORITY.get(intent_id, INTEREST if group == "interest" else 50)


def _of(phrases: Iterable[Phrase], intent: Intent | None = None) -> Iterator[tuple[Phrase, Entry]]:
    for phrase in phrases:
        plain = phrase.text if phrase.pattern else spelled(phrase.text)
        if not plain:
            continue
        priority = phrase.priority if phrase.priority is not None else intent.priority if intent else 0
        yield (
            phrase,
            Entry(
                intent=intent.id if intent else "",
                phrase=phrase.text,
                plain=plain,
                priority=priority,
                weak=phrase.weak,
                whole=phrase.whole or (len(plain) == 1 and intent is not None and not (phrase.pattern or phrase.asked)),
                asked=phrase.asked,
                fallback=phrase.fallback,
                unless=_spelled_all(phrase.unless),
                roles=phrase.roles,
                except_roles=phrase.except_roles,
                announcement=intent is not None and intent.group == "announcement",
                denied=intent.denied if intent else "",
                keeps=intent.keeps if intent else frozenset(),
                vetoes=_spelled_all(intent.vetoes) if intent else (),
            ),
        )


def _compile(
    phrases: Iterable[tuple[Phrase, Entry]],
    terms: dict[str, Piece],
    entries: list[Entry],
    rules: list[tuple[Rule, frozenset[str]]],
) -> None:
    for phrase, entry in phrases:
        if not phrase.pattern:
            entries.append(entry)
            continue
        try:
            piece = parse(phrase.text, terms)
            rules.append((Rule(entry, piece), required(piece)))
        except PatternError:
            continue  # the loader has told


def _sayings(intent: Intent) -> list[str]:
    texts = [phrase.text for phrase in intent.phrases if not phrase.pattern]
    return [plain for text in (*texts, *intent.examples) if (plain := spelled(text).strip(_TRIMMED))]


def _longer(intent: Intent) -> tuple[str, ...]:
    return _spelled_all(dict.fromkeys(word for phrase in intent.phrases for word in phrase.unless))


def _spelled_all(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain for text in texts if (plain := spelled(text)))


def _breaths(text: str) -> Iterator[tuple[int, int]]:
    """Bounds of pieces of at most _BREATH characters, cut between clauses where there are any."""
    start = 0
    while start < len(text):
        end = start + _BREATH
        if end < len(text):
            end = text.rfind(BREAK, start + 1, end) + 1 or end
        yield start, min(end, len(text))
        start = end


def _in_scope(text: str, found: list[Found], asked: list[Found]) -> list[Found]:
    fixed = asked
    if found:
        idioms = [item for item in found if not item.entry.intent]
        if idioms:
            fixed = [*asked, *idioms]
        found = [item for item in found if item.entry.intent and not (item.entry.vetoes and _vetoed(item, text))]
    if found:
        found = denials(text, found, fixed)
        questions(text, found, asked)
        whose_answer(text, found)
        only_told(text, found)
    found = conditions(text, found)
    if len(found) > 1:
        declined(text, found)
        last_word(text, found)
        found = particular(text, found)
    return found


def _vetoed(item: Found, text: str) -> bool:
    return any(veto in text for veto in item.entry.vetoes)


def _slight(found: list[Found]) -> bool:
    """Nothing but sounds of listening."""
    if found and found[0].entry.intent not in _SLIGHT:  # mostly that settles it
        return False
    return not found or all(item.entry.intent in _SLIGHT for item in found)


# --- results -------------------------------------------------------------------------------------------------------


def _hits(normal: Normal, found: list[Found]) -> tuple[Hit, ...]:
    """One hit an intent and sign, the best; strongest first, the negated at the end."""
    if len(found) == 1:
        return (_hit(normal, found[0]),)
    best: dict[tuple[str, bool], Found] = {}
    for item in found:
        key = (item.entry.intent, item.negated)
        if key not in best or _better(item, best[key]):
            best[key] = item
    ordered = list(best.values())
    if len(ordered) > 1:
        ordered.sort(key=_strength)
    return tuple([_hit(normal, item) for item in ordered])


def _strength(item: Found) -> tuple[bool, int, int]:
    return item.negated, -item.entry.priority, item.start


def _better(one: Found, other: Found) -> bool:
    return (not one.entry.weak, one.score, one.end - one.start) > (
        not other.entry.weak,
        other.score,
        other.end - other.start,
    )


def _hit(normal: Normal, item: Found) -> Hit:
    """All fields at once by one dict, where `__init__` sets them one by one and needs three times as long."""
    entry = item.entry
    made: Hit = object.__new__(Hit)
    fields = {
        "id": entry.intent,
        "phrase": entry.phrase,
        "span": normal.span(item.start, item.end),
        "score": item.score,
        "how": item.how,
        "negated": item.negated,
        "weak": entry.weak,
        "reading": "",
    }
    object.__setattr__(made, "__dict__", fields)
    return made


def _after_machine(normal: Normal, found: list[Found], machine: str) -> tuple[Hit, ...]:
    """What a person says once the machine is through; the machine's own words mean nothing."""
    end = max(item.end for item in found if item.entry.announcement)
    break_after = normal.text.find(",", end)
    if break_after < 0:
        return ()
    tail = [item for item in found if item.start > break_after and not item.entry.announcement]
    human = {"greet", "refuse", "do_not_call", "abuse"}
    if machine not in ("assistant", "screening"):  # these too ask who is calling
        human.add("ask_identity")
    spoken = any(item.entry.intent in human for item in tail)
    return _hits(normal, tail) if spoken else ()


def _slots(text: str, normal: Normal, told: Iterable[Telling]) -> tuple[Told, ...]:
    slots: list[Told] = []
    for each in told:
        span = normal.span(each.start, each.end)
        slots.append(Told(each.type, each.value, in_one(each.type, text[span[0] : span[1]]), span))
    return tuple(slots)
