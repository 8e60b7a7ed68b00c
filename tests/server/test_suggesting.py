"""`huashu suggest`: from recorded calls to what the grammars lack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.desk import GRAMMAR, huashu, put

SHOP = ("--script", "scripts/shop.yaml")
CALLS = [["你们有食堂吗", "可以"], ["你们有食堂嘛"], ["楼下的猫上树了", "多少钱"], ["可以", "你们有食堂吗"]]


@pytest.fixture
def logs(desk: Path) -> Path:
    """Four calls, played and logged."""
    calls = [
        {"call_id": f"c{number}", "steps": [*({"say": text} for text in said), {"hangup": True}]}
        for number, said in enumerate(CALLS)
    ]
    put(desk, "calls.jsonl", "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls))
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    return desk


def test_what_was_heard_how_often_and_where(logs: Path) -> None:
    ran = huashu(logs, "suggest", *SHOP, "logs")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [
        "heard 3 times, no intent: 你们有食堂吗",
        "  in ask 2, day 1",
        "  also 你们有食堂嘛 (1)",
        "heard once, no intent: 楼下的猫上树了",
        "  in ask 1",
        "utterances without an intent: 4, calls: 4, shown: 2",
    ]


def test_as_json(logs: Path) -> None:
    ran = huashu(logs, "suggest", *SHOP, "logs", "--json")
    assert ran.json[0] == {
        "text": "你们有食堂吗",
        "count": 3,
        "stages": {"ask": 2, "day": 1},
        "said": {"你们有食堂吗": 2, "你们有食堂嘛": 1},
        "nearest": None,
    }


def test_only_the_frequent(logs: Path) -> None:
    ran = huashu(logs, "suggest", *SHOP, "logs", "--at-least", "2")
    assert ran.lines[-1] == "utterances without an intent: 4, calls: 4, shown: 1"


def test_what_is_understood_by_now_is_no_suggestion(logs: Path) -> None:
    put(logs, "grammars/small.yaml", GRAMMAR + "  ask_food: {group: interest, phrases: [有食堂]}\n")
    ran = huashu(logs, "suggest", *SHOP, "logs")
    assert ran.lines[0] == "heard once, no intent: 楼下的猫上树了"


def test_the_nearest_intent_is_proposed_though_it_is_not_near_enough_to_be_heard(logs: Path) -> None:
    put(logs, "grammars/small.yaml", GRAMMAR.replace("可以, 行]", "可以, 行, 你们有食品]"))
    ran = huashu(logs, "suggest", *SHOP, "logs")
    assert ran.lines[3] == "  nearest: affirm, by '你们有食品' (80% alike)"


def test_without_a_script_the_shipped_grammars_are_asked(logs: Path) -> None:
    assert "楼下的猫上树了" in huashu(logs, "suggest", "logs/c2.jsonl").out


def test_logs_that_cannot_be_read_are_told_and_the_rest_counts(logs: Path) -> None:
    put(logs, "logs/broken.jsonl", "{}\n")
    ran = huashu(logs, "suggest", *SHOP, "logs")
    assert ran.code == 1
    assert ran.err.startswith("huashu: logs/broken.jsonl:1: ")
    assert ran.lines[-1] == "utterances without an intent: 4, calls: 4, shown: 2"


def test_wrong_use(desk: Path) -> None:
    assert huashu(desk, "suggest", "nowhere").err == "huashu: no file or folder 'nowhere'\n"
    assert huashu(desk, "suggest", "--script", "none.yaml", "scripts").code == 1
