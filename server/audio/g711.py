"""G.711, the two ways in which telephony squeezes a sample into a byte: mu-law and A-law (ITU-T G.711, 1988).

Both cut each sign into 8 segments of 16 steps, the steps doubling from segment to segment. Out of that definition two
tables are computed once: the value of each of the 256 bytes, and the byte of each of the 65536 samples. A sample takes
the step in which it lies; the value of a step is its middle. Negative samples are mirrored as one's complement, as in
ITU's own software (G.191), so that no step is wider below zero than above.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.gateways.wire import Encoding

Law = Literal["ulaw", "alaw"]

_STEPS = np.arange(128)
_SEGMENT, _STEP = np.divmod(_STEPS, 16)

_ULAW_BIAS = 33
"""Mu-law is a straight doubling of steps once 33 (of 14 bits) is added to the magnitude."""


def _ulaw_steps() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each step of the magnitude begins and which value it stands for, in 16 bits (the law is of 14)."""
    begin = np.maximum(((16 + _STEP) << (_SEGMENT + 1)) - _ULAW_BIAS, 0)
    value = ((_ULAW_BIAS + 2 * _STEP) << _SEGMENT) - _ULAW_BIAS
    return begin << 2, value << 2


def _alaw_steps() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As above, of 13 bits. The two lowest segments have steps of the same size."""
    linear = _SEGMENT == 0
    shift = np.maximum(_SEGMENT, 1) - 1
    begin = np.where(linear, _STEP, 16 + _STEP) << shift
    value = np.where(linear, 2 * _STEP + 1, 2 * _STEP + 33) << shift
    return begin << 4, value << 3


def _tables(
    steps: tuple[NDArray[np.int64], NDArray[np.int64]], inverted: int
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Samples by byte and bytes by sample (as unsigned). `inverted` are the bits that travel inverted: the sign is 1
    for what is positive, and the rest is chosen so that silence makes many ones, on which old lines kept time.
    """
    begin, value = steps
    samples = np.zeros(256, np.int16)
    samples[(_STEPS | 0x80) ^ inverted] = value
    samples[_STEPS ^ inverted] = -value
    every = np.arange(-32768, 32768)
    magnitude = np.where(every < 0, ~every, every)
    step = np.searchsorted(begin, magnitude, side="right") - 1
    codes = (np.where(every < 0, step, step | 0x80) ^ inverted).astype(np.uint8)
    return samples, np.roll(codes, -32768)


_TABLES: Mapping[Law, tuple[NDArray[np.int16], NDArray[np.uint8]]] = {
    "ulaw": _tables(_ulaw_steps(), 0x7F),
    "alaw": _tables(_alaw_steps(), 0x55),
}


def to_pcm(payload: bytes, encoding: Encoding) -> bytes:
    """16-bit samples of what a gateway sent."""
    if encoding == "l16":
        return payload
    return _TABLES[encoding][0].take(np.frombuffer(payload, np.uint8)).tobytes()


def from_pcm(pcm: bytes, encoding: Encoding) -> bytes:
    """What a gateway is sent for 16-bit samples."""
    if encoding == "l16":
        return pcm
    return _TABLES[encoding][1].take(np.frombuffer(pcm, "<u2")).tobytes()
