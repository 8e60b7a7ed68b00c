import pytest

from engine.understanding.entry import Entry, Found
from engine.understanding.machine import by_machine


def said(text: str, words: str, intent: str = "suspended") -> bool:
    start = text.index(words)
    return by_machine(Found(start, start + len(words), Entry(intent, words, words, announcement=True)), text)


def test_a_recording_tells_of_the_number_that_was_called() -> None:
    assert said("您拨打的号码已停机", "号码已停机")


@pytest.mark.parametrize(
    "text", ["我的号码已停机", "我那个号码已停机", "咱们公司号码已停机", "号码已停机怎么办", "号码已停机吗"]
)
def test_who_speaks_of_his_own_or_asks_is_no_recording(text: str) -> None:
    assert not said(text, "号码已停机")


def test_an_assistant_speaks_of_itself_and_asks() -> None:
    assert said("我是机主的智能助理,请问您有什么事吗", "智能助理", "assistant")


def test_what_another_clause_says_does_not_matter() -> None:
    assert said("我知道,您拨打的号码已停机", "号码已停机")
