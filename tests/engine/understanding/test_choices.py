import pytest

from engine.understanding.choices import choices, without_choices
from engine.understanding.entry import Entry, Found


def said(text: str) -> list[str]:
    return [text[found.start : found.end] for found in choices(text)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [("要不要", ["要不要"]), ("您可不可以来", ["可不可"]), ("得唔得", ["得唔得"]), ("去还是不去", ["去还是不去"]), ("有没优惠", ["有没"]),
     ("有折扣没有", ["没有"]), ("听见没有啊", ["没有"]), ("不要不要", []), ("没有团队", []), ("好的", [])],
)  # fmt: skip
def test_both_answers_in_one_question(text: str, asked: list[str]) -> None:
    assert said(text) == asked


def test_neither_answer_was_given() -> None:
    yes, no = Found(0, 1, Entry("affirm", "要", "要")), Found(1, 3, Entry("refuse", "不要", "不要"))
    assert without_choices([yes, no], choices("要不要")) == []


def test_what_is_asked_about_stays() -> None:
    topic = Found(0, 2, Entry("distrust", "靠谱", "靠谱", asked=True))
    longer = Found(0, 5, Entry("ask_price", "有没有优惠", "有没有优惠"))
    assert without_choices([topic], choices("靠不靠谱")) == [topic]
    assert without_choices([longer], choices("有没有优惠")) == [longer]
