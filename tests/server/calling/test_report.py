from __future__ import annotations

from server.calling.notes import Note, note_json, note_line
from server.calling.report import load_json, load_lines, spread, summarise, summary_json, summary_lines

CALL = [
    Note(0, "connected", "twilio"),
    Note(110, "bot speaks"),
    Note(1110, "bot silent", ms=1000),
    Note(1400, "caller speaks", "喂你好", ms=600),
    Note(2000, "caller silent"),
    Note(2450, "bot speaks", ms=40),
    Note(2900, "caller speaks", "多少钱", ms=700),
    Note(3000, "bot cut", ms=550),
    Note(3580, "bot speaks"),
    Note(3600, "caller silent"),
    Note(4000, "bot silent", ms=420),
    Note(4400, "caller presses", "1"),
    Note(5000, "ended", "hung up", by="bot"),
]


def test_delays_are_counted_from_the_end_of_the_callers_voice() -> None:
    told = summary_json(summarise(CALL, [0.1, 0.2, 4.0]))
    assert told == {
        "type": "summary",
        "ended_by": "bot",
        "in_order": True,
        "reason": "hung up",
        "duration_ms": 5000,
        "first_audio_ms": 110,
        "bot_ms": 1970,
        "caller_ms": 1300,
        "turns": [
            {"caller": "喂你好", "at_ms": 1400, "ms": 600, "barge_in": False, "response_ms": 450, "sound_ms": 410},
            {"caller": "多少钱", "at_ms": 2900, "ms": 700, "barge_in": True, "response_ms": -20, "sound_ms": -20},
            {"caller": "1", "at_ms": 4400, "ms": 0, "barge_in": False, "response_ms": None, "sound_ms": None},
        ],
        "late_ms": {"p50": 0.2, "p95": 3.6, "p99": 3.9, "max": 4.0},
    }


def test_people_are_told_the_same() -> None:
    assert summary_lines(summarise(CALL, [0.1, 0.2, 4.0])) == [
        "call         5.0 s",
        "voice        bot 2.0 s, caller 1.3 s",
        "first voice  after 110 ms",
        "answers      after 450, -20 ms",
        "own pace     frames late by 0.2 ms, 99 % within 3.9 ms, most 4.0 ms",
    ]


def test_a_bot_that_says_nothing_has_no_first_voice() -> None:
    summary = summarise([Note(0, "connected", "twilio"), Note(900, "ended", "hung up", by="caller")])
    assert summary.first_audio_ms is None
    assert summary_lines(summary)[2:] == ["first voice  none"]
    assert spread([]) == {"p50": None, "p95": None, "p99": None, "max": None}


def test_many_calls_are_told_by_the_spread_of_their_delays() -> None:
    broken = Note(700, "ended", "closed with 1011", by="nobody", in_order=False)
    summaries = [summarise(CALL, [1.0]), summarise([*CALL[:6], broken], [3.0])]
    told = load_json(summaries, ["nobody answers"])
    assert (told["calls"], told["in_order"], told["answers"], told["seconds"]) == (3, 1, 3, 5.7)
    assert told["response_ms"] == {"p50": 450.0, "p95": 450.0, "p99": 450.0, "max": 450}
    assert load_lines(told) == [
        "calls        3, 1 of them ended in order",
        "first voice  p50 110 ms, p95 110 ms, p99 110 ms, max 110 ms",
        "answers      p50 450 ms, p95 450 ms, p99 450 ms, max 450 ms",
        "sound        p50 410 ms, p95 410 ms, p99 410 ms, max 410 ms",
        "own pace     p50 2 ms, p95 2.9 ms, p99 3 ms, max 3 ms",
        "failed       closed with 1011",
        "failed       nobody answers",
    ]


def test_a_note_is_a_line_or_an_object() -> None:
    cut = Note(12_340, "bot cut", ms=1500)
    assert note_line(cut) == "  12.34  bot          was cut off after 1.5 s"
    assert note_json(cut) == {"at_ms": 12340, "type": "bot_cut", "ms": 1500}
    assert note_line(Note(5, "caller silent")) == ""
    assert note_json(CALL[-1]) == {"at_ms": 5000, "type": "ended", "text": "hung up", "by": "bot", "in_order": True}
    assert note_line(Note(10, "transfer", "desk")) == "   0.01  bot          transfers the call to desk"
