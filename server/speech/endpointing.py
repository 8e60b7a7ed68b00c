"""When a caller begins to speak and when he has done: a pure fold of the detector's probabilities, one per call.

Voice must reach `on` to begin an utterance and fall below `off` to count as silence, so that a voice that trembles
around one threshold does not cut itself to pieces. An utterance begins when enough voice has come together to be no
click or cough, dated back to its onset, and ends when silence has lasted for a hang-over. How long that is depends on
what is asked: who has answered need not be waited for, who tells a number pauses between its groups. It is counted
from where the detector sees the voice end: with silero 0.13 s behind the ear on a clean line, up to 0.3 s in noise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from server.speech.ports import FRAME_MS

Patience = Literal["short", "brief", "normal", "long"]
"""Which hang-over is waited for: after an answer, for a short answer, for anything, for a number."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as speech."""

    on: float = 0.5
    """Silero's own default."""
    off: float = 0.35
    """As silero: 0.15 below."""
    min_speech_ms: int = 100
    """Any syllable lasts longer, and silero found every one that was cut off after 100 ms; it takes no click, thump,
    key or ring-back tone for voice, so there is nothing to win by waiting longer."""
    short_hangover_ms: int = 200
    """Once a partial reading answers the question: longer than the gap of a stop consonant (below 150 ms)."""
    brief_hangover_ms: int = 300
    """Where yes or no is expected. LiveKit waits 300 ms when words come in as they are spoken."""
    hangover_ms: int = 500
    """LiveKit and 中科金 wait 500 ms, EasyCallCenter365 600 ms, Bolna 900 ms."""
    long_hangover_ms: int = 1200
    """While a number is told: people pause for some 0.5 to 1 s between its groups."""
    max_utterance_ms: int = 15_000
    """As EasyCallCenter365; what is longer is a radio, or somebody else's talk."""

    def __post_init__(self) -> None:
        if not 0 < self.off <= self.on <= 1:
            raise ValueError("thresholds of a policy must be 0 < off <= on <= 1")
        waits = [self.short_hangover_ms, self.brief_hangover_ms, self.hangover_ms, self.long_hangover_ms]
        if waits[0] <= 0 or waits != sorted(waits):
            raise ValueError("hang-overs of a policy must grow from short to long")
        if not 0 < self.min_speech_ms <= self.max_utterance_ms:
            raise ValueError("an utterance's least length must be above 0 and no more than the greatest")


@dataclass(frozen=True, slots=True)
class Began:
    at_media_ms: int
    """The onset, which was some frames ago."""


@dataclass(frozen=True, slots=True)
class Stopped:
    speech_ms: int
    """From the onset to the end of the voice, without the hang-over."""
    too_long: bool = False
    """Cut at `max_utterance_ms`; the voice goes on."""


class Endpointer:
    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._hangovers_ms: Mapping[Patience, int] = {
            "short": self.policy.short_hangover_ms,
            "brief": self.policy.brief_hangover_ms,
            "normal": self.policy.hangover_ms,
            "long": self.policy.long_hangover_ms,
        }
        self.patience: Patience = "normal"
        """Which hang-over holds; may change in the middle of an utterance."""
        self._onset_ms: int | None = None
        """Of the utterance, or of what may become one."""
        self._voice_ms = 0
        """Voice in it so far."""
        self._voice_end_ms = 0
        self._speaking = False

    @property
    def speaking(self) -> bool:
        """Within an utterance, its hang-over included."""
        return self._speaking

    def feed(self, probability: float, media_ms: int) -> Began | Stopped | None:
        """One frame that begins at `media_ms`. A jump of the time counts as silence."""
        fact = self._silent_until(media_ms)
        if probability >= (self.policy.on if self._onset_ms is None else self.policy.off):
            if self._onset_ms is None:
                self._onset_ms, self._voice_ms = media_ms, 0
            self._voice_ms += FRAME_MS
            self._voice_end_ms = media_ms + FRAME_MS
        return fact or self._begun() or self._silent_until(media_ms + FRAME_MS)

    def finish(self) -> Stopped | None:
        """Nothing more will come: an utterance in progress is over."""
        if not self._speaking or self._onset_ms is None:
            return None
        stopped = Stopped(self._voice_end_ms - self._onset_ms)
        self.reset()
        return stopped

    def reset(self) -> None:
        """Forget the utterance in progress."""
        self._onset_ms = None
        self._speaking = False

    def _begun(self) -> Began | None:
        if self._onset_ms is None or self._speaking or self._voice_ms < self.policy.min_speech_ms:
            return None
        self._speaking = True
        return Began(self._onset_ms)

    def _silent_until(self, end_ms: int) -> Stopped | None:
        """What the time since the last voice means."""
        if self._onset_ms is None:
            return None
        silence_ms = end_ms - self._voice_end_ms
        if not self._speaking:
            if silence_ms >= self.policy.min_speech_ms:  # it was a noise, and as much silence again
                self.reset()
            return None
        too_long = end_ms - self._onset_ms >= self.policy.max_utterance_ms
        if silence_ms < self._hangovers_ms[self.patience] and not too_long:
            return None
        stopped = Stopped(self._voice_end_ms - self._onset_ms, too_long=too_long)
        self.reset()
        return stopped


class Preroll:
    """The last frames before it is known that somebody speaks, so that the recogniser hears the onset too."""

    def __init__(self, length_ms: int) -> None:
        self._frames: deque[tuple[int, bytes]] = deque(maxlen=max(1, length_ms // FRAME_MS))

    def push(self, frame: bytes, media_ms: int) -> None:
        self._frames.append((media_ms, frame))

    def take(self, since_ms: int) -> bytes:
        """Those that begin no earlier, oldest first; nothing is kept."""
        sound = b"".join(frame for media_ms, frame in self._frames if media_ms >= since_ms)
        self._frames.clear()
        return sound

    def clear(self) -> None:
        self._frames.clear()
