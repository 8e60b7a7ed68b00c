from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.load import load_script
from server.content import Files, shipped_grammars
from server.speech.vocabulary import Vocabulary, listened_for, phrases_of
from tests.server.desk import furnish

VOCABULARY = Vocabulary(["没兴趣", "怎么合作", "转人工", "多少钱", "嗯", "一句话太长了就没有人会这样一口气说完它"])


@pytest.mark.parametrize(
    ("heard", "meant"), [("美信去", "没兴趣"), ("剪的合作", "怎么合作"), ("吹人共", "转人工"), ("多少前", "多少钱")]
)
def test_what_may_have_been_said(heard: str, meant: str) -> None:
    assert VOCABULARY.near([heard], 3)[-1] == meant


def test_the_most_alike_come_last_and_no_more_than_asked() -> None:
    near = VOCABULARY.near(["转人共", "多少前"], 2)
    assert set(near) == {"转人工", "多少钱"}
    assert len(VOCABULARY.near(["转人共", "多少前"], 1)) == 1


def test_nothing_is_like_nonsense() -> None:
    assert VOCABULARY.near(["xyz", "", "，"], 5) == []


def test_known_is_what_consists_of_phrases_whatever_the_marks() -> None:
    assert VOCABULARY.has("没兴趣。")
    assert VOCABULARY.has("嗯，没兴趣，转人工")
    assert not VOCABULARY.has("没")
    assert not VOCABULARY.has("没兴趣了")
    assert not VOCABULARY.has("")


def test_the_grammars_are_known() -> None:
    known = Vocabulary(phrases_of(shipped_grammars()))
    assert all(known.has(phrase) for phrase in ("多少钱", "不需要", "别再打了"))


def test_a_script_listens_for_its_own_grammar_and_for_the_words_of_each_stage(tmp_path: Path) -> None:
    script, problems = load_script(str(furnish(tmp_path) / "scripts" / "shop.yaml"), Files())
    assert script, problems
    assert {"多少钱", "没问题啊"} <= set(listened_for(script))
