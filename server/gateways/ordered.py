"""Numbered pieces of audio, put in order: one that comes early waits for what is missing, but not for long."""

from __future__ import annotations

EARLY = 5
"""Pieces that wait: 100 ms of the usual 20. Beyond that the missing one is given up."""


class Ordered:
    """Of one stream. Numbers begin at 1; where they do not, the first few pieces wait a moment and none is lost."""

    def __init__(self) -> None:
        self.next = 1
        """The number that is due."""
        self._early: dict[int, bytes] = {}

    def take(self, number: int, payload: bytes) -> bytes:
        """What can be heard now: this piece and those that waited for it, or nothing yet."""
        if number < self.next:
            return b""  # its place has been passed
        self._early[number] = payload
        if len(self._early) > EARLY:
            self.next = min(self._early)
        return self._whole()

    def rest(self) -> bytes:
        """What still waits: nothing more comes."""
        return b"".join(self._early.pop(number) for number in sorted(self._early))

    def _whole(self) -> bytes:
        found = []
        while self.next in self._early:
            found.append(self._early.pop(self.next))
            self.next += 1
        return b"".join(found)
