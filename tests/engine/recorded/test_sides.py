from __future__ import annotations

from dataclasses import replace

from engine.recorded.prompts import KnownPrompts
from engine.recorded.sides import bot_side, split
from engine.recorded.utterance import Utterance
from tests.engine.recorded.calls import ASK, BYE, DAY, GIVEN, script, utterances

KNOWN = KnownPrompts(script(), GIVEN)


def speakers(text: str) -> list[str]:
    mono = [replace(each, speaker="unknown") for each in utterances(text)]
    return [each.speaker for each in split(mono, KNOWN)]


def side(*texts: str) -> list[Utterance]:
    return [Utterance(0, 1000, text) for text in texts]


def test_the_bot_is_on_the_side_of_the_prompts() -> None:
    assert bot_side([side("喂", "好的"), side(ASK, DAY)], KNOWN) == 1
    assert bot_side([side(ASK, DAY, BYE), side("喂", "好的")], KNOWN) == 0


def test_where_nobody_says_prompts_no_side_is_the_bots() -> None:
    assert bot_side([side("喂"), side("你好")], KNOWN) is None
    assert bot_side([side(ASK), side(ASK)], KNOWN) is None


def test_what_is_no_prompt_between_prompts_is_the_callers() -> None:
    assert speakers(f"bot 0-4 {ASK}\ncaller 5-6 好的\nbot 7-9 {DAY}\ncaller 10-11 多少钱啊") == [
        "bot", "caller", "bot", "caller",
    ]  # fmt: skip


def test_what_is_said_before_the_first_prompt_is_anybodys() -> None:
    assert speakers(f"caller 0-1 喂你好\nbot 2-6 {ASK}\ncaller 7-8 好的") == ["unknown", "bot", "caller"]


def test_without_a_known_prompt_nobody_is_known() -> None:
    assert speakers("bot 0-4 我是别的公司的\ncaller 5-6 好的") == ["unknown", "unknown"]


def test_half_a_prompt_is_left_open() -> None:
    doubtful = "那我看您有一张星期天的门票行吗"
    assert speakers(f"bot 0-4 {ASK}\nbot 6-8 {doubtful}") == ["bot", "unknown"]


def test_a_prompt_cut_at_its_pauses_is_the_bots_in_all_its_pieces() -> None:
    assert speakers("bot 0-2 我是星河科技的智能语音助手\nbot 2.4-3.4 您周末有空来看看吗\ncaller 4-5 可以") == [
        "bot", "bot", "caller",
    ]  # fmt: skip


def test_a_word_in_the_pause_of_a_prompt_is_not_the_bots() -> None:
    assert (
        speakers("bot 0-2 我是星河科技的智能语音助手\ncaller 2.3-2.5 哦\nbot 2.8-4 您周末有空来看看吗")[1] == "caller"
    )


def test_an_answer_in_one_piece_with_the_prompt_is_taken_apart() -> None:
    mono = [Utterance(0, 5000, f"{DAY}没用过"), Utterance(6000, 8000, BYE)]
    assert [(each.speaker, each.text) for each in split(mono, KNOWN)] == [
        ("bot", DAY),
        ("caller", "没用过"),
        ("bot", BYE),
    ]


def test_two_prompts_in_one_piece_are_the_bots() -> None:
    both = Utterance(0, 5000, "参观是不收费的您放心来您周末有没有空呢")
    assert [each.speaker for each in split([both], KNOWN)] == ["bot"]
