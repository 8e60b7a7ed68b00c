"""The part of `docs/performance.md` about ratios that were measured again: the last runs beside those before them."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.again import WITHIN, Compared, by_change
from server.reference_text import table

AGAIN = """\
A figure tells of the machine and of its day; a ratio of ours to a peer's, measured side by side, should come out again.
Of {ratios} ratios in these runs, **{within}** are within {percent:.0f} % of what they were in the run before.
{days}

{table}
*Differs*: what was not the same in both runs; where the engine was changed in between, its ratios change too. Beyond
{percent:.0f} %:

{beyond}

Not compared, since it is in one of the runs only or the machine had other things to do:

{passed_over}

Every ratio with its change, and the figures themselves, are told by `python -m benchmarks.again`. `make bench` measures
again; it keeps the last run of another day to be compared with.
"""
HEADS = ("", "run before", "last run", "differs", "ratios", f"within {100 * WITHIN:.0f} %", "largest change", "of")
SAME_DAY = """\
{which} before are of the **same day** as the last: that shows a run can be repeated, not yet that the day does not
matter."""
OTHER_DAYS = "All runs before are of another day."


def again_table(found: list[Compared]) -> str:
    found = [each for each in found if each.ratios]
    ratios = [pair for each in found for pair in each.ratios]
    passed_over = [f"{each.part}: {'; '.join(each.passed_over)}" for each in found if each.passed_over]
    return AGAIN.format(
        ratios=len(ratios),
        within=sum(pair.is_within for pair in ratios),
        percent=100 * WITHIN,
        days=_days(found),
        table=table(HEADS, (_row(each) for each in found)),
        beyond=_listed(f"{pair.part}: {pair.says}{pair.rounds}" for pair in by_change(ratios) if not pair.is_within),
        passed_over=_listed(passed_over),
    )


def _days(found: list[Compared]) -> str:
    same = [each.part for each in found if each.is_same_day]
    if not same:
        return OTHER_DAYS
    which = "All runs" if len(same) == len(found) else f"The runs of {', '.join(same)}"
    return SAME_DAY.format(which=which)


def _row(each: Compared) -> tuple[str, ...]:
    largest, within = each.ratios[0], len(each.ratios) - len(each.beyond)
    of = f"{largest.who}, {largest.what}"
    told = (str(len(each.ratios)), str(within), largest.percent, of)
    return (each.part, each.then, each.now, "; ".join(each.differs), *told)


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "None."
