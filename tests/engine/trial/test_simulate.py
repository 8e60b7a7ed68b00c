from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calls.actions import HangUp, Play
from engine.calls.events import (
    Alternative,
    Answered,
    Dialed,
    Event,
    Heard,
    HungUp,
    PlaybackFinished,
    Pressed,
    SpeechStarted,
    TimerFired,
)
from engine.calls.log import entry_line, header_line, read
from engine.dialogue.step import LeadError
from engine.language.load import load_script
from engine.language.pace import speech_ms
from engine.language.script import Script
from engine.trial.caller import SETUP, STEPS, Call, parse_call
from engine.trial.replay import replay
from engine.trial.simulate import _PLAY, THINK_MS, Simulated, result_json, simulate

SHELF = {
    "shop.yaml": """
script: shop
goodbye: bye
variables:
  name: {type: name, default: 您}
intents:
  affirm: {group: answers, phrases: [好的, 可以, 行]}
  neutral: {group: answers, phrases: [嗯, 哦]}
  refuse: {group: answers, phrases: [不用了, 不需要]}
  want_human: {group: requests, phrases: [转人工]}
  powered_off: {group: announcement, phrases: [已关机]}
silence: {after: 3s, say: "您好，还在吗？", then: bye}
stages:
  hello: {role: greeting, say: "{name}好！我是智能语音助手。", go: offer}
  offer:
    role: opening
    say: 我们店周年庆，想请您来看看，周末有空吗？
    reprompt: 周末有空吗？
    expect:
      - {hear: affirm, go: day}
      - {hear: want_human, say: 这就转接。, transfer: desk, else: day}
      - {press: "1", go: day}
      - {press: "2", go: bye}
      - {press: "3", say: 请稍等。, hold: 20s, go: day, else: bye}
      - {hear: refuse, go: bye}
  day:
    role: invitation
    say: 那给您留一张请柬，星期六可以吗？
    barge_in: "off"
    expect:
      - {hear: affirm, accept: yes, do: {tag: 请柬, sms: "周六见，{name}"}, go: bye}
      - {other: bye}
  bye: {role: closing, say: 打扰了，再见！, end: yes}
""",
    "standard": """
scheme: standard
rules:
  - {id: E1, grade: E, when: {not: {answered_by: human}}}
  - {id: A1, grade: A, when: {invitation: success}}
  - {id: D9, grade: D}
""",
}
GREETING, OFFER, GOODBYE = "您好！我是智能语音助手。", "我们店周年庆，想请您来看看，周末有空吗？", "打扰了，再见！"
OPENING_MS = speech_ms(GREETING + OFFER)


class Shelf:
    """A library of the texts above."""

    def read(self, path: str) -> bytes | str:
        return SHELF[path].encode()

    def beside(self, _file: str, path: str) -> str:
        return path

    def exists(self, path: str) -> bool:
        return path in SHELF

    def find(self, _folder: str, name: str, _file: str) -> str:
        return name if name in SHELF else ""

    def names(self, _folder: str, _file: str) -> list[str]:
        return []


@cache
def script() -> Script:
    loaded, problems = load_script("shop.yaml", Shelf())
    assert loaded, problems
    return loaded


def play(*steps: dict[str, object], **more: object) -> Simulated:
    call = parse_call(json.dumps({"call_id": "x1", "steps": steps, **more}), script())
    assert isinstance(call, Call), call
    return simulate(script(), call)


def of(played: Simulated, kind: type[Event]) -> list[Event]:
    return [entry.event for entry in played.entries if isinstance(entry.event, kind)]


def said(played: Simulated) -> list[str]:
    """The transcript: `bot: …` and `caller: …` in turn."""
    turns: list[dict[str, str]] = result_json(played)["turns"]  # type: ignore[assignment]
    return [f"{who}: {turn[who]}" for turn in turns for who in ("bot", "caller") if turn[who]]


# --- a call ----------------------------------------------------------------------------------------------------------


def test_a_pleasant_call() -> None:
    played = play({"say": "好的"}, {"say": "可以"}, vars={"name": "王姐"})
    assert said(played) == [
        "bot: 王姐好！我是智能语音助手。" + OFFER,
        "caller: 好的",
        "bot: 那给您留一张请柬，星期六可以吗？",
        "caller: 可以",
        f"bot: {GOODBYE}",
    ]
    result = result_json(played)
    assert (result["call_id"], result["disposition"], result["grade"], result["rule"]) == ("x1", "completed", "A", "A1")
    assert result["ended_by"] == "bot"
    assert result["stages"] == ["hello", "offer", "day", "bye"]
    assert result["actions"] == [{"type": "sms", "text": "周六见，王姐"}, {"type": "tag", "name": "请柬"}]
    assert [turn["intents"] for turn in result["turns"]] == [["affirm"], ["affirm"], []]  # type: ignore[attr-defined]
    assert result["facts"]["turns"] == 2  # type: ignore[index]
    assert [proof["fact"] for proof in result["evidence"]] == ["invitation"]  # type: ignore[attr-defined]


def test_what_else_the_recogniser_made_of_the_words_counts_too() -> None:
    others = [{"text": "不需要", "confidence": 0.4}, {"text": "不用药"}]
    played = play({"say": "被子", "confidence": 0.5, "alternatives": others})
    assert [event.alternatives for event in of(played, Heard)] == [  # type: ignore[attr-defined]
        (Alternative("不需要", 0.4), Alternative("不用药"))
    ]
    assert result_json(played)["turns"][0]["intents"] == ["refuse"]  # type: ignore[index]
    assert result_json(play({"say": "被子", "confidence": 0.5}))["turns"][0]["intents"] == []  # type: ignore[index]


def test_the_result_is_json() -> None:
    json.dumps(result_json(play({"say": "好的"}, {"say": "可以"})), allow_nan=False)


def test_a_call_begins_with_the_answer() -> None:
    assert play({"say": "好的"}).entries[0].event == Answered(0)
    assert play().entries[0].event == Answered(0)


@pytest.mark.parametrize("first", [{"answered": True}, {"early_media": ""}, {"failed": {"sip": 486}}])
def test_or_with_dialling_where_the_call_says_how_it_was_set_up(first: dict[str, object]) -> None:
    assert play(first).entries[0].event == Dialed(0)


def test_the_header_is_what_replay_needs() -> None:
    header = play(vars={"name": "王姐"}, now="2026-11-23T10:00:00+08:00").header
    assert (header.call_id, header.script, header.vars) == ("x1", "shop", {"name": "王姐"})
    assert header.started_at == "2026-11-23T10:00:00+08:00"
    assert header.script_sha256 == script().sha256


def test_a_lead_that_does_not_fit_never_starts() -> None:
    with pytest.raises(LeadError):
        simulate(script(), Call("x1", vars={"nmae": "王"}))


# --- the clock -------------------------------------------------------------------------------------------------------


def test_a_caller_speaks_when_the_bot_has_finished() -> None:
    played = play({"say": "好的"})
    started, heard = of(played, SpeechStarted)[0], of(played, Heard)[0]
    assert started.at_ms == OPENING_MS + THINK_MS
    assert heard.at_ms == started.at_ms + speech_ms("好的")


def test_a_long_answer_is_not_overtaken_by_silence() -> None:
    played = play({"say": "我想想啊这个周末的话家里好像有点事情不过下午应该可以的"})
    assert of(played, Heard)[0].at_ms - OPENING_MS > 5000
    assert "bot: 您好，还在吗？" not in said(played)


def test_a_caller_who_cuts_in_stops_the_prompt_there() -> None:
    played = play({"say": "不用了谢谢", "barge_in_ms": 4000})
    assert of(played, Heard)[0].at_ms == 4000
    stopped = [event for event in of(played, PlaybackFinished) if not event.completed]  # type: ignore[attr-defined]
    assert stopped == [PlaybackFinished(4000, 3, 4000 - speech_ms(GREETING), completed=False)]
    assert said(played)[1:] == ["caller: 不用了谢谢", f"bot: {GOODBYE}"]


def test_a_back_channel_word_does_not_and_the_next_word_still_can() -> None:
    played = play({"say": "嗯", "barge_in_ms": 500}, {"say": "不用了谢谢", "barge_in_ms": 4000})
    assert [event.at_ms for event in of(played, Heard)] == [500, 4000]
    assert played.state.facts.stages == ("hello", "offer", "bye")


def test_cutting_in_after_the_end_is_speaking_at_once() -> None:
    played = play({"say": "好的", "barge_in_ms": 60_000})
    assert of(played, SpeechStarted)[0].at_ms == OPENING_MS
    assert played.state.facts.barge_ins == 0


def test_with_nothing_to_cut_the_caller_waits_as_ever() -> None:
    played = play({"silence": True}, {"silence": True}, {"say": "喂", "barge_in_ms": 0})
    assert said(played)[-1] == "caller: 喂"


def test_silence_is_one_no_input_time() -> None:
    played = play({"silence": True}, {"say": "好的"}, {"hangup": True})
    assert said(played)[:3] == ["bot: " + GREETING + OFFER, "bot: 您好，还在吗？", "caller: 好的"]
    assert played.state.facts.no_input == 1
    assert of(played, TimerFired)[0].at_ms == OPENING_MS + 3000


def test_a_hang_up_counts_from_the_answer() -> None:
    played = play({"answered": True}, {"hangup": True, "after_ms": 1500})
    (answered,), (hung_up,) = of(played, Answered), of(played, HungUp)
    assert hung_up == HungUp(answered.at_ms + 1500, "caller")
    assert result_json(played)["ended_by"] == "caller"


def test_a_hang_up_counts_from_the_last_step() -> None:
    played = play({"say": "好的"}, {"hangup": True, "after_ms": 700})
    assert of(played, HungUp)[0].at_ms == of(played, Heard)[0].at_ms + 700


def test_a_hang_up_may_come_too_late() -> None:
    played = play({"hangup": True, "after_ms": 3_600_000})
    assert of(played, HungUp) == [HungUp(played.entries[-1].event.at_ms, "bot")]


# --- keys and transfer -----------------------------------------------------------------------------------------------


def test_keys() -> None:
    played = play({"dtmf": "1"}, {"say": "可以"})
    assert said(played)[1] == "caller: 1"
    assert played.state.facts.invitation == "success"


def test_keys_can_cut_in() -> None:
    played = play({"dtmf": "2", "barge_in_ms": 4000})
    assert of(played, Pressed)[0].at_ms == 4000
    assert said(played)[1:] == ["caller: 2", f"bot: {GOODBYE}"]


def test_several_keys_come_one_after_the_other() -> None:
    assert [event.at_ms for event in of(play({"dtmf": "99"}), Pressed)] == [OPENING_MS + 500, OPENING_MS + 700]


@pytest.mark.parametrize(("taken", "stages"), [(True, ("hello", "offer")), (False, ("hello", "offer", "day", "bye"))])
def test_a_transfer(taken: bool, stages: tuple[str, ...]) -> None:
    played = play({"say": "转人工"}, {"transfer_ok": taken}, {"say": "可以"})
    assert played.state.facts.transfer == ("ok" if taken else "failed")
    assert played.state.facts.stages == stages
    assert {"type": "transfer", "to": "desk"}.items() <= result_json(played)["actions"][0].items()  # type: ignore[index]


def test_a_transfer_that_nobody_answers_fails_by_itself() -> None:
    played = play({"say": "转人工"})
    assert played.state.facts.stages == ("hello", "offer", "day", "bye")


def test_a_transfer_that_the_bot_never_began_is_passed_over() -> None:
    assert said(play({"transfer_ok": True}, {"say": "不用了"}))[1:] == ["caller: 不用了", f"bot: {GOODBYE}"]


# --- hold ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "stages", "fact"),
    [
        ("ok", ("hello", "offer", "day", "bye"), "ok"),
        ("ended", ("hello", "offer", "day", "bye"), "ok"),
        ("failed", ("hello", "offer", "bye"), "failed"),
    ],
)
def test_a_hold(outcome: str, stages: tuple[str, ...], fact: str) -> None:
    played = play({"dtmf": "3"}, {"hold": outcome}, {"say": "可以"})
    assert played.state.facts.stages == stages
    assert result_json(played)["facts"]["hold"] == fact  # type: ignore[index]
    assert (outcome == "failed") == (fact == "failed")


def test_a_caller_speaks_when_the_hold_is_over() -> None:
    assert said(play({"dtmf": "3"}, {"say": "可以"}))[2:5] == [
        "bot: 请稍等。",
        "bot: 那给您留一张请柬，星期六可以吗？",
        "caller: 可以",
    ]


def test_a_hold_that_the_bot_never_began_is_passed_over() -> None:
    assert said(play({"hold": "failed"}, {"say": "不用了"}))[1:] == ["caller: 不用了", f"bot: {GOODBYE}"]


# --- before the answer -----------------------------------------------------------------------------------------------


def test_an_announcement_then_a_failure() -> None:
    played = play({"early_media": "您拨打的电话已关机"}, {"failed": {"sip": 480, "q850": 20}})
    result = result_json(played)
    assert (result["disposition"], result["grade"], result["ended_by"]) == ("powered_off", "E", "network")
    assert said(played) == ["caller: 您拨打的电话已关机"]


def test_an_announcement_alone_is_hung_up_on() -> None:
    played = play({"early_media": "您拨打的电话"}, {"early_media": "已关机"})
    assert played.state.facts.disposition == "powered_off"
    assert HangUp("announced") in played.entries[-2].actions


def test_an_announcement_is_heard_out_however_many_pieces_it_comes_in() -> None:
    played = play({"early_media": "您拨打的电话已关机"}, {"early_media": "请您过一会儿再拨打这个电话号码好吗"})
    assert isinstance(played.entries[-2].event, Heard)
    assert HangUp("announced") in played.entries[-2].actions


def test_what_announces_nothing_rings_out() -> None:
    played = play({"early_media": ""})
    assert HangUp("no_answer") in played.entries[-2].actions
    assert of(played, HungUp) == [HungUp(60_000, "bot")]


def test_an_answer_after_an_announcement() -> None:
    played = play({"early_media": ""}, {"answered": {"by": "human"}}, {"say": "好的"})
    assert played.state.facts.stages[:3] == ("hello", "offer", "day")


# --- the end ---------------------------------------------------------------------------------------------------------


def test_a_caller_who_says_no_more_is_silent_to_the_end() -> None:
    played = play({"say": "好的"})
    assert said(played)[-2:] == ["bot: 您好，还在吗？", f"bot: {GOODBYE}"]
    assert of(played, HungUp)[-1].by == "bot"  # type: ignore[attr-defined]


def test_steps_after_the_end_are_passed_over() -> None:
    assert play({"say": "不用了"}, {"hangup": True}, {"say": "喂"}, {"failed": {}}).entries[-1].event == HungUp(
        of(play({"say": "不用了"}), Heard)[0].at_ms, "caller"
    )


def test_a_call_that_does_not_end_is_a_fault_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(_script: Script, state: object, event: Event) -> tuple[object, tuple[Play, ...]]:
        return state, (Play(1, ()),) if isinstance(event, PlaybackFinished | Answered) else ()

    monkeypatch.setattr("engine.trial.simulate.step", deaf)
    with pytest.raises(AssertionError, match="call 'x1' has not ended after 10000 events"):
        simulate(script(), Call("x1"))


def test_a_call_that_waits_for_nothing_is_a_fault_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.trial.simulate.step", lambda _script, state, _event: (state, ()))
    with pytest.raises(AssertionError, match="call 'x1' waits for nothing and has not ended"):
        simulate(script(), Call("x1"))


words = st.sampled_from(["好的", "嗯", "不用了", "转人工", "什么", "", "我再想一想吧", "您拨打的电话已关机"])
ms = st.integers(min_value=0, max_value=20_000)
a_step = st.one_of(
    st.fixed_dictionaries({"say": words}, optional={"barge_in_ms": ms, "confidence": st.sampled_from([0.1, 0.9])}),
    st.just({"silence": True}),
    st.fixed_dictionaries({"dtmf": st.sampled_from(["1", "2", "9#"])}, optional={"barge_in_ms": ms}),
    st.fixed_dictionaries({"transfer_ok": st.booleans()}),
    st.fixed_dictionaries({"hold": st.sampled_from(["ok", "failed", "ended"])}),
    st.fixed_dictionaries({"early_media": words}),
    st.just({"failed": {"sip": 486}}),
    st.just({"answered": True}),
    st.fixed_dictionaries({"hangup": st.just(value=True)}, optional={"after_ms": ms}),
)
calls = st.lists(a_step, max_size=8)


@given(calls)
@settings(max_examples=200)
def test_every_call_ends_in_order_and_replays(steps: list[dict[str, object]]) -> None:
    played = play(*steps)
    assert played.state.phase == "ended"
    times = [entry.event.at_ms for entry in played.entries]
    assert times == sorted(times)
    assert [entry.seq for entry in played.entries] == list(range(len(times)))
    assert play(*steps) == played

    log = read((header_line(played.header) + "".join(map(entry_line, played.entries))).encode())
    assert replay(script(), log.header, log.entries) is None


def test_every_step_can_be_played() -> None:
    assert set(_PLAY) == set(STEPS.values())
    assert set(SETUP) <= set(_PLAY)
