"""The figures in the README: a few of the last runs, each beside what does the same work, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.load_tables import by_server
from server.reference_text import table

Row = dict[str, Any]
Read = Callable[[str], tuple[Row, list[Row]]]
"""The last run of a part: what is told about it, and its rows."""

BEGIN = "<!-- figures: written by `make docs` from benchmarks/results -->\n"
END = "<!-- end of figures -->\n"
PARTS = ("turns", "media", "scale", "scorecard")
FIGURES = """\
{table}
Measured {dates} on {machine}; the frameworks' language model takes no time in this. The last two rows are of
sentences at which the grammars were worked on. Of {unseen} that those who did so had not seen, spoken as people speak,
{recall} of the intents are found, and {flips} that say yes or no are taken for the opposite. How all of this was
measured, and where others are faster, is told under [Performance](docs/performance.md) and
[Scorecard](docs/scorecard.md).
"""


def with_figures(page: str, scorecard: str, read: Read) -> str:
    """The README with the figures of the last runs in their place; `scorecard` is the page of that name."""
    pattern = f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})"
    written = figures(scorecard, read)
    page, places = re.subn(pattern, lambda _: written, page, flags=re.DOTALL)
    if places != 1:
        raise ValueError(f"README.md has no place for its figures, which begins with {BEGIN.strip()}")
    return page


def figures(scorecard: str, read: Read) -> str:
    abouts = [read(part)[0] for part in PARTS]
    dates = sorted({about["date"] for about in abouts})
    shown = table(("", "huashu", "others"), [_turn(read), _held(read), _kept(read), *_understood(read)])
    return FIGURES.format(
        table=shown,
        dates=dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
        machine=" and ".join(dict.fromkeys(about["machine"] for about in abouts)),
        unseen=_first(scorecard, "sentences"),
        recall=_first(scorecard, "macro recall, over all intents"),
        flips=_first(scorecard, "polarity flips, of those that say yes or no"),
    )


def _turn(read: Read) -> tuple[str, ...]:
    found = {row["contender"]: f"{row['p50_us']:,.0f} µs" for row in read("turns")[1]}
    ours = _told(found, {"": "huashu, a whole turn", "compiled ": "huashu, compiled, a whole turn"})
    others = _told(found, {"Pipecat Flows ": "pipecat flows", "LiveKit Agents ": "livekit-agents, text"})
    return "a caller's turn, from the words to what is said next", ours, others


def _held(read: Read) -> tuple[str, ...]:
    best = by_server([row for row in read("media")[1] if row.get("what") != "choice"])
    found = {name: f"{row['calls'] if row else 0:,}" for name, row in best.items()}
    others = _told(found, {"Pipecat ": "pipecat", "a bare WebSocket server ": "bare uvicorn, uvloop, 200 ms"})
    return "live calls that one core holds, sound both ways", found["huashu"], others


def _kept(read: Read) -> tuple[str, ...]:
    rows = read("scale")[1]
    ours = next(row["memory"] for row in rows if "memory" in row)["dialogue"]
    found = {name: _kb(size) for row in rows if "frameworks" in row for name, size in row["frameworks"].items()}
    others = _told(found, {"LiveKit Agents ": "livekit-agents, text", "Pipecat Flows ": "pipecat flows"})
    return "what the dialogue of a call keeps in memory", _kb(ours), others


def _kb(size_bytes: int) -> str:
    return f"{size_bytes / 1000:.0f} KB"


def _understood(read: Read) -> list[tuple[str, ...]]:
    found = {row["contender"]: row for row in read("scorecard")[1]}
    of = found["huashu"]["opinionated"]
    asked = {
        "flips": f"taken for the opposite, of {of} sentences that say yes or no",
        "alarms": "taken for something, of 100 sentences that mean nothing to a call",
    }
    counts = {name: {who: f"{row[name]}" for who, row in found.items()} for name in asked}
    search = {"a search for the same phrases ": "naive loop"}
    return [(says, counts[name]["huashu"], _told(counts[name], search)) for name, says in asked.items()]


def _told(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Of these, what has been measured: on a machine without the frameworks they are left out."""
    return ", ".join(label + found[name] for label, name in wanted.items() if name in found)


def _first(scorecard: str, name: str) -> str:
    """The figure for the freer of the unseen sentences, which stands first."""
    found = re.search(rf"^\| {re.escape(name)} \| ([^|]*) \|", scorecard, re.MULTILINE)
    if found is None:
        raise ValueError(f"docs/scorecard.md does not tell '{name}'")
    return found[1].replace("**", "")
