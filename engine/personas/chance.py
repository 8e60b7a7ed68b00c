"""Chance that can be repeated: numbers that follow from a key alone, on every machine and in every version of Python.

The engine may not throw dice, so whoever wants chance brings the key, which is the seed and what it is for. A fork has
a key of its own: how many numbers one turn has used up changes nothing about the next, and the same caller does the
same in another script as long as he is asked the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import log
from typing import TypeVar

T = TypeVar("T")

_WORDS_IN_A_HASH = 8
_RANGE = 2**64


class Chance:
    """A stream of numbers; the same key, the same numbers."""

    def __init__(self, *key: object) -> None:
        self._key = "/".join(map(str, key))
        self._hashes = 0
        self._left: list[int] = []

    def fork(self, *key: object) -> Chance:
        """Another stream, which depends on this one's key and not on what has been drawn from it."""
        return Chance(self._key, *key)

    def number(self) -> float:
        """At least 0 and less than 1."""
        if not self._left:
            self._hashes += 1
            found = blake2b(f"{self._key}#{self._hashes}".encode()).digest()
            self._left = [int.from_bytes(found[at * 8 : at * 8 + 8], "big") for at in range(_WORDS_IN_A_HASH)]
        return self._left.pop() / _RANGE

    def happens(self, percent: float) -> bool:
        return self.number() * 100 < percent

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return min(high, low + int(self.number() * (high - low + 1)))

    def wait(self, mean: float) -> float:
        """How long until something happens that happens once in `mean` on average, whenever one looks."""
        return -mean * log(1 - self.number())

    def one_of(self, items: Sequence[T]) -> T:
        return items[self.between(0, len(items) - 1)]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as often as its share of all weights. They must not all be 0."""
        left = self.number() * sum(weights.values())
        chosen = next(key for key, weight in weights.items() if weight > 0)
        for key, weight in weights.items():
            if weight <= 0:
                continue
            chosen = key
            if left < weight:
                break
            left -= weight
        return chosen

    def shuffled(self, items: Sequence[T]) -> list[T]:
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.between(0, last)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed
