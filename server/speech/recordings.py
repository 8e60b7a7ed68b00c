"""An author's recordings: a WAV file as a studio, a telephone or an editor left it becomes samples for the line."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from server.audio.g711 import to_pcm
from server.refusal import refusal
from server.speech.sound import Samples, as_pcm, as_samples, at_8khz
from server.speech.wav import chunks

LOWEST_HZ, HIGHEST_HZ = 8000, 48000
MOST_BYTES = 64 << 20
"""Five minutes of the largest form."""
_EXTENSIBLE = 0xFFFE
"""The real code of the samples then comes further on."""


class UnplayableError(Exception):
    """A recording that cannot be played; the message says which, why, and what to do."""


def load(path: Path) -> bytes:
    """The samples of a recording, 8 kHz, 16 bit, mono. Raises `UnplayableError`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnplayableError(f"{path} is larger than {MOST_BYTES >> 20} MB: cut it into prompts")
        file = path.read_bytes()
    except FileNotFoundError:
        raise UnplayableError(f"no recording '{path}'") from None
    except OSError as error:
        raise UnplayableError(f"cannot read '{path}': {refusal(error)}") from None
    try:
        return _samples(file)
    except ValueError as error:
        raise UnplayableError(f"{path}: {error}; save it as WAV, {LOWEST_HZ} to {HIGHEST_HZ} Hz, 16 bit") from None


def _samples(file: bytes) -> bytes:
    parts = dict(reversed(list(chunks(file))))  # of two alike, the first
    form, data = parts.get(b"fmt ", b""), parts.get(b"data", b"")
    if len(form) < 16:
        raise ValueError("its header is not whole")
    code, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if code == _EXTENSIBLE and len(form) >= 26:
        (code,) = struct.unpack_from("<H", form, 24)
    if not LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
        raise ValueError(f"{rate_hz} samples a second")
    if channels not in (1, 2):
        raise ValueError(f"{channels} channels")
    if (code, bits) not in _READ:
        raise ValueError(f"samples of code {code} with {bits} bits")
    size = channels * bits // 8
    samples = _READ[code, bits](data[: len(data) // size * size])
    if not len(samples):
        raise ValueError("there is no sound in it")
    mono = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return as_pcm(at_8khz(mono, rate_hz))


def _of_24_bits(data: bytes) -> Samples:
    """Each sample becomes the upper three bytes of four."""
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.view("<i4").ravel().astype(np.float32) / np.float32(2**31)


_READ: dict[tuple[int, int], Callable[[bytes], Samples]] = {
    (1, 8): lambda data: (np.frombuffer(data, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128),
    (1, 16): as_samples,
    (1, 24): _of_24_bits,
    (1, 32): lambda data: np.frombuffer(data, "<i4").astype(np.float32) / np.float32(2**31),
    (3, 32): lambda data: np.nan_to_num(np.frombuffer(data, "<f4")),
    (3, 64): lambda data: np.nan_to_num(np.frombuffer(data, "<f8")).astype(np.float32),
    (6, 8): lambda data: as_samples(to_pcm(data, "alaw")),
    (7, 8): lambda data: as_samples(to_pcm(data, "ulaw")),
}
"""By the code of the samples (1 PCM, 3 floating point, 6 A-law, 7 mu-law) and their bits."""
