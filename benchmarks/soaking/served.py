"""`huashu serve` as it is, but for its recogniser, which reads chords: `python -m benchmarks.soaking.served serve`.

Voice detection, endpointing, the lanes and their threads are the real ones. The chords are read in a process of their
own, which may be killed, and then is not started again: that is how a recogniser dies.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from benchmarks.soaking.sounds import heard_in
from server import serving
from server.cli import main
from server.settings import Settings
from server.speech.lanes import Lane, Lanes
from server.speech.ports import OnReading, Reading
from server.speech.provide import Speech

READER = "benchmarks.soaking.served"
"""The module that is run with `read` for a recogniser's process."""
WAITING = 4
LENGTH = struct.Struct("<I")


class ReaderDiedError(Exception):
    """The process that reads chords is gone."""


class Chords:
    """See `server.speech.ports.Recogniser`."""

    name = "chords"
    streaming = False

    def __init__(self, threads: int) -> None:
        self.lanes: Lanes[Reading] = Lanes(threads, "chords")
        self._one_at_a_time = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-m", READER, "read"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def know(self, phrases: Iterable[str]) -> None:
        """Chords are known."""

    def open(self, on_reading: OnReading) -> ChordEar:
        return ChordEar(self, on_reading)

    def read(self, pcm: bytes) -> Reading:
        """What was said. Blocks."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        with self._one_at_a_time:
            try:
                stdin.write(LENGTH.pack(len(pcm)) + pcm)
                stdin.flush()
            except BrokenPipeError:
                raise ReaderDiedError from None
            told = stdout.readline()
        if not told:
            raise ReaderDiedError
        return Reading(told.decode().strip(), 0.9)

    @property
    def alive(self) -> bool:
        return self.lanes.alive

    def close(self) -> None:
        self.lanes.close()
        self._process.kill()
        self._process.wait()


class ChordEar:
    """See `server.speech.ports.Ear`."""

    def __init__(self, owner: Chords, on_reading: OnReading) -> None:
        self._owner, self._tell = owner, on_reading
        self._lane: Lane[Reading] = owner.lanes.open(WAITING)
        self._pcm: bytearray | None = None
        self._utterance = 0

    def begin(self, expected: Sequence[str] = ()) -> None:  # noqa: ARG002  a chord is heard or not
        self._pcm = bytearray()
        self._utterance += 1

    def push(self, pcm: bytes) -> None:
        if self._pcm is not None:
            self._pcm += pcm

    def end(self) -> None:
        pcm, self._pcm = self._pcm, None
        if pcm is None:
            return
        final = partial(self._final, self._utterance)
        if not self._lane.submit(partial(self._owner.read, bytes(pcm)), final):
            self._lane.soon(final, None)

    def drop(self) -> None:
        self._pcm = None

    def close(self) -> None:
        self._pcm = None
        self._lane.close()

    def _final(self, utterance: int, reading: Reading | None) -> None:
        self._tell(replace(reading or Reading(""), utterance=utterance))


def read_chords() -> None:
    """The process that may die."""
    while length := sys.stdin.buffer.read(LENGTH.size):
        pcm = sys.stdin.buffer.read(LENGTH.unpack(length)[0])
        sys.stdout.buffer.write(heard_in(pcm).encode() + b"\n")
        sys.stdout.buffer.flush()


def with_chords(provide: Callable[[Settings], Speech]) -> Callable[[Settings], Speech]:
    return lambda settings: replace(provide(settings), recogniser=Chords(settings.speech_threads))


if __name__ == "__main__":
    if sys.argv[1:] == ["read"]:
        read_chords()
    else:
        serving.provide = with_chords(serving.provide)
        main()
