"""Sound of any length cut into frames of 20 ms, since gateways send what they like and detectors want frames."""

from __future__ import annotations

from server.speech.ports import FRAME_BYTES


class Framer:
    def __init__(self) -> None:
        self._rest = b""

    def push(self, pcm: bytes) -> tuple[bytes, ...]:
        """The frames that are now whole, in order."""
        if not self._rest and len(pcm) == FRAME_BYTES:  # what nearly all gateways send
            return (pcm,)
        sound = self._rest + pcm
        whole = len(sound) - len(sound) % FRAME_BYTES
        self._rest = sound[whole:]
        return tuple(sound[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES))
