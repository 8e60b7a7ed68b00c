"""The part of `docs/performance.md` about grading recorded calls again, from the last run."""

from __future__ import annotations

from typing import Any

from server.reference_text import table

Row = dict[str, Any]

GRADING = """\
What grading a recorded call again takes, in time of the processor: **read** its log, **fold** the facts out of it,
**grade** them with all reasons, and **tell** it as a line of JSON with its turns. Callers say sentences of the
scorecard to the shipped script `{script}`; the median of {rounds} rounds. *First* is all four in the first round: logs
hold the same prompts and timers again and again, which are read once, and until then it takes longer. Of real logs
less recurs than here in the later rounds, since their callers have more names.

{table}
The whole command on {calls:,} simulated callers, by the clock, its start included. *Ray* is a cluster of two machines
with a core each, both on this one. All wrote {same}.

{commands}{ruled}
{machine}, {system}, Python {python}; {versions}. Measured {date},
while {load:g} tasks on average wanted a core. `make bench` measures again.
"""
GRADING_FLOORS = """
For comparison, what Python or a library takes for a call of {turns} turns: to read its JSON and make nothing of it,
to make its events of values that are there, to look at each of them once, to write a result that is there.

{table}"""
GRADING_HEADS = ("", "turns", "steps", "calls", "read", "fold", "grade", "tell", "calls a second", "first")
RULED = """
The rules alone, beside engines of rules: {calls} calls of all these lengths, their facts folded already, graded by the
{rules} rules of the shipped scheme `{scheme}`; in time of the processor, medians of {rounds} interleaved rounds
(lowest–highest).

{table}
All gave the same letter for every call; half of the calls are decided by rule {deciding} or one before it. **with its
proof**: the letter, what it rests on in the log and what each better grade missed. **the letter alone**: the first rule
that holds, and nothing else; the others give no more than that. They get their conditions from the same YAML,
translated test by test, and of each call the {facts} facts that these ask for, as a dict; making it takes {dict:g} µs,
which is not counted, and its way into ZEN's own values is. **a chain of rules**: rule-engine's own, with one rule for
each of ours. **a decision table**: one condition a row, the first hit, compiled once. **one expression**: all rules as
ifs within ifs, with no table at all. Each of them runs in a process of its own.
"""
PARTS = ("read", "fold", "grade", "tell")


def grading_tables(about: Row, rows: list[Row]) -> str:
    """Whatever of it the run has measured."""
    lines = [
        (
            row["contender"], *(f"{row[name]}" for name in ("turns", "steps", "calls")),
            *(f"{row[part]} µs" for part in PARTS), f"{1e6 / sum(row[part] for part in PARTS):,.0f}",
            f"{1e6 / row['first']:,.0f}",
        )
        for row in rows if "turns" in row
    ]  # fmt: skip
    floors = [row for row in rows if "floor" in row]
    least = table(("", "a call"), [(row["floor"], f"{row['microseconds']:g} µs") for row in floors])
    under = GRADING_FLOORS.format(turns=floors[0]["of_turns"], table=least) if floors else ""
    commands = [row for row in rows if "command" in row]
    whole = [(row["command"], f"{row['per_second']:,}") for row in commands]
    same = "the same bytes" if all(row["same"] for row in commands) else "something else, which is a fault"
    theirs = next((row["versions"] for row in rows if "scheme" in row), [])
    versions = ", ".join([*(f"{name} {version}" for name, version in about["versions"].items()), *theirs])
    measured = table(GRADING_HEADS, lines) + under
    more = {"table": measured, "commands": table(("", "calls a second"), whole), "same": same}
    more |= {"ruled": ruled(about, rows), "versions": versions, "calls": commands[0]["calls"]}
    return GRADING.format(**{**about, **more})


def ruled(about: Row, rows: list[Row]) -> str:
    """Grading beside engines of rules; nothing where their environment was not there."""
    of = next((row for row in rows if "scheme" in row), None)
    if of is None:
        return ""
    lines = [(row["ruled"], _spread(row)) for row in rows if "ruled" in row]
    shown = {**of, "rounds": about["rounds"], "dict": of["dict"]["us"], "table": table(("", "a call"), lines)}
    return RULED.format(**shown)


def _spread(row: Row) -> str:
    least, most = row["us_rounds"]
    return f"{row['us']:g} µs ({least:g}–{most:g})"
