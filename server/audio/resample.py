"""From one sampling rate to another while the sound still comes in, with the state that this needs.

A resampler looks a little ahead, so what it gives lags behind what it got. soxr's usual filters work in blocks, and at
16 kHz to 8 kHz hold back up to 115 ms: nothing for a prompt, which is sent ahead of time, but a delay of every answer
if it sat in the caller's way. Its variable-rate filters hold back 15 ms, with a pass band just as wide, for twice the
work (7 instead of 3.5 us for 20 ms). So going down, which is what a caller's sound does here, takes those, at a rate
that never varies.
"""

from __future__ import annotations

import numpy as np
import soxr

_NOTHING = np.zeros(0, np.int16)


class Resampler:
    """16-bit mono, one direction of one call."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream: soxr.ResampleStream | None = None
        if from_hz != to_hz:
            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", vr=from_hz > to_hz)

    def push(self, pcm: bytes) -> bytes:
        """What can be told so far; the rest follows with later sound."""
        if self._stream is None:
            return pcm
        return bytes(self._stream.resample_chunk(np.frombuffer(pcm, "<i2")))

    def flush(self) -> bytes:
        """The rest: the sound is over, and what is pushed next is another."""
        if self._stream is None:
            return b""
        rest = bytes(self._stream.resample_chunk(_NOTHING, last=True))
        self._stream.clear()
        return rest

    def reset(self) -> None:
        """Forget the rest, so that nothing of a stopped prompt is heard in the next one."""
        if self._stream is not None:
            self._stream.clear()
