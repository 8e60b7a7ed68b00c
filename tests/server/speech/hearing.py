"""An ear of a test: sound in, what it understood out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from server.speech.ports import FRAME_BYTES, Reading, Recogniser
from server.speech.recordings import load
from server.speech.sound import silence

LATE_SECONDS = 300
"""No reading takes so long, not even on a slow machine with much else to do."""
PHRASES = Path(__file__).parents[2] / "audio" / "phrases"


def phrase(name: str) -> bytes:
    return load(PHRASES / f"{name}.wav")


class Listener:
    """Must be made on the event loop."""

    def __init__(self, recogniser: Recogniser) -> None:
        self.readings: asyncio.Queue[Reading] = asyncio.Queue()
        self.ear = recogniser.open(self.readings.put_nowait)

    def say(self, pcm: bytes, expected: Sequence[str] = ()) -> None:
        """A whole utterance, faster than it is spoken."""
        self.ear.begin(expected)
        self.push(pcm)
        self.ear.end()

    def push(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), FRAME_BYTES):
            self.ear.push(pcm[at : at + FRAME_BYTES])

    async def hear(self) -> Reading:
        return await asyncio.wait_for(self.readings.get(), LATE_SECONDS)

    async def final(self) -> Reading:
        """The next final reading."""
        while not (reading := await self.hear()).final:
            pass
        return reading


def heard(recogniser: Recogniser, pcm: bytes, expected: Sequence[str] = ()) -> Reading:
    """One utterance in a call of its own."""

    async def call() -> Reading:
        listener = Listener(recogniser)
        listener.say(pcm + silence(300), expected)
        reading = await listener.final()
        listener.ear.close()
        return reading

    return asyncio.run(call())
