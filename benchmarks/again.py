"""Whether a second run gives the same ratios: the last run of each part beside one of another day.

    python -m benchmarks.again                      # all parts
    python -m benchmarks.again matching turns
    python -m benchmarks.again --than FOLDER        # beside the results of another machine or another commit

Told is each ratio of a figure of ours to a peer's, then and now, the largest change first, and after them the figures
themselves. The exit code is 1 if a ratio has changed by more than a fifth.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ratios import READERS, Figure, Ratio, ratios
from benchmarks.runs import Row, Run, two

WITHIN = 0.2
WHEN = ("what", "date", "time", "load", "commit")
SAMPLES = ("turns", "recordings")
"""How much was measured, where rows tell it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing, then and now."""

    part: str
    who: str
    what: str
    then: float
    now: float
    spread: float
    """Of the rounds of one run, the larger one of both."""
    unit: str = ""

    @property
    def change(self) -> float:
        return self.now / self.then - 1

    @property
    def is_within(self) -> bool:
        return round(abs(self.change), 4) <= WITHIN

    @property
    def says(self) -> str:
        """In a line."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.who}, {self.what}: {number(self.then)}{unit} then, {number(self.now)}{unit} now ({self.percent})"

    @property
    def rounds(self) -> str:
        return f"; rounds of one run differ by {100 * self.spread:.0f} %" if self.spread else ""

    @property
    def percent(self) -> str:
        return f"{100 * self.change:+.1f} %"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs of a part."""

    part: str
    then: str
    now: str
    is_same_day: bool
    differs: tuple[str, ...]
    """What else was different: versions, the machine, how much was measured."""
    ratios: tuple[Pair, ...]
    figures: tuple[Pair, ...]
    passed_over: tuple[str, ...]

    @property
    def beyond(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.ratios if not pair.is_within)


def compare(part: str, then: Run, now: Run) -> Compared:
    earlier, last = (list(READERS[part](rows)) for _, rows in (then, now))
    return Compared(
        part,
        when(then[0]),
        when(now[0]),
        then[0]["date"] == now[0]["date"],
        tuple(_differs(_conditions(then), _conditions(now)) + _untold(then[0], now[0])),
        _pairs(part, ratios(earlier), ratios(last)),
        _pairs(part, earlier, last),
        tuple(_passed_over(earlier, last)),
    )


def compare_all(parts: Iterable[str] = READERS, earlier: Path | None = None) -> list[Compared]:
    """Of those that were measured twice."""
    runs = {part: two(part, earlier=earlier) for part in parts}
    return [compare(part, *both) for part, both in runs.items() if both]


def _pairs(part: str, then: Iterable[Ratio | Figure], now: Iterable[Ratio | Figure]) -> tuple[Pair, ...]:
    """Of what both runs tell without a doubt."""
    known = {(each.who, each.what): each for each in then if not each.doubt}
    found = [
        Pair(part, *key, before.value, each.value, max(before.spread, each.spread), getattr(each, "unit", ""))
        for each in now
        if not each.doubt and (before := known.get(key := (each.who, each.what)))
    ]
    return tuple(by_change(found))


def by_change(pairs: Iterable[Pair]) -> list[Pair]:
    """The largest change first."""
    return sorted(pairs, key=lambda pair: -abs(pair.change))


def _passed_over(then: list[Figure], now: list[Figure]) -> Iterator[str]:
    """Who or what is in one of the runs only, and what is in doubt."""
    for name, here, there in (("then", then, now), ("now", now, then)):
        people, known = {each.who for each in there}, {(each.who, each.what) for each in there}
        missing = [each for each in here if (each.who, each.what) not in known]
        told = (f"{each.who}, {each.what}" if each.who in people else each.who for each in missing)
        yield from (f"{each}: only {name}" for each in dict.fromkeys(told))
        doubts = Counter((each.who, each.doubt) for each in here if each.doubt)
        yield from (f"{who}, {count} figures: {doubt} {name}" for (who, doubt), count in doubts.items())


def _conditions(run: Run) -> Row:
    about, rows = run
    return about | {name: rows[0][name] for name in SAMPLES if name in rows[0]}


def _differs(then: Row, now: Row) -> list[str]:
    """What is told by both and not the same; of versions, which."""
    found: list[str] = []
    for name in then.keys() & now.keys() - set(WHEN):
        if isinstance(then[name], dict):
            found += _differs(then[name], now[name])
        elif then[name] != now[name]:
            found.append(f"{name} {then[name]} → {now[name]}")
    return sorted(found)


def _untold(*runs: Row) -> list[str]:
    return [] if all("engine" in about for about in runs) else ["which engine: not told by both"]


def when(about: Row) -> str:
    """The day, the time and the version, as far as the run tells."""
    return " ".join(f"{about[name]}" for name in ("date", "time", "commit") if about.get(name))


def number(value: float) -> str:
    """With three figures that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def told(found: list[Compared]) -> Iterator[str]:
    """For people."""
    for each in found:
        yield f"{each.part:12} then {each.then}, now {each.now}" + "".join(f"; {one}" for one in each.differs)
    yield "\nRatios of ours to theirs"
    for pair in by_change(pair for each in found for pair in each.ratios):
        yield f"{'within' if pair.is_within else 'BEYOND'} {pair.part:12} {pair.says}{pair.rounds}"
    yield "\nThe figures themselves"
    for pair in by_change(pair for each in found for pair in each.figures):
        yield f"{pair.part:12} {pair.says}{pair.rounds}"
    yield "\nPassed over"
    yield from (f"{each.part:12} {one}" for each in found for one in each.passed_over)


def main() -> None:
    options = argparse.ArgumentParser(description="Whether the last run gives the ratios of an earlier one.")
    options.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(READERS)}; all, if none is named")
    options.add_argument("--than", type=Path, metavar="FOLDER", help="earlier results, in files named by their parts")
    wish = options.parse_args()
    if unknown := sorted(set(wish.parts) - READERS.keys()):
        options.error(f"{', '.join(unknown)}: there is nothing to compare; there are {', '.join(READERS)}")
    found = compare_all(wish.parts or READERS, wish.than)
    if not found:
        sys.exit(f"There is no earlier run in {wish.than or 'benchmarks/results/earlier'}: make bench on another day")
    print("\n".join(told(found)))
    if beyond := sum(len(each.beyond) for each in found):
        sys.exit(f"\n{beyond} of {sum(len(each.ratios) for each in found)} ratios have changed by more than a fifth")


if __name__ == "__main__":
    main()
