from __future__ import annotations

import pytest

from engine.calls.actions import Part
from engine.language.pace import prompt_ms, speech_ms


@pytest.mark.parametrize(
    ("words", "takes_ms"),
    [
        ("", 0),
        ("喂", 220),
        ("您好！", 790),
        ("一天，两天", 1030),
        ("7天", 440),
        ("AI", 140),
        ("a b", 140),
        ("“好”", 220),
    ],
)
def test_words_take_their_time(words: str, takes_ms: int) -> None:
    assert speech_ms(words) == takes_ms


def test_a_prompt_takes_as_long_as_its_parts() -> None:
    assert prompt_ms([Part("喂"), Part(pause_ms=300), Part(keys="12#"), Part("喂", audio="hello.wav")]) == 1340


def test_a_sentence_of_22_characters_takes_about_five_seconds() -> None:
    assert 4500 <= speech_ms("我们做的是替销售打电话的智能助理，可以听半分钟吗？") <= 5800
