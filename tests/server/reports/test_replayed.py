from __future__ import annotations

import pytest

from server.partings import Example, Place, Summary
from server.reports.page import render
from server.reports.replayed import replayed_page
from server.reports.words import LANGS, Lang

EIGHT, SEVEN = "八折。", "七折。"


def summary() -> Summary:
    found = Summary()
    for number in range(6):
        found.take("same")
        place = Place("ask" if number % 2 else "", "您好", "answers.1", "answers.1", EIGHT, SEVEN, noticed=True)
        found.take("differs", place, Example(f"logs/c{number}.jsonl", f"c{number}", 4))
    found.take("differs", Place("day", "", "", "", "tag a", "tag <b>", noticed=False), Example("logs/d.jsonl", "d", 9))
    found.take("recording")
    found.take("unreadable")
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_everything_is_on_the_page_and_it_stays_the_same(lang: Lang) -> None:
    page = replayed_page(summary(), "scripts/new.yaml", lang)
    html = render(page)
    assert html == render(replayed_page(summary(), "scripts/new.yaml", lang))
    for text in ("scripts/new.yaml", EIGHT, SEVEN, "logs/c0.jsonl", "tag &lt;b&gt;", "<svg"):
        assert text in html
    assert page.tone == "bad"


def test_the_verdict() -> None:
    assert replayed_page(summary(), "", "en").verdict == (
        "7 of 13 calls part (53.8 %), 6 so that the caller would notice; places: 3."
    )
    good = Summary()
    good.take("same")
    assert replayed_page(good, "", "en").verdict == "All 1 calls are the same."
    assert replayed_page(good, "", "en").tone == "good"
    assert replayed_page(Summary(), "", "en").verdict == "There are no calls that can be replayed."
