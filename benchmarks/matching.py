"""How many utterances a second each contender takes, by the number of phrases.

    python -m benchmarks.matching > benchmarks/results/matching.jsonl

All contenders are built first; then they take turns, round by round, so that a slow moment of the machine hits all of
them. Told are the median of the rounds and the slowest and fastest one. Those who look for all phrases must find the
same, or nothing is measured. Time is that of the processor: what other
programs take of it is not counted, though they slow its memory down for everyone.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from itertools import cycle, islice, product
from random import Random
from statistics import median
from time import process_time

from pypinyin import lazy_pinyin

from benchmarks.compiled import ASKED, Elsewhere, answer, built
from benchmarks.contenders import SEARCHES, Search, differing, huashu, shipped, sized
from benchmarks.sentences import sentences
from benchmarks.surroundings import PEERS, surroundings, tell
from engine.understanding.pinyin import sounded

SIZES = (1_000, 4_000, 10_000)
ROUNDS = 5
TURN_S = 0.2
"""How long a contender is measured in one round."""
BATCH = 20
TEXTS = 200
Rating = Callable[[int, str], float]
"""Utterances a second, by the number of phrases and the kind of text."""


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


def rates_of(searches: dict[int, Search]) -> Rating:
    """Its rate by size and kind of text, once everything has been said to it."""
    said = texts()
    for search in searches.values():
        for text in said["hit"] + said["no hit"]:
            search(text)
    return lambda size, kind: rate(searches[size], said[kind])


SOUNDS: dict[str, Search] = {"huashu": sounded, "pypinyin": lazy_pinyin}
"""What tells how a text sounds."""


def main(rounds: int) -> None:
    grammars = shipped()
    versions = (*PEERS, "pypinyin")
    tell({**surroundings("matching", grammars, versions), "rounds": rounds, "turn_s": TURN_S})
    samples = {size: sized(grammars, size) for size in SIZES}
    searches = {name: {size: build(each) for size, each in samples.items()} for name, build in SEARCHES.items()}
    said = [text for each in texts().values() for text in each]
    for size, sample in samples.items():
        if wrong := differing({name: found[size] for name, found in searches.items()}, sample, said):
            sys.exit(f"of {size} phrases not those of the naive loop: {', '.join(wrong)}")
    contenders: dict[str, Rating] = {}
    for name, found in searches.items():
        contenders[name] = rates_of(found)
        if name == "huashu" and built():
            contenders["huashu, compiled"] = Elsewhere("benchmarks.matching")
    rates: dict[tuple[str, int, str], list[float]] = {}
    sounds: dict[str, list[float]] = {name: [] for name in SOUNDS}
    gc.collect()
    for _ in range(rounds):
        for name, rating in contenders.items():
            for size, kind in product(SIZES, texts()):
                rates.setdefault((name, size, kind), []).append(rating(size, kind))
        for name, search in SOUNDS.items():
            sounds[name].append(rate(search, said))
    for (name, size, kind), measured in rates.items():
        tell({"contender": name, "phrases": size, "texts": kind, **figures(measured)})
    for name, measured in sounds.items():
        tell({"sounds": name, **figures(measured)})


def figures(measured: Sequence[float]) -> dict[str, int]:
    return {"median": round(median(measured)), "min": round(min(measured)), "max": round(max(measured))}


if __name__ == "__main__":
    if ASKED in sys.argv:
        answer(rates_of({size: huashu(sized(shipped(), size)) for size in SIZES}))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
