"""How far people and the machine agree about calls: the confusion of their grades, and what chance would explain of it.

Two who grade blindly agree now and then, the more often the more of the calls have one grade; Cohen's kappa takes that
part away (Cohen 1960: 1 is agreement throughout, 0 is what chance alone gives). Grades are ordered, so a kappa that
weighs a disagreement by its distance stands beside the plain one (Cohen 1968, linear weights): A against B is half a
quarrel, A against F a whole one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.understanding.score import Tally

Pair = tuple[str, str]
"""What the one says, and what the other says."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of pairs over the same set of names."""

    counts: Mapping[Pair, int]
    names: tuple[str, ...]
    """Those that occur, in their order."""
    kappa: float | None
    """None where nothing could disagree: there are no pairs, or all have the same one name."""
    weighted_kappa: float | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def agreed(self) -> int:
        return sum(count for (one, other), count in self.counts.items() if one == other)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """By name, with the first of each pair as the truth."""
        return tuple(_tally(name, self.counts) for name in self.names)


def agreement(pairs: Iterable[Pair], order: Sequence[str]) -> Agreement:
    """Of grades, or of anything that has an order; `order` holds every name that may occur."""
    counts = Counter(pairs)
    places = {name: place for place, name in enumerate(order)}
    names = tuple(name for name in order if any(name in pair for pair in counts))
    farthest = max(1, len(order) - 1)
    apart = {(one, other): abs(places[one] - places[other]) / farthest for one in names for other in names}
    differs = {pair: float(pair[0] != pair[1]) for pair in apart}
    return Agreement(dict(counts), names, _kappa(counts, differs), _kappa(counts, apart))


def heard(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> tuple[Tally, ...]:
    """Of the intents of utterances: what a person heard in each, and what the machine heard."""
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for truth, found in pairs:
        right.update(truth & found)
        missed.update(truth - found)
        wrong.update(found - truth)
    names = sorted(right.keys() | missed.keys() | wrong.keys())
    return tuple(Tally(name, right[name], missed[name], wrong[name]) for name in names)


def _kappa(counts: Counter[Pair], weights: Mapping[Pair, float]) -> float | None:
    """One less the quarrel there is by the quarrel that two blind ones with the same habits would have."""
    total = counts.total()
    rows, columns = Counter[str](), Counter[str]()
    for (one, other), count in counts.items():
        rows[one] += count
        columns[other] += count
    blind = sum(weight * rows[one] * columns[other] for (one, other), weight in weights.items())
    if not total or not blind:
        return None
    return 1 - total * sum(weights[pair] * count for pair, count in counts.items()) / blind


def _tally(name: str, counts: Mapping[Pair, int]) -> Tally:
    right = counts.get((name, name), 0)
    missed = sum(count for (one, other), count in counts.items() if one == name != other)
    wrong = sum(count for (one, other), count in counts.items() if other == name != one)
    return Tally(name, right, missed, wrong)
