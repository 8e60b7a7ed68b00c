"""Places in a call: around one anchor or every one of them, and none where there is no anchor."""

from __future__ import annotations

from engine.inspection.where import Anchor, Where
from tests.engine.inspection.calls import call, holds

TALK = call("bot 您好\ncaller 喂 =greet\nbot 介绍一下\ncaller 喂喂 =greet\nbot 再见")


def hears(spoken: object) -> str:
    return "greet" if "greet" in getattr(spoken, "intents", ()) else ""


def texts(where: Where) -> list[list[str]]:
    return [[each.text for each in window] for window in where.windows(TALK)]


def test_a_window_for_each_anchor() -> None:
    assert texts(Where("bot", anchor=Anchor("after", hears, reach=1))) == [["介绍一下"], ["再见"]]
    assert texts(Where("bot", anchor=Anchor("before", hears, "last"))) == [["您好", "介绍一下"]]
    assert texts(Where(anchor=Anchor("around", hears, "first", 1))) == [["您好", "喂", "介绍一下"]]
    assert texts(Where(anchor=Anchor("at", hears))) == [["喂"], ["喂喂"]]


def test_no_anchor_no_window() -> None:
    assert texts(Where(anchor=Anchor("after", lambda _: ""))) == []
    assert texts(Where("caller", first=1)) == [["喂"]]
    assert texts(Where(last=1)) == [["再见"]]


def test_every_anchor_or_one_of_them() -> None:
    twice = call("""
        caller 你是机器人吗 =ask_robot
        bot 是的，我是机器人
        caller 真的是机器人？ =ask_robot
        bot 给您介绍一下我们的活动
    """)
    one = "{says: {any: [我是机器人], who: bot, after: {means: ask_robot}, reach: 1}}"
    assert holds(one, twice) is True
    assert holds(one.replace("reach: 1", "reach: 1, every: yes"), twice) is False
    assert holds(one.replace("ask_robot}", "ask_robot, which: last}"), twice) is False
