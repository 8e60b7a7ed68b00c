"""One call's listening: frames go in, facts for the engine come out, and the recogniser hears what it should.

The detector's probabilities become utterances, and each utterance is given to the ear whole: from somewhat before its
onset, since detectors are late, to the end of the silence that ended it. The bot's own speaking changes nothing here;
who speaks while a prompt is played is heard like anyone else, and what becomes of the prompt is for the engine to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.speech.endpointing import Began, Endpointer, Patience, Policy, Preroll, Stopped
from server.speech.ports import FRAME_MS, Detector, Ear

Kind = Literal["short answer", "number", "any"]
"""What the caller is expected to say."""

PATIENCE: Mapping[Kind, Patience] = {"short answer": "brief", "number": "long", "any": "normal"}

PREROLL_MS = 260
"""Before the onset: a soft consonant, and the detector's own delay of up to 60 ms."""
DOUBT_MS = 440
"""How long it may take from an onset until it is known to be one; see `Endpointer`."""


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    at_media_ms: int
    """The onset."""


@dataclass(frozen=True, slots=True)
class VoiceEnded:
    speech_ms: int


class Listening:
    def __init__(self, ear: Ear, detector: Detector, policy: Policy | None = None) -> None:
        self._ear = ear
        self._detector = detector
        self._endpointer = Endpointer(policy)
        self._preroll = Preroll(PREROLL_MS + DOUBT_MS)
        self._phrases: tuple[str, ...] = ()
        self._kind: Kind = "any"
        self._heard_until_ms = 0

    @property
    def speaking(self) -> bool:
        """An utterance is going on, or has fallen silent so shortly ago that it may go on."""
        return self._endpointer.speaking

    def expect(self, phrases: Sequence[str] = (), kind: Kind = "any") -> None:
        """What is likely to be said from now on. The phrases are a hint for the next utterance; how long the caller
        may pause changes at once, even in the middle of one.
        """
        self._phrases = tuple(phrases)
        self._kind = kind
        self._endpointer.patience = PATIENCE[kind]

    def answered(self) -> None:
        """What was understood so far is an answer: do not wait long for more."""
        if self._endpointer.speaking:
            self._endpointer.patience = "short"

    def hear(self, frame: bytes, media_ms: int) -> VoiceBegan | VoiceEnded | None:
        """20 ms of the caller that begin at `media_ms`. Frames come in order."""
        self._heard_until_ms = media_ms + FRAME_MS
        was_speaking = self._endpointer.speaking
        fact = self._endpointer.feed(self._detector.probability(frame), media_ms)
        if was_speaking:
            self._ear.push(frame)
        else:
            self._preroll.push(frame, media_ms)
        return self._tell(fact)

    def quiet(self, media_ms: int) -> VoiceBegan | VoiceEnded | None:
        """No sound has come until then: a gateway may send none in silence, and an utterance must end all the same."""
        if not self._endpointer.speaking or media_ms < self._heard_until_ms + FRAME_MS:
            return None
        self._heard_until_ms = media_ms
        return self._tell(self._endpointer.feed(0.0, media_ms - FRAME_MS))

    def finish(self) -> VoiceEnded | None:
        """The line is gone; an utterance in progress ends with it."""
        stopped = self._endpointer.finish()
        told = self._tell(stopped)
        return told if isinstance(told, VoiceEnded) else None

    def drop(self) -> None:
        """What is being said is no longer of interest."""
        if self._endpointer.speaking:
            self._ear.drop()
        self._begin_anew()
        self._endpointer.reset()

    def close(self) -> None:
        """The call is over."""
        self._ear.close()

    def _tell(self, fact: Began | Stopped | None) -> VoiceBegan | VoiceEnded | None:
        match fact:
            case Began(at_media_ms):
                self._ear.begin(self._phrases)
                self._ear.push(self._preroll.take(at_media_ms - PREROLL_MS))
                return VoiceBegan(at_media_ms)
            case Stopped(speech_ms):
                self._ear.end()
                self._begin_anew()
                return VoiceEnded(speech_ms)
        return None

    def _begin_anew(self) -> None:
        self._preroll.clear()
        self._endpointer.patience = PATIENCE[self._kind]
