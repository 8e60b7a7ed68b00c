"""Charts say what they are given: their numbers are read back out of the drawing."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from xml.etree import ElementTree as ET

import pytest

from server.reports.charts import Bar, Series, Stage, bars, funnel, grade_tone, heat, histogram, lines, stacked
from server.reports.page import Chart, Tinted

HOSTILE = [
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    '" onload="x',
    "😀",
    "\u202eمرحبا",
    "\ud83d\x00",
    "长" * 10_000,
]
GRADES = [Bar("A", 7, "grade-a"), Bar("B", 0, "grade-b"), Bar("C 一般", 12_345, "grade-c")]
EVERY: dict[str, Callable[[list[str]], Chart]] = {
    "bars": lambda names: bars([Bar(name, place) for place, name in enumerate(names)], names[0]),
    "stacked": lambda names: stacked(names, [Series(name, [1] * len(names)) for name in names], names[0]),
    "funnel": lambda names: funnel(
        [Stage(name, 3, {"x": 1}) for name in names], names[0], [("x", names[1], "bad")], "x"
    ),
    "histogram": lambda names: histogram(names, [1] * len(names), names[0], unit=names[1]),
    "lines": lambda names: lines(names, [Series(names[0], [1.5] * len(names))], names[0]),
}
each_kind = pytest.mark.parametrize("kind", EVERY)


def drawing(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.svg)  # noqa: S314  our own


def texts(chart: Chart) -> list[str]:
    return [node.text or "" for node in drawing(chart).iter("text")]


def rects(chart: Chart) -> list[tuple[float, float, str]]:
    """Width, height and colour of each bar."""
    found = []
    for group in drawing(chart).iter("g"):
        for rect in group.findall("rect"):
            if "reactive" in rect.get("class", ""):
                colour = re.sub(r"fill:var\(--(.+)\)", r"\1", group.get("style", ""))
                found.append((float(rect.get("width", 0)), float(rect.get("height", 0)), colour))
    return found


def test_bars_stand_in_the_order_given_with_their_numbers() -> None:
    chart = bars(GRADES, "grades")
    places = {node.text: float(node.get("y", 0)) for node in drawing(chart).iter("text")}
    assert places["A"] < places["B"] < places["C 一般"]
    assert {"7", "0", "12,345"} <= places.keys()
    assert places["7"] < places["0"] < places["12,345"]


def test_a_bar_is_as_long_as_its_number_and_has_its_colour() -> None:
    lengths = {colour: length for length, _, colour in rects(bars([Bar("A", 10, "grade-a"), Bar("B", 25, "bad")], ""))}
    assert lengths["bad"] / lengths["grade-a"] == pytest.approx(2.5)


def test_the_parts_of_a_stacked_bar() -> None:
    chart = stacked(["old", "new"], [Series("A", [1, 4], "grade-a"), Series("B", [3, 0], "grade-b")], "versions")
    assert chart.legend == (("A", "grade-a"), ("B", "grade-b"))
    lengths = [(colour, length) for length, _, colour in rects(chart)]
    unit = next(length for colour, length in lengths if colour == "grade-a" and length > 0) / 4
    assert sorted((colour, round(length / unit)) for colour, length in lengths) == [
        ("grade-a", 1), ("grade-a", 4), ("grade-b", 0), ("grade-b", 3),
    ]  # fmt: skip


def test_a_funnel_shows_who_went_on_and_who_left_how() -> None:
    stages = [Stage("hello", 10, {"caller": 3}), Stage("bye", 7, {"bot": 7})]
    ways = [("caller", "hung up", "bad"), ("bot", "goodbye", "good"), ("limit", "limit", "series-1")]
    chart = funnel(stages, "went on", ways, "funnel")
    assert [name for name, _ in chart.legend] == ["went on", "hung up", "goodbye"]
    lengths = [(colour, length) for length, _, colour in rects(chart) if length > 1]
    unit = next(length for colour, length in lengths if colour == "bad") / 3
    assert sorted((colour, round(length / unit)) for colour, length in lengths) == [
        ("bad", 3),
        ("good", 7),
        ("quiet", 7),
    ]


def test_a_histogram_stands() -> None:
    chart = histogram(["0–10", "10–20"], [4, 2], "length", unit="s")
    (_, first, _), (_, second, _) = rects(chart)
    assert first / second == pytest.approx(2)
    assert "s" in texts(chart)


@pytest.mark.parametrize(("most", "ticks"), [(0, "0 1"), (1, "0 1"), (7, "0 2 4 6 8"), (1234, "0 500 1,000 1,500")])
def test_the_axis_of_counts_has_whole_round_numbers(most: int, ticks: str) -> None:
    shown = [text for text in texts(histogram(["x"], [most], "")) if text != "x"]
    assert " ".join(shown) == ticks


def test_lines_have_colours_and_names() -> None:
    chart = lines(["09:00", "10:00"], [Series("p50", [1, 2]), Series("p95", [3, 4.5])], "delays")
    assert chart.legend == (("p50", "series-1"), ("p95", "series-2"))
    assert chart.svg.count('class="line reactive') == 2


def test_a_heat_map_is_a_table() -> None:
    table = heat(["A", "B"], ["A", "B"], {("A", "A"): 4, ("A", "B"): 1}, "grades", agreement=True)
    assert table.head == ("grades", "A", "B")
    assert table.rows[0] == ("A", Tinted("4", 1, "good"), Tinted("1", 0.5, "bad"))
    assert table.rows[1] == ("B", Tinted("·", 0, "bad"), Tinted("·", 0, "good"))


def test_every_grade_has_its_colour() -> None:
    assert [grade_tone(letter) for letter in ("A", "F", "none")] == ["grade-a", "grade-f", "quiet"]


@each_kind
def test_a_drawing_holds_nothing_but_shapes_and_texts(kind: str) -> None:
    chart = EVERY[kind](["A", "B", "C"])
    assert {node.tag for node in drawing(chart).iter()} <= {"svg", "g", "rect", "path", "circle", "text"}
    assert "http" not in chart.svg
    assert "<!--" not in chart.svg
    assert drawing(chart).get("aria-label")


@each_kind
def test_the_same_numbers_give_the_same_drawing(kind: str) -> None:
    assert EVERY[kind](["A", "B"]) == EVERY[kind](["A", "B"])


@each_kind
def test_hostile_names_stay_texts(kind: str) -> None:
    chart = EVERY[kind](HOSTILE)
    assert {node.tag for node in drawing(chart).iter()} <= {"svg", "g", "rect", "path", "circle", "text"}
    assert chart.svg.encode()
    assert "长" * 50 not in chart.svg


def test_no_value_can_be_drawn() -> None:
    assert drawing(bars([], "")) is not None
    assert drawing(stacked([], [], "")) is not None
    assert drawing(histogram([], [], "")) is not None
    assert drawing(lines([], [], "")) is not None


def test_drawing_leaves_the_imports_of_the_process_alone() -> None:
    assert not [finder for finder in sys.meta_path if "pygal" in repr(finder)]
    assert version("pygal"), "every package still finds its own version"
