"""What a run found, as figures that can be held against those of another run; and ours divided by those of the peers.

Figures of one run were measured side by side, so their ratios say more than they do themselves: a slow machine slows
everybody. What belongs together has the same `what` in the same part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from benchmarks.load_tables import by_server
from benchmarks.runs import Row

BUSY_PERCENT = 10
BUSY = f"other programs had {BUSY_PERCENT} % of the core and more"
"""From here on a figure by the clock tells of the machine."""
PARTS = ("read", "fold", "grade", "tell")
KEPT = {"dialogue": "huashu", "transitions": "transitions"}


@dataclass(frozen=True, slots=True)
class Figure:
    who: str
    what: str
    value: float
    unit: str
    low: float = 0.0
    high: float = 0.0
    """In the rounds of the run, where that was kept."""
    doubt: str = ""
    """Why it is not to be compared."""
    is_ratio: bool = False
    """A number by itself, which needs no peer."""

    @property
    def is_ours(self) -> bool:
        return self.who.startswith("huashu")

    @property
    def spread(self) -> float:
        """From the lowest round to the highest, as a part of the whole."""
        return (self.high - self.low) / self.value


@dataclass(frozen=True, slots=True)
class Ratio:
    who: str
    what: str
    value: float
    spread: float = 0.0
    """Of ours or the peer's, whichever is larger."""
    doubt: str = ""


def ratios(figures: list[Figure]) -> Iterator[Ratio]:
    """Each of ours by each peer's that tells of the same thing."""
    for each in figures:
        if each.is_ratio and each.is_ours:
            yield Ratio(each.who, each.what, each.value, each.spread, each.doubt)
    compared = [each for each in figures if not each.is_ratio]
    for ours, theirs in product(compared, compared):
        if ours.is_ours and not theirs.is_ours and ours.what == theirs.what:
            spread, doubt = max(ours.spread, theirs.spread), ours.doubt or theirs.doubt
            yield Ratio(f"{ours.who} ÷ {theirs.who}", ours.what, ours.value / theirs.value, spread, doubt)


def matching(rows: list[Row]) -> Iterator[Figure]:
    for row in rows:
        what = "how a text sounds" if "sounds" in row else f"{row['phrases']:,} phrases, {row['texts']}"
        yield Figure(row.get("sounds") or row["contender"], what, row["median"], "a second", row["min"], row["max"])


def turns(rows: list[Row]) -> Iterator[Figure]:
    for row, at in product(rows, ("p50", "p99")):
        yield Figure(row["contender"], at, row[f"{at}_us"], "µs", *row.get(f"{at}_us_rounds", ()))


def grading(rows: list[Row]) -> Iterator[Figure]:
    whole: dict[tuple[str, str], float] = {}
    for row in rows:
        if "contender" in row:
            told = {part: row[part] for part in PARTS if part in row}
            for part, microseconds in told.items():
                what = f"{part}, {row['calls']} calls of {row['turns']} turns"
                yield Figure(row["contender"], what, microseconds, "µs")
            if len(told) == len(PARTS):
                whole[row["contender"], f"a call of {row['turns']} turns"] = sum(told.values())
        elif "ruled" in row:
            yield Figure(row["ruled"], "the rules alone", row["us"], "µs", *row["us_rounds"])
        elif "floor" in row:
            whole[row["floor"], f"a call of {row['of_turns']} turns"] = row["microseconds"]
        elif "command" in row:
            who = row["command"] if row["command"] == "Ray" else f"huashu, {row['command']}"
            yield Figure(who, f"{row['calls']:,} calls by the command", row["per_second"], "a second")
    for (who, what), microseconds in whole.items():  # of as many turns, the last ones are those of the floors
        yield Figure(who, what, microseconds, "µs")


def recognition(rows: list[Row]) -> Iterator[Figure]:
    for row in rows:
        if "contender" in row:
            yield Figure(row["contender"], "recordings", row["per_second"], "a second", row["min"], row["max"])
            continue
        who = "huashu" if row["recogniser"].startswith("whisper") else row["recogniser"]
        doubt = BUSY if row["others_percent"] >= BUSY_PERCENT else ""
        for at in ("p50", "p95"):
            what = f"final text, callers: {row['callers']}, {at}"
            yield Figure(who, what, row["delay_ms"][at], "ms", doubt=doubt)


def media(rows: list[Row]) -> Iterator[Figure]:
    """Between the most calls that were held and the fewest that were not, nobody has looked."""
    searched = [row for row in rows if row.get("what") != "choice"]
    for name, best in by_server(searched).items():
        if best is None:
            continue
        held = best["calls"]
        lost = [row["calls"] for row in searched if row["server"] == name and not row["held"] and row["calls"] > held]
        who = name.removesuffix(", detector")
        what = "calls held" if who == name else "calls held, with a detector"
        yield Figure(who, what, held, "calls", held, min(lost, default=held))


def scale(rows: list[Row]) -> Iterator[Figure]:
    for row in rows:
        for name, size in row.get("memory", {}).items():
            known = name in KEPT
            yield Figure(KEPT.get(name, "huashu"), "a call" if known else "the sound of a call", size, "bytes")
        for name, size in row.get("frameworks", {}).items():
            yield Figure(name, "a call", size, "bytes")
        if "growth" in row:
            who = "hassil" if "hassil" in row["growth"] else "huashu"
            ten = f"ten times as many {row['growth'].replace(f', {who}', '')}"
            yield Figure(who, ten, 10 ** row["exponent"], "times the cost", is_ratio=True)
        if "check" in row:
            what = f"huashu check of {row['check']} stages"
            yield Figure("huashu", what, row["median_ms"], "ms", row["min_ms"], row["max_ms"])


def live(rows: list[Row]) -> Iterator[Figure]:
    for row in rows:
        what = f"{row['calls']} calls, {row['way'].removeprefix('huashu, ').replace(', ', ' with ')}"
        yield Figure("huashu", f"{what}: for each", row["core_percent_per_call"], "% of a core")
        yield Figure("huashu", f"{what}: answer, p95", row["sound_ms"]["p95"], "ms")


READERS: Mapping[str, Callable[[list[Row]], Iterator[Figure]]] = {
    "matching": matching,
    "turns": turns,
    "grading": grading,
    "recognition": recognition,
    "media": media,
    "scale": scale,
    "live": live,
}
"""By the name of the file of results. What a scorecard tells is the same in every run, and a soak is its own judge."""
