"""Whisper as the recogniser of calls: it hears an utterance when it is over, and glances at it before.

A glance reads what has been said so far. It gives a partial reading, and when nothing but silence follows it is the
final one too, so the answer is known by the time the endpointer is sure that the caller has finished. Glances use only
workers that have nothing else to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from server.content import shipped_grammars
from server.speech.lanes import Lane, Lanes
from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ, OnReading, Reading
from server.speech.vocabulary import Vocabulary, phrases_of
from server.speech.whisper_model import MAX_S, WhisperModel

MAX_BYTES = MAX_S * RATE_HZ * 2
WAITING = 4
"""Utterances of one call not yet read; a caller who says more in that time is not waiting for an answer."""
PAUSE_MS = 160
"""Silence after which a glance may be the whole."""
GLANCE_MS = 1000
"""So much more voice is worth another glance."""
QUIET = 0.1
"""20 dB below the loudest frame of the utterance."""


class Whisper:
    """See `ports.Recogniser`."""

    name = "whisper-base"
    streaming = False

    def __init__(self, workers: int = 2) -> None:
        self._model = WhisperModel(workers)
        self._shipped = tuple(phrases_of(shipped_grammars()))
        self._known = Vocabulary(self._shipped)
        self.lanes: Lanes[Reading] = Lanes(workers, "whisper")

    def know(self, phrases: Iterable[str]) -> None:
        """Phrases that scripts wait for, beside those of the grammars that are shipped. Takes some 50 ms."""
        self._known = Vocabulary((*self._shipped, *phrases))

    def open(self, on_reading: OnReading) -> WhisperEar:
        return WhisperEar(self, on_reading)

    def read(self, pcm: bytes, expected: Sequence[str]) -> Reading:
        """What was said. Blocks."""
        return self._model.read(pcm, expected, self._known)

    @property
    def alive(self) -> bool:
        return self.lanes.alive

    def close(self) -> None:
        self.lanes.close()


class WhisperEar:
    """See `ports.Ear`."""

    def __init__(self, owner: Whisper, on_reading: OnReading) -> None:
        self._owner = owner
        self._lane: Lane[Reading] = owner.lanes.open(WAITING)
        self._glances: Lane[Reading] = owner.lanes.open(1)
        """Apart, so that nothing waits for a glance that turned out to be too early."""
        self._tell = on_reading
        self._utterance = 0
        self._heard: Heard | None = None

    def begin(self, expected: Sequence[str] = ()) -> None:
        self._utterance += 1
        self._heard = Heard(self._utterance, tuple(expected))

    def push(self, pcm: bytes) -> None:
        heard = self._heard
        if heard is None:
            return
        heard.add(pcm)
        if heard.worth_a_glance and self._owner.lanes.idle:
            heard.glanced()
            job = partial(self._owner.read, bytes(heard.pcm), heard.expected)
            self._glances.submit(job, partial(self._glance, heard))

    def end(self) -> None:
        heard, self._heard = self._heard, None
        if heard is None:
            return
        heard.over = True
        if heard.glance_was_all:
            if heard.glance is not None:
                self._lane.soon(self._final, heard, heard.glance)
            return  # or the glance is still being read, and will be final
        job = partial(self._owner.read, bytes(heard.pcm), heard.expected)
        if not self._lane.submit(job, partial(self._final, heard)):
            self._lane.soon(self._final, heard, None)

    def drop(self) -> None:
        self._heard = None

    def close(self) -> None:
        self._heard = None
        self._lane.close()
        self._glances.close()

    @property
    def dropped(self) -> int:
        """Utterances that nobody had time for."""
        return self._lane.dropped

    def _glance(self, heard: Heard, reading: Reading | None) -> None:
        heard.glance = reading
        if heard.over and heard.glance_was_all:
            self._final(heard, reading)
        elif heard is self._heard and reading is not None and reading.text:
            self._tell(replace(reading, final=False, utterance=heard.utterance))

    def _final(self, heard: Heard, reading: Reading | None) -> None:
        self._tell(replace(reading or Reading(""), final=True, utterance=heard.utterance))


class Heard:
    """The sound of one utterance so far."""

    def __init__(self, utterance: int, expected: tuple[str, ...]) -> None:
        self.utterance = utterance
        self.expected = expected
        self.pcm = bytearray()
        self.over = False
        self.glance: Reading | None = None
        """What the last glance made of it, once it is read."""
        self._loudest = 0.0
        self._quiet_ms = 0
        """At the end."""
        self._new_ms = 0
        """Voice since the last glance."""
        self._glances = 0

    def add(self, pcm: bytes) -> None:
        pcm = pcm[: MAX_BYTES - len(self.pcm)]
        self.pcm += pcm
        for at in range(0, len(pcm), FRAME_BYTES):
            frame = np.frombuffer(pcm[at : at + FRAME_BYTES], "<i2").astype(np.float32)
            level = float(np.sqrt(np.mean(frame * frame))) if len(frame) else 0.0
            self._loudest = max(self._loudest, level)
            if level < self._loudest * QUIET:
                self._quiet_ms += FRAME_MS
            else:
                self._quiet_ms = 0
                self._new_ms += FRAME_MS

    @property
    def worth_a_glance(self) -> bool:
        return self._new_ms >= GLANCE_MS or (self._new_ms > 0 and self._quiet_ms >= PAUSE_MS)

    def glanced(self) -> None:
        self._glances += 1
        self.glance = None
        self._new_ms = 0

    @property
    def glance_was_all(self) -> bool:
        """Nothing but silence has come since."""
        return self._glances > 0 and self._new_ms == 0
