import pytest

from engine.understanding.entry import Entry
from engine.understanding.near import NearMisses

NONE: frozenset[str] = frozenset()


def near(*phrases: tuple[str, str]) -> NearMisses:
    return NearMisses(Entry(intent, phrase, phrase) for intent, phrase in phrases)


def heard(words: NearMisses, text: str) -> list[tuple[str, int, int, str]]:
    return [(item.entry.intent, item.start, item.end, item.how) for item in words.find(text, "", NONE)]


@pytest.mark.parametrize("text", ["西器人吗", "机西人吗", "机器能吗"])
def test_a_near_miss_is_found_wherever_the_wrong_syllable_stands(text: str) -> None:
    assert heard(near(("ask_robot", "机器人吗")), text) == [("ask_robot", 0, 4, "fuzzy")]


def test_the_wrong_syllable_must_be_like_the_right_one() -> None:
    assert not heard(near(("ask_robot", "机器人吗")), "机器狗吗")


def test_a_near_miss_rests_on_no_negation_that_was_not_said() -> None:
    assert not heard(near(("refuse", "不感兴趣")), "可感兴趣")


def test_an_agreement_is_never_guessed() -> None:
    assert not heard(near(("affirm", "没有问题的")), "没有文题的")


def test_a_near_miss_must_be_most_of_its_clause() -> None:
    words = near(("ask_price", "多少费用"))
    assert heard(words, "多少费拥")
    assert not heard(words, "昨天晚上多少费拥挤的人群")
    assert heard(words, "昨天晚上的人群拥挤得很,多少费拥")


def test_a_near_miss_is_not_found_in_what_sounds_like_its_exception() -> None:
    words = NearMisses([Entry("ask_price", "多少费用", "多少费用", unless=("费用户",))])
    assert heard(words, "多少费弄")
    assert not heard(words, "多少费弄护")


# --- a syllable lost or put in ----------------------------------------------------------------------------------------

LONG = near(("ask_price", "每月多少费用"), ("refuse", "我暂时不需要"), ("ask_robot", "机器人吗"))


@pytest.mark.parametrize("text", ["每月少费用", "每月多费用", "每月多少用"])
def test_a_syllable_may_be_lost_inside_a_long_phrase(text: str) -> None:
    assert heard(LONG, text)[0] == ("ask_price", 0, 5, "fuzzy")


@pytest.mark.parametrize("text", ["每月多大少费用", "每个月多少费用"])
def test_a_syllable_may_have_got_into_it(text: str) -> None:
    assert heard(LONG, text)[0] == ("ask_price", 0, 7, "fuzzy")


def test_the_first_and_the_last_syllable_are_not_made_up() -> None:
    assert not heard(LONG, "月多少费用")
    assert not heard(LONG, "每月多少费")


def test_a_short_phrase_has_none_to_lose() -> None:
    assert not heard(LONG, "机人吗")


@pytest.mark.parametrize("text", ["我暂时需要", "每月不多少费用", "每月多少你费用"])
def test_no_negation_and_no_person_is_lost_or_passed_over(text: str) -> None:
    assert not heard(LONG, text)
