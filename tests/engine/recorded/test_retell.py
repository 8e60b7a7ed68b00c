"""Recordings retold: read the call above, and what its log must say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from engine.calls.actions import Entered, Invitation, Matched, NoInput, Play, Sms, StopPlayback, Took
from engine.calls.events import Answered, Heard, HungUp, NotHeard, Overheard, PlaybackFinished, SpeechStarted
from engine.calls.log import Entry, Header, Log, entry_line, header_line, read
from engine.grading.facts import Facts
from engine.grading.grade import grade
from engine.language.load import load_script
from engine.language.script import Script
from engine.recorded.course import Course
from engine.recorded.retell import retell
from engine.trial.caller import Call, parse_call
from engine.trial.compare import facts_of
from engine.trial.simulate import simulate
from engine.trial.transcript import render, turns
from server.content import Files
from tests.engine.recorded.calls import ASK, BYE, DAY, NOTE, retold, script
from tests.engine.recorded.heard_again import heard_again

Kind = TypeVar("Kind")

HEADER = Header("x", "fair", script().sha256, "0", "2026-11-23T10:00:00+08:00", {}, "recording")
WHOLE = f"""
    bot 0.3-4.3 {ASK}
    caller 4.9-5.3 好的
    bot 6-8 {DAY}
    caller 8.5-9 可以
    bot 9.6-11 {NOTE}
    bot 11.4-14 {BYE}
"""


def facts(entries: tuple[Entry, ...]) -> Facts:
    return facts_of(Log(HEADER, entries), script().interest)


def letter(entries: tuple[Entry, ...]) -> str:
    return grade(script().scheme, facts(entries)).letter or "none"


def actions(entries: tuple[Entry, ...], kind: type[Kind]) -> list[Kind]:
    return [each for entry in entries for each in entry.actions if isinstance(each, kind)]


def events(entries: tuple[Entry, ...], kind: type[Kind]) -> list[Kind]:
    return [entry.event for entry in entries if isinstance(entry.event, kind)]


def test_a_call_that_follows_its_script_tells_what_came_of_it() -> None:
    entries = retold(WHOLE, 16)
    found = facts(entries)
    assert (letter(entries), found.invitation, found.ended_by) == ("A", "success", "bot")
    assert found.stages == ("ask", "day", "note", "bye")
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    assert sorted(entry.event.at_ms for entry in entries) == [entry.event.at_ms for entry in entries]


def test_the_events_are_those_of_a_live_call() -> None:
    entries = retold(WHOLE, 16)
    assert isinstance(entries[0].event, Answered)
    assert isinstance(entries[-1].event, HungUp)
    assert [(each.text, each.confidence) for each in events(entries, Heard)] == [("好的", 0.9), ("可以", 0.9)]
    assert [each.at_ms for each in events(entries, SpeechStarted)] == [4900, 8500]
    begun = [entry for entry in entries if isinstance(entry.event, Overheard)]
    assert [entry.event.at_ms for entry in begun] == [300, 6000, 9600]
    played = {each.ref: each.text for each in actions(entries, Play)}
    ended = {each.ref: each.completed for each in events(entries, PlaybackFinished)}
    assert list(played.values()) == [f"{ASK}？", f"{DAY}？", f"{NOTE}。", f"{BYE}！"]
    assert ended == dict.fromkeys(played, True)


def test_it_is_read_and_written_like_any_log_and_people_can_read_it() -> None:
    entries = retold(WHOLE, 16)
    data = (header_line(HEADER) + "".join(map(entry_line, entries))).encode()
    assert read(data).entries == entries
    assert [(each.stage, each.caller) for each in turns(entries)][:2] == [("ask", "好的"), ("day", "可以")]
    assert "the bot hung up (goodbye)" in render(HEADER, entries)


def test_what_a_recording_does_not_show_is_not_told() -> None:
    assert not actions(retold(WHOLE, 16), Sms)  # the rule orders one


def test_a_bot_that_goes_its_own_way_tells_its_stage_and_nothing_of_why() -> None:
    entries = retold(f"bot 0.3-4.3 {ASK}\ncaller 5-5.4 好的\nbot 6-8 {BYE}", 10)
    assert [each.stage for each in actions(entries, Entered)] == ["ask", "bye"]
    assert not actions(entries, Took)
    assert [hit.id for each in actions(entries, Matched) for hit in each.hits] == ["affirm"]


def test_a_yes_to_an_invitation_counts_only_where_the_bot_took_it_for_one() -> None:
    before = f"bot 0.3-4.3 {ASK}\ncaller 4.9-5.3 好的\nbot 6-8 {DAY}\ncaller 8.5-9 可以\n"
    assert facts(retold(before + f"bot 9.6-12 {BYE}", 14)).invitation == "pending"
    assert [each.state for each in actions(retold(WHOLE, 16), Invitation)] == ["pending", "success"]


def test_words_that_no_script_has_do_not_move_the_call_and_the_next_prompt_finds_it_again() -> None:
    strange = "我们这里最近在做一个很大的活动有很多礼品"
    entries = retold(
        f"bot 0.3-4.3 {ASK}\ncaller 5-5.4 多少钱\nbot 6-9 {strange}\ncaller 9.5-10 好的\nbot 11-13 {DAY}", 14
    )
    assert facts(entries).stages == ("ask", "day")
    assert strange in [each.text for each in actions(entries, Play)]
    assert facts(entries).interest == ("ask_price",)


def test_a_caller_who_leaves_in_the_middle_of_a_prompt() -> None:
    found = facts(retold(f"bot 0.3-2.5 {ASK[:12]}", 2.6))
    assert (found.ended_by, found.ended_in_opening, found.played_ms) == ("caller", True, 2300)


def test_who_ends_a_call_of_unknown_words_is_unknown() -> None:
    entries = retold("bot 0-3 这是别的公司\ncaller 4-5 好的", 8)
    found = facts(entries)
    assert (found.ended_by, found.over, found.end) == ("", True, "")
    assert "the recording ends" in render(HEADER, entries)


def test_a_caller_who_cuts_in() -> None:
    entries = retold(f"bot 0.3-2.5 {ASK[:11]}\ncaller 1.8-2.9 不用了\nbot 3.5-6 {BYE}", 8)
    assert [entry.event.at_ms for entry in entries if actions((entry,), StopPlayback)] == [1800]
    assert not next(each.completed for each in events(entries, PlaybackFinished))
    assert (facts(entries).barge_ins, facts(entries).stages) == (1, ("ask", "bye"))


def test_a_caller_who_only_hums_along_cuts_nothing() -> None:
    entries = retold(f"bot 0.3-4.3 {ASK}\ncaller 2-2.3 嗯\ncaller 5-5.4 好的\nbot 6-8 {DAY}", 9)
    assert facts(entries).barge_ins == 0
    assert facts(entries).stages == ("ask", "day")


def test_silence_is_known_by_how_the_bot_asks_again() -> None:
    entries = retold(f"bot 0.3-4.3 {ASK}\nbot 7.5-9.5 您好，能听到我说话吗\ncaller 10-10.4 好的\nbot 11-13 {DAY}", 14)
    assert len(actions(entries, NoInput)) == 1
    assert facts(entries).stages == ("ask", "day")


def test_a_voice_without_words() -> None:
    entries = retold(f"bot 0.3-4.3 {ASK}\ncaller 5-6.5\ncaller 7-7.3", 8)
    assert len(events(entries, NotHeard)) == 1  # the other was a cough
    assert facts(entries).not_heard == 1


def test_an_unknown_side_is_not_the_caller() -> None:
    entries = retold("unknown 0-2 好的\nunknown 3-4 多少钱", 5)
    assert [(each.by, each.text) for each in events(entries, Overheard)] == [("unknown", "好的"), ("unknown", "多少钱")]
    assert not events(entries, Heard)
    assert facts(entries).turns == 0
    assert "unknown 好的" in render(HEADER, entries)


def test_without_a_script_the_words_still_mean_something() -> None:
    entries = retold(f"bot 0.3-4.3 {ASK}\ncaller 5-5.4 多少钱", 8, with_script=False)
    assert facts(entries).interest == ("ask_price",)
    assert facts(entries).stages == ()


def test_the_same_recording_makes_the_same_log() -> None:
    assert retold(WHOLE, 16) == retold(WHOLE, 16)


# --- the shipped script ----------------------------------------------------------------------------------------------

EXAMPLES = [json.loads(line) for line in Path("tests/calls/examples.jsonl").read_text(encoding="utf-8").splitlines()]
UNSEEN = {"34 transfer to a person": "whether somebody took over is on another line"}
"""Grades that rest on what no recording holds."""


@cache
def shipped() -> Script:
    loaded, _ = load_script("scripts/phone-robot.yaml", Files())
    assert loaded
    return loaded


def example(call: dict[str, object]) -> Log:
    parsed = parse_call(json.dumps({name: value for name, value in call.items() if name != "expect"}), shipped())
    assert isinstance(parsed, Call), parsed
    played = simulate(shipped(), parsed)
    return Log(played.header, tuple(played.entries))


ANSWERED = [each for each in EXAMPLES if not any("failed" in step or "early_media" in step for step in each["steps"])]


@pytest.mark.parametrize("call", ANSWERED, ids=lambda call: call["call_id"])
def test_the_recording_of_a_call_has_the_grade_of_the_call(call: dict[str, object]) -> None:
    log = example(call)
    said, ends_ms = heard_again(log)
    course = Course("x", log.header.started_at, shipped().lexicon, shipped(), log.header.vars)
    again = Log(log.header, retell(said, ends_ms, course))
    interest, scheme = shipped().interest, shipped().scheme
    live, recorded = (grade(scheme, facts_of(each, interest)).letter for each in (log, again))
    assert (recorded == live) is (call["call_id"] not in UNSEEN)
