import pytest

from engine.understanding.normalise import normalise
from engine.understanding.pinyin import likeness, merged, same_reading, sounded
from engine.understanding.tables import SYLLABLES


@pytest.mark.parametrize(
    ("intended", "heard"),
    [
        ("多少钱", "多少前"),
        ("投诉", "头速"),
        ("拉黑", "那黑"),
        ("报警", "抱紧"),
        ("微信", "威信"),
        ("在忙", "再忙"),
        ("不行", "步行"),
    ],
)
def test_what_the_line_confuses_sounds_the_same(intended: str, heard: str) -> None:
    assert sounded(intended) == sounded(heard)


@pytest.mark.parametrize(("one", "other"), [("不需要", "需要不"), ("再见", "在忙"), ("王", "张")])
def test_other_words_sound_different(one: str, other: str) -> None:
    assert sounded(one) != sounded(other)


@pytest.mark.parametrize(
    ("syllable", "heard"),
    [("zhang", "zan"), ("feng", "hen"), ("ning", "lin"), ("chi", "ci"), ("shi", "si"), ("en", "en")],
)
def test_confusable_sounds_are_merged(syllable: str, heard: str) -> None:
    assert merged(syllable) == heard


def test_a_sounded_text_keeps_its_length_and_its_marks() -> None:
    assert len(sounded("不需要,ok")) == 6
    assert sounded("不需要,ok").endswith(",ok")


def test_the_same_reading_is_closer_than_a_confusion() -> None:
    assert same_reading("多少钱", "多少前")
    assert not same_reading("拉黑", "那黑")


def test_a_misheard_syllable_is_still_like_the_word() -> None:
    assert likeness(sounded("鸡西人"), sounded("机器人")) > 0.8
    assert likeness(sounded("机器人"), sounded("再考虑")) < 0.6


def test_no_text_has_a_letter_of_the_sounds_so_that_none_is_taken_for_a_syllable() -> None:
    letters = set(sounded("".join(char for char in SYLLABLES if char >= "\u3400")))
    assert all(normalise(letter).text != letter and len(letter.encode()) == 2 for letter in letters)
