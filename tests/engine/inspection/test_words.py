"""Looks for words: keywords, patterns, likeness, meaning, and where they are looked for."""

from __future__ import annotations

import pytest

from tests.engine.inspection.calls import call, holds

TALK = call("""
    bot 您好，我是星河的智能语音助手，本次通话会录音
    caller 你是机器人吗 =ask_robot
    bot 我是智能语音助手，给您介绍一个工具
    caller 多少钱 =ask_price
    bot 我们不能保证收益，价格一个月九十九元
    caller 不用了 =refuse
    bot 好的，再见
""")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("{says: {any: [录音, 回放]}}", True),
        ("{says: {any: [回放]}}", False),
        ("{says: {any: [录音], who: caller}}", False),
        ("{says: {all: [录音, 再见]}}", True),
        ("{says: {all: [录音, 再见], together: yes}}", False),
        ("{says: {all: [录音, 智能语音], together: yes}}", True),
        ("{says: {any: [录音, 再见, 价格, 没有], different: 3}}", True),
        ("{says: {any: [录音, 再见, 价格, 没有], different: 4}}", False),
        ("{says: {any: [智能语音], times: 2}}", True),
        ("{says: {any: [智能语音], times: 3}}", False),
        ("{says: {none: [回放, 保本]}}", True),
        ("{says: {none: [录音]}}", False),
        ("{says: {any: [錄音]}}", True),  # one spelling for what can be written in several ways
        # --- what is denied where it stands
        ("{says: {any: [保证收益]}}", True),
        ("{says: {any: [保证收益], affirmed: yes}}", False),
        ("{says: {any: [智能语音助手], affirmed: yes}}", True),
        # --- where
        ("{says: {any: [智能语音], who: bot, first: 1}}", True),
        ("{says: {any: [介绍], who: bot, first: 1}}", False),
        ("{says: {any: [再见], who: bot, last: 1}}", True),
        ("{says: {any: [再见], last: 2}}", True),
        ("{says: {any: [智能语音], who: bot, after: {means: ask_robot}, reach: 1}}", True),
        ("{says: {any: [九十九], who: bot, after: {means: ask_robot}, reach: 1}}", False),
        ("{says: {any: [九十九], who: bot, after: {means: ask_robot}}}", True),
        ("{says: {any: [录音], before: {means: ask_robot}}}", True),
        ("{says: {any: [再见], before: {means: ask_robot}}}", False),
        ("{says: {any: [机器人], at: {means: ask_robot}}}", True),
        ("{says: {any: [机器人], who: bot, at: {means: ask_robot}}}", False),
        ("{says: {any: [录音], around: {means: ask_robot}, reach: 1}}", True),
        ("{says: {any: [再见], after: {says: 没有这句话}}}", False),
        ("{says: {any: [再见], who: bot, after: {pattern: '不.{0,1}了', who: caller}, reach: 1}}", True),
        ("{count: {who: bot, after: {means: refuse, which: first}, less_than: 2}}", True),
        # --- patterns
        ("{pattern: {any: ['我是.{2,8}(助手|助理)'], who: bot, first: 1}}", True),
        ("{pattern: {any: ['保证.{0,2}收益']}}", True),
        ("{pattern: {any: ['保证.{0,2}收益'], except: [不能保证]}}", False),
        # --- likeness and meaning
        ("{like: {any: [我是智能语音助手给您介绍一款工具], alike: 80}}", True),
        ("{like: {any: [今天天气怎么样啊我们出去走走], alike: 80}}", False),
        ("{means: {any: [ask_price, ask_mode]}}", True),
        ("{means: {all: [ask_price, refuse]}}", True),
        ("{means: {none: [do_not_call]}}", True),
        # --- logic
        ("{not: {says: {any: [录音]}}}", False),
        ("{any: [{says: {any: [回放]}}, {means: {any: refuse}}]}", True),
        ("{all: [{says: {any: [录音]}}, {means: {any: ask_mode}}]}", False),
        ("{says: {any: [录音]}, means: {any: refuse}}", True),
    ],
)
def test_what_is_said_in_a_call(condition: str, told: bool) -> None:
    assert holds(condition, TALK) is told
