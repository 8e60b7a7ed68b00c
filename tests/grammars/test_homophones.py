"""What recognisers make of 8 kHz: each pair is heard as it was meant, where that turns nothing round; else not at all."""

from __future__ import annotations

import pytest

from engine.understanding.grammar import Understanding
from engine.understanding.lexicon import Lexicon
from engine.understanding.score import NO, YES
from engine.understanding.utterances import NOW
from server.content import shipped_grammars

LEXICON = Lexicon(shipped_grammars())

PAIRS = """
    refuse        不行:步行,不幸  不用:不咏,步用,不拥  不需要:不须要,不虚要,布需要
    deny          不是:布市,步是
    do_not_call   别打了:憋打了,别大了,被打了  骚扰:烧脑,扫扰  拉黑:那黑,拉嘿
    complain      投诉:头速,投宿  举报:句报  报警:抱紧
    wrong_number  打错了:大错了,达错了
    busy          在忙:再忙  在开会:在开回  没空:没孔,没恐
    ask_price     多少钱:多少前,到少钱  怎么收费:怎么首飞
    want_wechat   微信:威信  加微信:假微信,家微信  加个微信:加个危险
    want_material 短信:断信  发资料:发子料,发自料
    want_human    转人工:赚人工
    ask_robot     机器人:鸡西人,机器认
    goodbye       挂了:刮了,瓜了
    distrust      骗子:片子
    ask_source    你怎么有我号码:你怎么有我好吗
"""
TOO_LITTLE = ["透露", "辫子", "危险", "好吗", "子料"]
"""Two syllables that are words of their own, with a wrong consonant or none that tells: no guess is made of them."""


def pairs() -> list[tuple[str, str, str]]:
    """(intent, meant, heard)"""
    found: list[tuple[str, str, str]] = []
    for line in PAIRS.split("\n"):
        intent, *groups = line.split() or [""]
        for group in groups:
            meant, _, heard = group.partition(":")
            found += [(intent, meant, each) for each in heard.split(",")]
    return found


def understood(text: str) -> Understanding:
    return LEXICON.understand(text, now=NOW)


def ids(text: str) -> set[str]:
    return {hit.id for hit in understood(text).hits if not hit.negated}


@pytest.mark.parametrize(("intent", "meant", "heard"), pairs())
def test_a_homophone_is_heard_as_it_was_meant(intent: str, meant: str, heard: str) -> None:
    assert intent in ids(meant)
    assert intent in ids(heard)


@pytest.mark.parametrize(("intent", "meant", "heard"), pairs())
def test_no_homophone_turns_an_answer_round(intent: str, meant: str, heard: str) -> None:
    opposite = NO if intent in YES else YES
    assert not ids(heard) & opposite, meant


@pytest.mark.parametrize("heard", TOO_LITTLE)
def test_too_little_is_no_evidence(heard: str) -> None:
    assert ids(heard) <= {"neutral", "greet"}


@pytest.mark.parametrize(
    ("heard", "time"),
    [
        ("明天散点", "2026-11-24T15:00:00+08:00"),
        ("后天下午溜点", "2026-11-25T18:00:00+08:00"),
        ("周三上午酒点", "2026-11-25T09:00:00+08:00"),
        ("明天散步", "2026-11-24"),
    ],
)
def test_an_hour_is_heard_behind_its_day(heard: str, time: str) -> None:
    assert [told.value for told in understood(heard).told] == [time]


@pytest.mark.parametrize(("heard", "number"), [("幺三八零零林零幺二三四", "13800001234"), ("腰三八零零", "13800")])
def test_digits_are_heard_among_digits(heard: str, number: str) -> None:
    assert [told.value for told in understood(heard).told] == [number]


def test_a_name_is_heard_behind_what_sounds_like_its_word() -> None:
    assert [told.value for told in understood("我信王").told] == ["王"]
