from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.speech.sentences import LONGEST, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("您好！请问是王先生吗？打扰了", ["您好！", "请问是王先生吗？", "打扰了"]),
        ("他说：“好的。”然后挂了", ["他说：“好的。”", "然后挂了"]),
        ("真的吗？！好…… 嗯\n再见", ["真的吗？！", "好……", "嗯", "再见"]),
        ("价格是1,299.50元", ["价格是1,299.50元"]),
        ("……。", []),
        ("", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


def test_a_long_sentence_is_spoken_in_clauses() -> None:
    clause = "这是一个有二十个字左右的分句不信你数一数，"
    found = sentences(clause * 5 + "完。")
    assert [len(piece) for piece in found] == [42, 42, 23]
    assert "".join(found) == clause * 5 + "完。"


@given(st.text(alphabet="你好吗，。？！ \n…“”a1", max_size=300))
def test_nothing_that_can_be_said_is_lost_or_too_long(text: str) -> None:
    found = sentences(text)
    said = [char for char in text if char.isalnum()]
    assert [char for piece in found for char in piece if char.isalnum()] == said
    assert all(len(piece) <= LONGEST + 8 for piece in found if "…" not in piece or len(piece) < LONGEST)
