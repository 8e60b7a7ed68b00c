"""The sound of a recording, whatever its form: first looked through to its end, then handed on a second at a time.

`soundfile` tells the form by the content, so that an MP3 named .wav is read as what it is. Only G.711 without a header
has nothing but its name to go by. Looking through costs little beside recognition, and tells before it whether the
file is whole, how long it is, and whether its two channels are one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from server.audio.resample import Resampler
from server.speech.ports import RATE_HZ

HEADERLESS = {
    **dict.fromkeys((".ulaw", ".ul", ".mulaw", ".pcmu"), "ULAW"),
    **dict.fromkeys((".alaw", ".al", ".pcma"), "ALAW"),
}
"""By the name of the file."""
_HEADERS = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd")
LOWEST_HZ, HIGHEST_HZ = 4_000, 192_000
_UNKNOWN_SIZE = 0x7FFFF000
"""Who writes a WAV file into a pipe cannot know its size and says 0 or something huge."""

Block = NDArray[np.int16]


class SoundError(Exception):
    """No recording that can be heard; the message says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to hear."""

    channels: int
    """1 where both say the same."""
    rate_hz: int
    frames: int
    form: str
    """As people call it: WAV, MP3 …"""
    loudest: int
    """Of 32767."""

    @property
    def length_ms(self) -> int:
        return self.frames * 1000 // self.rate_hz


def look_through(path: Path, rate_hz: int) -> Look:
    """Read it to its end. `rate_hz` is that of files without a header. Raises `SoundError`."""
    with path.open("rb") as file:
        opened = _open(file, path, rate_hz)
        if opened.channels > 2:
            raise SoundError(f"has {opened.channels} channels: one or two can be told apart")
        if not LOWEST_HZ <= opened.samplerate <= HIGHEST_HZ:
            raise SoundError(f"claims {opened.samplerate} samples a second")
        frames, loudest, same = 0, 0, opened.channels == 2
        for block in _blocks(opened):
            frames += len(block)
            loudest = max(loudest, int(np.abs(block.astype(np.int32)).max()))
            same = same and bool((block[:, 0] == block[:, 1]).all())
        promised = _promised_frames(path, opened)
        if frames == 0:
            raise SoundError("there is no sound in it")
        if promised and frames < promised * 0.98:
            seconds = (frames / opened.samplerate, promised / opened.samplerate)
            raise SoundError(f"is cut off after {seconds[0]:.1f} of {seconds[1]:.1f} s")
        return Look(1 if same else opened.channels, opened.samplerate, frames, opened.format, loudest)


def seconds_of(path: Path, look: Look, rate_hz: int) -> Iterator[tuple[bytes, ...]]:
    """About a second at a time: 16-bit samples at `RATE_HZ` of each channel. Raises `SoundError`."""
    resamplers = [Resampler(look.rate_hz, RATE_HZ) for _ in range(look.channels)]
    with path.open("rb") as file:
        for block in _blocks(_open(file, path, rate_hz)):
            yield tuple(
                resampler.push(np.ascontiguousarray(block[:, channel], "<i2").tobytes())
                for channel, resampler in enumerate(resamplers)
            )
    yield tuple(resampler.flush() for resampler in resamplers)


def _open(file: BinaryIO, path: Path, rate_hz: int) -> soundfile.SoundFile:
    head = file.read(16)
    file.seek(0)
    if not head:
        raise SoundError("is empty")
    law = HEADERLESS.get(path.suffix.lower())
    if law and not head.startswith(_HEADERS):
        return soundfile.SoundFile(file, samplerate=rate_hz, channels=1, format="RAW", subtype=law)
    try:
        return soundfile.SoundFile(file)
    except soundfile.LibsndfileError as problem:
        raise SoundError(f"is no recording that can be read ({problem.error_string.rstrip('.').lower()})") from None


def _blocks(opened: soundfile.SoundFile) -> Iterator[Block]:
    done = 0
    try:
        # As whole numbers, samples that were kept as fractions would all be read as 0.
        while len(block := opened.read(opened.samplerate, dtype="float32", always_2d=True)):
            done += len(block)
            yield (np.clip(np.nan_to_num(block), -1, 1) * np.float32(32767)).astype(np.int16)
    except soundfile.LibsndfileError as problem:
        raise SoundError(f"is damaged after {done / opened.samplerate:.1f} s ({problem.error_string})") from None


def _promised_frames(path: Path, opened: soundfile.SoundFile) -> int:
    """How many there should be; 0 where nothing says so. Of a WAV file `soundfile` counts what is there."""
    if opened.format not in ("WAV", "WAVEX"):
        return opened.frames if opened.format in ("FLAC", "MP3", "AIFF") else 0
    with path.open("rb") as file:
        file.seek(12)
        frame_bytes = 0
        while len(head := file.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            if name == b"fmt ":
                form = file.read(size + size % 2)
                frame_bytes = struct.unpack_from("<H", form, 12)[0] if len(form) >= 14 else 0
            elif name == b"data":
                plain = opened.subtype.startswith(("PCM", "FLOAT", "DOUBLE", "ULAW", "ALAW"))
                return size // frame_bytes if plain and frame_bytes and 0 < size < _UNKNOWN_SIZE else 0
            else:
                file.seek(size + size % 2, 1)
    return 0
