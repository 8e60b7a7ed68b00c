"""What a soak has shown, as a part of `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.soaking.figures import MB
from benchmarks.soaking.judge import Row
from server.reference_text import table

SOAK = """\
{lines} calls at a time for {minutes:g} minutes, by text and by Twilio's wire, with sound both ways in 20 ms frames, and
all of what goes wrong on a line: frames lost and late, callers who stall, read slowly, cut in, hang up, break off
without a word, and sockets left half open. The server was killed (`kill -9`) {servers}, its recogniser {recognisers}
and the process of its voice {voices}; each was started again, the last by the server itself. The recogniser reads
chords instead of words; all else is `huashu serve`. Each call is held against its record afterwards.

{table}{wrong}
Memory, file descriptors and tasks are those of the longest life, {judged_minutes:g} minutes with {judged_calls:,}
calls, by least squares, without the warm-up and apart from how many calls there were just then; ± is the standard
error. The server remembers the latest ten thousand calls by name, a kilobyte or so each. *Clock* is how late the one
that drives all calls was, beside that of the callers, who wait for nothing: as much of it is the machine's. It is
told by the end of its bucket, of which there are those to 5, 10, 20, 50, 100 ms and so on.

{machine}, {system}, Python {python}; {versions}. Measured {date}, while {load:g} tasks on average wanted a core.
`make soak MINUTES={minutes:g} CALLS={lines}` measures again.
"""
SHORT = "a life too short to say how it grows"


def soak_table(about: Row, rows: Sequence[Row]) -> str:
    """What came of a run of `benchmarks.soak`."""
    found = next(row for row in rows if row["what"] == "figures")
    lines = [
        ("calls begun", f"{found['calls']:,}, of which the server took {found['taken']:,}"),
        ("records, each with a grade from its log", f"{found['records']:,}"),
        ("of these, cut off by a kill and concluded at the next start", f"{found['cut_off']:,}"),
        ("prompts that callers heard, all found in their logs", f"{found['prompts_heard']:,}"),
        ("logs replayed, all the same", f"{found['replayed']:,}"),
        ("promises delivered, each under one id", f"{found['messages'].get('done', 0):,}"),
        ("resident memory", _memory(found)),
        ("file descriptors", _per_hour(found, "fds")),
        ("tasks of the event loop", _per_hour(found, "tasks")),
        ("clock, p50 / p99 (callers')", f"{_late(found, 'p50')} / {_late(found, 'p99')}"),
        ("of a core", f"{found['core_percent']} % for {found['calls_at_a_time']:g} calls on average"),
        ("not as it should be", f"**{found['problems']}**"),
    ]
    wrong = [
        f"- {row['call']}{': ' if row['call'] else ''}{row['problem']}\n" for row in rows if row["what"] == "problem"
    ]
    deaths = {f"{what}s": _times(found["deaths"].get(what, 0)) for what in ("server", "recogniser", "voice")}
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    told = {"table": table(("", ""), lines), "wrong": "\n" + "".join(wrong) if wrong else "", "versions": versions}
    return SOAK.format(**{**about, **found, **deaths, **told})


def _memory(found: Row) -> str:
    _, first, last, _ = found["rss_mb"]
    told = f"{first:.0f} MB at first, {last:.0f} MB at last"
    if not found["growth"]:
        return f"{told}; {SHORT}"
    grown = found["growth"]["rss_bytes"]
    per_hour = f"{grown['per_hour'] / MB:+.1f} MB an hour (± {grown['error_per_hour'] / MB:.1f})"
    return f"{told}: {per_hour}, {found['rss_bytes_per_call']:,} bytes a call"


def _per_hour(found: Row, name: str) -> str:
    before, after = found["idle"][name]
    grown = found["growth"].get(name)
    told = f"{grown['per_hour']:+.1f} an hour (± {grown['error_per_hour']:.1f})" if grown else SHORT
    return f"{told}; {before:.0f} before the first call, {after:.0f} after the last"


def _late(found: Row, share: str) -> str:
    return f"{found['late_ms'][share]:g} ({found['callers_late_ms'][share]:g}) ms"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
