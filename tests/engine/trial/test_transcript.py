from __future__ import annotations

import json

from engine.calls.actions import (
    Action,
    Callback,
    DoNotCall,
    Entered,
    HangUp,
    Ignored,
    Matched,
    NoInput,
    Part,
    Play,
    Recovered,
    Sms,
    StartTimer,
    StopPlayback,
    Took,
    Transfer,
    Unmatched,
)
from engine.calls.events import (
    Answered,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HungUp,
    NotHeard,
    PlaybackFinished,
    Pressed,
    TimerFired,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import Entry, Header
from engine.grading.facts import Facts
from engine.grading.grade import Grade
from engine.trial.transcript import Said, grade_line, lines, render, summary, turns
from engine.understanding.grammar import Hit

HEADER = Header("x1", "shop", "ab" * 32, "0.1.0", "2026-01-05T10:00:00+08:00")


def say(text: str, ref: int = 1) -> Play:
    return Play(ref, (Part(text),))


def hears(text: str, *ids: str, negated: tuple[str, ...] = ()) -> Matched:
    hits = [Hit(name, text, (0, len(text))) for name in ids]
    return Matched(text, (*hits, *(Hit(name, text, (0, 1), negated=True) for name in negated)))


def call(*steps: tuple[Event, list[Action]]) -> tuple[Entry, ...]:
    return tuple(Entry(seq, event, tuple(actions)) for seq, (event, actions) in enumerate(steps))


A_CALL = call(
    (Answered(0), [StartTimer(1, "call", 300_000), Entered("hello", "greeting", 1), say("您好！")]),
    (PlaybackFinished(800, 1), [Entered("offer", "opening", 1), say("周末有空吗？")]),
    (Heard(1500, "嗯", final=False), []),
    (Heard(2000, "有空，不是不去", 0.9), [
        StopPlayback(1),
        hears("有空，不是不去", "affirm", negated=("refuse",)),
        Entered("day", "invitation", 1),
        say("星期六？"),
    ]),
    (TimerFired(65_000, 9), [NoInput(1), Took("silence"), say("还在吗？")]),
    (Pressed(66_000, "1"), [Took("day.expect.1"), Sms("周六见"), Callback("2026-01-10", "星期六"), say("再见！")]),
    (PlaybackFinished(67_000, 1), [HangUp("goodbye")]),
    (HungUp(67_000, "bot"), []),
)  # fmt: skip


def test_a_turn_is_what_the_bot_said_and_what_the_caller_answered() -> None:
    assert turns(A_CALL) == (
        Said(0, "offer", "您好！周末有空吗？", "有空，不是不去", ("affirm",), cut=True),
        Said(2000, "day", "星期六？"),
        Said(65_000, "day", "还在吗？", "1"),
        Said(66_000, "day", "再见！"),
    )


def test_a_transcript_reads_as_a_call() -> None:
    graded = Grade("B", "B3", "standard", "接受了邀约")
    assert render(HEADER, A_CALL, graded) == (
        "shop · call x1 · 2026-01-05T10:00:00+08:00\n"
        "  0:00  answered\n"
        "  0:00    [hello]\n"
        "  0:00  bot     您好！\n"
        "  0:00    [offer]\n"
        "  0:00  bot     周末有空吗？\n"
        "  0:02  caller  有空，不是不去  (90% sure)\n"
        "  0:02          = affirm, not refuse\n"
        "  0:02    [day]\n"
        "  0:02  bot     星期六？\n"
        "  1:05  caller  (silence)\n"
        "  1:05  bot     还在吗？\n"
        "  1:06  caller  key 1\n"
        "  1:06          > sms 周六见\n"
        "  1:06          > callback 2026-01-10 星期六\n"
        "  1:06  bot     再见！\n"
        "  1:07  the bot hung up (goodbye)\n"
        "grade B by rule B3 (接受了邀约)\n"
    )


def test_a_caller_may_speak_twice_and_before_the_bot() -> None:
    entries = call(
        (Answered(0), []),
        (Heard(500, "喂"), [hears("喂", "greet")]),
        (Heard(900, "哪位"), [hears("哪位", "ask_identity"), say("您好！")]),
        (HungUp(1000), []),
    )
    assert turns(entries) == (
        Said(0, caller="喂", intents=("greet",)),
        Said(900, caller="哪位", intents=("ask_identity",)),
        Said(900, bot="您好！"),
    )


def test_words_kept_until_the_prompt_has_ended_get_their_meaning_then() -> None:
    entries = call(
        (Answered(0), [say("本次通话会录音。")]),
        (Heard(500, "不用了"), [Ignored("Heard", "kept until the prompt has ended")]),
        (PlaybackFinished(2000, 1), [hears("不用了", "refuse"), say("再见！")]),
    )
    assert turns(entries) == (Said(0, "", "本次通话会录音。", "不用了", ("refuse",)), Said(2000, bot="再见！"))


def test_keys_of_one_number_are_one_answer() -> None:
    entries = call((Answered(0), [say("请按号码")]), *((Pressed(at_ms, key), []) for at_ms, key in enumerate("138#")))
    assert turns(entries) == (Said(0, bot="请按号码", caller="138#"),)


def test_words_are_not_keys_though_they_look_alike() -> None:
    entries = call((Heard(0, "ok"), []), (Pressed(1, "1"), []))
    assert [said.caller for said in turns(entries)] == ["ok", "1"]


def test_an_utterance_without_words_is_shown() -> None:
    (said,) = turns(call((NotHeard(0), [Unmatched("")])))
    assert said.caller == "(no words)"


def told(event: Event, *actions: Action) -> list[str]:
    return [line[8:] for line in lines(Entry(0, event, actions))]


def test_what_happens_to_the_line_is_told() -> None:
    assert told(EarlyMedia(0)) == ["early media"]
    assert told(Answered(0, "machine")) == ["answered by a machine"]
    assert told(HungUp(0, "caller")) == ["the caller hung up"]
    assert told(HungUp(0, "network")) == ["the network hung up"]
    assert told(HungUp(0, "bot")) == []
    assert told(Failed(0, 480, 20, "absent")) == ["the call failed: SIP 480, Q.850 20, absent"]
    assert told(Failed(0)) == ["the call failed: no reason given"]
    assert told(TransferSucceeded(0, 1)) == ["a person has taken the call"]
    assert told(TransferFailed(0, 1, "busy")) == ["nobody took the call: busy"]


def test_what_is_decided_is_told() -> None:
    assert told(Heard(0, "关机"), Matched("关机", (), "powered_off")) == ["caller  关机", "        = powered_off"]
    assert told(Heard(0, "啊"), Unmatched("啊")) == ["caller  啊", "        = no rule fits"]
    assert told(Heard(0, "啊", final=False)) == []
    assert told(TimerFired(0, 1), Transfer(7, "desk"), DoNotCall()) == [
        "        > transfer desk",
        "        > do_not_call",
    ]
    assert told(TimerFired(0, 1), Recovered("offer", 2)) == ["        recovery 2"]
    assert told(TimerFired(0, 1), NoInput(3), say("喂？")) == ["caller  (silence)", "bot     喂？"]
    assert told(TimerFired(0, 1), Took("time_limit"), say("再见")) == ["bot     再见"]
    assert told(TimerFired(0, 1), Play(1, (Part(pause_ms=500),))) == []


def test_a_call_without_a_grade_says_so() -> None:
    assert grade_line(Grade(None, "X1", "standard")) == "grade none by rule X1"


def test_the_summary_holds_what_the_contract_names() -> None:
    entries = (*A_CALL, *call((HungUp(68_000), [Sms("资料", "13800001234")])))
    facts = Facts(disposition="completed", ended_by="bot", stages=("hello", "offer", "day"))
    result = summary("x1", entries, facts, Grade("B", "B3", "standard"))
    assert {"call_id", "disposition", "grade", "rule", "evidence", "ended_by", "stages"} < result.keys()
    assert result["stages"] == ["hello", "offer", "day"]
    assert result["turns"][0] == {  # type: ignore[index]
        "bot": "您好！周末有空吗？",
        "caller": "有空，不是不去",
        "intents": ["affirm"],
        "stage": "offer",
    }
    assert result["actions"] == [
        {"type": "sms", "text": "周六见"},
        {"type": "callback", "at": "2026-01-10", "said": "星期六"},
        {"type": "sms", "text": "资料", "to": "13800001234"},
    ]
    json.dumps(result)
