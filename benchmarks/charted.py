"""The figures of the last runs as one page with charts: `docs/performance.html`, written by `make docs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.again import WITHIN, Compared, number
from benchmarks.load_tables import by_server
from server.reports.charts import Bar, Series, bars, lines
from server.reports.page import Page, Section, Table, render

Row = dict[str, Any]
Results = dict[str, tuple[Row, list[Row]]]


def performance_html(results: Results, compared: Sequence[Compared] = ()) -> str:
    """Of what has been measured; what has not is not in it."""
    made = [make(*results[name]) for name, make in SECTIONS if name in results]
    if found := [each for each in compared if each.ratios]:
        made.append(again(found))
    about = [f"{name}: measured {each['date']}, {each['machine']}, Python {each['python']}, load {each['load']:g}"
             for name, (each, _) in results.items()]  # fmt: skip
    return render(
        Page(
            "Performance", "huashu beside other libraries, from the last runs of make bench.", made, "en", made_of=about
        )
    )


def _bars(heading: str, says: str, items: list[tuple[str, float]], unit: str) -> Section:
    drawn = [Bar(name, value, "series-1" if name.startswith("huashu") else "quiet") for name, value in items]
    return Section(heading, says, bars(drawn, f"{heading}, {unit}"), Table(("", unit), items))


def matching(about: Row, rows: list[Row]) -> Section:
    rows = [row for row in rows if "contender" in row]
    sizes = sorted({row["phrases"] for row in rows})
    ours = {row["contender"]: {} for row in rows if row["contender"].startswith(("huashu", "hassil"))}
    for row in rows:
        if row["texts"] == "hit" and row["contender"] in ours:
            ours[row["contender"]][row["phrases"]] = row["median"]
    series = [Series(name, [found[size] for size in sizes]) for name, found in ours.items()]
    table = Table(("", *(f"{size:,} phrases" for size in sizes)), [(each.name, *each.values) for each in series])
    says = "Utterances that hold an intent, understood per second of one core, by the number of phrases."
    return Section("Matching", says, lines([f"{size:,}" for size in sizes], series, says), table)


def turns(about: Row, rows: list[Row]) -> Section:
    items = [(f"{row['contender']}, {at}", row[f"{at}_us"]) for row in rows for at in ("p50", "p99")]
    return _bars("A caller's turn", "Words in, what to do next out.", items, "microseconds")


def recognition(about: Row, rows: list[Row]) -> Section:
    items = [
        (f"{_recogniser(row)}, {row['callers']} at a time, {at}", row["delay_ms"][at])
        for row in rows if "callers" in row for at in ("p50", "p95")
    ]  # fmt: skip
    says = "From the end of the caller's voice to the final text, on one core, waiting for the end included."
    return _bars("Recognition", says, items, "milliseconds")


def _recogniser(row: Row) -> str:
    return "huashu" if row["recogniser"].startswith("whisper") else str(row["recogniser"])


def media(about: Row, rows: list[Row]) -> Section:
    searched = [row for row in rows if row.get("what") != "choice"]
    items = [(name, float(row["calls"] if row else 0)) for name, row in by_server(searched).items()]
    says = "Live calls that one core holds, with 99 of 100 messages of sound at most 10 ms late."
    return _bars("Calls held", says, items, "calls")


def memory(about: Row, rows: list[Row]) -> Section:
    found = next(row["memory"] for row in rows if "memory" in row)
    names = {"dialogue": "huashu, dialogue", "media": "huashu, sound", "transitions": "transitions, a model"}
    kept = {names[key]: value for key, value in found.items()}
    kept |= next((row["frameworks"] for row in rows if "frameworks" in row), {})
    items = [(name, round(value / 1024, 1)) for name, value in kept.items()]
    return _bars("Memory of a call", "What one more call keeps.", items, "KiB")


def growth(about: Row, rows: list[Row]) -> Section:
    items = [(row["growth"], row["exponent"]) for row in rows if "growth" in row]
    return _bars("Growth", "The exponent of size that costs follow: 1 is linear.", items, "exponent")


def again(found: Sequence[Compared]) -> Section:
    """The ratio of each part that has changed most; which of them in the table."""
    largest = [each.ratios[0] for each in found]
    drawn = [Bar(each.part, round(100 * abs(each.change), 1), "good" if each.is_within else "bad") for each in largest]
    rows = [
        (each.part, f"{each.who}, {each.what}", number(each.then), number(each.now), each.percent) for each in largest
    ]
    ratios = [pair for each in found for pair in each.ratios]
    days = " and ".join(dict.fromkeys("the same day" if each.is_same_day else "another day" for each in found))
    within = sum(pair.is_within for pair in ratios)
    says = (
        f"{within} of {len(ratios)} ratios of ours to a peer's are within {100 * WITHIN:.0f} % "
        f"of what they were in the run before, which is of {days}; here the largest change of each part, in %."
    )
    chart = bars(drawn, "The largest change of a ratio, %")
    return Section("Measured again", says, chart, Table(("", "ratio", "then", "now", "change"), rows))


SECTIONS = (
    ("matching", matching),
    ("turns", turns),
    ("recognition", recognition),
    ("media", media),
    ("scale", memory),
    ("scale", growth),
)
