"""Human or machine, on openings that are labelled; and what single signs come to."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.grading.answerer import Opening, Verdict, judge
from tests.server.live.phone import NOW, script

OPENINGS = Path(__file__).parents[2] / "calls" / "openings.jsonl"


def opening(row: dict[str, Any]) -> Opening:
    """As a call would see it, with the shipped grammars."""
    words = row["words"]
    understood = script().script.lexicon.understand(words, now=NOW, role="greeting")
    known = any(not hit.negated for hit in understood.hits)
    return Opening(
        words, understood.disposition, known, row["after_ms"], row["speech_ms"], row.get("beep", False),
        row.get("reacted", False),
    )  # fmt: skip


def test_the_labelled_openings_are_told_apart() -> None:
    rows = [json.loads(line) for line in OPENINGS.read_text(encoding="utf-8").splitlines()]
    told = Counter((row["is"], judge(opening(row)).who) for row in rows)
    assert len(rows) >= 100
    assert told["human", "machine"] == 0, "a human who is hung up on is lost"
    assert told["machine", "human"] == 0
    assert told["human", "unclear"] <= 5, "the table in docs/howto/outcomes.md"
    assert told["machine", "unclear"] == 0


@pytest.mark.parametrize(
    ("heard", "who"),
    [
        (Opening("喂", after_ms=600, speech_ms=400), "human"),
        (Opening("喂", after_ms=600, speech_ms=400, beep=True), "human"),
        (Opening("", beep=True), "machine"),
        (Opening(), "unclear"),
        (Opening("我在外面玩儿一个月", after_ms=500, speech_ms=4500), "unclear"),
        (Opening("我在外面玩儿一个月", after_ms=500, speech_ms=4500, beep=True), "machine"),
        (Opening("业务咨询请按一", after_ms=500, speech_ms=1600), "machine"),
        (Opening("你按一下那个门铃", after_ms=500, speech_ms=1600), "unclear"),
        (Opening("您拨打的电话已关机", state="powered_off", after_ms=300, speech_ms=2000), "machine"),
        (Opening("多少钱", understood=True, after_ms=4000, speech_ms=700, reacted=True), "human"),
    ],
)
def test_signs(heard: Opening, who: str) -> None:
    assert judge(heard).who == who


def test_a_verdict_names_its_signs_and_what_kind_of_machine_it_is() -> None:
    verdict = judge(Opening("业务咨询请按一", after_ms=500, speech_ms=4600))
    assert verdict == Verdict("machine", 70, verdict.signs, "switchboard")
    assert [sign.name for sign in verdict.signs] == ["menu", "long without a pause"]
    assert judge(Opening(beep=True)).disposition == "voicemail"
    assert judge(Opening("喂", after_ms=500, speech_ms=400)).disposition is None
