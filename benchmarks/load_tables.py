"""The parts of `docs/performance.md` about many calls at a time, memory and growth, from the last run."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from server.reference_text import table

Row = dict[str, Any]

LIVE = """\
How soon `huashu serve` answers, with prompts that have been spoken before and words that come as text, so that neither
synthesis nor recognition is in it: from the end of the caller's words or key to the first sound of the answer at the
caller's socket. Both sides in real time, sound both ways in 20 ms frames, the server on one core, the callers on
another.

{table}
*own pace* is how late the callers were themselves, who wait for nothing: that much of a row's highest figures is the
machine's. A call's share of a core falls as calls become more, since one clock drives them all.

{machine}, {system}, Python {python}; {versions}. Measured {date}, while {load} tasks on average wanted a core.
`make bench` measures again.
"""
LIVE_HEADS = (
    "calls at a time",
    "spoken to by",
    "answer begins, p50 / p95 / p99",
    "own pace, p99",
    "of a core for each call",
)
MEDIA = """\
How many live calls one core holds. Twilio's wire both ways in real time: the caller's sound in frames of 20 ms, with a
phrase now and then; the bot speaks all the time. Recognition is stubbed on both sides. The server has core 0, one
process of callers core 1. A number of calls is **held** if every call lasts, and 99 of 100 messages of sound come no
more than {late:g} ms late against the clock by which the caller plays them. huashu sends ahead, which would hide a
stall: so it must also begin to answer 99 of 100 keys within {answer:g} ms.

{table}
**bare** servers read what comes down to the sound, send sound that was prepared, and do nothing else: the floor of
Python. **200 ms**: in messages of that length, as huashu sends; else of 20 ms. **pipecat**: its Twilio serializer and
WebSocket transport, one processor that speaks, messages of 40 ms, on uvloop. **detector**: with a neural voice detector
(silero for both; huashu's has a gate before it). huashu records all calls, hears tones and music, and runs its script.
*own pace* is how late the callers' process itself was, *waited* for how much of the time something else had the
server's core: where it is not nearly nothing, the row tells of the machine. Where the time of a core goes:
[held-calls.svg](pictures/held-calls.svg), made by `python -m benchmarks.flame`.

What was chosen for the sake of this, and what a call costs without it, {choice_calls} calls at a time, medians of
{choice_rounds} rounds (lowest–highest):

{choices}
A search for garbage everywhere would halt all calls for {collection_ms:g} ms; beside what is there from the start,
which is frozen then, it takes {collection_frozen_ms:g} ms before the first call. With calls it takes longer, and so is
made rarely; a call that is over goes without one.

{machine}, {system}, Python {python}; {versions}. Measured {date}, while {load:g} tasks on average wanted a core:
figures of a machine that is busy with other things are too low for all. `make bench ONLY=media` measures again.
"""
MEDIA_HEADS = (
    "",
    "calls held",
    "sound late, p99",
    "answer to a key, p99",
    "of a core for each",
    "own pace, p99",
    "waited",
)
CHOICE_HEADS = ("", "of a core for each", "answer to a key, p99")
KEPT = {
    "dialogue": "huashu, the dialogue: one to three turns into the shipped script `phone-robot`",
    "transitions": "transitions, a model on the same script's graph",
    "media": "huashu, the sound: both directions, detector, tones, music, prompts in flight, the recording's window",
}
SCALE = """\
{memory}
Medians of {rounds} rounds (fastest–slowest), by tracemalloc and in time of the processor. The frameworks' calls are
those of [a caller's turn](#a-callers-turn), as far into the script; what they keep outside of Python is not counted.
The exponent is that of size which fits best, by least squares of the logarithms: 1 is linear. Phrases come from the
shipped grammars, and beyond their number are made up from halves of them; the patterns beside them stay as many.

{table}
`huashu check` of a script of {stages} stages, from its start to its end: {check} ms (fastest {fastest}, slowest
{slowest}).

{machine}, {system}, Python {python}; {versions}. Measured {date}, while {load:g} tasks on average wanted
a core. `make bench ONLY=scale` measures again.
"""


def live_table(about: Row, rows: list[Row]) -> str:
    lines = [
        (
            str(row["calls"]),
            row["way"].replace(",", " with"),
            " / ".join(f"{row['sound_ms'][name]:g}" for name in ("p50", "p95", "p99")) + " ms",
            f"{row['late_ms']['p99']:g} ms",
            f"{row['core_percent_per_call']:g} %",
        )
        for row in rows
    ]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return LIVE.format(**{**about, "table": table(LIVE_HEADS, lines), "versions": versions})


def media_table(about: Row, rows: list[Row]) -> str:
    from benchmarks.media import ANSWER_MS, LATE_MS  # noqa: PLC0415  it brings the whole server

    searched, chosen = [[row for row in rows if (row.get("what") == "choice") is wanted] for wanted in (False, True)]
    lines = [_held(name, found) for name, found in by_server(searched).items()]
    versions = ", ".join(f"{name} {version}" for name, version in {**about["versions"], **about["peers"]}.items())
    more = {"table": table(MEDIA_HEADS, lines), "versions": versions, "late": LATE_MS, "answer": ANSWER_MS}
    return MEDIA.format(**{**about, **more, **_choices(chosen)})


def _choices(rows: list[Row]) -> dict[str, Any]:
    names = list(dict.fromkeys(row["server"] for row in rows))
    found = {name: [row for row in rows if row["server"] == name and row["answer_ms"]] for name in names}
    lines = [
        (
            name,
            _spread([row["core_percent_per_call"] for row in mine], "%"),
            _spread([row["answer_ms"]["p99"] for row in mine], "ms"),
        )
        for name, mine in found.items()
    ]
    return {
        "choices": table(CHOICE_HEADS, lines),
        "choice_calls": rows[0]["calls"],
        "choice_rounds": len(rows) // len(names),
        **{name: rows[0][name] for name in ("collection_ms", "collection_frozen_ms")},
    }


def _spread(values: list[float], unit: str) -> str:
    return f"{median(values):g} {unit} ({min(values):g}–{max(values):g})" if values else ""


def by_server(rows: list[Row]) -> dict[str, Row | None]:
    """The row of the most calls held by each server; None where not even the fewest were."""
    best: dict[str, Row | None] = {}
    for row in rows:
        known = best.setdefault(row["server"], None)
        if row["held"] and (known is None or row["calls"] > known["calls"]):
            best[row["server"]] = row
    return best


def _held(name: str, row: Row | None) -> tuple[str, ...]:
    if row is None:
        return (name, "0", *[""] * 5)
    return (
        name,
        f"**{row['calls']}**",
        f"{row['late_ms']['p99']:g} ms",
        f"{row['answer_ms']['p99']:g} ms" if row["answer_ms"] else "",
        f"{row['core_percent_per_call']:g} %",
        f"{row['own_ms']['p99']:g} ms",
        f"{row['waited_percent']:g} %",
    )


def scale_table(about: Row, rows: list[Row]) -> str:
    memory = next(row for row in rows if "memory" in row)["memory"]
    peers = next((row["frameworks"] for row in rows if "frameworks" in row), {})
    check = next(row for row in rows if "check" in row)
    lines = [
        (
            row["growth"],
            "; ".join(
                f"{size:,}: {ms:g} ({low:g}–{high:g}) ms"
                for size, ms, low, high in zip(row["sizes"], row["ms"], row["min_ms"], row["max_ms"], strict=True)
            ),
            f"**{row['exponent']:g}**",
        )
        for row in rows
        if "growth" in row
    ]
    kept = {**{KEPT[name]: size for name, size in memory.items()}, **peers}
    more = {
        "memory": table(("what a call keeps in memory", "bytes"), [(name, f"{size:,}") for name, size in kept.items()]),
        "table": table(("grows with", "times", "exponent"), lines),
        "stages": check["check"],
        "check": check["median_ms"],
        "fastest": check["min_ms"],
        "slowest": check["max_ms"],
        "versions": ", ".join(f"{name} {version}" for name, version in about["versions"].items()),
    }
    return SCALE.format(**{**about, **more})


LOADS: dict[str, tuple[str, Callable[[Row, list[Row]], str]]] = {
    "live": ("Live calls", live_table),
    "media": ("Calls held", media_table),
    "scale": ("Memory and growth", scale_table),
}
"""By the name of the file of results: the heading, and what writes the part."""
