"""The page about two versions of a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.personas.publish import SENTENCES
from server.reports.compared import TEXTS
from server.reports.words import LANGS
from tests.server.desk import SCRIPT, huashu, put
from tests.server.test_comparing import COMPARE, NEW, OLD, PEOPLE


@pytest.mark.parametrize("lang", LANGS)
def test_one_page_with_one_verdict(desk: Path, lang: str) -> None:
    put(desk, "mine.yaml", PEOPLE)
    put(desk, NEW, SCRIPT.replace("accept: yes, ", "").replace("八折。", "打<b>八折。"))
    huashu(desk, "simulate", OLD, "--personas", "20", "--table", "mine.yaml", "--out", "logs")
    ran = huashu(desk, *COMPARE, "--calls", "logs", "--report", "page.html", "--lang", lang)
    assert ran.code == 1
    page = (desk / "page.html").read_text(encoding="utf-8")
    verdict = {"zh": "先看看：A 的占比从 75.0 % 变成 0.0 %", "en": "Look at: A goes from 75.0 % to 0.0 %"}[lang]
    assert verdict in page.replace("\N{NO-BREAK SPACE}", " ")
    for text in ("打&lt;b&gt;八折。", "day.expect.1 accept", f"{NEW}:22:11"):
        assert text in page
    assert "<b>八折" not in page
    assert "{" not in page.partition("</style>")[2].replace("{name}", "")


def test_every_concern_has_its_sentence_in_both_languages() -> None:
    for kind, sentence in SENTENCES.items():
        names = {word.partition("}")[0] for word in sentence.split("{")[1:]}
        for text in TEXTS[f"concern.{kind}"]:
            used = {word.partition("}")[0] for word in text.split("{")[1:]}
            assert used - {"what"} <= names


def test_the_same_versions_make_the_same_page(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    put(desk, NEW, SCRIPT)
    for name in ("one.html", "two.html"):
        assert huashu(desk, *COMPARE, "--report", name).code == 0
    assert (desk / "one.html").read_bytes() == (desk / "two.html").read_bytes()
    assert "可以发布。" in (desk / "one.html").read_text(encoding="utf-8")
