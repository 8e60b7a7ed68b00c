from __future__ import annotations

import re

import pytest

from engine.understanding.grammar import DISPOSITIONS
from server.reports.words import COMMON, LANGS, Words


@pytest.mark.parametrize("key", COMMON)
def test_both_languages_say_the_same_with_the_same_values(key: str) -> None:
    values = [set(re.findall(r"\{(\w+)", text)) for text in COMMON[key]]
    assert len(values) == len(LANGS)
    assert values[0] == values[1]
    assert all(COMMON[key])


def test_every_disposition_has_its_word() -> None:
    assert COMMON.keys() >= DISPOSITIONS


def test_a_page_has_texts_of_its_own() -> None:
    texts = {"title": ("{calls} 通电话", "{calls} calls")}
    assert Words("zh", texts)("title", calls=3) == "3 通电话"
    assert Words("en", texts)("title", calls=3) == "3 calls"
    assert Words("en", texts)("grade") == "Grade"


def test_a_name_stays_findable() -> None:
    assert Words("zh").named("busy") == "占线 busy"
    assert Words("en").named("no_answer") == "no answer"
    assert Words("zh").named("bye-booked") == "bye-booked"
    assert Words("zh").named("caller", "end.") == "客户挂断 caller"
