"""How understanding grows with the number of phrases, beside hassil: a part of `benchmarks.scale`, which runs it in the
environment of the matchers.

    python -m benchmarks.phrases        # three quarters of a minute

The same sentences are understood with ever more phrases, of which those beyond the shipped ones are made up. The
patterns, which stay as many as they are, are a cost that does not grow.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contenders import Search, by_hassil, huashu, shipped, sized
from benchmarks.growth import growth
from benchmarks.matching import texts
from engine.understanding.lexicon import Lexicon

SIZES = (1_000, 3_000, 10_000, 30_000)
ROUNDS = 3


def main() -> None:
    samples = {size: sized(shipped(), size) for size in SIZES}
    said = [text for each in texts().values() for text in each]

    def understanding(build: Callable[..., Search]) -> Callable[[int], object]:
        searches = {size: build(sample) for size, sample in samples.items()}
        for search in searches.values():
            for text in said:
                search(text)
        return lambda size: [searches[size](text) for text in said]

    costs = {"phrases, huashu": understanding(huashu), "phrases, hassil": understanding(by_hassil)}
    growth(SIZES, {f"{what}: {len(said)} sentences understood": cost for what, cost in costs.items()}, ROUNDS)
    growth(SIZES, {"phrases, huashu: made ready": lambda size: Lexicon(samples[size])}, ROUNDS)


if __name__ == "__main__":
    main()
