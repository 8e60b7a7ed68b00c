"""What was found: a table for people, a line each in a pipe, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.conformance.case import Case, Status, Verdict

SIGNS: dict[Status, tuple[str, str]] = {
    "pass": ("✓", "green"), "fail": ("✗", "bold red"), "skip": ("–", "yellow"), "n/a": ("·", "dim"),
}  # fmt: skip


def verdict_json(verdict: Verdict) -> dict[str, object]:
    return {
        "gateway": verdict.gateway,
        "case": verdict.case.name,
        "verdict": verdict.status,
        "why": verdict.why,
        "expected": verdict.case.title,
        "source": verdict.case.source,
        "seconds": round(verdict.seconds, 2),
    }


def verdict_line(verdict: Verdict) -> str:
    source = f" [{verdict.case.source}]" if verdict.status == "fail" else ""
    return f"{verdict.status:4}  {verdict.gateway:11}  {verdict.case.name:16}  {verdict.why}{source}"


def summary(verdicts: Sequence[Verdict]) -> str:
    counts = Counter(verdict.status for verdict in verdicts)
    return ", ".join(f"{counts[status]} {word}" for status, word in _WORDS.items() if counts[status])


_WORDS: dict[Status, str] = {"pass": "pass", "fail": "fail", "skip": "skipped"}


def case_line(case: Case, gateways: Sequence[str]) -> str:
    played = [name for name in gateways if name in case.gateways]
    whom = "all" if len(played) == len(gateways) else ", ".join(played)
    return f"{case.name:18}  {case.title}  [{case.source}]\n{'':18}  {whom}"


def table(verdicts: Sequence[Verdict]) -> Table:
    """A row for each case, a column for each gateway."""
    gateways = list(dict.fromkeys(verdict.gateway for verdict in verdicts))
    by_case: dict[str, dict[str, Verdict]] = {}
    for verdict in verdicts:
        by_case.setdefault(verdict.case.name, {})[verdict.gateway] = verdict
    made = Table(box=None, padding=(0, 1), header_style="bold")
    made.add_column("case", no_wrap=True)
    for name in gateways:
        made.add_column(name, justify="center")
    for name, row in by_case.items():
        if any(each.status != "n/a" for each in row.values()):
            made.add_row(name, *(Text(*SIGNS[row[gateway].status]) for gateway in gateways))
    return made


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """For a person: the table, and below it whatever is not green, with its reason."""
    console.print(table(verdicts))
    for verdict in verdicts:
        if verdict.status == "fail":
            console.print(
                Text.assemble(
                    ("\n✗ ", "bold red"), (f"{verdict.gateway} {verdict.case.name}", "bold"),
                    f": {verdict.case.title}.\n  {verdict.why}\n  ", (verdict.case.source, "dim"),
                )
            )  # fmt: skip
    skipped: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.status == "skip":
            skipped.setdefault(verdict.why, []).append(f"{verdict.gateway} {verdict.case.name}")
    for why, which in skipped.items():
        few = ", ".join(which[:4]) + (f" and {len(which) - 4} more" if len(which) > 4 else "")
        console.print(Text.assemble(("– ", "yellow"), f"{why}: ", (few, "dim")))
    console.print(f"\n{summary(verdicts)}")
