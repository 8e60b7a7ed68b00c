"""How many utterances a second each contender takes, by the number of phrases.

    python -m benchmarks.matching > benchmarks/results/matching.jsonl

All contenders are built first; then they take turns, round by round, so that a slow moment of the machine hits all of
them. Told are the median of the rounds and the slowest and fastest one. Time is that of the processor: what other
programs take of it is not counted, though they slow its memory down for everyone.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from random import Random
from statistics import median
from time import process_time

from benchmarks.contenders import SEARCHES, Search, shipped, sized
from benchmarks.sentences import sentences
from benchmarks.surroundings import surroundings, tell

SIZES = (1_000, 4_000, 10_000)
ROUNDS = 5
TURN_S = 0.2
"""How long a contender is measured in one round."""
BATCH = 20
TEXTS = 200


def texts() -> dict[str, list[str]]:
    """What callers say: with an intent in it, and without."""
    said = sentences()
    hit = [sentence.say for sentence in said if sentence.meant and not sentence.place.startswith("announcements")]
    return {
        "hit": Random(2026).sample(hit, TEXTS),  # noqa: S311  the same draw in every run
        "no hit": [sentence.say for sentence in said if sentence.kind == "neutral-talk"],
    }


def rate(search: Search, said: Sequence[str]) -> float:
    """Utterances a second of the processor, over whole batches."""
    source = cycle(said)
    count, start = 0, process_time()
    while True:
        for text in list(islice(source, BATCH)):
            search(text)
        count += BATCH
        if (passed := process_time() - start) >= TURN_S:
            return count / passed


def main(rounds: int) -> None:
    grammars = shipped()
    tell({**surroundings("matching", grammars), "rounds": rounds, "turn_s": TURN_S})
    said = texts()
    samples = {size: sized(grammars, size) for size in SIZES}
    built = {(name, size): build(samples[size]) for size in SIZES for name, build in SEARCHES.items()}
    for search in built.values():
        for text in said["hit"] + said["no hit"]:
            search(text)
    rates: dict[tuple[str, int, str], list[float]] = {}
    gc.collect()
    for _ in range(rounds):
        for (name, size), search in built.items():
            for kind, each in said.items():
                rates.setdefault((name, size, kind), []).append(rate(search, each))
    for (name, size, kind), found in rates.items():
        figures = {"median": round(median(found)), "min": round(min(found)), "max": round(max(found))}
        tell({"contender": name, "phrases": size, "texts": kind, **figures})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
