"""From a log to what was said: whose words, from when to when, and what was done."""

from __future__ import annotations

from engine.calls import actions, events
from engine.calls.actions import Matched, Part, Play
from engine.calls.log import Entry, Header, Log
from engine.grading.facts import Facts
from engine.inspection.spoken import Conversation, conversation
from engine.understanding.grammar import Hit

HEADER = Header("c1", "shop", "", "", "2026-11-26T10:00:00+08:00", {"campaign": "spring"})


def heard(*steps: tuple[events.Event, tuple[actions.Action, ...]]) -> Conversation:
    return conversation(Log(HEADER, tuple(Entry(seq, *step) for seq, step in enumerate(steps))), Facts())


def play(ref: int, text: str) -> Play:
    return Play(ref, (Part(text),))


REFUSE = Matched("不用了", (Hit("refuse", "不用了", (0, 3)),))


def test_who_said_what_from_when_to_when() -> None:
    call = heard(
        (events.Answered(0), (play(1, "您好"),)),
        (events.PlaybackFinished(2000, 1, 2000), ()),
        (events.SpeechStarted(2500), ()),
        (events.SpeechStopped(4000, 900), ()),
        (events.Heard(4100, "不用了"), (REFUSE, play(2, "再见"), actions.DoNotCall("refuse"))),
        (events.HungUp(5000), ()),
    )
    assert [(each.who, each.text, each.start_ms, each.end_ms, each.cut) for each in call.utterances] == [
        ("bot", "您好", 0, 2000, False), ("caller", "不用了", 2500, 3400, False), ("bot", "再见", 4100, 5000, True),
    ]  # fmt: skip
    assert call.utterances[1].intents == ("refuse",)
    assert [(each.seq, each.name) for each in call.deeds] == [(4, "do_not_call")]
    assert (call.ends_ms, call.parameters["campaign"], call.began and call.began.hour) == (5000, "spring", 10)


def test_prompts_in_one_breath_are_one_utterance() -> None:
    call = heard(
        (events.Answered(0), (play(1, "按月收费。"),)),
        (events.PlaybackFinished(2000, 1, 2000), (play(2, "您看可以吗？"),)),
        (events.PlaybackFinished(3500, 2, 1500), ()),
    )
    assert [(each.text, each.start_ms, each.end_ms) for each in call.utterances] == [
        ("按月收费。您看可以吗？", 0, 3500)
    ]


def test_words_kept_until_a_prompt_ended_have_their_meaning() -> None:
    call = heard(
        (events.Answered(0), (play(1, "您好"),)),
        (events.Heard(900, "不用了"), (actions.Ignored("Heard", "kept until the prompt has ended"),)),
        (events.PlaybackFinished(2000, 1, 2000), (REFUSE,)),
    )
    assert [(each.seq, each.text, each.intents) for each in call.utterances] == [
        (0, "您好", ()),
        (1, "不用了", ("refuse",)),
    ]


def test_without_sound_nobody_knows_how_long_it_was() -> None:
    call = heard((events.Answered(0), ()), (events.Heard(900, "喂"), ()))
    assert [(each.start_ms, each.end_ms, each.lasted_ms) for each in call.utterances] == [(None, None, None)]


def test_a_log_with_nothing_in_it() -> None:
    call = heard()
    assert (call.utterances, call.deeds, call.ends_ms) == ((), (), 0)
