from __future__ import annotations

from engine.recorded.utterance import Utterance, in_one_breath
from tests.engine.recorded.calls import utterances


def said(text: str) -> list[str]:
    return [f"{each.speaker} {each.text}" for each in in_one_breath(utterances(text))]


def test_a_prompt_that_was_cut_at_its_pause_is_one_again() -> None:
    joined = in_one_breath(utterances("bot 0-1 您好\nbot 1.5-3 周末有空吗"))
    assert joined == [Utterance(0, 3000, "您好，周末有空吗", "bot", 0.9)]


def test_what_the_bot_says_after_an_answer_is_another_prompt() -> None:
    assert said("bot 0-1 您好\ncaller 1.1-1.3 喂\nbot 1.6-3 周末有空吗") == ["bot 您好", "caller 喂", "bot 周末有空吗"]


def test_what_the_bot_says_later_is_another_prompt() -> None:
    assert said("bot 0-1 您好\nbot 3-4 在吗") == ["bot 您好", "bot 在吗"]


def test_a_noise_on_the_bots_side_is_nothing_and_one_of_the_caller_is_kept() -> None:
    assert said("bot 0-1\ncaller 2-3") == ["caller "]


def test_pieces_of_the_caller_stay_apart_as_in_a_live_call() -> None:
    assert said("caller 0-1 我想\ncaller 1.6-2 问一下") == ["caller 我想", "caller 问一下"]
