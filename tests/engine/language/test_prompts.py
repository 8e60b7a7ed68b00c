"""Whose turn it is among the wordings, what fills the gaps, and what kind of question a prompt ends with."""

from __future__ import annotations

import pytest

from engine.calls.actions import Part
from engine.language.prompts import asks, asks_yes_no, choose, fill, fill_text, gaps, last_sentence
from engine.language.stage import Wording


def words(*texts: str) -> Wording:
    return tuple(Part(text=text) for text in texts)


TWO = (words("有空吗？"), words("您有空吗？"))


def test_wordings_take_turns() -> None:
    assert [choose(TWO, times, {})[0].text for times in range(4)] == ["有空吗？", "您有空吗？"] * 2


def test_nothing_to_choose_from_says_nothing() -> None:
    assert choose((), 0, {}) == ()


def test_a_wording_with_an_open_gap_is_passed_over() -> None:
    prompt = (words("{time}见"), words("到时候见"))
    assert choose(prompt, 0, {})[0].text == "到时候见"
    assert choose(prompt, 0, {"time": ""})[0].text == "到时候见"
    assert choose(prompt, 0, {"time": "明天"})[0].text == "明天见"


def test_what_is_known_of_this_call_is_said_every_time() -> None:
    prompt = (words("{day}见，一共{people}"), words("{day}见"), words("到时候见"))
    known = {"day": "周六", "people": "两位", "company": "星河"}
    assert [choose(prompt, times, known)[0].text for times in range(2)] == ["周六见，一共两位"] * 2


def test_what_every_call_knows_makes_no_wording_better() -> None:
    prompt = (words("我是{company}的助手"), words("就半分钟"))
    said = [choose(prompt, times, {"company": "星河"}, sure={"company"})[0].text for times in range(2)]
    assert said == ["我是星河的助手", "就半分钟"]


def test_where_all_have_gaps_the_gap_stays_silent() -> None:
    assert choose((words("{time}见"), words("{day}见")), 1, {})[0].text == "见"


def test_gaps() -> None:
    assert gaps((*words("{name}您好"), Part(pause_ms=100), *words("{公司}的{name}"))) == ["name", "公司", "name"]
    assert fill_text("{a}{b}{a}", {"a": "一", "b": "{a}"}) == "一{a}一"


def test_a_recording_of_words_with_a_gap_is_spoken() -> None:
    recorded = (Part(text="{name}您好", audio="hi.wav"), Part(text="再见", audio="bye.wav"))
    assert fill(recorded, {"name": "王"}) == (Part(text="王您好"), Part(text="再见", audio="bye.wav"))


@pytest.mark.parametrize(
    ("prompt", "last"),
    [
        (words("您好。有空吗？"), words("有空吗？")),
        (words("您好！有空吗?"), words("有空吗?")),
        (words("您好，有空吗"), words("您好，有空吗")),
        (words("真的？！"), words("真的？！")),
        (words("您好。", "有空吗？"), words("有空吗？")),
        (words("您好。有空吗？  "), words("有空吗？")),
        ((*words("您好。有空吗？"), Part(pause_ms=300)), words("有空吗？")),
        ((Part(text="您好。有空吗？", audio="a.wav"),), (Part(text="您好。有空吗？", audio="a.wav"),)),
        ((Part(keys="1"),), (Part(keys="1"),)),
        ((), ()),
    ],
)
def test_the_last_sentence(prompt: Wording, last: Wording) -> None:
    assert last_sentence(prompt) == last


@pytest.mark.parametrize(
    ("text", "question", "yes_no"),
    [
        ("有空吗？", True, True),
        ("您看行吗?", True, True),
        ("您看好不好？", True, True),
        ("说对吧？", True, True),
        ("“可以吗？”", True, True),
        ("您哪天有空？", True, False),
        ("有空吗", False, False),
        ("再见！", False, False),
        ("", False, False),
    ],
)
def test_questions(text: str, question: bool, yes_no: bool) -> None:
    assert (asks(words(text)), asks_yes_no(words(text))) == (question, yes_no)


def test_a_question_may_be_in_several_pieces() -> None:
    assert asks_yes_no((*words("您", "方便吗", "？"), Part(pause_ms=200)))
