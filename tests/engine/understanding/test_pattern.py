import re

import pytest

from engine.understanding.pattern import PatternError, parse, required


def matches(pattern: str, text: str) -> bool:
    return re.search(parse(pattern).source(str), text) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("(不|没)(太|怎么)?感兴趣", "我不太感兴趣", True),
        ("(不|没)(太|怎么)?感兴趣", "我感兴趣", False),
        ("发.{0,3}资料", "发一份资料", True),
        ("发.{0,3}资料", "发,资料", False),
        ("[你您]好", "您好", True),
        ("^好那", "嗯好那就这样", True),
        ("^好那", "你好那个", False),
        ("可以不$", "可以不啊", True),
        ("可以不$", "可以不去", False),
        ("(很|太){2}贵", "太太贵", True),
    ],
)
def test_a_pattern_means_what_it_says(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_a_term_stands_for_its_pattern() -> None:
    terms = {"neg": parse("不|没")}
    assert re.search(parse("<neg>兴趣", terms).source(str), "没兴趣")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(不|没)感兴趣", {"感兴趣"}),
        ("(你|我)好好想", {"你好想", "我好想"}),
        ("发.{0,3}(短信|资料)", {"短信", "资料"}),
        ("a?bc", {"bc"}),
    ],
)
def test_a_pattern_knows_which_words_it_needs(pattern: str, words: set[str]) -> None:
    assert required(parse(pattern)) == words


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("多少*", "not allowed"),
        ("多少+", "not allowed"),
        ("(多|少", "not closed"),
        ("多少)", "unexpected"),
        ("(多少){0,9}钱", "repeats too much"),
        ("多{0,99}", "repeats too much"),
        ("(a?b?){3}c", "repeats too much"),
        ("<nobody>吗", "unknown term"),
        ("[^好]吗", "one by one"),
        (".{0,5}", "no fixed words"),
        ("好?", "no fixed words"),
        ("(a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?)b", "too many ways"),
    ],
)
def test_a_pattern_that_could_run_away_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(PatternError, match=message):
        required(parse(pattern))
