from __future__ import annotations

import pytest

from engine.recorded.prompts import EXPECTED, KnownPrompts, is_like, is_whole, says_no_more_than
from tests.engine.recorded.calls import ASK, BYE, DAY, GIVEN, script

KNOWN = KnownPrompts(script(), GIVEN)


@pytest.mark.parametrize(
    ("heard", "stage"),
    [
        (ASK, "ask"),
        ("您好我是新和科技的智能与音助手您周末有空来看看吗", "ask"),  # as a telephone has it
        ("您好我是星河科技的智能", "ask"),  # cut off
        ("您周末有没有空呢", "ask"),
        (DAY, "day"),
        ("好的那我给您留一张星期六的请柬可以吗", "day"),
        ("感谢您的接听祝您生活愉快", "bye"),
        ("参观是不收费的您放心来", ""),  # said anywhere
    ],
)
def test_a_prompt_is_known_by_its_sound(heard: str, stage: str) -> None:
    found = KNOWN.find(heard)
    assert found is not None
    assert found.stage == stage


@pytest.mark.parametrize(
    "heard", ["", "好的", "喂", "多少钱啊", "我们公司已经有了不需要这个", "下午三点以后再打给我吧"]
)
def test_a_callers_words_are_no_prompt(heard: str) -> None:
    assert KNOWN.find(heard) is None


def test_a_variable_that_nobody_told_may_be_anything() -> None:
    found = KnownPrompts(script(), {}).find("您好我是大海贸易的智能语音助手您周末有空来看看吗")
    assert found is not None
    assert (found.stage, found.opens, found.has_gaps) == ("ask", True, True)


def test_an_answer_with_the_question_after_it_is_the_answer() -> None:
    found = KNOWN.find("参观是不收费的您放心来您周末有没有空呢")
    assert found is not None
    assert found.text == "参观是不收费的，您放心来。"


def test_a_prompt_that_is_due_may_be_heard_badly() -> None:
    assert is_like("那我给您留一张星期六的请柬，可以吗？", "拿我给你牛一张新七六的请检可以") >= EXPECTED
    assert is_like("那我给您留一张星期六的请柬，可以吗？", BYE) < EXPECTED


def test_what_is_said_beyond_a_prompt_counts_against_it() -> None:
    assert is_like("再见！", "感谢您的接听，祝您生活愉快，再见！") < EXPECTED


def test_whether_a_prompt_was_said_to_its_end() -> None:
    assert is_whole("那我给您留一张星期六的请柬，可以吗？", "那我给您留一张星期六的请柬可以")
    assert not is_whole("那我给您留一张星期六的请柬，可以吗？", "那我给您留一张")
    assert says_no_more_than("再见！", "再见")
    assert not says_no_more_than("好的。", "好的感谢您的接听")
