"""The parts of `docs/performance.md` about what one caller says, recognised and answered, from the last run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.reference_text import table

Row = dict[str, Any]

TURN = """\
What one turn of a caller takes, words in and what to do next out: everything understood, the rule chosen, all facts and
their evidence kept. {turns} turns of callers who say sentences of the scorecard to the shipped script `{script}`,
{said:,} phrases and {patterns:,} patterns; in time of the processor, medians of {rounds} interleaved rounds
(lowest–highest).

{table}
**compiled** is the same engine [made faster](howto/make-it-faster.md). **once more**: each turn a second time at once,
when all that it touches is still in the caches of the processor; the rest of a turn waits for memory. **the floor**:
what is left of a turn for which nothing needs to be found out: ahocorasick-rs looks for the phrases, and the new state,
its facts and the orders are made of values that are there. **one edge**: of the same script's graph, taken by the
library alone, which does nothing else. The frameworks take the same turns of the
same calls, each in a process of its own, with a language model in it that answers at once what huashu did: no network,
no sound and no beginning of a call on either side, and on theirs no understanding and no facts, since those are the
model's work. **pipecat, one processor**: a pipeline in which one processor answers. **pipecat flows**: the script's
stages as nodes; in every turn the model calls a function, which leads to another node or stays, and then answers.
**livekit-agents**: a session of text; the model answers, or calls a tool and then answers.

{machine}, {system}, Python {python}; {versions}. Measured {date},
grammars {grammars}, while {load:g} tasks on average wanted a core. `make bench` measures again.
"""
RECOGNITION = """\
What recognising takes on **one core with one worker**; a server has as many of them as it has threads for it. The
recordings are those of the tests, synthetic voices at 8 kHz. One after another, per second of the processor's time,
median of {rounds} rounds (slowest–fastest):

{rates}
**huashu** reads five ways and, where it is unsure, once more with known phrases of that sound before it. **the same
weights, asked once**: CTranslate2 alone, for the likeliest words: the floor. **as Whisper is used by default**: half a
minute of sound to look at, which a caller's second or two does not fill.

Then callers in real time for up to {seconds:g} s, who pause for 2.5 to 6 s between utterances, through the server's own
detector and endpointing; its waiting for the end of the voice is in all delays. Milliseconds from the end of the voice,
p50 / p95 / p99; where there are few utterances, the last is that of the slowest one.

{live}
*after the end was sure*: what recognition adds to the wait for silence. *decided by partials*: utterances that mean
something and meant it in a partial reading already, which also shortens the wait for silence; *decision* is when the
first reading came that means what the final one does: below 0 while the caller still spoke. *slowest by fastest*: the
callers' medians, one by the other. *others* is how much of the core other programs took: where that is not nearly
nothing, the row tells of the machine. *own pace* is how late the callers' clock was. Vosk streams; its Mandarin models
do not come as packages, so it hears two Korean phrases out of a grammar of four.

{machine}, {system}, Python {python}; {versions}. Measured {date}, while {load:g} tasks on average wanted a core.
`make bench ONLY=recognition` measures again.
"""
RECOGNITION_HEADS = (
    "",
    "callers",
    "utterances",
    "final text",
    "after the end was sure",
    "decided by partials",
    "decision",
    "slowest by fastest",
    "of the core, others",
    "own pace, p99",
)


def turns_table(about: Row, rows: list[Row]) -> str:
    lines = [(row["contender"], *(_microseconds(row, name) for name in ("p50_us", "p99_us"))) for row in rows]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    more = {"table": table(("", "p50", "p99"), lines), "versions": versions, "turns": rows[0]["turns"]}
    return TURN.format(**{**about, **more, "said": about["phrases"]})


def _microseconds(row: Row, name: str) -> str:
    lowest, highest = row[f"{name}_rounds"]
    return f"{row[name]:,g} µs ({lowest:,g}–{highest:,g})"


def recognition_tables(about: Row, rows: list[Row]) -> str:
    rates = [
        (row["contender"], f"{row['per_second']:g} ({row['min']:g}–{row['max']:g})")
        for row in rows
        if "contender" in row
    ]
    live = [_recognised(row) for row in rows if "callers" in row]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    more = {"rates": table(("", "recordings a second"), rates), "live": table(RECOGNITION_HEADS, live)}
    return RECOGNITION.format(**{**about, **more, "versions": versions})


def _recognised(row: Row) -> tuple[str, ...]:
    unheard = f", {row['unheard']} unheard" if row["unheard"] else ""
    starved = f", {row['starved']} starved" if row["starved"] else ""
    return (
        row["recogniser"],
        str(row["callers"]),
        f"{row['utterances']}{unheard}",
        _spread(row["delay_ms"]),
        _spread(row["after_ms"]),
        f"{row['early']} of {row['meant']}",
        _spread(row["decided_ms"]),
        f"{row['fairness']:g}{starved}",
        f"{row['core_percent']} %, {row['others_percent']} %",
        f"{row['own_ms']['p99']:g} ms",
    )


def _spread(found: Row) -> str:
    return " / ".join(f"{found[name]:.0f}" for name in ("p50", "p95", "p99")) + " ms"


TURNS: dict[str, tuple[str, Callable[[Row, list[Row]], str]]] = {
    "turns": ("A caller's turn", turns_table),
    "recognition": ("Recognition", recognition_tables),
}
"""By the name of the file of results: the heading, and what writes the part."""
