"""Callers who talk to a recogniser in real time, on one clock, as on a line: frames of 20 ms, silence in between, the
server's own detector and endpointing before the recogniser, and its own impatience once a partial reading is an answer.

When who says what is drawn once for all runs. The time of a word is that of the last frame which has some of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random

import numpy as np

from server.speech.detector import detectors
from server.speech.listening import PREROLL_MS, Listening, VoiceBegan, VoiceEnded
from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ, Detector, Reading, Recogniser
from server.speech.recordings import load

GAP_MS = (2500, 6000)
"""From the end of one utterance to the next: the bot answers in between."""
LAST_MS = 2500
"""Silence in which the last utterance is recognised."""
WAIT_S = 30
"""For what has not been recognised by then."""
VOICED = 1 / 20
"""Of the loudest frame: 26 dB below it is no voice any more."""
Means = Callable[[str], object]
"""What a text means; nothing is false."""


@dataclass(frozen=True)
class Utterance:
    pcm: bytes
    voice_ms: int
    """To the end of the voice."""
    expected: tuple[str, ...] = ()
    """What may be said instead; the same for all."""


def utterance(path: Path, expected: tuple[str, ...] = ()) -> Utterance:
    pcm = load(path)
    samples = np.frombuffer(pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES], "<i2").astype(float)
    levels = samples.reshape(-1, FRAME_BYTES // 2).std(axis=1)
    return Utterance(pcm, int(np.flatnonzero(levels > levels.max() * VOICED)[-1] + 1) * FRAME_MS, expected)


@dataclass
class Saying:
    """An utterance in its place. Times are since the beginning of the run."""

    utterance: Utterance
    begin_ms: int
    ended_ms: float = 0.0
    """When the endpointer was sure."""
    readings: list[tuple[float, Reading]] = field(default_factory=list)

    @property
    def end_ms(self) -> int:
        return self.begin_ms + self.utterance.voice_ms

    @property
    def final_ms(self) -> float | None:
        return next((at_ms for at_ms, reading in reversed(self.readings) if reading.final), None)

    @property
    def text(self) -> str:
        return next((reading.text for _, reading in reversed(self.readings) if reading.final), "")

    def decided_ms(self, means: Means) -> float:
        """When the first reading came that means what the final one does."""
        return next(at_ms for at_ms, reading in self.readings if means(reading.text) == means(self.text))


def plan(said: Sequence[Utterance], number: int, seconds: float) -> list[Saying]:
    """What one caller says, and when."""
    draw = Random(f"2026/{number}")  # noqa: S311  the same draw in every run
    at_ms, sayings = draw.randint(0, GAP_MS[1]) // FRAME_MS * FRAME_MS, []
    for each in cycle(draw.sample(said, len(said))):
        length_ms = len(each.pcm) * 1000 // (RATE_HZ * 2)
        if at_ms + length_ms > seconds * 1000 - LAST_MS:
            return sayings
        sayings.append(Saying(each, at_ms))
        at_ms += (length_ms + draw.randint(*GAP_MS)) // FRAME_MS * FRAME_MS
    raise ValueError("nothing to say")


class Caller:
    def __init__(self, talk: Talk, number: int, detector: Detector) -> None:
        self.sayings = plan(talk.said, number, talk.seconds)
        self._talk = talk
        self._listening = Listening(talk.recogniser.open(self._read), detector)
        self._listening.expect(talk.said[0].expected)
        self._of: list[Saying] = []
        """Of each utterance that the ear has been told of."""
        self._line = bytearray(int(talk.seconds * RATE_HZ) * 2)
        for saying in self.sayings:
            at = saying.begin_ms * RATE_HZ // 1000 * 2
            self._line[at : at + len(saying.utterance.pcm)] = saying.utterance.pcm

    def hear(self, number: int) -> None:
        """A frame of the line."""
        frame = bytes(self._line[number * FRAME_BYTES : (number + 1) * FRAME_BYTES])
        match self._listening.hear(frame, number * FRAME_MS):
            case VoiceBegan(at_media_ms):
                begun = [saying for saying in self.sayings if saying.begin_ms - PREROLL_MS <= at_media_ms]
                self._of.append(begun[-1])
            case VoiceEnded():
                self._of[-1].ended_ms = self._talk.now_ms()

    def _read(self, reading: Reading) -> None:
        self._of[reading.utterance - 1].readings.append((self._talk.now_ms(), reading))
        if reading.final:
            self._talk.heard()
        elif self._talk.means(reading.text):
            self._listening.answered()

    @property
    def waiting(self) -> bool:
        return any(not saying.readings or not saying.readings[-1][1].final for saying in self._of)

    def delays(self) -> list[float]:
        """From the end of the voice to the final text."""
        return [saying.final_ms - saying.end_ms for saying in self.sayings if saying.final_ms is not None]

    def close(self) -> None:
        self._listening.close()


class Talk:
    """So many callers for so long."""

    def __init__(
        self, recogniser: Recogniser, means: Means, said: Sequence[Utterance], callers: int, seconds: float
    ) -> None:
        self.recogniser, self.means, self.said, self.seconds = recogniser, means, said, seconds
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._heard = asyncio.Event()
        self.late_ms: list[float] = []
        """How late the clock was at each frame."""
        detector = detectors()
        self.callers = [Caller(self, number, detector()) for number in range(callers)]

    def now_ms(self) -> float:
        return (self._loop.time() - self._start) * 1000

    def heard(self) -> None:
        """Another utterance has been recognised."""
        if not any(caller.waiting for caller in self.callers):
            self._heard.set()

    async def run(self) -> None:
        self._start = self._loop.time()
        for number in range(int(self.seconds * 1000) // FRAME_MS):
            due_ms = (number + 1) * FRAME_MS
            await asyncio.sleep(max(0.0, (due_ms - self.now_ms()) / 1000))
            self.late_ms.append(self.now_ms() - due_ms)
            for caller in self.callers:
                caller.hear(number)
        self._heard.clear()
        self.heard()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), WAIT_S)
        for caller in self.callers:
            caller.close()
