"""One recording: looked through, heard, its speakers told apart, and retold as the log of a call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from engine.calls.actions import Entered
from engine.calls.log import RECORDING, Entry, Header
from engine.language.script import Script
from engine.recorded.course import Course
from engine.recorded.prompts import KnownPrompts
from engine.recorded.retell import retell
from engine.recorded.sides import bot_side, split
from engine.recorded.utterance import Utterance
from engine.understanding.grammar import Matcher
from engine.understanding.lexicon import Lexicon
from engine.version import VERSION
from server.content import shipped_grammars
from server.refusal import refusal
from server.transcribing.hearing import Ears, hear
from server.transcribing.index import Index, way
from server.transcribing.naming import call_id_of, started_at
from server.transcribing.places import Fetched, Place
from server.transcribing.sound import Look, SoundError, look_through, seconds_of

Result = Literal["transcribed", "skipped", "failed"]
SIDES = ("left", "right")
FAINT = 40
"""Of 32767: -58 dB, where no telephone call is."""


@dataclass(frozen=True)
class How:
    """In what way recordings are heard, and what is known of them beforehand."""

    script: Script | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    """Variables of the script."""
    caller: str = "left"
    """Of two channels, that of the caller."""
    rate_hz: int = 8000
    """Of G.711 without a header."""
    began: str = ""
    """RFC 3339 time at which all of them began; empty where their names or files tell."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @cached_property
    def prompts(self) -> KnownPrompts | None:
        if self.script is None:
            return None
        defaults = {name: each.default for name, each in self.script.variables.items() if each.default}
        return KnownPrompts(self.script, {**defaults, **self.given})

    @cached_property
    def lexicon(self) -> Matcher:
        """What words mean where there is no script."""
        return self.script.lexicon if self.script else Lexicon(shipped_grammars())

    def way(self, recogniser: str) -> str:
        sha256 = self.script.sha256 if self.script else ""
        return way(sha256, dict(self.given), self.caller, self.rate_hz, self.began, self.zone.key, recogniser)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recording."""

    recording: str
    result: Result
    why: str = ""
    """Why it was not transcribed, or not again."""
    log: Path | None = None
    call_id: str = ""
    seconds: float = 0.0
    channels: int = 0
    utterances: Mapping[str, int] = field(default_factory=dict)
    """By whose they are."""
    notes: tuple[str, ...] = ()
    """What people should know of it."""


async def transcribe_one(
    place: Place, fetched: Fetched, how: How, ears: Ears, index: Index, *, only_one: bool, again: bool,
    heard_share: Callable[[float], None],
) -> Outcome:  # fmt: skip
    """`only_one`: no other recording of this run has its name. `heard_share` is told how much more has been heard."""
    way_heard = how.way(ears.recogniser.name)
    if not again and (log := index.done(fetched.sha256, way_heard)):
        return Outcome(place.shown, "skipped", "transcribed before", log)
    try:
        # The name tells the form of a file without a header, and a copy from elsewhere has kept its ending.
        look = await asyncio.to_thread(look_through, fetched.file, how.rate_hz)
        sides = await hear(seconds_of(fetched.file, look, how.rate_hz), look.channels, ears, _steps(look, heard_share))
    except SoundError as problem:
        return Outcome(place.shown, "failed", f"{place.shown} {problem}")
    said, notes = speakers(sides, how)
    call_id = call_id_of(place.name)
    began, known_by = (how.began, "option") if how.began else started_at(place, look.length_ms, how.zone)
    course = Course(call_id, began, how.lexicon, how.script, how.given)
    entries = retell(said, look.length_ms, course)
    script = how.script
    header = Header(
        call_id, script.name if script else "", script.sha256 if script else "", VERSION, began, how.given, RECORDING
    )
    name = index.name_for(call_id, fetched.sha256, only_one=only_one)
    try:
        log = index.write(name, fetched.sha256, way_heard, header, entries)
    except OSError as problem:
        return Outcome(place.shown, "failed", f"{place.shown}: cannot write its log '{name}': {refusal(problem)}")
    notes += [*_of_the_sound(place, look, said), *_of_the_call(said, entries, how, known_by)]
    counts = Counter(each.speaker for each in said)
    return Outcome(
        place.shown, "transcribed", "", log, call_id, round(look.length_ms / 1000, 1), look.channels,
        {name: counts[name] for name in ("bot", "caller", "unknown")}, tuple(notes),
    )  # fmt: skip


def _steps(look: Look, heard_share: Callable[[float], None]) -> Callable[[int], None]:
    before_ms = 0

    def heard_ms(at_ms: int) -> None:
        nonlocal before_ms
        heard_share((at_ms - before_ms) / max(1, look.length_ms))
        before_ms = at_ms

    return heard_ms


def speakers(sides: list[list[Utterance]], how: How) -> tuple[list[Utterance], list[str]]:
    """Who says what, in the order of time, and what is to be told about that."""
    if len(sides) == 1:
        (said,) = sides
        if how.prompts is None:
            return said, ["one channel and no --script: whose words these are is not known"]
        return split(said, how.prompts), []
    caller = SIDES.index(how.caller)
    bot = bot_side(sides, how.prompts) if how.prompts else None
    notes = []
    if bot == caller:
        caller = 1 - caller
        notes.append(f"the caller is on the {SIDES[caller]}, as the prompts on the other side tell")
    named = [
        replace(each, speaker="caller" if side == caller else "bot") for side, said in enumerate(sides) for each in said
    ]
    return sorted(named, key=lambda each: (each.start_ms, each.speaker)), notes


def _of_the_sound(place: Place, look: Look, said: list[Utterance]) -> Iterator[str]:
    suffix = place.name.suffix.lower().lstrip(".")
    if suffix in _FORMS and look.form not in _FORMS[suffix]:
        yield f"is {look.form} whatever its name says"
    if look.loudest < FAINT:
        yield "there is nothing but silence"
    elif not said:
        yield "nobody speaks"


def _of_the_call(said: list[Utterance], entries: tuple[Entry, ...], how: How, known_by: str) -> Iterator[str]:
    if how.script and said and not any(isinstance(each, Entered) for entry in entries for each in entry.actions):
        yield f"no prompt of the script '{how.script.name}' was recognised: is it the script of this call?"
    if not known_by:
        yield "when the call began is not known (give --started-at)"


_FORMS: Mapping[str, tuple[str, ...]] = {
    "wav": ("WAV", "WAVEX", "RF64"), "mp3": ("MP3",), "ogg": ("OGG",), "flac": ("FLAC",),
    "ulaw": ("RAW",), "ul": ("RAW",), "alaw": ("RAW",), "al": ("RAW",),
}  # fmt: skip
