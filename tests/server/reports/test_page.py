"""A page says what it is given, in order, to everyone; and it neither loads nor runs anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.reports import page
from server.reports.charts import Bar, Series, bars, heat, histogram, lines
from server.reports.page import Figure, Line, Page, Quote, Section, Table, Tagged, render, write
from server.reports.text import percent
from tests.server.reports.reading import Reading, browser, opened

HOSTILE = [
    "<script>document.title='broken'</script>",
    "</style><script>document.title='broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "\"'><svg onload=document.title='broken'>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "😀👨‍👩‍👧",
    "\u202eلا أريد\u202d",
    "\ud83d \x00 \x1b[31m \uffff",
    "无" * 10_000,
]


def page_of(*words: str) -> Page:
    """A page that shows these words wherever a page shows words."""
    one = words[0]
    sections = [
        Section(each, each, bars([Bar(each, 3)], each), Table((each, each), [(Tagged(each, "bad"), each)], each))
        for each in words
    ]
    quotes = [Quote(one, [Line(each, "caller", each) for each in words], one, "grade-a", one, one)]
    sections += [Section(one, one, quotes=quotes), Section(one, one, nothing=one)]
    sections += [Section(one, one, None, heat(words, words, {(one, one): 2}, one))]
    return Page(one, one, sections, figures=[Figure(one, one, one)], made_of=list(words))


GRADES = Section(
    "等级分布",
    "每个等级有多少通。",
    bars([Bar("A", 3, "grade-a"), Bar("B", 1, "grade-b")], "A 3，B 1"),
    Table(("等级", "通数", "占比"), [("A", 3, percent(3, 4)), ("B", 1, percent(1, 4)), ("F", None, percent(0, 0))]),
)


def test_a_page_reads_in_order() -> None:
    quote = Quote("call-1", [Line("这个多少钱", why="ask_price"), Line("八折。", "bot")], "A", "grade-a")
    made = render(
        Page("通话报告", "4 通电话。", [GRADES, Section("例子", "一通。", quotes=[quote])], made_of=["4 份记录"])
    )
    reading = Reading(made)
    assert reading.headings == ["通话报告", "等级分布", "例子", "A call-1", "数据来源"]
    assert reading.tables == [[["等级", "通数", "占比"], ["A", "3", "75.0 %"], ["B", "1", "25.0 %"], ["F", "—", "—"]]]
    assert re.search(r"这个多少钱.*ask_price.*八折", made, re.DOTALL)


def test_numbers_stand_to_the_right() -> None:
    made = render(Page("x", "x", [GRADES]))
    assert '<td class="number">3</td>' in made
    assert '<th scope="col" class="number"><bdi>通数</bdi></th>' in made
    assert '<th scope="row" class="short"><bdi>A</bdi></th>' in made


@pytest.mark.parametrize(("lang", "html", "made_of"), [("zh", "zh-CN", "数据来源"), ("en", "en", "Made of")])
def test_the_language_of_a_page(lang: str, html: str, made_of: str) -> None:
    reading = Reading(render(Page("x", "x", [], lang=lang, made_of=["y"])))  # type: ignore[arg-type]
    assert (reading.lang, reading.headings[-1]) == (html, made_of)


def test_the_outline_leads_to_each_section() -> None:
    made = render(Page("x", "x", [GRADES, GRADES, GRADES]))
    for number in (1, 2, 3):
        assert f'href="#part-{number}"' in made
        assert f'id="part-{number}"' in made
    assert "<nav" not in render(Page("x", "x", [GRADES]))


def test_a_section_without_data_says_so() -> None:
    table = Table(("a", "b"), [])
    made = render(Page("x", "x", [Section("h", "s", None, table), Section("h", "s", nothing="没有人打断。")]))
    assert "没有数据。" in made
    assert "没有人打断。" in made
    assert "<table" not in made


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_harmless(words: str) -> None:
    made = render(page_of(words))
    assert made.encode()
    assert Reading(made).harmless
    assert "49" not in re.sub(r'[\d.]{4,}|style="[^"]*"', "", made.partition("</style>")[2])
    assert len(made) < 60_000


def test_a_page_loads_nothing() -> None:
    made = render(Page("x", "x", [GRADES, Section("y", "y", lines(["1", "2"], [Series("p", [1, 2])], "y"))]))
    assert Reading(made).harmless
    assert not re.findall(r"https?:|//\w|url\(|@import|srcdoc", made)
    assert "default-src 'none'" in made


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write(page_of("好", "<b>"), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


# --- colours ---------------------------------------------------------------------------------------------------------


def colours() -> dict[str, dict[str, str]]:
    """The colours of the stylesheet, by name, on a light screen, on a dark one and on paper."""
    sheet = (Path(page.__file__).parent / "page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def channels(colour: str) -> list[float]:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    return [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]


def luminance(rgb: list[float]) -> float:
    """As WCAG 2 defines it."""
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("medium", ["light", "dark", "print"])
def test_every_text_has_contrast(medium: str) -> None:
    found = {name: channels(colour) for name, colour in colours()[medium].items()}
    for ground in ("paper", "surface"):
        for text in ("ink", "soft", "link"):
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
    for tint in ("good", "bad", "series-1"):  # behind the numbers of a heat map, at its strongest
        behind = [0.45 * colour + 0.55 * paper for colour, paper in zip(found[tint], found["paper"], strict=True)]
        assert contrast(found["ink"], behind) >= 4.5, tint


def test_paper_has_the_colours_of_a_light_screen() -> None:
    found = colours()
    shared = [name for name in found["light"] if name.startswith(("grade", "series", "good", "bad", "quiet"))]
    assert len(shared) == 15
    assert {name: found["print"][name] for name in shared} == {name: found["light"][name] for name in shared}
    assert found["dark"].keys() == found["light"].keys() == found["print"].keys()


# --- in a real browser -----------------------------------------------------------------------------------------------


def test_a_browser_opens_it_without_a_complaint(tmp_path: Path) -> None:
    write(page_of(*HOSTILE[:-1]), tmp_path / "page.html")
    dom, complaints = opened(tmp_path / "page.html")
    assert not complaints
    assert "<title>broken" not in dom
    assert dom.count("<svg ") == len(HOSTILE) - 1
    assert "<script" not in dom
    assert "<img" not in dom


def test_a_browser_prints_it(tmp_path: Path) -> None:
    chart = histogram([str(number) for number in range(20)], [*range(20)], "x")
    write(Page("打印", "x", [Section(f"第 {number} 节", "x", chart) for number in range(8)]), tmp_path / "page.html")
    browser(f"--print-to-pdf={tmp_path / 'page.pdf'}", "--no-pdf-header-footer", (tmp_path / "page.html").as_uri())
    pdf = (tmp_path / "page.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 2
