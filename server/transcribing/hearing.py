"""From sound to utterances: each channel has a voice detector and an ear of its own, as a live call has.

An utterance is given to the ear whole, and the next one of its channel waits until it has been read: nothing piles up,
and a recording of two hours takes no more memory than one of two seconds. Several recordings at a time keep the
recogniser's threads busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.calls.events import Alternative
from engine.recorded.utterance import Utterance
from server.audio.frames import Framer
from server.speech.listening import Kind, Listening, VoiceBegan, VoiceEnded
from server.speech.ports import FRAME_MS, Detector, Reading, Recogniser

SIGNS = ("喂", "嗯", "嗯嗯", "好的", "对")
"""What is said anywhere; a recogniser without a hint makes words of it."""


@dataclass(frozen=True, slots=True)
class Ears:
    """What all recordings share."""

    recogniser: Recogniser
    detector: Callable[[], Detector]
    hints: tuple[str, ...] = SIGNS


async def hear(
    seconds: Iterable[tuple[bytes, ...]], channels: int, ears: Ears, heard_ms: Callable[[int], None]
) -> list[list[Utterance]]:
    """What was said on each channel. `heard_ms` is told how far it has come."""
    kind: Kind = "short answer" if channels == 1 else "any"  # on one channel the sides follow each other closely
    all_of_them = [_Channel(ears, kind) for _ in range(channels)]
    try:
        for second in seconds:
            for channel, pcm in zip(all_of_them, second, strict=True):
                await channel.take(pcm)
            heard_ms(all_of_them[0].media_ms)
            await asyncio.sleep(0)  # others want to go on too
        for channel in all_of_them:
            await channel.finish()
        return [channel.said for channel in all_of_them]
    finally:
        for channel in all_of_them:
            channel.close()


class _Taken:
    """An ear that only collects the sound of an utterance; see `ports.Ear`."""

    def __init__(self) -> None:
        self.pcm = bytearray()

    def begin(self, expected: Sequence[str] = ()) -> None:
        del expected
        self.pcm.clear()

    def push(self, pcm: bytes) -> None:
        self.pcm += pcm

    def end(self) -> None:
        """The sound stays until the next utterance begins."""

    def drop(self) -> None:
        self.pcm.clear()

    def close(self) -> None:
        self.pcm.clear()


class _Channel:
    def __init__(self, ears: Ears, kind: Kind) -> None:
        self.said: list[Utterance] = []
        self.media_ms = 0
        self._hints = ears.hints
        self._taken = _Taken()
        self._listening = Listening(self._taken, ears.detector())
        self._listening.expect((), kind)
        self._framer = Framer()
        self._ear = ears.recogniser.open(self._tell)
        self._reading: asyncio.Future[Reading] | None = None
        self._since_ms = 0

    async def take(self, pcm: bytes) -> None:
        for frame in self._framer.push(pcm):
            fact = self._listening.hear(frame, self.media_ms)
            self.media_ms += FRAME_MS
            if isinstance(fact, VoiceBegan):
                self._since_ms = fact.at_media_ms
            elif fact is not None:
                await self._read(fact)

    async def finish(self) -> None:
        if fact := self._listening.finish():
            await self._read(fact)

    async def _read(self, ended: VoiceEnded) -> None:
        self._reading = asyncio.get_running_loop().create_future()
        self._ear.begin(self._hints)
        self._ear.push(bytes(self._taken.pcm))
        self._ear.end()
        reading = await self._reading
        others = tuple(Alternative(text, confidence) for text, confidence in reading.alternatives)
        until_ms = self._since_ms + ended.speech_ms
        self.said.append(
            Utterance(self._since_ms, until_ms, reading.text.strip(), "unknown", reading.confidence, others)
        )  # fmt: skip

    def _tell(self, reading: Reading) -> None:
        if reading.final and self._reading and not self._reading.done():
            self._reading.set_result(reading)

    def close(self) -> None:
        self._ear.close()
