"""From YAML to a grammar, with everything that is wrong with it.

The shape of a grammar file is declared here once; the schema for editors and the reference come from it too. Reading
reports what is wrong within a file; `check_grammars` looks at all grammars of a script together, where a phrase may
be claimed twice, swallowed by a longer one, or an example fail to mean its intent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from engine.content.shape import (
    NOWHERE,
    Either,
    Field,
    Fields,
    Flag,
    Id,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Text,
    Whole,
    Words,
    read,
    suggest,
)
from engine.content.source import Mark, Node, Problem
from engine.understanding.grammar import DISPOSITIONS, GROUPS, Grammar, Group, Intent, Phrase
from engine.understanding.normalise import spelled

if TYPE_CHECKING:
    from engine.understanding.lexicon import Lexicon
from engine.understanding.pattern import PatternError, Piece, parse, required

_ROLES = ("greeting", "opening", "pitch", "discovery", "invitation", "closing", "recovery", "early_media")
_ROLE = OneOrMany(OneOf(_ROLES))

_CONDITIONS = {
    "unless": Field(OneOrMany(Words()), "Longer words, said or misheard, of which this is but a part: 别打 in 别打字."),
    "roles": Field(_ROLE, "Only in stages of these roles."),
    "except_roles": Field(_ROLE, "Not in stages of these roles."),
    "asked": Field(Flag(), "Only where the clause asks: 合同 in 有没有合同, not in 合同签过了."),
    "fallback": Field(Flag(), "Only where the clause asks nothing more particular: 怎么弄, not 合同怎么弄."),
    "whole": Field(Flag(), "Only when the clause says nothing else."),
    "weak": Field(Flag(), "Said to go along rather than to ask."),
    "priority": Field(Whole(0, 200), "In place of the intent's."),
}
PHRASE = Record(
    "phrase",
    {
        "phrase": Field(Words(), "The words."),
        "pattern": Field(Words(), "A pattern in place of the words."),
        **_CONDITIONS,
    },
    "A phrase that counts only under conditions.",
    aliases={"text": "phrase", "regex": "pattern", "not": "unless", "role": "roles"},
)
_PHRASES = ListOf(Either(scalar=Words(), map=PHRASE))

_MEANING = {
    "title": Field(Words(), "What people call it."),
    "priority": Field(Whole(0, 200), "Among several intents of one utterance the larger is the stronger."),
    "phrases": Field(_PHRASES, "What people say who mean it."),
    "weak": Field(_PHRASES, "Said to go along rather than to ask: 你发吧."),
    "topics": Field(
        _PHRASES, "What may be asked about: 合同, heard in 有合同吗, 合同呢, 要不要签合同; not in a statement."
    ),
    "patterns": Field(_PHRASES, "Patterns: ( | ) alternatives, ? optional, [ ] one of, .{0,5} up to five characters."),
    "vetoes": Field(ListOf(Words()), "When one of these is said too, it is not meant."),
    "denied": Field(Id("intent"), "The intent meant when this one is denied (不 + 加微信)."),
    "keeps": Field(OneOrMany(Id("intent")), "Intents that still count when their phrases stand inside this one's."),
    "examples": Field(ListOf(Words()), "Whole utterances; each must be understood so."),
}
_ALIASES = {"words": "phrases", "keywords": "phrases", "regex": "patterns", "veto": "vetoes", "not": "vetoes"}

INTENT = Record("intent", {"group": Field(OneOf(GROUPS), "The group it belongs to."), **_MEANING}, aliases=_ALIASES)
"""An intent, in a grammar file or under `intents:` of a script."""

GRAMMAR = Record(
    "grammar",
    {
        "grammar": Field(Id("grammar"), "Its name: that of the file.", required=True),
        "title": Field(Words(), "What people call it."),
        "terms": Field(MapOf(Words(), Id("term")), "Named parts of patterns; <name> stands for them."),
        "idioms": Field(_PHRASES, "Heard as themselves: they swallow the phrases inside them and mean nothing."),
        "intents": Field(MapOf(INTENT, Id("intent")), "What a caller may mean.", required=True),
    },
    "A file of intents.",
)


def grammar_from(node: Node, problems: list[Problem]) -> Grammar | None:
    """The grammar in this document, as far as it can be read; everything wrong with it is added to `problems`."""
    fields = cast("Fields | None", read(GRAMMAR, node, problems))
    if fields is None:
        return None
    terms = _terms(cast("Fields", fields.get("terms", Fields())), problems)
    seen: dict[str, Text] = {}
    idioms = tuple(_phrases(fields.get("idioms"), False, terms, seen, problems))
    intents = cast("Fields", fields.get("intents", Fields()))
    return Grammar(
        str(fields.get("grammar", "")),
        str(fields.get("title", "")),
        idioms,
        tuple(_intents(intents, terms, problems)),
        tuple((str(name), str(text)) for name, text in cast("Fields", fields.get("terms", Fields())).items()),
    )


def outline_from(node: Node, problems: list[Problem]) -> Grammar | None:
    """The grammar without its phrases: what a script that is only checked needs to know of it, for a tenth of the time.

    What is wrong inside is told when the grammar itself is checked, or used.
    """
    top = {key.text: value for key, value in node.entries}
    if "intents" not in top or "grammar" not in top:
        return grammar_from(node, problems)
    intents = [
        Intent(key.text, cast("Group", group.text))
        for key, value in top["intents"].entries
        for name, group in value.entries
        if name.text == "group"
    ]
    return Grammar(top["grammar"].text, intents=tuple(intents))


def intents_from(fields: Fields, problems: list[Problem]) -> Grammar:
    """The intents that a script defines for itself, as a grammar."""
    return Grammar("script", "", (), tuple(_intents(fields, {}, problems)))


def _terms(fields: Fields, problems: list[Problem]) -> dict[str, Piece]:
    terms: dict[str, Piece] = {}
    for name, text in fields.items():
        try:
            terms[str(name)] = parse(str(text), terms)
        except PatternError as error:
            problems.append(Problem(_mark(text), f"term '{name}': {error}", error.hint))
    return terms


def _intents(fields: Fields, terms: dict[str, Piece], problems: list[Problem]) -> Iterator[Intent]:
    # The matcher is a third of what `huashu check` would load, and a script by itself is checked without it.
    from engine.understanding.lexicon import default_priority  # noqa: PLC0415

    for name, value in fields.items():
        given = cast("Fields", value)
        group = cast("Group", str(given.get("group", "talk")))
        mark = fields.key_marks.get(name, given.mark)
        if group == "announcement" and name not in DISPOSITIONS:
            problems.append(Problem(mark, f"'{name}' is no disposition", suggest(name, DISPOSITIONS)))
        seen: dict[str, Text] = {}
        phrases = (
            *_phrases(given.get("phrases"), False, terms, seen, problems),
            *_phrases(given.get("weak"), True, terms, seen, problems),
            *_topics(given.get("topics"), terms, seen, problems),
            *_patterns(given.get("patterns"), terms, seen, problems),
        )
        if not phrases:
            problems.append(Problem(mark, f"intent '{name}' has no phrases", "write what people say under phrases:"))
        yield Intent(
            name,
            group,
            str(given.get("title", "")),
            cast("int", given.get("priority", default_priority(name, group))),
            phrases,
            tuple(cast("list[str]", given.get("vetoes", []))),
            str(given.get("denied", "")),
            frozenset(cast("list[str]", given.get("keeps", []))),
            tuple(cast("list[str]", given.get("examples", []))),
        )


def _phrases(
    values: object, weak: bool, terms: dict[str, Piece], seen: dict[str, Text], problems: list[Problem]
) -> Iterator[Phrase]:
    for value in cast("list[Text | Fields]", values or []):
        phrase = _phrase(value, weak, False, problems)
        if phrase is not None and _usable(phrase, terms, seen, problems):
            yield phrase


def _topics(
    values: object, terms: dict[str, Piece], seen: dict[str, Text], problems: list[Problem]
) -> Iterator[Phrase]:
    for phrase in _phrases(values, False, terms, seen, problems):
        yield replace(phrase, asked=True)


def _patterns(
    values: object, terms: dict[str, Piece], seen: dict[str, Text], problems: list[Problem]
) -> Iterator[Phrase]:
    for value in cast("list[Text | Fields]", values or []):
        phrase = _phrase(value, False, True, problems)
        if phrase is not None and _usable(phrase, terms, seen, problems):
            yield phrase


def _phrase(value: Text | Fields, weak: bool, pattern: bool, problems: list[Problem]) -> Phrase | None:
    if isinstance(value, Text):
        return Phrase(value, pattern, weak)
    words = value.get("phrase"), value.get("pattern")
    text = next((word for word in words if isinstance(word, Text)), None)
    if text is None or None not in words:
        problems.append(Problem(value.mark, "write either phrase: or pattern:"))
        return None
    return Phrase(
        text,
        pattern=words[1] is not None,
        weak=bool(value.get("weak", weak)),
        asked=bool(value.get("asked", False)),
        fallback=bool(value.get("fallback", False)),
        whole=bool(value.get("whole", False)),
        unless=tuple(cast("list[str]", value.get("unless", []))),
        roles=frozenset(cast("list[str]", value.get("roles", []))),
        except_roles=frozenset(cast("list[str]", value.get("except_roles", []))),
        priority=cast("int | None", value.get("priority")),
    )


def _usable(phrase: Phrase, terms: dict[str, Piece], seen: dict[str, Text], problems: list[Problem]) -> bool:
    """Can it be searched for? Says why not."""
    mark = _mark(phrase.text)
    if phrase.pattern:
        try:
            required(parse(phrase.text, terms))
        except PatternError as error:
            problems.append(Problem(mark, f"pattern '{phrase.text}': {error}", error.hint))
            return False
    plain = phrase.text if phrase.pattern else spelled(phrase.text)
    if not plain:
        hint = "write the words that a recogniser would write"
        problems.append(Problem(mark, f"'{phrase.text}' is only punctuation: nothing is left to listen for", hint))
        return False
    if plain in seen and not phrase.roles and not phrase.except_roles:
        first = seen[plain]
        as_well = "" if first == phrase.text else f", which is heard as '{first}'"
        hint = f"first in line {_mark(first).line}"
        problems.append(Problem(mark, f"'{phrase.text}' stands here twice{as_well}", hint))
        return False
    seen.setdefault(plain, phrase.text if isinstance(phrase.text, Text) else Text(phrase.text))
    return True


def _mark(text: object) -> Mark:
    return text.mark if isinstance(text, Text | Fields) else NOWHERE


# --- all grammars together -----------------------------------------------------------------------------------------


def check_grammars(grammars: Sequence[Grammar]) -> list[Problem]:
    """What is wrong between the grammars of one script: warnings on phrases, errors on examples."""
    from engine.understanding.lexicon import Lexicon  # noqa: PLC0415  see `_intents`

    lexicon = Lexicon(grammars)
    problems = [*_claimed_twice(grammars), *_unheard(grammars, lexicon)]
    for grammar in grammars:
        for intent in grammar.intents:
            problems += _failing_examples(intent, lexicon)
    return problems


def _claimed_twice(grammars: Iterable[Grammar]) -> Iterator[Problem]:
    first: dict[str, tuple[Intent, Phrase]] = {}
    for intent in (intent for grammar in grammars for intent in grammar.intents):
        for phrase in intent.phrases:
            plain = phrase.text if phrase.pattern else spelled(phrase.text)
            other = first.setdefault(plain, (intent, phrase))
            if other[0] is not intent and phrase.asked == other[1].asked and _together(phrase, other[1]):
                where = _mark(other[1].text)
                message = f"'{phrase.text}' means {intent.id} here and {other[0].id} in {where}"
                yield Problem(_mark(phrase.text), message, "leave it to one of them, or limit it by roles:", "warning")


def _together(one: Phrase, other: Phrase) -> bool:
    """May both be listened for in the same stage?"""
    roles = [
        {role for role in ("", *_ROLES) if role not in each.except_roles and (not each.roles or role in each.roles)}
        for each in (one, other)
    ]
    return bool(roles[0] & roles[1])


def _unheard(grammars: Iterable[Grammar], lexicon: Lexicon) -> Iterator[Problem]:
    """Phrases that do not mean their own intent even when they are all that is said."""
    for intent in (intent for grammar in grammars for intent in grammar.intents):
        for phrase in intent.phrases:
            if phrase.pattern or intent.group == "announcement":
                continue
            role = next(iter(sorted(phrase.roles)), "")
            understood = lexicon.understand(phrase.text, role=role)
            if not any(hit.id == intent.id for hit in understood.hits):
                why = next((f" ({hit.phrase} means {hit.id})" for hit in understood.hits), "")
                message = f"'{phrase.text}' is never heard as {intent.id}{why}"
                yield Problem(_mark(phrase.text), message, _taker(phrase, intent), "warning")


def _taker(phrase: Phrase, intent: Intent) -> str:
    """What takes a phrase that is never heard."""
    veto = next((veto for veto in intent.vetoes if spelled(veto) in spelled(phrase.text)), "")
    return f"its own veto '{veto}' takes it" if veto else "a longer phrase or an idiom takes it"


def _failing_examples(intent: Intent, lexicon: Lexicon) -> Iterator[Problem]:
    for example in intent.examples:
        understood = lexicon.understand(example)
        ids = {hit.id for hit in understood.hits if not hit.negated} | {understood.disposition}
        if intent.id not in ids:
            heard = ", ".join(sorted(ids - {""})) or "nothing"
            hint = f"heard: {heard}"
            yield Problem(_mark(example), f"the example '{example}' does not mean {intent.id}", hint)
