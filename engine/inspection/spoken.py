"""A call as an inspector hears it: who said what, from when to when, and what was done.

Made from the log alone, so a live call, a simulated one and an old recording are inspected alike. Where a log does not
tell when somebody spoke, as one without sound does not, times are None, and whatever asks for them has no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from engine.calls.actions import FOLLOW_UPS, Matched, Play, StopPlayback
from engine.calls.events import Event, Heard, HungUp, PlaybackFinished, Pressed, SpeechStarted, SpeechStopped
from engine.calls.log import NAMES, Entry, Log
from engine.grading.facts import Facts
from engine.language.prompts import stand_in

Who = Literal["bot", "caller"]
WHO: tuple[Who, ...] = ("bot", "caller")
SOMETHING = "某某"
"""Said in place of a stand-in."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance; of the bot, all that it says in one breath."""

    seq: int
    """The step in the log."""
    who: Who
    text: str
    at_ms: int
    """When it is in the log; of the bot when it began, of the caller when it was understood."""
    start_ms: int | None = None
    end_ms: int | None = None
    intents: tuple[str, ...] = ()
    """What the caller meant, without what was negated."""
    cut: bool = False
    """The bot was cut off."""
    loudness_db: float | None = None
    """Mean level in decibels below full scale (0 is the loudest), where there is sound to measure."""

    @property
    def lasted_ms(self) -> int | None:
        return None if self.start_ms is None or self.end_ms is None else max(0, self.end_ms - self.start_ms)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was ordered for the caller beyond the call."""

    seq: int
    at_ms: int
    name: str
    """`do_not_call`, `sms`, `transfer` …"""


@dataclass(frozen=True)
class Conversation:
    """All that an inspection looks at."""

    call_id: str
    utterances: tuple[Spoken, ...]
    """In the order in which they were begun."""
    deeds: tuple[Deed, ...]
    facts: Facts
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the call brought: its variables, and `script` and `source`."""
    began: datetime | None = None
    """In the time zone of the call."""
    ends_ms: int = 0

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """The variables that a simulated call was not given, so that it says a stand-in for them."""
        return tuple(name for name, value in self.parameters.items() if value == stand_in(name))

    def filled(self) -> Conversation:
        """The same with a word in place of each stand-in."""
        words = {stand_in(name): SOMETHING for name in self.stand_ins}
        spoken = (replace(each, text=_with(each.text, words)) for each in self.utterances)
        parameters = {name: _with(value, words) for name, value in self.parameters.items()}
        return replace(self, utterances=tuple(spoken), parameters=parameters)

    def louder(self, levels_db: Mapping[tuple[int, Who], float]) -> Conversation:
        """The same with the loudness of its utterances, by step and side: an answer is of the step it answers."""
        heard = (replace(each, loudness_db=levels_db.get((each.seq, each.who))) for each in self.utterances)
        return replace(self, utterances=tuple(heard))


def _with(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def conversation(log: Log, facts: Facts) -> Conversation:
    """The call of a log, with the facts that were folded from it."""
    header = log.header
    hearing = _Hearing()
    for entry in log.entries:
        hearing.take(entry)
    try:
        began = datetime.fromisoformat(header.started_at)
    except ValueError:
        began = None
    parameters = {**header.vars, "script": header.script, "source": header.source}
    ends_ms = log.entries[-1].event.at_ms if log.entries else 0
    utterances = tuple(
        sorted(hearing.utterances, key=lambda each: each.at_ms if each.start_ms is None else each.start_ms)
    )
    return Conversation(header.call_id, utterances, tuple(hearing.deeds), facts, parameters, began, ends_ms)


class _Hearing:
    """Goes through a log once."""

    def __init__(self) -> None:
        self.utterances: list[Spoken] = []
        self.deeds: list[Deed] = []
        self._playing: dict[int, int] = {}
        """Prompts in progress, by `ref`, and the utterance that each belongs to."""
        self._voice: tuple[int, int] | None = None
        """From when to when the caller's voice was heard last, until its words come."""

    def take(self, entry: Entry) -> None:
        event = entry.event
        self._note(entry.seq, event)
        for action in entry.actions:
            if isinstance(action, Play) and action.text:
                self._say(entry, action)
            elif isinstance(action, Matched):
                self._mean(entry.seq, action)
            elif isinstance(action, StopPlayback):
                self._cut(action.ref)
            elif isinstance(action, FOLLOW_UPS):
                self.deeds.append(Deed(entry.seq, event.at_ms, NAMES[type(action)]))

    def _note(self, seq: int, event: Event) -> None:
        if isinstance(event, SpeechStarted):
            self._voice = (event.at_ms, event.at_ms)
        elif isinstance(event, SpeechStopped) and self._voice:
            self._voice = (self._voice[0], max(self._voice[0] + event.speech_ms, self._voice[0]))
        elif isinstance(event, Heard) and event.final:
            start_ms, end_ms = self._voice or (None, None)
            self._voice = None
            if start_ms == end_ms:  # nobody measured it
                end_ms = None
            self.utterances.append(Spoken(seq, "caller", event.text, event.at_ms, start_ms, end_ms))
        elif isinstance(event, Pressed):
            self.utterances.append(Spoken(seq, "caller", event.digit, event.at_ms, event.at_ms, event.at_ms))
        elif isinstance(event, PlaybackFinished) and event.ref in self._playing:
            place = self._playing.pop(event.ref)
            self._change(place, end_ms=event.at_ms, cut=not event.completed)
        elif isinstance(event, HungUp):
            for place in self._playing.values():
                self._change(place, end_ms=event.at_ms, cut=True)
            self._playing.clear()

    def _say(self, entry: Entry, play: Play) -> None:
        last = self.utterances[-1] if self.utterances else None
        if last and last.who == "bot" and isinstance(entry.event, PlaybackFinished):  # in one breath with what it said
            self._change(-1, text=last.text + play.text, end_ms=None)
        else:
            self.utterances.append(Spoken(entry.seq, "bot", play.text, entry.event.at_ms, entry.event.at_ms))
        self._playing[play.ref] = len(self.utterances) - 1

    def _mean(self, seq: int, matched: Matched) -> None:
        """What was kept until a prompt had ended is understood in a later step than that in which it was said."""
        meant = tuple(dict.fromkeys(hit.id for hit in matched.hits if not hit.negated))
        for place in range(len(self.utterances) - 1, -1, -1):
            spoken = self.utterances[place]
            if spoken.who == "caller" and (spoken.seq == seq or spoken.text == matched.text):
                self._change(place, intents=tuple(dict.fromkeys((*spoken.intents, *meant))))
                return

    def _cut(self, ref: int) -> None:
        if ref in self._playing:
            self._change(self._playing[ref], cut=True)

    def _change(self, place: int, **values: object) -> None:
        self.utterances[place] = replace(self.utterances[place], **values)  # type: ignore[arg-type]  # its own fields
