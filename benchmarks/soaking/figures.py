"""What a soak has measured of its server, and whether that stays as it is.

A life is judged without its warm-up. How many calls there are just then is taken out by least squares: what is left is
a growth with time. A bound has two parts, one for all that a long life may gather, one for each call that has ended:
of the latest ten thousand calls the server keeps the name and the folder, a kilobyte or so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.soaking.judge import Problem
from benchmarks.soaking.supervise import Life, Sample

WARM_UP_SHARE = 1 / 3
"""Of a life: until then pools fill up to their bounds, as that of the connections kept to a receiver, of which there
are as many as messages were ever under way at a time. What goes on growing afterwards has no bound.
"""
LEAST_SAMPLES, LEAST_SECONDS = 12, 120
"""Of what is judged: in a shorter life, what is loaded for the first calls is most of what grows."""
MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Bound:
    """By how much something may grow."""

    ever: float
    per_call: float = 0.0


BOUNDS: Mapping[str, Bound] = {
    "rss_bytes": Bound(8 * MB, 2048),
    "fds": Bound(6),
    "tasks": Bound(6),
    "threads": Bound(2),
}
LEFT_OVER: Mapping[str, int] = {"fds": 12, "tasks": 4, "threads": 6}
"""By how much an idle server may have more at the end than when it was ready: connections that are kept, pools."""
LATE_MS = 20.0
"""The clock of all calls, 99 of 100 times, beyond what the callers' own clocks are late on the same machine."""
BEYOND_MS = 10_000.0
"""Stands for later than the last bound, a second."""


@dataclass(frozen=True, slots=True)
class Trend:
    per_minute: float
    error: float
    """Standard error of that."""
    grown: float
    """Over what was judged."""

    @property
    def plain(self) -> dict[str, float]:
        per_hour = {"per_hour": self.per_minute * 60, "error_per_hour": self.error * 60, "in_all": self.grown}
        return {name: round(value, 2) for name, value in per_hour.items()}


def judged(life: Life) -> list[Sample]:
    warm = life.ready + WARM_UP_SHARE * (life.ended - life.ready)
    return [sample for sample in life.samples if sample.at >= warm]


def value(sample: Sample, name: str) -> float:
    return sample.threads if name == "threads" else sample.values[name]


def trend(samples: Sequence[Sample], name: str) -> Trend:
    """Of this value with time, apart from the calls in progress."""
    minutes = np.array([(sample.at - samples[0].at) / 60 for sample in samples])
    calls = np.array([sample.values["calls"] for sample in samples])
    values = np.array([value(sample, name) for sample in samples])
    given = np.column_stack([np.ones_like(minutes), minutes, calls - calls.mean()])
    found, *_ = np.linalg.lstsq(given, values, rcond=None)
    rest = values - given @ found
    spread = float(rest @ rest) / max(1, len(values) - given.shape[1])
    error = float(np.sqrt(spread * np.linalg.pinv(given.T @ given)[1, 1]))
    return Trend(float(found[1]), error, float(found[1] * (minutes[-1] - minutes[0])))


def growth(life: Life) -> tuple[dict[str, Trend], list[Problem]]:
    samples = judged(life)
    if len(samples) < LEAST_SAMPLES or samples[-1].at - samples[0].at < LEAST_SECONDS:
        return {}, []
    ended = samples[-1].values["ended"] - samples[0].values["ended"]
    minutes = (samples[-1].at - samples[0].at) / 60
    trends = {name: trend(samples, name) for name in BOUNDS}
    problems = []
    for name, found in trends.items():
        bound = BOUNDS[name].ever + BOUNDS[name].per_call * ended
        if found.grown - 2 * found.error * minutes > bound:
            problems.append(
                Problem("", f"{name} grows: {found.grown:,.0f} in {minutes:.1f} minutes, at most {bound:,.0f}")
            )
    return trends, problems


def left_over(first: Sample, last: Sample) -> Iterator[Problem]:
    """An idle server before and after its calls."""
    for name, most in LEFT_OVER.items():
        if (more := value(last, name) - value(first, name)) > most:
            yield Problem("", f"{name}: {more:.0f} more than before the first call, with no call left")


# --- lateness --------------------------------------------------------------------------------------------------------


def late_ms(samples: Sequence[Sample]) -> dict[str, float]:
    """How late the clock of all calls was between the first of these and the last, by the bounds of its buckets."""
    first, last = samples[0].late, samples[-1].late
    bounds = sorted(last, key=float)
    counts = np.diff([0.0, *(last[bound] - first.get(bound, 0.0) for bound in bounds)])
    return shares([min(float(bound) * 1000, BEYOND_MS) for bound in bounds], counts)


def shares(bounds_ms: Sequence[float], counts: Sequence[float] | np.ndarray) -> dict[str, float]:
    """The bound within which so much of it lies."""
    whole = np.cumsum(counts)
    told = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    if not whole[-1]:
        return dict.fromkeys(told, 0.0)
    return {name: bounds_ms[int(np.searchsorted(whole, share * whole[-1]))] for name, share in told.items()}


def punctual(server: Mapping[str, float], callers: Mapping[str, float]) -> Iterator[Problem]:
    if server["p99"] > LATE_MS + callers["p99"]:
        told = f"{server['p99']:g} ms at 99 %, its callers' {callers['p99']:g} ms"
        yield Problem("", f"the server's clock is late by {told}")


def minutes(life: Life) -> Iterator[dict[str, float]]:
    """A row for each minute of a life."""
    by_minute: dict[int, list[Sample]] = {}
    for sample in life.samples:
        by_minute.setdefault(int((sample.at - life.ready) // 60), []).append(sample)
    for number, within in by_minute.items():
        if len(within) < 2:
            continue
        means = {name: float(np.mean([value(each, name) for each in within])) for name in (*BOUNDS, "calls")}
        row = {name: round(mean, 1) for name, mean in means.items() if name != "rss_bytes"}
        more = {"ended": within[-1].values["ended"], "late_p99_ms": late_ms(within)["p99"]}
        yield {"minute": number, "rss_mb": round(means["rss_bytes"] / MB, 1), **row, **more}
