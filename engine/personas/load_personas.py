"""Tables of personas in YAML.

    personas: standard
    noise: {sound: 2, negation: 3, split: 4}
    callers:
      price-driven:
        share: 8
        does:
          greeting: {greet: 4, ask_identity: 2}
          invitation: {give_time+affirm: 3, ask_price: 4, refuse: 2}
          any: {ask_price: 6, interest: 3, neutral: 3, refuse: 1}
        patience: 12
      out-of-reach:
        share: 20
        line: {busy: 2, no_answer: 5, powered_off: 1}

Whether an act means anything is for the script to say that is called (`engine.personas.words`); here only its form is
checked, and that every persona has something to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields as fields_of
from typing import cast

from engine.content.shape import (
    Duration,
    Field,
    Fields,
    Id,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Text,
    Whole,
    Words,
    read,
)
from engine.content.source import Node, Problem
from engine.grading.outcome import STRENGTH
from engine.personas.persona import DEEDS, PLACES, Noise, Persona, Table

_PERCENT = Whole(0, 100)
_WEIGHT = Whole(0, 1000)
_DISPOSITIONS = OneOf(STRENGTH)

NOISE = Record(
    "noise",
    {
        "sound": Field(_PERCENT, "Percent of the characters that are heard as another of the same sound."),
        "wrong": Field(_PERCENT, "Percent of the characters that are heard as one that sounds otherwise."),
        "negation": Field(_PERCENT, "Percent of the utterances with 不 or 没 in which it is lost."),
        "start": Field(_PERCENT, "Percent of the utterances whose first syllables are lost."),
        "split": Field(_PERCENT, "Percent of the longer utterances that arrive as two."),
    },
    "What the line and the recogniser do to words.",
    aliases={"homophone": "sound", "homophones": "sound", "dropped": "negation", "beginning": "start"},
)

PERSONA = Record(
    "persona",
    {
        "title": Field(Words(), "What people call it."),
        "share": Field(Whole(0, 10_000), "Its share of all callers, in proportion to the others."),
        "does": Field(
            MapOf(MapOf(_WEIGHT), OneOf(tuple(PLACES))),
            "For each kind of place the acts with their weights: intents, groups and phrases, several joined by `+`; "
            f"or {', '.join(f'`{name}` ({what})' for name, what in DEEDS.items())}.",
        ),
        "patience": Field(Whole(1, 100), "Turns after which such people hang up, on average (12)."),
        "refusals": Field(Whole(1, 20), "How often they say no before they hang up, on average (2)."),
        "leaves": Field(Duration(at_least_ms=1000), "Talk of the bot after which they hang up on it, on average."),
        "cuts_in": Field(_PERCENT, "Percent of their utterances that are said into the prompt."),
        "murmurs": Field(_PERCENT, "Percent of prompts over which they say 嗯."),
        "talks": Field(_PERCENT, "Percent of their utterances with more words than needed."),
        "noise": Field(NOISE, "Their line, where it is another than everybody's."),
        "machine": Field(MapOf(_WEIGHT, _DISPOSITIONS), "A machine answers: which one, with weights."),
        "line": Field(MapOf(_WEIGHT, _DISPOSITIONS), "Nobody answers: what becomes of the call, with weights."),
    },
    "A kind of caller.",
    aliases={"weight": "share", "hangs_up": "leaves", "barge_in": "cuts_in", "act": "does", "acts": "does"},
)

PERSONAS = Record(
    "personas",
    {
        "personas": Field(Id("table"), "The name of the table.", required=True),
        "title": Field(Words(), "What people call it."),
        "noise": Field(NOISE, "Everybody's line."),
        "fillers": Field(ListOf(Words()), "What people say before they come to it."),
        "particles": Field(ListOf(Words()), "What they say at the end of it."),
        "murmurs": Field(ListOf(Words()), "What they say while the bot talks."),
        "callers": Field(MapOf(PERSONA, Id("persona")), "The personas, by name.", required=True),
    },
    "A population of simulated callers.",
    aliases={"people": "callers", "population": "callers"},
)


def table_from(node: Node, problems: list[Problem]) -> Table | None:
    """The table of this document, or None; everything wrong with it is added to `problems`."""
    found = read(PERSONAS, node, problems)
    if not isinstance(found, Fields) or "callers" not in found:
        return None
    callers = cast("Fields", found["callers"])
    personas = {str(name): _persona(name, cast("Fields", each)) for name, each in _items(callers)}
    for name, persona in personas.items():
        problems += _odd(name, persona)
    if personas and not any(persona.share for persona in personas.values()):
        problems.append(Problem(node.mark, "no persona of this table has a share", "give one of them 'share: 1'"))
    words = {key: tuple(map(str, cast("list[Text]", found[key]))) for key in _WORD_LISTS if found.get(key)}
    return Table(str(found["personas"]), str(found.get("title", "")), _noise(found) or Noise(), personas, **words)


_WORD_LISTS = ("fillers", "particles", "murmurs")


def _items(fields: Fields) -> Iterator[tuple[Text, object]]:
    yield from cast("dict[Text, object]", fields).items()


def _persona(name: Text, found: Fields) -> Persona:
    given = {key: found[key] for key in _AS_THEY_ARE if key in found}
    does = {str(place): _weights(cast("Fields", acts)) for place, acts in _items(cast("Fields", found.get("does", {})))}
    weighted = {key: _weights(cast("Fields", found.get(key, {}))) for key in ("machine", "line")}
    made = {**given, **weighted, "does": does, "leaves_ms": found.get("leaves", 0)}
    return Persona(str(name), name.mark, str(found.get("title", "")), noise=_noise(found), **made)  # type: ignore[arg-type]  # the shape has read them


_AS_THEY_ARE = ("share", "patience", "refusals", "cuts_in", "murmurs", "talks")


def _weights(found: Fields) -> dict[str, float]:
    return {str(act): cast("int", weight) for act, weight in found.items()}


def _noise(found: Fields) -> Noise | None:
    noise = found.get("noise")
    if not isinstance(noise, Fields):
        return None
    return Noise(**{each.name: cast("int", noise.get(each.name, 0)) for each in fields_of(Noise)})


def _odd(name: str, persona: Persona) -> Iterator[Problem]:
    """What no shape tells."""
    told = [key for key in ("does", "line") if getattr(persona, key)]
    if len(told) != 1 and not (persona.machine and persona.does and not persona.line):
        what = "both talks and is not reached" if told else "does nothing"
        yield Problem(persona.mark, f"persona '{name}' {what}", "give it 'does', or 'line' when nobody answers")
    for place, acts in (*persona.does.items(), ("machine", persona.machine), ("line", persona.line)):
        if acts and not any(acts.values()):
            yield Problem(persona.mark, f"all weights of '{place}' of persona '{name}' are 0")
    if "announcement" in {act for acts in persona.does.values() for act in acts} and not persona.machine:
        yield Problem(persona.mark, f"persona '{name}' announces something and is no machine", "give it 'machine'")
