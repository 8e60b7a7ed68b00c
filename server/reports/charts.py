"""The charts of a report, as SVG inside the page.

pygal lays them out: scales, axes, bars, lines. All else that it would put in is taken out again, since a page may
hold no script, no link, no date and no random id, and since the colours are the page's, which knows light, dark and
paper. Colours never stand alone: bars carry their names and numbers, and beside each chart there is a table.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from typing import Any

from markupsafe import escape

from server.reports.page import Chart, Table, Tint, Tinted
from server.reports.text import clean, count, cut, width

_finders, _distributions = sys.meta_path.copy(), PathFinder.__dict__.get("find_distributions")
import pygal  # noqa: E402
from pygal.style import Style  # noqa: E402

sys.meta_path[:] = _finders
if _distributions is not None:
    setattr(PathFinder, "find_distributions", _distributions)  # noqa: B010  it is no attribute to mypy
"""For its plug-ins pygal brings another importlib.metadata, which takes that of Python out and puts a finder of an old
kind in, at which every later import would warn. Both are put right, or no package would find its own version any more.
"""

WIDTH = 640
"""Of the drawing; the page scales it to its own."""
BAR_HEIGHT, PLOT_HEIGHT = 30, 240
FONT_SIZE = 13
LABEL_CHARS = 18
"""Of a label in a chart; its table has the whole."""
_ESTIMATE = 0.6
"""The width of a character as pygal takes it, in parts of the font size, which is too little for Chinese."""
_HALF = 0.58
"""What half a Chinese character, or a letter of a wide font, takes."""
MOST_TICKS = 6

GRADE_TONES: Mapping[str, str] = {letter: f"grade-{letter.lower()}" for letter in "ABCDEF"}
"""Blue for the best to brown for the worst: neighbours stay apart in the eyes of the colour blind (CIE76 17 and more,
13 for those who see no blue, on dark paper), and a letter stands beside each.
"""
SERIES_TONES = ("series-1", "series-2", "series-3", "series-4", "series-5", "series-6")


def grade_tone(letter: str) -> str:
    return GRADE_TONES.get(letter, "quiet")


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    tone: str = "series-1"
    """A colour of the page's stylesheet: `grade-a` … `grade-f`, `series-1` … `series-6`, `good`, `bad`, `quiet`."""


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    values: Sequence[float]
    tone: str = "series-1"


def bars(items: Sequence[Bar], alt: str) -> Chart:
    """Bars that lie, from above in the order given, each with its number."""
    drawn = list(reversed(items))  # pygal draws from below
    chart = _lying(pygal.HorizontalBar, [item.label for item in drawn], print_values=True, show_x_labels=False)
    chart.add("", [_value(item.value, item.tone) for item in drawn])
    return Chart(_svg(chart, alt), alt)


def stacked(labels: Sequence[str], series: Sequence[Series], alt: str) -> Chart:
    """Bars that lie, each made of several parts; the legend tells which is which."""
    chart = _lying(pygal.HorizontalStackedBar, list(reversed(labels)))
    chart.y_labels = _ticks(
        max((sum(values) for values in zip(*(one.values for one in series), strict=True)), default=0)
    )
    for one in series:
        chart.add("", [_value(value, one.tone) for value in reversed(one.values)])
    return Chart(_svg(chart, alt), alt, tuple((one.name, one.tone) for one in series))


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a funnel."""

    name: str
    entered: int
    left: Mapping[str, int]
    """How many ended there, by the key of the way in which they did."""


def funnel(stages: Sequence[Stage], went_on: str, ways: Sequence[tuple[str, str, str]], alt: str) -> Chart:
    """How many came to each stage, and how many of them ended there. `ways` are key, name and colour of each way."""
    stayed = [max(0, stage.entered - sum(stage.left.values())) for stage in stages]
    parts = [Series(went_on, stayed, "quiet")]
    parts += [Series(name, [stage.left.get(key, 0) for stage in stages], tone) for key, name, tone in ways]
    return stacked([stage.name for stage in stages], [part for part in parts if any(part.values)] or parts[:1], alt)


def histogram(labels: Sequence[str], counts: Sequence[int], alt: str, unit: str = "") -> Chart:
    """Bars that stand, one for each range of values; `unit` names the axis."""
    chart = _plot(pygal.Bar, labels, x_title=unit or None, show_x_guides=False)
    chart.y_labels = _ticks(max(counts, default=0))
    chart.add("", [_value(each, "series-1") for each in counts])
    return Chart(_svg(chart, alt), alt)


def lines(labels: Sequence[str], series: Sequence[Series], alt: str) -> Chart:
    """Lines over the same labels, at most six. The first has the first colour and so on, each its own dashes."""
    chart = _plot(pygal.Line, labels, dots_size=3)
    chart.y_labels = _ticks(max((max(one.values, default=0) for one in series), default=0))
    named = [(one, SERIES_TONES[place % len(SERIES_TONES)]) for place, one in enumerate(series)]
    for one, _ in named:
        chart.add("", list(one.values))
    return Chart(_svg(chart, alt), alt, tuple((one.name, tone) for one, tone in named))


def heat(
    rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int], corner: str = "",
    *, agreement: bool = False,
) -> Table:  # fmt: skip
    """A table of numbers that are the darker the larger they are; with `agreement` the diagonal is another colour."""
    most = max(counts.values(), default=0)

    def cell(row: str, column: str) -> Tinted:
        number = counts.get((row, column), 0)
        tone: Tint = "heat" if not agreement else "good" if row == column else "bad"
        return Tinted(count(number) if number else "·", math.sqrt(number / most) if most else 0, tone)

    return Table((corner, *columns), [(row, *(cell(row, column) for column in columns)) for row in rows])


# --- pygal -----------------------------------------------------------------------------------------------------------


def _lying(kind: Any, labels: Sequence[str], **options: Any) -> Any:
    labels = [_label(label) for label in labels]
    widest = max((width(label) for label in labels), default=0) * FONT_SIZE * _HALF
    guessed = max(map(len, labels), default=0) * FONT_SIZE * _ESTIMATE
    height = BAR_HEIGHT * max(1, len(labels)) + (0 if options.get("print_values") else BAR_HEIGHT)
    return _chart(
        kind, labels, height=height, margin_left=4 + max(0, widest - guessed), margin_right=48, spacing=6,
        show_x_guides=False, print_values_position="top", **options,
    )  # fmt: skip


def _plot(kind: Any, labels: Sequence[str], **options: Any) -> Any:
    return _chart(
        kind, [_label(label) for label in labels], height=PLOT_HEIGHT, margin_left=4, margin_right=8, **options
    )


def _chart(kind: Any, labels: Sequence[str], **options: Any) -> Any:
    style = Style(
        label_font_size=FONT_SIZE, major_label_font_size=FONT_SIZE, value_font_size=FONT_SIZE, title_font_size=FONT_SIZE
    )
    chart = kind(
        js=[], css=[], style=style, disable_xml_declaration=True, show_legend=False, no_data_text="", width=WIDTH,
        margin_top=4, margin_bottom=4, truncate_label=-1, formatter=count, value_formatter=count, **options,
    )  # fmt: skip
    chart.x_labels = labels
    chart.add_xml_filter(_stripped)
    return chart


def _label(text: str) -> str:
    short = cut(clean(text), 2 * LABEL_CHARS)
    while width(short) > 2 * LABEL_CHARS:
        short = cut(short, len(short) - 1)
    return short


def _value(value: float, tone: str) -> dict[str, object]:
    return {"value": value, "style": f"fill:var(--{tone})"}


def _ticks(most: float) -> list[float]:
    """From 0 to the largest value at least, in round steps of whole numbers."""
    step = next(
        step for power in range(12) for step in (10**power, 2 * 10**power, 5 * 10**power) if step * MOST_TICKS >= most
    )
    return [step * place for place in range(max(1, math.ceil(most / step)) + 1)]


def _stripped(root: Any) -> Any:
    """Without what pygal adds to a drawing: comments with a date and addresses, a script, a style, texts that only its
    script would show.
    """
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in _UNWANTED or "tooltip-overlay" in child.get("class", ""):
                parent.remove(child)
    return root


_UNWANTED = frozenset({"defs", "desc", "title"})


def _svg(chart: Any, alt: str) -> str:
    if not chart.raw_series:
        chart.add("", [])  # pygal draws no axis without
    drawing = chart.render(is_unicode=True)
    start = drawing.index(">") + 1  # its own opening tag names a random id and a name space
    size = f"0 0 {chart.config.width} {chart.config.height}"
    return f'<svg viewBox="{size}" role="img" aria-label="{escape(clean(alt))}">{drawing[start:]}'
