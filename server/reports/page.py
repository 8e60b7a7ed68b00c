"""A page of a report: a title, the verdict in one sentence, then sections that each show one thing.

A section says in a sentence what it shows, then shows it as a chart, as a table beside the chart (for those who want
the number, and for those who cannot see the chart), and as calls with the words that prove it. The page is one file:
its stylesheet is inside, nothing is loaded, no script runs, and the browser is told to refuse both. The same data give
the same bytes.

    page = Page("Report", "12 calls, 3 of them A.", [Section("Grades", "How many have which.", chart, table)])
    write(page, Path("report.html"))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from server.reports.text import NONE, Number, clean, count, cut, width
from server.reports.words import HTML_LANG, Lang, Words

HERE = Path(__file__).parent
LONGEST_TITLE = 600
"""Characters of a heading or a sentence, which hold names that come from outside."""
SHORT_WIDTH = 26
"""In half characters of Chinese: a cell up to this stays on one line."""
SIDE_COLUMNS = 4
"""A table with more columns does not fit beside its chart and stands below it."""

Tone = Literal["good", "bad", "plain"]
Tint = Literal["heat", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Tinted:
    """A cell with a colour behind it."""

    text: str
    strength: float
    """0..1"""
    tone: Tint = "heat"


@dataclass(frozen=True, slots=True)
class Tagged:
    """A cell whose text has a spot of colour before it, as the chart has it."""

    text: str
    tone: str


Cell = str | int | float | Tinted | Tagged | None
"""Numbers and `Number` stand to the right; None is a dash."""


@dataclass(frozen=True, slots=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Made by `server.reports.charts`."""

    svg: str
    alt: str
    """What it shows, for those who cannot see it."""
    legend: tuple[tuple[str, str], ...] = ()
    """Names and colours."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said in a call."""

    words: str
    who: Literal["caller", "bot", ""] = "caller"
    why: str = ""
    """What it proves."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A call as evidence."""

    title: str
    """Such as the id of the call."""
    lines: Sequence[Line] = ()
    tag: str = ""
    """In front of it, such as a grade."""
    tone: str = "quiet"
    """The colour of the tag."""
    where: str = ""
    """Where the log lies."""
    says: str = ""
    """A sentence about it."""


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    says: str
    """What it shows, in a sentence."""
    chart: Chart | None = None
    table: Table | None = None
    quotes: Sequence[Quote] = ()
    nothing: str = ""
    """Told where there is neither chart nor table nor quote; else the page says that there are no data."""

    @property
    def empty(self) -> bool:
        return not (self.chart or self.quotes or (self.table and self.table.rows))

    @property
    def side_by_side(self) -> bool:
        return bool(self.chart and self.table and len(self.table.head) <= SIDE_COLUMNS)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the page opens with."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    verdict: str
    """What came out, in one sentence."""
    sections: Sequence[Section]
    lang: Lang = "zh"
    tone: Tone = "plain"
    """Is the verdict good or bad news?"""
    figures: Sequence[Figure] = ()
    made_of: Sequence[str] = ()
    """What went in, each in a sentence: how many files, which were left out and why. Never the time: the same data
    give the same page.
    """


def render(page: Page) -> str:
    """The page as HTML."""
    style = Markup((HERE / "page.css").read_text("utf-8"))  # noqa: S704  our own file
    words = Words(page.lang)
    return clean(_template().render(page=page, style=style, words=words, html_lang=HTML_LANG[page.lang]))


def write(page: Page, path: Path) -> None:
    """Write the page as a file that is there whole or not at all. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(render(page), "utf-8")
    unfinished.replace(path)


@cache
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(HERE, "utf-8"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"cut": cut, "sentence": _sentence, "drawing": _drawing, "shown": _shown}
    made.tests |= {"number": _is_number, "tinted": _is_tinted, "tagged": _is_tagged, "short": _is_short}
    return made.get_template("page.html.j2")


def _sentence(text: str) -> str:
    return cut(text, LONGEST_TITLE).replace(" %", "\N{NO-BREAK SPACE}%")


def _drawing(chart: Chart) -> Markup:
    return Markup(chart.svg)  # noqa: S704  pygal has escaped its texts


def _shown(cell: str | float | None) -> str:
    if cell is None:
        return NONE
    return cut(cell) if isinstance(cell, str) else count(cell)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float | Number) or cell is None


def _is_tinted(cell: Cell) -> bool:
    return isinstance(cell, Tinted)


def _is_tagged(cell: Cell) -> bool:
    return isinstance(cell, Tagged)


def _is_short(cell: Cell) -> bool:
    return isinstance(cell, str) and width(cell) <= SHORT_WIDTH
