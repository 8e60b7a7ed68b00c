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


def turn(
    caller: str,
    at_ms: int,
    ms: int,
    *,
    barge_in: bool = False,
    response_ms: int | None = None,
    sound_ms: int | None = None,
    early: bool = False,
) -> dict[str, object]:
    told: dict[str, object] = {"caller": caller, "at_ms": at_ms, "ms": ms, "barge_in": barge_in}
    return told | {"response_ms": response_ms, "sound_ms": sound_ms, "early": early}


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
            turn("喂你好", 1400, 600, response_ms=450, sound_ms=410),
            turn("多少钱", 2900, 700, barge_in=True, early=True),
            turn("1", 4400, 0),
        ],
        "late_ms": {"p50": 0.2, "p95": 3.6, "p99": 3.9, "max": 4.0},
    }


def test_a_prompt_that_yields_to_the_caller_is_no_answer() -> None:
    """The bot asks whether anybody is there while the caller has just begun to speak, and stops for the words."""
    notes = [
        Note(23_400, "caller speaks", "这个到底要多少钱", ms=2600),
        Note(24_090, "bot speaks", ms=20),
        Note(24_250, "bot cut", ms=160),
        Note(26_000, "caller silent"),
        Note(26_040, "bot speaks", ms=100),
        Note(33_000, "bot silent", ms=6960),
        Note(35_000, "ended", "goodbye", by="bot"),
    ]
    (only,) = summarise(notes).turns
    assert (only.response_ms, only.sound_ms, only.early) == (40, 0, False)
    assert summary_lines(summarise(notes))[3:] == ["answers      after 40 ms"]


def test_what_comes_long_after_an_early_answer_is_no_answer() -> None:
    asked_again = [*CALL[:11], Note(7500, "bot speaks"), Note(9000, "bot silent", ms=1500), CALL[-1]]
    assert [(each.response_ms, each.early) for each in summarise(asked_again).turns] == [(450, False), (None, True)]


def test_people_are_told_the_same() -> None:
    assert summary_lines(summarise(CALL, [0.1, 0.2, 4.0])) == [
        "call         5.0 s",
        "voice        bot 2.0 s, caller 1.3 s",
        "first voice  after 110 ms",
        "answers      after 450 ms",
        "early        1 of 2 answers began before the caller had finished",
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
    assert (told["calls"], told["in_order"], told["answers"], told["early"], told["seconds"]) == (3, 1, 2, 1, 5.7)
    assert told["response_ms"] == {"p50": 450.0, "p95": 450.0, "p99": 450.0, "max": 450}
    assert load_lines(told) == [
        "calls        3, 1 of them ended in order",
        "first voice  p50 110 ms, p95 110 ms, p99 110 ms, max 110 ms",
        "answers      p50 450 ms, p95 450 ms, p99 450 ms, max 450 ms",
        "sound        p50 410 ms, p95 410 ms, p99 410 ms, max 410 ms",
        "own pace     p50 2 ms, p95 2.9 ms, p99 3 ms, max 3 ms",
        "early        1 of 3 answers began before the caller had finished",
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
