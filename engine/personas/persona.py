"""A kind of caller: what people like this do, how often, and how patient they are. Plain data.

What somebody does depends on where the call stands, and that is told by a few kinds of place that every script has
(`PLACES`). An act is an intent or several in one breath (`give_time+affirm`), a group of intents (`interest`), a
phrase of the script, or one of `DEEDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.content.source import Mark

PLACES: Mapping[str, str] = {
    "greeting": "in a stage of this role, and so on for the next five",
    "opening": "",
    "pitch": "",
    "discovery": "",
    "invitation": "",
    "closing": "",
    "confirm": "asked to confirm the invitation",
    "slot": "asked for something that is missing, such as a number",
    "recovery": "asked once more after a refusal",
    "goodbye": "after the bot's goodbye",
    "any": "wherever the persona has nothing for the place",
}
"""The places of a call, with what each is."""

DEEDS: Mapping[str, str] = {
    "answer": "says something that the question at hand waits for, or presses its key",
    "tell": "tells what the stage wants to know: a time, a number, a name",
    "other": "says words that mean nothing to the script",
    "silence": "keeps silent until the bot speaks again",
    "hang_up": "hangs up",
    "announcement": "plays what this machine says",
}
"""Acts that are no intents."""

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Noise:
    """How often what happens, in percent."""

    sound: int = 0
    """Of the characters: heard as another of the same sound."""
    wrong: int = 0
    """Of the characters: heard as one that sounds otherwise."""
    negation: int = 0
    """Of the utterances with 不 or 没: it is lost."""
    start: int = 0
    """Of the utterances: the beginning is lost."""
    split: int = 0
    """Of the longer utterances: they come as two."""


@dataclass(frozen=True, slots=True)
class Persona:
    name: str
    mark: Mark
    title: str = ""
    share: int = 0
    """Of all callers, in proportion to the other shares."""
    does: Mapping[str, Weights] = field(default_factory=dict)
    """By place: acts with their weights."""
    patience: int = 12
    """Turns after which such people hang up, on average."""
    refusals: int = 2
    """How often they say no before they hang up, on average."""
    leaves_ms: int = 0
    """How much talk of the bot they stand before they hang up on it, on average; 0: any."""
    cuts_in: int = 0
    """Percent of their utterances that are said into the prompt."""
    murmurs: int = 0
    """Percent of prompts over which they say 嗯."""
    talks: int = 0
    """Percent of their utterances with more words than needed."""
    noise: Noise | None = None
    """Of their line; that of the table where there is none."""
    machine: Mapping[str, float] = field(default_factory=dict)
    """Not a person: which machine answers, by disposition."""
    line: Mapping[str, float] = field(default_factory=dict)
    """Nobody answers: what becomes of the call, by disposition."""


@dataclass(frozen=True, slots=True)
class Table:
    """A population."""

    name: str
    title: str = ""
    noise: Noise = field(default_factory=Noise)
    personas: Mapping[str, Persona] = field(default_factory=dict)
    fillers: tuple[str, ...] = ()
    """Said before what one has to say."""
    particles: tuple[str, ...] = ()
    """Said after it."""
    murmurs: tuple[str, ...] = ("嗯",)
    """Said while the bot talks."""
