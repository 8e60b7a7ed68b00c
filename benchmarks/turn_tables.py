"""The parts of `docs/performance.md` about what one caller says, recognised and answered, from the last run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.reference_text import table

Row = dict[str, Any]

TURN = """\
What one turn of a caller takes, words in and what to do next out: everything understood, the rule chosen, all facts and
their evidence kept. {turns} turns of callers who say sentences of the scorecard to the shipped script `{script}`,
{said:,} phrases and {patterns:,} patterns; a turn's time is the median of {rounds} interleaved rounds, in time of the
processor. In brackets: the lowest and the highest of single rounds.

{table}
**compiled** is the same engine [made faster](howto/make-it-faster.md). **transitions** takes one edge of the same
script's graph and does nothing else. The frameworks take the same turns of the same calls, each in a process of its
own, with a language model in it that answers at once what huashu did: no network, no sound and no beginning of a call
on either side, and on theirs no understanding and no facts, since those are the model's work. **pipecat, one
processor**: a pipeline in which one processor answers. **pipecat flows**: the script's stages as nodes; in every turn
the model calls a function, which leads to another node or stays, and then answers. **livekit-agents**: a session of
text; the model answers, or calls a tool and then answers.

{machine}, {system}, Python {python}; {versions}. Measured {date},
grammars {grammars}, while {load:g} tasks on average wanted a core. `make bench` measures again.
"""


def turns_table(about: Row, rows: list[Row]) -> str:
    lines = [(row["contender"], *(_microseconds(row, name) for name in ("p50_us", "p99_us"))) for row in rows]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    more = {"table": table(("", "p50", "p99"), lines), "versions": versions, "turns": rows[0]["turns"]}
    return TURN.format(**{**about, **more, "said": about["phrases"]})


def _microseconds(row: Row, name: str) -> str:
    rounds = row.get(f"{name}_rounds")
    return f"{row[name]:,g} µs" + (f" ({rounds[0]:,g}–{rounds[1]:,g})" if rounds else "")


TURNS: dict[str, tuple[str, Callable[[Row, list[Row]], str]]] = {
    "turns": ("A caller's turn", turns_table),
}
"""By the name of the file of results: the heading, and what writes the part."""
