"""The page about a crowd of simulated callers."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.reports.words import LANGS
from tests.server.desk import huashu, put
from tests.server.test_crowds import CROWD, PEOPLE


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_that_says_what_the_command_says(desk: Path, lang: str) -> None:
    put(desk, "mine.yaml", PEOPLE.replace("title: mine", ""))
    assert huashu(desk, *CROWD, "--report", "page.html", "--lang", lang).code == 0
    page = (desk / "page.html").read_text(encoding="utf-8")
    for text in ("buyer", "grump", "ask.expect.3", "这就转接。", "buyer-28"):
        assert text in page
    assert ("模拟客户试打：shop" in page) == (lang == "zh")
    assert ("40 simulated calls, 40 answered: 0 dead ends, and 2 branches that nobody came to." in page) == (
        lang == "en"
    )
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_crowd_makes_the_same_page(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    huashu(desk, *CROWD, "--report", "one.html")
    huashu(desk, *CROWD, "--report", "two.html")
    assert (desk / "one.html").read_bytes() == (desk / "two.html").read_bytes()


def test_a_page_that_cannot_be_written_is_told(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    ran = huashu(desk, *CROWD, "--report", "nowhere/page.html")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "huashu: cannot write 'nowhere/page.html': no such file or directory\n"
