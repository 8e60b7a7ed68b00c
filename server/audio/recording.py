"""A call's sound on disk while the call goes on: stereo WAV, the caller left, the bot right.

The two sides come at different times, since the bot's sound is known a second before it is heard. Both are laid into a
window of a few seconds by the time at which they are heard, silence stands where nothing was laid, and what leaves the
window is written. Nothing more is held in memory. The sizes in the header are put right after every write, so that
what is on disk is a whole WAV file at any moment, whatever becomes of the process.

The right side is a machine's voice, and the file says so (`server.speech.wav`).
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.version import VERSION
from server.refusal import refusal
from server.speech.ports import RATE_HZ
from server.speech.wav import about, form

WINDOW_MS = 2500
"""The bot's sound is laid up to 1 s ahead, the caller's may come as late behind that. Memory: 80 KB a call."""
BATCH_MS = 500
"""Written at once: 16 KB."""
LONGEST_MS = 4 * 3600 * 1000
"""Sound that claims a later time is dropped, lest a wrong timestamp fill the disk: 460 MB."""

_FRAME_BYTES = 4
_PER_MS = RATE_HZ // 1000


class RecordingError(Exception):
    """The recording cannot go on; the message says why. The call can."""


class Recording:
    """Times are in ms since the recording began. After one `RecordingError` it does nothing any more."""

    def __init__(self, path: Path, *, producer: str = "huashu", call_id: str = "") -> None:
        self.path = path
        self.dropped_ms = 0
        """Sound that came too late to be laid anywhere, or claimed a time beyond `LONGEST_MS`."""
        self._window = np.zeros((WINDOW_MS * _PER_MS, 2), np.int16)
        self._written = 0
        """Samples a side on disk, before which nothing can be laid any more. The window begins there."""
        self._end = [0, 0]
        """Where the sound of each side ends."""
        self._file: BinaryIO | None = None
        self._header = _header(producer, call_id)
        try:
            self._file = path.open("xb", buffering=0)
            self._file.write(self._header)
            self._fix_sizes(self._file)
        except OSError as problem:
            raise self._broken(problem) from problem

    def caller(self, pcm: bytes, media_ms: int) -> None:
        """What was heard of the caller from that time on."""
        self._lay(0, pcm, media_ms)

    def bot(self, pcm: bytes, media_ms: int) -> None:
        """What will have been heard of the bot from that time on."""
        self._lay(1, pcm, media_ms)

    def cut(self, media_ms: int) -> None:
        """The bot was stopped at that time: what was laid for later is never heard."""
        at = max(media_ms * _PER_MS, self._written)
        self._window[at - self._written :, 1] = 0
        self._end[1] = min(self._end[1], at)

    def close(self) -> None:
        """Write what is left. A recording that is broken already is closed in silence."""
        if self._file is None:
            return
        try:
            self._write(self._file, max(0, max(self._end) - self._written))
            self._file.close()
        except OSError as problem:
            raise self._broken(problem) from problem
        self._file = None

    def _lay(self, side: int, pcm: bytes, media_ms: int) -> None:
        if self._file is None:
            return
        sound = np.frombuffer(pcm, "<i2")
        if not 0 <= media_ms <= LONGEST_MS:
            self.dropped_ms += len(sound) // _PER_MS
            return
        at = media_ms * _PER_MS
        while len(sound):
            self._make_room(self._file, min(at + len(sound), max(at, self._written) + BATCH_MS * _PER_MS))
            late = min(len(sound), max(0, self._written - at))
            self.dropped_ms += late // _PER_MS
            sound, at = sound[late:], at + late
            now = sound[: BATCH_MS * _PER_MS]
            self._window[at - self._written : at - self._written + len(now), side] = now
            self._end[side] = max(self._end[side], at + len(now))
            sound, at = sound[len(now) :], at + len(now)

    def _make_room(self, file: BinaryIO, end: int) -> None:
        """Write so much that the window reaches to `end`, in batches."""
        missing = end - self._written - len(self._window)
        if missing <= 0:
            return
        batch = BATCH_MS * _PER_MS
        try:
            self._write(file, -(-missing // batch) * batch)
        except OSError as problem:
            raise self._broken(problem) from problem

    def _write(self, file: BinaryIO, samples: int) -> None:
        """That much leaves the window. A long silence is skipped in the file rather than written."""
        whole = min(samples, len(self._window))
        _write_all(file, self._window[:whole].astype("<i2").tobytes())
        self._window[: len(self._window) - whole] = self._window[whole:]
        self._window[len(self._window) - whole :] = 0
        if samples > whole:
            file.seek((samples - whole) * _FRAME_BYTES, 1)
            file.truncate()
        self._written += samples
        self._fix_sizes(file)

    def _fix_sizes(self, file: BinaryIO) -> None:
        data_bytes = self._written * _FRAME_BYTES
        for at, size in ((4, len(self._header) - 8 + data_bytes), (len(self._header) - 4, data_bytes)):
            file.seek(at)
            _write_all(file, struct.pack("<I", size))
        file.seek(0, 2)

    def _broken(self, problem: OSError) -> RecordingError:
        if self._file is not None:
            with suppress(OSError):  # it is lost already, and the first reason is the one to tell
                self._file.close()
            self._file = None
        return RecordingError(f"cannot record to '{self.path}': {refusal(problem)}")


def _write_all(file: BinaryIO, data: bytes) -> None:
    """A raw file may take less than it is given, and the next write then says why."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _header(producer: str, call_id: str) -> bytes:
    """RIFF with format, labels and an empty data chunk: the first size at byte 4, the second in the last 4 bytes."""
    sides = "Left: the caller. Right: AI-generated speech (右声道为人工智能合成语音)"
    said = about(sides, producer, call_id, {b"ISFT": f"huashu {VERSION}"})
    return b"RIFF\0\0\0\0WAVE" + form(2) + said + b"data\0\0\0\0"
