"""Looks for manner: repetition, silence, speed, overlap, loudness, counts and deeds, each also where nobody measured."""

from __future__ import annotations

import pytest

from tests.engine.inspection.calls import call, holds

TIMED = call(
    """
    bot 1-9 -20dB 您好，这里是星河科技，给您介绍一个电话助理
    caller 9.5-10 -30dB 什么
    bot 16-18 -20dB 就是电话助理，您看可以吗？
    caller 17-20 -8dB 我说了不要再打了，你们听不懂吗 =do_not_call
    bot 20.5-22 -20dB 好的，再见 cut
    """,
    deeds="do_not_call@3",
)  # fmt: skip
UNTIMED = call("""
    bot 您好，这里是星河科技
    caller 不用了 =refuse
""")
AGAIN = call("""
    bot 给您介绍一下我们的活动
    caller 嗯
    bot 给您介绍一下我们的活动吧
    caller 嗯
    bot 那给您介绍一下我们的活动
""")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("{silence: {more_than: 5s}}", True),
        ("{silence: {more_than: 5s, from: caller, to: bot}}", True),
        ("{silence: {more_than: 5s, from: bot, to: caller}}", False),
        ("{silence: {more_than: 6s}}", False),
        ("{silence: {more_than: 900ms, from: start}}", True),
        ("{silence: {more_than: 1s, to: end}}", False),
        ("{silence: {more_than: 5s, last: 3}}", False),
        ("{overlap: {more_than: 900ms, by: caller}}", True),
        ("{overlap: {more_than: 1s, by: caller}}", False),
        ("{overlap: {more_than: 100ms, by: bot}}", False),
        ("{speed: {who: caller, more_than: 279}}", True),  # 14 characters in 3 s
        ("{speed: {who: caller, more_than: 280}}", False),
        ("{speed: {who: bot, less_than: 200, average: yes}}", True),
        ("{lasts: {who: bot, more_than: 7s}}", True),
        ("{lasts: {who: bot, more_than: 8s}}", False),
        ("{loudness: {who: caller, more_than: -10}}", True),
        ("{loudness: {who: bot, more_than: -10}}", False),
        ("{loudness: {who: caller, rises: 10}}", True),
        ("{loudness: {who: caller, rises: 12}}", False),
        ("{count: {who: bot, more_than: 2}}", True),
        ("{count: {who: bot, less_than: 3}}", False),
        ("{cut_off: {who: bot}}", True),
        ("{cut_off: {who: bot, first: 1}}", False),
        ("{deed: {any: do_not_call, at: {means: do_not_call}}}", True),
        ("{deed: {any: do_not_call, before: {means: do_not_call}}}", False),
        ("{deed: {any: [sms, wechat]}}", False),
    ],
)
def test_how_it_is_said(condition: str, told: bool) -> None:
    assert holds(condition, TIMED) is told


@pytest.mark.parametrize(
    "condition",
    [
        "{silence: {more_than: 5s}}",
        "{overlap: {more_than: 5s}}",
        "{speed: {more_than: 300, min_chars: 2}}",
        "{lasts: {more_than: 5s}}",
        "{loudness: {more_than: -10}}",
    ],
)
def test_what_nobody_measured_is_not_told(condition: str) -> None:
    assert holds(condition, UNTIMED) is None
    assert holds(f"{{not: {condition}}}", UNTIMED) is None
    assert holds(f"{{any: [{condition}, {{says: {{any: [星河]}}}}]}}", UNTIMED) is True, "another reason is enough"
    assert holds(f"{{all: [{condition}, {{says: {{any: [没有]}}}}]}}", UNTIMED) is False


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("{repeats: {who: bot}}", True),
        ("{repeats: {who: bot, times: 2, alike: 85}}", True),
        ("{repeats: {who: bot, times: 2, within: 1, alike: 85}}", False),
        ("{repeats: {who: bot, times: 3}}", False),
        ("{repeats: {who: bot, min_chars: 20}}", False),
        ("{repeats: {who: bot, except: 活动}}", False),
        ("{repeats: {who: caller, min_chars: 1}}", True),
    ],
)
def test_saying_it_again(condition: str, told: bool) -> None:
    assert holds(condition, AGAIN) is told
