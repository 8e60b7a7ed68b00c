"""The sections of `huashu report` on how calls with a person went: where they ended, and how quickly all was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from server.reports.charts import Series, Stage, funnel, histogram, stacked
from server.reports.page import Cell, Chart, Section, Table
from server.reports.report import AFTER, Flow, Report, Stopped, Unmet, percentile
from server.reports.text import NONE, Number, cut, percent, seconds
from server.reports.words import Words

MOST_ROWS = 15
MOST_BARS = 15
SHORT = 80
"""Characters of a prompt within a table."""
WAYS: Mapping[str, str] = {
    "caller": "series-2", "silence": "series-5", "bot": "series-3", "transfer": "series-1", "limit": "series-4",
    "network": "series-6", "": "quiet",
}  # fmt: skip
"""The ways in which a call ends, in the order of the chart, with their colours."""
MOST_BINS = 10
TALK_SECONDS = (5, 10, 15, 20, 30, 60, 120, 300)
DELAYS_MS = (50, 100, 200, 250, 500, 1000, 2000)
"""Widths of the bins of a histogram: the least is taken that needs no more than `MOST_BINS`."""


def flows(report: Report, words: Words) -> list[Section]:
    """A funnel for each script."""
    by_script = [(script, list(found)) for script, found in groupby(report.flows, key=lambda flow: flow.script)]
    several = len(by_script) > 1
    return [_flow(words("flow") + (f" · {script}" if several else ""), found, words) for script, found in by_script]


def _flow(heading: str, stages: list[Flow], words: Words) -> Section:
    here = [way for way in WAYS if any(way in flow.left for flow in stages)]
    drawn = [Stage(flow.stage, flow.entered, flow.left) for flow in stages[:MOST_BARS]]
    ways = [(way, words(f"end.{way}"), WAYS[way]) for way in here]
    rows: list[Sequence[Cell]] = [
        (
            flow.stage,
            flow.entered,
            percent(flow.entered, stages[0].entered),
            flow.entered - sum(flow.left.values()),
            *(flow.left.get(way, 0) for way in here),
        )
        for flow in stages
    ]
    head = [words("stage"), words("entered"), words("share"), words("went_on"), *(name for _, name, _ in ways)]
    chart = funnel(drawn, words("went_on"), ways, words("flow.alt"))
    return Section(heading, words("flow.says"), chart, Table(head, rows))


def hang_ups(report: Report, words: Words) -> list[Section]:
    tenths = report.hang_ups_by_share
    labels = [words("hang_ups.after") if key == AFTER else f"{int(key) * 10}–{int(key) * 10 + 10}" for key in tenths]
    items = ", ".join(f"{label} {number}" for label, number in zip(labels, tenths.values(), strict=True))
    chart = histogram(labels, list(tenths.values()), words("hang_ups.alt", items=items), words("hang_ups.axis"))
    rows = [(*_prompt(each), each.calls, each.during, *_how_far(each)) for each in report.hang_ups[:MOST_ROWS]]
    head = [words(key) for key in ("prompt", "stage", "calls", "during", "median", "heard")]
    return [
        Section(
            words("hang_ups"), words("hang_ups.says"), chart if rows else None, Table(head, rows),
            nothing=words("hang_ups.none"),
        )
    ]  # fmt: skip


def _prompt(each: Stopped) -> tuple[str, str]:
    return cut(each.prompt, SHORT) or NONE, each.stage


def _how_far(each: Stopped) -> tuple[Cell, Cell]:
    about = "" if each.measured else "≈ "
    share = Number(NONE) if each.heard is None else Number(f"{about}{each.heard:.0%}".replace("%", " %"))
    return seconds(each.median_ms), share


def barge_ins(report: Report, words: Words) -> list[Section]:
    rows = [
        (*_prompt(each), each.said, each.calls, percent(each.calls, each.said), *_how_far(each))
        for each in report.barge_ins[:MOST_ROWS]
    ]
    head = [words(key) for key in ("prompt", "stage", "said", "cut", "share", "median", "heard")]
    return [
        Section(
            words("barge_ins"), words("barge_ins.says"), None, Table(head, rows), nothing=words("barge_ins.none")
        )
    ]  # fmt: skip


def quiet(report: Report, words: Words) -> list[Section]:
    found = [flow for flow in report.flows if flow.no_input or flow.no_match]
    found.sort(key=lambda flow: (-flow.no_input - flow.no_match, flow.script, flow.stage))
    drawn = found[:MOST_BARS]
    series = [
        Series(words("no_input"), [flow.no_input for flow in drawn], "series-1"),
        Series(words("no_match"), [flow.no_match for flow in drawn], "series-2"),
    ]
    series = [one for one in series if any(one.values)]
    several = len({flow.script for flow in report.flows}) > 1
    rows = [
        (f"{flow.script} · {flow.stage}" if several else flow.stage, flow.entered, flow.no_input, flow.no_match)
        for flow in found
    ]
    head = [words(key) for key in ("stage", "entered", "no_input", "no_match")]
    chart = stacked([flow.stage for flow in drawn], series, words("quiet.alt")) if found else None
    return [Section(words("quiet"), words("quiet.says"), chart, Table(head, rows), nothing=words("quiet.none"))]


def unmet(report: Report, words: Words) -> list[Section]:
    rows: list[Sequence[Cell]] = [
        (
            each.text,
            each.count,
            cut(" / ".join(text for text, _ in each.also), SHORT),
            ", ".join(stage for stage, _ in each.stages[:3]),
            _nearest(each, words),
        )
        for each in report.unmet[:MOST_ROWS]
    ]
    head = [words(key) for key in ("utterance", "times", "also", "stage", "nearest")]
    return [Section(words("unmet"), words("unmet.says"), None, Table(head, rows), nothing=words("unmet.none"))]


def _nearest(each: Unmet, words: Words) -> str:
    if not each.nearest:
        return NONE
    announcement = each.nearest.removeprefix("announced:")
    name = words.named(each.nearest, "intent.") if announcement == each.nearest else words.named(announcement)
    return f"{name} ({each.likeness:.0%})"


def delays(report: Report, words: Words) -> list[Section]:
    spreads = report.delays
    rows = [
        (words(f"part.{part}"), found.count, found.p50, found.p95, found.p99, found.most)
        for part, found in spreads.items()
    ]
    head = [words("part"), words("n"), "p50 ms", "p95 ms", "p99 ms", "max ms"]
    bins = binned(report.delays_ms, DELAYS_MS)
    chart = _bins_chart(bins, words("delays.alt"), words("ms"))
    return [
        Section(
            words("delays"), words("delays.says"), chart if bins else None, Table(head, rows),
            nothing=words("delays.none"),
        )
    ]  # fmt: skip


def lengths(report: Report, words: Words) -> list[Section]:
    if report.talk is None:
        return []
    whole = Counter[int]()
    for ms, number in report.talk_ms.items():
        whole[ms // 1000] += number
    says = words("talk.says", p50=seconds(report.talk.p50), p95=seconds(report.talk.p95))
    talk = _histogram("talk", says, binned(whole, TALK_SECONDS), words("seconds"), words)
    turns = binned(report.turns, (1, 2, 5, 10), whole=True)
    return [talk, _histogram("turns", words("turns.says"), turns, words("turns"), words)]


def _histogram(key: str, says: str, bins: Sequence[tuple[str, int]], unit: str, words: Words) -> Section:
    total = sum(number for _, number in bins)
    rows = [(name, number, percent(number, total)) for name, number in bins]
    chart = _bins_chart(bins, words(f"{key}.alt"), unit)
    return Section(words(key), says, chart, Table((unit, words("calls"), words("share")), rows))


def _bins_chart(bins: Sequence[tuple[str, int]], alt: str, unit: str) -> Chart:
    """Each bar has the beginning of its range below it, since whole ranges have no room there."""
    return histogram([name.partition("–")[0] for name, _ in bins], [number for _, number in bins], alt, unit)


def binned(counts: Mapping[int, int], widths: Sequence[int], *, whole: bool = False) -> list[tuple[str, int]]:
    """Counts by ranges of one width, `0–5`, `5–10` …, and `≥ 50` for the few beyond; of whole numbers `0–4`, `5–9` …"""
    if not counts:
        return []
    usual = percentile(counts, 99)
    width = next((each for each in widths if usual < each * MOST_BINS), widths[-1])
    totals = [0] * (MOST_BINS + 1)
    for value, number in counts.items():
        totals[min(max(0, value) // width, MOST_BINS)] += number
    names = [
        str(low) if whole and width == 1 else f"{low}–{low + width - whole}"
        for low in range(0, MOST_BINS * width, width)
    ]
    names.append(f"≥ {MOST_BINS * width}")
    last = max(place for place, number in enumerate(totals) if number)
    return list(zip(names, totals, strict=True))[: last + 1]


SECTIONS: Iterable[Callable[[Report, Words], list[Section]]] = (
    flows, hang_ups, barge_ins, quiet, unmet, delays, lengths,
)  # fmt: skip
