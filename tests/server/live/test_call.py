"""A live call without its socket: from the first word to the record, on a virtual clock."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calls.actions import HangUp, Play
from engine.calls.events import Heard, HungUp, PlaybackFinished, TimerFired
from engine.calls.log import read
from engine.trial.replay import replay
from server.gateways import wire
from server.live.ending import LAST_READING_MS, WIND_UP_MS
from server.live.record import LOG, SUMMARY
from server.speech.ports import Reading
from tests.server.live.phone import Phone, script

Dial = Callable[..., Phone]


def events_of(phone: Phone, kind: type) -> list[object]:
    return [entry.event for entry in phone.call.record.entries if isinstance(entry.event, kind)]


def said(phone: Phone) -> list[str]:
    return [action.text for entry in phone.call.record.entries for action in entry.actions if isinstance(action, Play)]


def test_the_bot_speaks_when_the_answer_delay_is_over(dial: Dial) -> None:
    phone = dial().answer(delay_ms=200)
    phone.wait(180)
    assert phone.orders == []
    phone.wait(20)
    assert "智能语音助手" in said(phone)[0]
    assert isinstance(phone.orders[0], wire.Send)


def test_a_call_to_an_appointment_is_graded_and_recorded(dial: Dial) -> None:
    phone = dial().answer()
    phone.say("你好", "你说", "嗯，这个多少钱", "对", "有，十来个人", "没用过", "效果怎么样", "可以，明天下午三点吧")
    phone.until_over()
    summary = phone.close()
    assert (summary["grade"], summary["disposition"], summary["ended_by"]) == ("A", "completed", "bot")
    assert isinstance(phone.orders[-1], wire.HangUp)
    assert json.loads((phone.call.record.folder / SUMMARY).read_text())["grade"] == "A"


def test_a_live_call_replays_from_its_log_as_it_was(dial: Dial) -> None:
    phone = dial().answer().say("你好", "多少钱").cut_in("不需要", 700).say("真的不用了").until_over()
    phone.close()
    log = read((phone.call.record.folder / LOG).read_bytes())
    assert replay(script().script, log.header, log.entries) is None


def test_no_more_than_a_second_is_in_flight(dial: Dial) -> None:
    phone = dial().answer()
    for _ in range(100):
        phone.wait(20)
        assert phone.sent_ms - phone.now_ms <= 1000


def test_words_that_cut_clear_the_line_and_are_answered(dial: Dial) -> None:
    phone = dial().answer().say("你好")
    phone.cut_in("多少钱一个月", 1500)
    stopped = [each for each in events_of(phone, PlaybackFinished) if not each.completed]
    assert [type(order) for order in phone.orders if isinstance(order, wire.Clear)] == [wire.Clear]
    assert 1000 <= stopped[0].played_ms <= 1500
    assert "按坐席" in said(phone)[-1]


def test_a_sign_of_listening_cuts_nothing(dial: Dial) -> None:
    phone = dial().answer().say("你好").cut_in("嗯嗯", 1500)
    assert not [order for order in phone.orders if isinstance(order, wire.Clear)]


def test_a_partial_that_refuses_cuts_before_the_sentence_is_over(dial: Dial) -> None:
    phone = dial().answer().say("你好")
    phone.wait(1500)
    phone.call.reading(Reading("别打了", 0.8, final=False), phone.now_ms)
    phone._obey()
    assert isinstance(phone.orders[-1], wire.Clear)


def test_the_marks_of_what_was_thrown_away_finish_nothing(dial: Dial) -> None:
    phone = dial().answer().say("你好").cut_in("多少钱一个月", 1500)
    mark = next(order.name for order in phone.orders if isinstance(order, wire.Mark))
    before = phone.call.state
    phone.take(wire.Played(mark, cleared=True))
    assert phone.call.state == before


def test_a_silent_caller_is_asked_and_then_let_go(dial: Dial) -> None:
    phone = dial().answer().until_over()
    summary = phone.close()
    assert (summary["grade"], summary["rule"]) == ("D", "D3")
    assert len(events_of(phone, TimerFired)) >= 3


def test_words_that_are_being_recognised_hold_the_no_input_prompt_back(dial: Dial) -> None:
    phone = dial().answer()
    phone.hear_out()
    phone.wait(3000)
    phone.call._hearing._unread = 1  # the caller has spoken, and the recogniser is at work
    phone.wait(1500)
    assert not events_of(phone, TimerFired)
    phone.call.reading(Reading("你说吧", 0.9), phone.now_ms)
    phone.wait(100)
    assert "半分钟" in said(phone)[-1]


def test_the_caller_hangs_up_in_the_middle_of_a_word(dial: Dial) -> None:
    phone = dial().answer()
    phone.wait(1500)
    phone.take(wire.Ended("stop"))
    summary = phone.close()
    assert (summary["grade"], summary["rule"], summary["ended_by"]) == ("D", "D2", "caller")
    assert not [order for order in phone.orders if isinstance(order, wire.HangUp)]


def test_a_gateway_that_vanishes_is_not_a_caller_who_hung_up(dial: Dial) -> None:
    phone = dial().answer().say("你好")
    phone.call.lost(phone.now_ms)
    assert phone.close()["ended_by"] == "network"


def test_words_said_just_before_hanging_up_still_count(dial: Dial) -> None:
    phone = dial().answer().say("你好")
    phone.hear_out()
    phone.call._hearing._unread = 1  # 我在开会, and the recogniser is at work
    phone.take(wire.Ended("stop"))
    assert not phone.call.over
    orders = len(phone.orders)
    phone.wait(800)
    phone.call.reading(Reading("我在开会", 0.8), phone.now_ms)
    phone._obey()
    assert phone.call.over
    assert len(phone.orders) == orders, "the line is gone"
    summary = phone.close()
    assert (summary["grade"], summary["rule"], summary["ended_by"]) == ("C", "C2", "caller")


def test_words_that_never_come_are_not_waited_for_longer(dial: Dial) -> None:
    phone = dial().answer().say("你好")
    phone.call._hearing._unread = 1
    phone.call.lost(phone.now_ms)
    phone.wait(LAST_READING_MS - 100)
    assert not phone.call.over
    phone.wait(200)
    assert phone.close()["ended_by"] == "network"


def test_nothing_goes_to_the_line_after_the_end(dial: Dial) -> None:
    phone = dial().answer()
    phone.wait(500)
    phone.take(wire.Ended("stop"))
    given_so_far = len(phone.orders)
    phone.take(wire.Text("喂"))
    phone.wait(3000)
    assert len(phone.orders) == given_so_far


def test_a_prompt_that_is_still_being_made_is_wanted_and_said_when_it_comes(dial: Dial) -> None:
    phone = dial(slow_voice=True).answer()
    wanted = phone.call.wanted.pop()
    assert "智能语音助手" in wanted.parts[0].text
    phone.wait(400)
    assert phone.orders == []
    phone.call.sound(wanted.ref, bytes(16 * 600), phone.now_ms)
    phone.call.sound(wanted.ref, None, phone.now_ms)
    phone._obey()
    assert [type(order) for order in phone.orders] == [wire.Send] * 3 + [wire.Mark]


def test_a_stopped_prompt_is_no_longer_wanted(dial: Dial) -> None:
    phone = dial(slow_voice=True).answer()
    first = phone.call.wanted[0].ref
    phone.cut_in("别打了", 100)
    assert first not in [each.ref for each in phone.call.wanted]


def test_a_gateway_that_cannot_transfer_says_so_to_the_script(dial: Dial) -> None:
    phone = dial().answer().say("你好", "转人工")
    phone.hear_out()
    phone.wait(200)
    assert "nobody took the call: this gateway cannot transfer calls" in phone.transcript


def test_a_transfer_that_works(dial: Dial) -> None:
    phone = dial(can=frozenset({wire.Transfer})).answer().say("你好", "转人工")
    phone.hear_out()
    phone.wait(200)
    assert [order.to for order in phone.orders if isinstance(order, wire.Transfer)] == ["sales"]
    phone.take(wire.TransferResult(ok=True))
    summary = phone.until_over().close()
    assert (summary["rule"], summary["ended_by"]) == ("B3", "bot")


def test_a_full_disk_ends_the_call_with_a_goodbye(dial: Dial) -> None:
    phone = dial().answer().say("你好")
    file = phone.call.record._file
    assert file is not None
    with Path("/dev/full").open("wb", buffering=0) as full:
        os.dup2(full.fileno(), file.fileno())
    phone.say("嗯你说").until_over()
    assert "再见" in said(phone)[-1]
    assert "no space left" in phone.call.trouble


def test_no_call_lasts_longer_than_it_may(dial: Dial) -> None:
    phone = dial(most_ms=20_000).answer()
    for _ in range(20):
        if phone.call.over:
            break
        phone.say("嗯")
    phone.until_over(WIND_UP_MS + 30_000)
    assert phone.now_ms <= 20_000 + WIND_UP_MS + 200
    assert phone.call.trouble == "the longest time for a call is over"


def test_where_the_time_of_a_turn_went(dial: Dial) -> None:
    phone = dial().answer().say("你好", "多少钱")
    phone.wait(100)
    turn = phone.call.turns.all[-1]
    assert turn.text_ms is not None
    assert turn.text_ms == turn.decided_ms == turn.audio_ms


incoming = st.one_of(
    st.builds(wire.Text, st.sampled_from(["嗯", "不需要", "多少钱", "可以", "再见", "转人工", ""])),
    st.builds(wire.Digit, st.sampled_from("0123456789*#")),
    st.builds(wire.Played, st.sampled_from(["e0:1", "e0:2", "e1:3", "x", ""]), st.sampled_from([True, False, None])),
    st.builds(wire.Flow, st.booleans()),
    st.builds(wire.Audio, st.binary(max_size=400)),
    st.builds(wire.Oddity, st.text(max_size=5)),
    st.builds(wire.TransferResult, st.booleans()),
    st.just(wire.Started("again")),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(incoming, st.integers(0, 3000)), max_size=25))
def test_whatever_a_gateway_sends_the_call_ends_with_a_whole_record(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[wire.Incoming, int]]
) -> None:
    phone = Phone(tmp_path_factory.mktemp("calls")).answer()
    for each, pause_ms in sent:
        phone.take(each)
        phone.wait(pause_ms)
    phone.until_over(400_000)
    phone.close()
    log = read((phone.call.record.folder / LOG).read_bytes())
    assert isinstance(log.entries[-1].event, HungUp)
    hang_ups = [action for entry in log.entries for action in entry.actions if isinstance(action, HangUp)]
    assert len(hang_ups) <= 1
    assert replay(script().script, log.header, log.entries) is None
    assert all(isinstance(entry.event.at_ms, int) for entry in log.entries if isinstance(entry.event, Heard))


def thinks_before_he_answers(phone: Phone) -> None:
    for text in ("你好", "多少钱"):
        phone.wait(500)
        phone.hear_out()
        phone.wait(2000)
        phone.take(wire.Text(text, 0.9))


def cuts_in(phone: Phone) -> None:
    phone.cut_in("多少钱", 2000)


def is_wound_up(phone: Phone) -> None:
    phone.wait(2000)
    phone.call.wind_up("the server is stopping")


def pauses_the_line(phone: Phone) -> None:
    phone.wait(500)
    phone.take(wire.Flow(on=False))
    phone.wait(9000)
    phone.take(wire.Flow(on=True))


def makes_a_prompt(phone: Phone) -> None:
    phone.wait(1500)
    (wanted,) = phone.call.wanted
    phone.call.wanted.clear()
    for pcm in (bytes(40_000), None):
        phone.call.sound(wanted.ref, pcm, phone.now_ms)
    phone.wait(2000)


def is_left_in_the_middle_of_a_word(phone: Phone) -> None:
    phone.wait(2000)
    phone.call._hearing._unread = 1
    phone.take(wire.Ended("stop", "caller"))


@pytest.mark.parametrize(
    ("turn", "slow_voice"),
    [
        (thinks_before_he_answers, False),
        (cuts_in, False),
        (is_wound_up, True),
        (pauses_the_line, False),
        (makes_a_prompt, True),
        (is_left_in_the_middle_of_a_word, True),
    ],
)
def test_a_call_that_is_left_alone_until_something_is_due_is_the_same_call(
    dial: Dial, turn: Callable[[Phone], object], slow_voice: bool
) -> None:
    def carried(call_id: str, *, restless: bool) -> Phone:
        phone = dial(call_id=call_id, slow_voice=slow_voice)
        if restless:
            phone.call._next_due_ms = lambda: 0
        turn(phone.answer(200))
        return phone.until_over(400_000)

    rested, restless = carried("rested", restless=False), carried("restless", restless=True)
    assert rested.call.record.entries == restless.call.record.entries
    assert rested.orders == restless.orders


def test_time_alone_is_looked_at_only_when_something_is_due(dial: Dial) -> None:
    phone = dial().answer()
    phone.wait(2000)
    looked = [phone.call.tick(now_ms) for now_ms in range(2020, 4020, 20)]
    assert 8 <= sum(looked) <= 20  # a message of 200 ms each
