"""Calls as an inspector hears them, a line an utterance: `bot 0.0-8.5 您好` or `caller 不用了 =refuse`."""

from __future__ import annotations

import re
from datetime import datetime

from engine.content.source import parse
from engine.grading.facts import Facts
from engine.inspection.inspect import Inspected, Inspection, inspect
from engine.inspection.load_inspection import inspection_from
from engine.inspection.spoken import WHO, Conversation, Deed, Spoken

_LINE = re.compile(
    r"(?P<who>bot|caller)(?: (?P<start>[\d.]+)-(?P<end>[\d.]+))?(?: (?P<level>-\d+)dB)? (?P<text>\S+)(?P<more>.*)"
)


def call(
    talk: str,
    *,
    deeds: str = "",
    facts: Facts | None = None,
    began: str = "2026-11-26T10:00:00+08:00",
    **parameters: str,
) -> Conversation:
    """`deeds` such as `do_not_call@3`: ordered in step 3, which is the third line of the talk, counted from 0."""
    lines = [line for line in map(str.strip, talk.strip().splitlines()) if line]
    utterances = tuple(_spoken(seq, line) for seq, line in enumerate(lines))
    done = tuple(Deed(int(at), 1000 * int(at), name) for name, at in (each.split("@") for each in deeds.split()))
    ends_ms = max([each.end_ms or 0 for each in utterances], default=0)
    return Conversation("c1", utterances, done, facts or Facts(), parameters, datetime.fromisoformat(began), ends_ms)


def _spoken(seq: int, line: str) -> Spoken:
    found = _LINE.fullmatch(line)
    assert found, line
    start_ms, end_ms = (round(float(at) * 1000) if (at := found[name]) else None for name in ("start", "end"))
    who = next(each for each in WHO if each == found["who"])
    intents = tuple(re.findall(r"=(\w+)", found["more"]))
    level = float(found["level"]) if found["level"] else None
    return Spoken(
        seq,
        who,
        found["text"],
        start_ms or seq * 1000,
        start_ms,
        end_ms,
        intents,
        "cut" in found["more"].split(),
        level,
    )


def inspection(rules: str) -> Inspection:
    """The inspection with these rules, which must be sound."""
    text = "inspection: here\nrules:\n" + rules
    node, problems = parse(text.encode(), "here.yaml")
    assert node
    found = inspection_from(node, problems)
    assert found, problems
    return found


def holds(condition: str, of: Conversation) -> bool | None:
    """What a condition says of a call; None for `cannot be told`."""
    verdict = result(f"  - {{id: r, require: {condition}}}", of).results[0].verdict
    return {"ok": True, "violated": False, "unknown": None}[verdict]


def result(rules: str, of: Conversation) -> Inspected:
    return inspect(inspection(rules), of)
