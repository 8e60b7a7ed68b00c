"""How a cost grows with a size: measured in turns, and told with the exponent that fits."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import process_time

from benchmarks.surroundings import tell


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Of the power of size that the costs follow, by least squares of the logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def growth(sizes: Sequence[int], costs: Mapping[str, Callable[[int], object]], rounds: int) -> None:
    """Measure every size of every cost in every round, and tell the medians."""
    times: dict[tuple[str, int], list[float]] = {(what, size): [] for what in costs for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            for what, cost in costs.items():
                gc.collect()
                start = process_time()
                cost(size)
                times[what, size].append(process_time() - start)
    for what in costs:
        found = [times[what, size] for size in sizes]
        ways = {"ms": median, "min_ms": min, "max_ms": max}
        told = {name: [round(1000 * way(each), 3) for each in found] for name, way in ways.items()}
        fits = round(exponent(sizes, [median(each) for each in found]), 2)
        tell({"growth": what, "sizes": list(sizes), **told, "exponent": fits})
