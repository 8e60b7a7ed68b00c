"""Grouping what nobody understood."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.understanding.grammar import Grammar, Intent, Phrase
from engine.understanding.suggest import Suggestion, Unknown, core, suggestions

SMALL = Grammar(
    "small",
    intents=(
        Intent("ask_company", "interest", phrases=(Phrase("老板姓什么"), Phrase("(厂家|代理).?吗", pattern=True))),
        Intent("ask_price", "interest", phrases=(Phrase("多少钱"), Phrase("贵"))),
        Intent("busy", "announcement", phrases=(Phrase("正在通话中"),)),
    ),
)


def heard(*texts: str, stage: str = "pitch") -> list[Unknown]:
    return [Unknown(text, stage) for text in texts]


def found(*unknown: Unknown) -> list[Suggestion]:
    return suggestions(unknown, [SMALL])


def test_the_same_words_are_one_suggestion_whatever_particles_surround_them() -> None:
    (one,) = found(*heard("你们有食堂吗", "你们有食堂吗", "那你们有食堂嘛", "嗯，你们有食堂吗？"))
    assert (one.text, one.count) == ("你们有食堂吗", 4)
    assert one.said == (("你们有食堂吗", 2), ("嗯，你们有食堂吗？", 1), ("那你们有食堂嘛", 1))


def test_what_sounds_alike_is_one_suggestion() -> None:
    (one,) = found(*heard("窗台上的花该浇水了", "窗台上的话该交水了"))
    assert one.count == 2


def test_what_is_nearly_the_same_is_one_suggestion_and_the_most_frequent_leads_it() -> None:
    (one,) = found(*heard("你们公司食堂好吃吗", "你们食堂好吃吗", "你们食堂好吃吗"))
    assert one.text == "你们食堂好吃吗"


def test_different_wishes_stay_apart_the_most_frequent_first() -> None:
    groups = found(*heard("楼下那只猫又上树了", "你们有食堂吗", "你们有食堂吗"))
    assert [(each.text, each.count) for each in groups] == [("你们有食堂吗", 2), ("楼下那只猫又上树了", 1)]


def test_the_stages_in_which_it_was_said() -> None:
    (one,) = found(*heard("你们有食堂吗", "你们有食堂吗"), *heard("你们有食堂吗", stage=""))
    assert one.stages == (("pitch", 2), ("", 1))


def test_the_nearest_intent_is_a_proposal() -> None:
    (one,) = found(*heard("你们老板信什么"))
    assert one.nearest is not None
    assert (one.nearest.id, one.nearest.phrase) == ("ask_company", "老板姓什么")
    assert 0.65 <= one.nearest.likeness <= 1


def test_words_of_a_machine_are_near_to_an_announcement() -> None:
    (one,) = found(*heard("正在通画中", stage=""))
    assert one.nearest is not None
    assert one.nearest.id == "announced:busy"


def test_nothing_near_is_no_proposal() -> None:
    (one,) = found(*heard("楼下那只猫又上树了"))
    assert one.nearest is None


def test_what_has_no_words_is_left_out() -> None:
    assert found(*heard("", "？！", "嗯……", "😀")) == []


def test_a_core_is_what_is_left_of_the_words() -> None:
    assert core("那，你们有食堂吗？") == core("你们有食堂嘛") == "你们有食堂"


@given(st.lists(st.text(max_size=12), max_size=12))
def test_every_utterance_with_words_is_in_exactly_one_group(texts: list[str]) -> None:
    groups = found(*heard(*texts))
    assert sum(each.count for each in groups) == sum(bool(core(text)) for text in texts)
    assert all(each.count == sum(count for _, count in each.said) for each in groups)
    assert [each.count for each in groups] == sorted((each.count for each in groups), reverse=True)


def test_only_the_most_frequent_are_compared_when_time_is_short() -> None:
    unknown = [Unknown("月亮很圆")] * 2 + [Unknown("多少铅")]
    first, second = suggestions(unknown, [SMALL], compared=1)
    assert (first.text, second.text, second.nearest) == ("月亮很圆", "多少铅", None)
    assert suggestions(unknown, [SMALL])[1].nearest
