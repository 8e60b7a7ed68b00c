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


@pytest.mark.parametrize(
    "text",
    [
        "遇到语音信箱自动挂断",
        "语音信箱能识别出来不",
        "语音信箱的话就不算钱",
        "语音信箱率太高了",
        "你们有语音信箱没",
        "语音信箱在哪听",
    ],
)
def test_who_wonders_what_would_be_is_no_recording(text: str) -> None:
    assert not said(text, "语音信箱", "voicemail")


def test_neither_does_a_switchboard_wonder() -> None:
    assert said("请问您需要什么服务,客服代表正忙", "客服代表", "switchboard")
    assert not said("客服代表的时候能转过来", "客服代表", "switchboard")
    assert not said("有客服代表值班没", "客服代表", "switchboard")


def test_a_mailbox_may_speak_of_itself() -> None:
    assert said("我的语音信箱已满", "语音信箱", "voicemail")
