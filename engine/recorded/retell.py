"""From what was said on a recording to the log of the call, with the events that a live call would have had.

A caller's utterance is voice that begins and ends, and then words. The bot's is what was overheard, with the prompt
that it is as a `Play`, and the end of that prompt. Times are those of the recording, which is taken to begin with the
answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.calls.actions import Action, HangUp, Play, StopPlayback
from engine.calls.events import (
    Answered,
    Ender,
    Event,
    Heard,
    HungUp,
    NotHeard,
    Overheard,
    PlaybackFinished,
    SpeechStarted,
    SpeechStopped,
)
from engine.calls.log import Entry
from engine.recorded.course import Course
from engine.recorded.prompts import is_whole
from engine.recorded.utterance import Utterance, in_one_breath

CUTS_WITHIN_MS = 2_500
"""A bot that is cut off falls silent so soon after the caller's voice began: it waits for words first."""
LEAVES_WITHIN_MS = 1_500
"""A prompt in the middle of which a call ends was being said until so shortly before."""

WORDLESS_MS = 700
"""Voice without words that is shorter was a cough, as in a live call."""
AT_ONCE_MS = 300
"""Whoever leaves so shortly after a prompt has left before it was over: a recogniser fills in the end."""


def retell(said: Iterable[Utterance], ends_ms: int, course: Course) -> tuple[Entry, ...]:
    """The log's steps. `course` is that of a call about to be answered."""
    return _Telling(in_one_breath(said), ends_ms, course).tell()


@dataclass(frozen=True, slots=True)
class _Playing:
    """What the bot is saying."""

    ref: int
    since_ms: int
    text: str
    said: Utterance
    known: bool

    @property
    def whole(self) -> bool:
        return not self.known or is_whole(self.text, self.said.text)


class _Telling:
    def __init__(self, said: list[Utterance], ends_ms: int, course: Course) -> None:
        self._said = said
        self._ends_ms = max([ends_ms, *(each.end_ms for each in said)])
        self._course = course
        self._entries: list[Entry] = []
        self._playing: _Playing | None = None
        self._left = False
        """The call ended in the middle of a prompt."""
        self._moments: list[tuple[int, int, int, Callable[[int], None]]] = []
        self._count = 0

    def tell(self) -> tuple[Entry, ...]:
        answer = Answered(0)
        self._add(answer, self._course.answered(answer, self._next_of_bot(0)))
        for each in self._said:
            _MOMENTS[each.speaker](self, each)
        while self._moments:
            at_ms, _, _, happens = heapq.heappop(self._moments)
            happens(at_ms)
        self._end()
        return tuple(self._entries)

    def _at(self, at_ms: int, rank: int, happens: Callable[[int], None]) -> None:
        """At the same time ends come first."""
        self._count += 1
        heapq.heappush(self._moments, (at_ms, rank, self._count, happens))

    def _add(self, event: Event, actions: tuple[Action, ...] = ()) -> None:
        self._entries.append(Entry(len(self._entries), event, actions))
        self._course.noted(event, actions)

    def _next_of_bot(self, at_ms: int) -> Utterance | None:
        return next((each for each in self._said if each.speaker == "bot" and each.start_ms >= at_ms), None)

    # --- the caller --------------------------------------------------------------------------------------------------

    def of_caller(self, one: Utterance) -> None:
        self._at(one.start_ms, 2, lambda at_ms: self._voice_begins(one, at_ms))
        self._at(one.end_ms, 1, lambda at_ms: self._is_heard(one, at_ms))

    def _voice_begins(self, one: Utterance, at_ms: int) -> None:
        playing, stops = self._playing, tuple[Action, ...]()
        if playing and one.text and not playing.whole and playing.said.end_ms - one.start_ms <= CUTS_WITHIN_MS:
            stops = (StopPlayback(playing.ref),)
        self._add(SpeechStarted(at_ms), stops)
        if stops:
            self._course.cut()

    def _is_heard(self, one: Utterance, at_ms: int) -> None:
        self._add(SpeechStopped(at_ms, one.lasted_ms))
        if not one.text and one.lasted_ms < WORDLESS_MS:
            return
        event: Heard | NotHeard = NotHeard(at_ms)
        if one.text:
            event = Heard(at_ms, one.text, one.confidence, alternatives=one.alternatives)
        self._add(event, self._course.heard(event, self._next_of_bot(at_ms)))

    # --- the bot -----------------------------------------------------------------------------------------------------

    def of_bot(self, one: Utterance) -> None:
        self._at(one.start_ms, 2, lambda at_ms: self._bot_begins(one, at_ms))
        self._at(one.end_ms, 0, lambda at_ms: self._bot_ends(one, at_ms))

    def _bot_begins(self, one: Utterance, at_ms: int) -> None:
        begun = self._course.begins(one)
        ref = begun.actions[-1].ref if isinstance(begun.actions[-1], Play) else 0
        last = "".join(begun.texts)
        self._playing = _Playing(ref, at_ms, last, one, begun.known)
        self._add(_overheard(one), begun.actions)
        for share in _shares(begun.texts)[:-1]:
            self._at(at_ms + round(share * one.lasted_ms), 0, self._goes_on)

    def _goes_on(self, at_ms: int) -> None:
        """From one prompt to the next, at the time that their lengths make likely."""
        playing = self._playing
        if playing is None or self._stopped(playing):
            return
        event = PlaybackFinished(at_ms, playing.ref, at_ms - playing.since_ms)
        actions = self._course.goes_on(event)
        ref = next((each.ref for each in actions if isinstance(each, Play)), playing.ref)
        self._playing = _Playing(ref, at_ms, playing.text, playing.said, playing.known)
        self._add(event, actions)

    def _bot_ends(self, one: Utterance, at_ms: int) -> None:
        playing = self._playing
        if playing is None or playing.said is not one:
            return
        self._playing = None
        cut = self._stopped(playing)
        leaves = playing.known and self._is_last(one) and not (playing.whole and self._course.is_closing)
        leaves = leaves and self._ends_ms - at_ms <= (AT_ONCE_MS if playing.whole else LEAVES_WITHIN_MS)
        self._left = leaves and not cut
        whole = not (cut or leaves)
        event = PlaybackFinished(at_ms, playing.ref, at_ms - playing.since_ms, completed=whole)
        self._add(event, self._course.ends(event, self._next_of_bot(at_ms)) if whole else ())
        if not whole:
            self._course.cut()

    def _stopped(self, playing: _Playing) -> bool:
        stopped = (
            each for entry in reversed(self._entries) for each in entry.actions if isinstance(each, StopPlayback)
        )
        return next((each.ref == playing.ref for each in stopped), False)

    def _is_last(self, one: Utterance) -> bool:
        return not any(each.start_ms >= one.end_ms for each in self._said)

    # --- others ------------------------------------------------------------------------------------------------------

    def of_nobody(self, one: Utterance) -> None:
        if one.text:
            self._at(one.start_ms, 2, lambda _: self._add(_overheard(one)))

    def _end(self) -> None:
        held = self._course.held()
        by: Ender = "unknown"
        order: tuple[Action, ...] = ()
        if self._course.says_goodbye:
            by, order = "bot", (HangUp(self._course.state.reason),)
        elif self._left or self._course.is_known:
            by = "caller"
        self._add(HungUp(self._ends_ms, by), (*held, *order))


def _overheard(one: Utterance) -> Overheard:
    return Overheard(
        one.start_ms,
        "bot" if one.speaker == "bot" else "unknown",
        one.text,
        one.lasted_ms,
        one.confidence,
        one.alternatives,
    )


def _shares(texts: tuple[str, ...]) -> list[float]:
    """Where each of these prompts ends, of 1 for all of them."""
    lengths = [len(text) for text in texts]
    return [sum(lengths[: place + 1]) / max(1, sum(lengths)) for place in range(len(lengths))]


_MOMENTS: Mapping[str, Callable[[_Telling, Utterance], None]] = {
    "caller": _Telling.of_caller, "bot": _Telling.of_bot, "unknown": _Telling.of_nobody,
}  # fmt: skip
