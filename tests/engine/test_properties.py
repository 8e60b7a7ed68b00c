"""What holds for every call: it is a function of its events, it ends, and it stays in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calls.actions import (
    Action,
    CancelTimer,
    HangUp,
    Hold,
    Matched,
    Play,
    StartTimer,
    StopPlayback,
    Transfer,
    Unhold,
)
from engine.calls.events import (
    Alternative,
    Answered,
    Dialed,
    EarlyMedia,
    Ender,
    Event,
    Failed,
    Heard,
    HoldBegan,
    HoldEnded,
    HoldFailed,
    HungUp,
    NotHeard,
    Overheard,
    PlaybackFinished,
    Pressed,
    Ringing,
    SpeechStarted,
    SpeechStopped,
    TimerFired,
    Tone,
    ToneKind,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import EVENTS, Entry, Header, entry_line, header_line, read
from engine.dialogue.state import State
from engine.dialogue.step import begin, step
from engine.language.script import Script
from engine.trial.caller import Call, Say, Step
from engine.trial.replay import replay
from engine.trial.simulate import Line, simulate
from tests.engine.scenes import load

RICH = """
limits: {turns: 12, seconds: 120, recoveries_per_stage: 2}
silence: {after: 3s, say: [还在吗？, 能听到吗？]}
no_match: {say: [没太明白。, 您是说？]}
refused: no
variables: {name: {type: name, default: 您}}
slots:
  number: {type: digits, ask: 请按您的号码，按井号结束。}
  wish: {type: words, ask: 您想要什么？}
stages:
  hello: {role: greeting, say: "{name}好，我是智能语音助手。", go: ask}
  ask:
    role: opening
    say: [周末有空吗？, 您周末有空吗？]
    reprompt: 有空吗？
    expect:
      - {press: "1", go: price}
      - {press: "2", say: 真没空？, limit: 1}
      - {hear: [affirm, neutral], go: price}
      - {hear: want_human, say: 这就转接。, transfer: desk, else: ask}
      - {hear: 帮我查查, say: 您稍等。, hold: 20s, go: price, else: ask}
      - {press: "3", hold: 5s}
      - {hear: hesitate, say: 不急。, limit: 2, over: no}
      - {silence: {say: 喂？, limit: 1}}
      - {hear: confirm, need: [number, wish], do: {note: "{number}{wish}"}, go: invite}
    recover: [就看一眼，好吗？, {say: 那送您图册？, go: invite, expect: [{hear: affirm, do: {sms: 图册}, go: bye}]}]
  price:
    role: pitch
    say: 全场八折，您看呢？
    skip: {if: {heard: ask_price}, go: invite}
    fill: wish
    barge_in: off
    expect: [{hear: interest, answer: yes, go: invite}, {other: invite}]
  invite:
    role: invitation
    say: 星期六来看看，好吗？
    confirm: {say: 那给您留请柬，可以吗？, unsure: no}
    barge_in: {after: 2}
    expect:
      - {hear: [affirm, neutral], accept: yes, do: {tag: 请柬, sms: "{name}请来"}, go: booked}
      - {hear: ask_mode, go: ask}
    recover: 来就送礼品，好吗？
  booked: {role: closing, say: 说好了？, expect: [{hear: deny, accept: no, go: bye}, {other: bye}]}
  no: {role: closing, say: 打扰了。, end: yes}
always:
  - {hear: announcement, end: yes}
  - {hear: do_not_call, do: {do_not_call: yes}, go: no}
  - {hear: busy, limit: 1, say: 您先忙。, wait: 10s}
  - {hear: ask_repeat, repeat: yes}
  - {hear: ask_wait, say: 您先忙。, then: stay, wait: 20s}
  - {hear: side_talk, say: 您方便吗？, ignore: 2}
  - {hear: want_wechat, do: {wechat: yes}, say: 加您。}
  - {hear: goodbye, end: yes}
  - {press: "0", transfer: desk, else: ask}
answers:
  - {hear: ask_price, say: [八折。, 真是八折。], limit: 3, over: no}
  - {hear: ask_mode, say: 到店就行。, in: [opening, closing]}
  - {hear: ask_case, say: 有图册，您看看？, limit: 1}
  - {hear: ask_robot, say: 是的。, tail: 您来吗？}
"""
PHRASES = (
    "好的 行 嗯 是的 没有 不用了 再看看 别再打了 我要投诉 打错了 我在开会 多少钱 怎么合作 有案例吗 你是机器人吗"
    " 没听清 等一下 转人工"
    " 帮我查查 加微信 你好 再见 吃饭了没 您拨打的电话已关机 请留言 沙发 我说的是别的那件事 多少钱怎么合作 13800001234 … , 1#"
).split()


def script() -> Script:
    return load(RICH)


NOW = "2026-01-05T10:00:00+08:00"
ref = st.integers(-1, 40)
ms = st.integers(-5, 400_000)
words = st.one_of(st.sampled_from(PHRASES), st.text(max_size=12))
confidence = st.none() | st.floats(0, 1)
codes = st.none() | st.integers(0, 999)
keys = st.sampled_from([*"0123456789*#ABCD", "", "12"])
EVENT: dict[type[Event], st.SearchStrategy[Event]] = {
    Dialed: st.builds(Dialed, ms),
    Ringing: st.builds(Ringing, ms),
    EarlyMedia: st.builds(EarlyMedia, ms),
    Answered: st.builds(Answered, ms, st.sampled_from(["human", "machine", "unknown"])),
    Failed: st.builds(Failed, ms, codes, codes, words),
    HungUp: st.builds(HungUp, ms, st.sampled_from(get_args(Ender)), codes),
    SpeechStarted: st.builds(SpeechStarted, ms),
    SpeechStopped: st.builds(SpeechStopped, ms, ms),
    Heard: st.builds(
        Heard, ms, words, confidence, st.booleans(), st.lists(st.builds(Alternative, words), max_size=2).map(tuple)
    ),
    NotHeard: st.builds(NotHeard, ms, words),
    Pressed: st.builds(Pressed, ms, keys),
    Overheard: st.builds(Overheard, ms, st.sampled_from(["bot", "unknown"]), words, ms, confidence),
    Tone: st.builds(Tone, ms, st.sampled_from(get_args(ToneKind))),
    PlaybackFinished: st.builds(PlaybackFinished, ms, ref, ms, st.booleans()),
    TimerFired: st.builds(TimerFired, ms, ref),
    TransferSucceeded: st.builds(TransferSucceeded, ms, ref),
    TransferFailed: st.builds(TransferFailed, ms, ref, words),
    HoldBegan: st.builds(HoldBegan, ms, ref),
    HoldEnded: st.builds(HoldEnded, ms, ref),
    HoldFailed: st.builds(HoldFailed, ms, ref, words),
}
ends = (HungUp, Failed)
mid_call = st.one_of(*(strategy for kind, strategy in EVENT.items() if kind not in ends))
histories = st.one_of(
    st.lists(st.one_of(*EVENT.values()), max_size=40),  # chaos
    st.lists(mid_call, max_size=60).map(
        lambda events: [Dialed(0), Answered(0, "human"), *events]
    ),  # a call in disorder
)
lively = st.lists(
    st.one_of(
        EVENT[Heard],
        EVENT[Pressed],
        st.just("prompt"),
        st.just("prompt"),
        st.just("timer"),
        st.just("clock"),
        st.just("transferred"),
        st.just("declined"),
        st.just("on hold"),
        st.just("off hold"),
        st.just("not held"),
        EVENT[SpeechStarted],
        EVENT[SpeechStopped],
        EVENT[NotHeard],
    ),
    max_size=50,
)
"""Events with `prompt`, `timer`, … for what answers the order that is open just then: these get far."""


def run(events: Iterable[Event | str]) -> tuple[State, list[Entry]]:
    state = begin(script(), "p", NOW)
    entries = []
    for happened in events:
        event = resolved(happened, state) if isinstance(happened, str) else happened
        after, actions = step(script(), state, event)
        entries.append(Entry(state.seq, event, actions))
        state = after
    return state, entries


def resolved(name: str, state: State) -> Event:
    """The event that answers the order which is open in this state."""
    answers: dict[str, Event] = {
        "prompt": PlaybackFinished(0, state.playing),
        "timer": TimerFired(0, state.timer.ref if state.timer else 0),
        "clock": TimerFired(0, state.clock.ref if state.clock else 0),
        "transferred": TransferSucceeded(0, state.transfer),
        "declined": TransferFailed(0, state.transfer),
        "on hold": HoldBegan(0, state.hold),
        "off hold": HoldEnded(0, state.hold),
        "not held": HoldFailed(0, state.hold),
    }
    return answers[name]


def is_same(one: object, other: object) -> None:
    """Compared without the help of pytest, which would lay out thousands of fields."""
    if one != other:
        raise AssertionError(f"{str(one)[:2000]}\nis not\n{str(other)[:2000]}")


WAITS = ("no_input", "transfer", "hold", "unhold", "hang_up")
"""The timers of which there is one at a time."""


def in_order(entries: list[Entry]) -> None:
    """Orders to the line make sense one after the other, and none comes after the end."""
    over = False
    playing: set[int] = set()
    timers: dict[int, str] = {}
    refs: list[int] = []
    held: int = 0
    for entry in entries:
        over = over or isinstance(entry.event, ends)
        if isinstance(entry.event, PlaybackFinished):
            playing.discard(entry.event.ref)
        if isinstance(entry.event, HoldFailed) and entry.event.ref == held:
            held = 0
        if isinstance(entry.event, TimerFired):
            timers.pop(entry.event.ref, None)
        for action in entry.actions:
            if isinstance(action, Hold):
                assert not playing, f"on hold while a prompt plays, at {entry}"
                assert not held, f"on hold twice, at {entry}"
                held = action.ref
            elif isinstance(action, Unhold):
                assert action.ref == held, f"{action} of who is not on hold, at {entry}"
                held = 0
            if isinstance(action, Play | StopPlayback | StartTimer | Transfer | Hold | HangUp):
                assert not over, f"{action} after the end, at {entry}"
            if isinstance(action, Play):
                assert not playing, f"two prompts at once, at {entry}"
                assert not held, f"a prompt for somebody on hold, at {entry}"
                playing.add(action.ref)
            elif isinstance(action, StopPlayback):
                assert action.ref in playing, f"{action} of what does not play, at {entry}"
                playing.discard(action.ref)
            elif isinstance(action, StartTimer):
                timers[action.ref] = action.timer
                assert not (held and action.timer == "no_input"), f"silence on hold counts, at {entry}"
                assert sum(kind in WAITS for kind in timers.values()) <= 1, entry
                assert sum(kind in ("ring", "call") for kind in timers.values()) <= 1, entry
            elif isinstance(action, CancelTimer):
                assert action.ref in timers, f"{action} of no live timer, at {entry}"
                del timers[action.ref]
            elif isinstance(action, HangUp):
                over = True
                assert not playing, f"hung up while a prompt plays, at {entry}"
                assert not timers, f"timers {timers} live on, at {entry}"
            if isinstance(action, Play | StartTimer | Transfer | Hold):
                refs.append(action.ref)
    assert refs == sorted(set(refs)), "a number was given out twice"


def test_every_class_of_event_is_tried() -> None:
    assert set(EVENT) == set(EVENTS.values())


@given(histories)
@settings(max_examples=400)
def test_step_takes_whatever_happens(events: list[Event]) -> None:
    state, entries = run(events)
    in_order(entries)
    assert [entry.seq for entry in entries] == list(range(len(events)))
    assert state.seq == len(events)


@given(lively)
@settings(max_examples=400)
def test_step_takes_whatever_happens_far_into_a_call(events: list[Event | str]) -> None:
    state, entries = run([Answered(0, "human"), *events])
    in_order(entries)
    waits = state.playing or state.timer or state.transfer
    assert waits or state.phase in ("ending", "ended"), "the bot waits for nothing"


@given(lively)
@settings(max_examples=300)
def test_nothing_said_on_hold_is_lost(events: list[Event | str]) -> None:
    state = begin(script(), "p", NOW)
    on_hold = ["prompt", "prompt", Pressed(0, "3")]
    for happened in [Answered(0, "human"), *on_hold, *events]:
        event, before = resolved(happened, state) if isinstance(happened, str) else happened, state
        state, actions = step(script(), state, event)
        if before.hold and isinstance(event, Heard) and event.final and event.text.strip():
            assert any(isinstance(each, Matched) and event.text in each.text for each in actions), actions


@given(lively)
def test_the_same_events_make_the_same_call(events: list[Event | str]) -> None:
    state, entries = run([Answered(0), *events])
    is_same((state, entries), run([entry.event for entry in entries]))


@given(lively)
def test_a_step_leaves_the_state_before_it_alone(events: list[Event | str]) -> None:
    state = begin(script(), "p", NOW)
    for happened in [Answered(0), *events]:
        before, copy = state, replace(state, **{f.name: _copied(getattr(state, f.name)) for f in fields(state)})
        state, _ = step(script(), state, resolved(happened, state) if isinstance(happened, str) else happened)
        is_same(before, copy)


def _copied(value: object) -> object:
    return dict(value) if isinstance(value, dict) else value


@given(lively)
def test_a_log_reads_back_and_replays(events: list[Event | str]) -> None:
    _, entries = run([Answered(0), *events])
    header = Header("p", script().name, script().sha256, "0", NOW)
    text = header_line(header) + "".join(map(entry_line, entries))
    log = read(text.encode())
    is_same(header_line(log.header) + "".join(map(entry_line, log.entries)), text)
    is_same(log.header, header)
    is_same(replay(script(), log.header, log.entries), None)


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(mid_call, st.sampled_from(["prompt", "timer"]))), max_size=60))
def test_calls_side_by_side_are_as_calls_one_by_one(happened: list[tuple[int, Event | str]]) -> None:
    states = [step(script(), begin(script(), f"c{number}", NOW), Answered(0))[0] for number in range(4)]
    together: list[list[tuple[Action, ...]]] = [[], [], [], []]
    events: list[list[Event]] = [[], [], [], []]
    for number, each in happened:
        event = resolved(each, states[number]) if isinstance(each, str) else each
        events[number].append(event)
        states[number], actions = step(script(), states[number], event)
        together[number].append(actions)
    for number in range(4):
        alone = step(script(), begin(script(), f"c{number}", NOW), Answered(0))[0]
        for event, expected in zip(events[number], together[number], strict=True):
            alone, actions = step(script(), alone, event)
            is_same(actions, expected)
        is_same(alone, states[number])


# --- every call ends -------------------------------------------------------------------------------------------------


def ended(steps: Iterable[Step]) -> Line:
    """The call, which must be over within its limits however much more the caller would say."""
    line = Line(script(), Call("p"))
    line.begin()
    for each in steps:
        if line.over:
            break
        line.take(each)
    line.finish()
    limit_ms = script().limits.seconds * 1000 + 45_000
    assert line.now_ms <= limit_ms, f"the call lasted {line.now_ms} ms"
    assert line.state.turns <= script().limits.turns + 2, f"{line.state.turns} turns"
    in_order(line.entries)
    return line


def test_a_silent_caller_comes_to_an_end() -> None:
    assert ended(()).state.reason == "silence"


@given(st.lists(st.builds(Say, st.sampled_from(PHRASES), confidence, st.none() | st.integers(0, 3000)), min_size=40))
@settings(max_examples=150)
def test_a_babbling_caller_comes_to_an_end(says: list[Step]) -> None:
    ended(says)


@pytest.mark.parametrize("over_ms", [None, 0, 700])
@pytest.mark.parametrize("phrase", PHRASES)
def test_a_caller_who_says_the_same_for_ever_comes_to_an_end(phrase: str, over_ms: int | None) -> None:
    ended(Say(phrase, None, over_ms) for _ in range(500))


@pytest.mark.parametrize("stuck", [SpeechStarted(0), Heard(0, "好的好的我说", final=False)])
def test_a_recogniser_that_never_finishes_comes_to_an_end(stuck: Event) -> None:
    line = Line(script(), Call("p"))
    line.begin()
    line.settle()
    line.happen(stuck)
    line.finish()
    assert line.now_ms <= script().limits.seconds * 1000 + 45_000


def test_what_a_call_came_to_is_in_its_log() -> None:
    played = simulate(script(), Call("p", steps=(Say("可以"), Say("多少钱"), Say("可以"), Say("好的"))))
    is_same(run([entry.event for entry in played.entries])[0], played.state)
    assert played.state.facts.invitation == "success"
