"""The order of bytes in linear samples, which documents and gateways do not agree on.

Taken in the wrong order speech becomes noise: each sample jumps anywhere, while a voice moves in small steps. So the
energy of the steps, compared with that of the samples, tells the orders apart as soon as somebody has spoken a second.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from server.gateways.fields import POLICY
from server.gateways.wire import WireError

VOICED = 300.0
"""Effective amplitude, in both orders, of what counts: silence has small samples, which swapped are large ones."""
ROUGHER = 1.5
"""So many times rougher than in the other order is no voice: recordings of calls are 1.9 times smoother at least."""


def is_big(params: Mapping[str, str], default: bool) -> bool:
    """Does the high byte come first? The call may say so: `l16`, big or little. Raises `WireError`."""
    told = params.get("l16", "big" if default else "little")
    if told not in ("big", "little"):
        raise WireError("l16 must be big or little", POLICY)
    return told == "big"


def swapped(payload: bytes) -> bytes:
    return np.frombuffer(payload, "<i2").byteswap().tobytes()


class Roughness:
    """Listens until a second of voice has come, once for a call."""

    def __init__(self, rate_hz: int) -> None:
        self._wanted = rate_hz
        self._steps = np.zeros(2)
        self._energy = np.zeros(2)

    @property
    def settled(self) -> bool:
        return self._wanted <= 0

    def hear(self, payload: bytes) -> bool:
        """Whether it is certain now that these samples, as they are taken, are in the wrong order."""
        samples = np.frombuffer(payload, "<i2")
        both = np.stack([samples, samples.byteswap()]).astype(np.float64)
        energy = (both * both).sum(axis=1)
        if samples.size < 2 or energy.min() < VOICED * VOICED * samples.size:
            return False
        self._steps += (np.diff(both, axis=1) ** 2).sum(axis=1)
        self._energy += energy
        self._wanted -= samples.size
        as_taken, other = self._steps / self._energy
        return self.settled and bool(as_taken > ROUGHER * other)
