"""One call's line: its sound as the gateway carries it, and as the product knows it, in both directions."""

from __future__ import annotations

from server.audio import g711
from server.audio.resample import Resampler
from server.gateways.wire import Format
from server.speech.ports import RATE_HZ


class _Whole:
    """Bytes cut at whole samples: messages of a gateway may end in the middle of one."""

    def __init__(self) -> None:
        self.rest = b""

    def push(self, sound: bytes) -> bytes:
        sound = self.rest + sound
        whole = len(sound) & ~1
        self.rest = sound[whole:]
        return sound[:whole]


class Line:
    """Keeps a resampler for each direction, so each call has its own."""

    def __init__(self, format: Format) -> None:  # noqa: A002 - the word the wire uses
        self.format = format
        self._in = Resampler(format.rate_hz, RATE_HZ)
        self._out = Resampler(RATE_HZ, format.rate_hz)
        self._whole_in = _Whole()
        self._whole_out = _Whole()

    def hear(self, payload: bytes) -> bytes:
        """The caller's sound, of any length, as samples at `RATE_HZ`."""
        if self.format.encoding == "l16":
            payload = self._whole_in.push(payload)
        return self._in.push(g711.to_pcm(payload, self.format.encoding))

    def speak(self, pcm: bytes) -> bytes:
        """Samples at `RATE_HZ` as the gateway wants them. The resampler may hold some of them back."""
        return self._encode(self._out.push(self._whole_out.push(pcm)))

    def finish_out(self) -> bytes:
        """What was held back: the prompt is over."""
        self._whole_out.rest = b""
        return self._encode(self._out.flush())

    def reset_out(self) -> None:
        """Forget what was held back: the prompt was stopped."""
        self._whole_out.rest = b""
        self._out.reset()

    def silence(self, ms: int) -> bytes:
        """As the gateway wants it; of whole frames where `ms` is."""
        return self.format.silence * (self.format.frame_bytes * ms // 20)

    def _encode(self, pcm: bytes) -> bytes:
        return g711.from_pcm(pcm, self.format.encoding)
