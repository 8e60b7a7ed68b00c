"""What is heard of the caller, as events: his voice begins and ends, and some time later its words come."""

from __future__ import annotations

from engine.calls import events
from engine.calls.events import Event, Heard, NotHeard
from server.live.measures import Turns
from server.live.media import Fact, ToneHeard
from server.speech.listening import VoiceBegan
from server.speech.ports import Reading

WORDLESS_MS = 700
"""Voice shorter than this in which no words were found was a cough, and is not asked back."""


class Hearing:
    """Of one call. Times are in milliseconds of the call, except `media_ms`, which is of the caller's sound."""

    def __init__(self) -> None:
        self.turns = Turns()
        self._unread = 0
        """Utterances whose words are still to come."""
        self._onset_ms = 0
        self._voice_ms = 0

    @property
    def reading(self) -> bool:
        """Words are being recognised."""
        return self._unread > 0

    def sound(self, fact: Fact, at_ms: int, media_ms: int) -> Event:
        """What the ear noticed."""
        if isinstance(fact, ToneHeard):
            return events.Tone(at_ms, fact.kind)
        if isinstance(fact, VoiceBegan):
            self._onset_ms = fact.at_media_ms
            return events.SpeechStarted(at_ms)
        silence_ms = media_ms - self._onset_ms - fact.speech_ms
        self._unread += 1
        self._voice_ms = fact.speech_ms
        self.turns.spoke(at_ms - max(0, silence_ms))
        return events.SpeechStopped(at_ms, fact.speech_ms)

    def words(self, reading: Reading, at_ms: int, *, left: bool) -> Event | None:
        """The recogniser has done with an utterance. `left`: the caller is gone, and cannot be asked back."""
        self._unread = max(0, self._unread - 1)
        self.turns.read(at_ms)
        if reading.text.strip():
            others = tuple(events.Alternative(text, sure) for text, sure in reading.alternatives)
            return Heard(at_ms, reading.text, reading.confidence, alternatives=others)
        return NotHeard(at_ms, "no words") if self._voice_ms >= WORDLESS_MS and not left else None

    def text(self, at_ms: int) -> None:
        """Words that came as such were spoken and read at once, as far as we can see."""
        self.turns.spoke(at_ms)
        self.turns.read(at_ms)
