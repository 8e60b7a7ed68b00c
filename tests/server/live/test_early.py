"""Streams that begin before the answer: what is heard of the line, and what becomes of the call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.calls.events import Answered, EarlyMedia, Failed, Tone
from engine.content.source import parse
from engine.grading.load_trunks import trunks_from
from server.audio.g711 import from_pcm
from server.gateways import wire
from server.live.expected import ANNOUNCED
from server.live.setup import SetUp
from tests.server.audio.signals import Damage, Wave, ansam, melody, over_the_line, rhythm
from tests.server.live.phone import Phone
from tests.server.live.test_call import events_of, said

Dial = Callable[..., Phone]


def early(dial: Dial) -> Phone:
    phone = dial()
    phone.call.begin(200, phone.now_ms, early=True)
    phone._obey()
    return phone


def plays(phone: Phone, wave: Wave) -> Phone:
    """The far end's sound, in real time, on a noisy line."""
    sound = from_pcm(over_the_line(wave, Damage(snr_db=15, law="ulaw")), "ulaw")
    for at in range(0, len(sound), 160):
        if phone.call.over:
            break
        phone.take(wire.Audio(sound[at : at + 160]))
        phone.wait(20)
    return phone


def tones(phone: Phone) -> list[str]:
    return [event.kind for event in events_of(phone, Tone)]


def test_nothing_is_said_before_the_answer(dial: Dial) -> None:
    phone = early(dial)
    phone.wait(3000)
    assert (said(phone), phone.orders) == ([], [])
    assert len(events_of(phone, EarlyMedia)) == 1
    assert phone.call._expectations.at(phone.call.state).phrases == ANNOUNCED
    phone.take(wire.Answered())
    phone.wait(220)
    assert "智能语音助手" in said(phone)[0]
    assert len(events_of(phone, Answered)) == 1


def test_an_announcement_ends_the_call(dial: Dial) -> None:
    phone = early(dial)
    phone.wait(1000)
    phone.take(wire.Text("您拨打的电话已关机，请稍后再拨", 0.9))
    phone.wait(1600)
    assert phone.call.over
    summary = phone.close()
    assert (summary["disposition"], summary["grade"], summary["ended_by"]) == ("powered_off", "F", "bot")
    assert isinstance(phone.orders[-1], wire.HangUp)


@pytest.mark.parametrize(("on_ms", "disposition"), [(350, "busy"), (700, "congestion")])
def test_a_tone_ends_the_call(dial: Dial, on_ms: int, disposition: str) -> None:
    phone = plays(early(dial), rhythm(450, on_ms, on_ms, 8000))
    assert phone.call.over
    assert (phone.close()["disposition"], phone.call.state.facts.known_by) == (disposition, "tone")


def test_a_ring_back_tone_tells_that_it_rang(dial: Dial) -> None:
    phone = plays(early(dial), rhythm(450, 1000, 4000, 9000))
    phone.take(wire.Failed(sip=480))
    assert tones(phone) == ["ringback"]
    assert (phone.close()["disposition"], phone.call.state.facts.sip) == ("no_answer", 480)


def test_so_does_a_melody(dial: Dial) -> None:
    phone = plays(early(dial), melody(9, 1))
    phone.take(wire.Failed(sip=480))
    assert set(tones(phone)) == {"music"}
    assert phone.close()["disposition"] == "no_answer"


def test_a_failure_keeps_all_that_it_tells(dial: Dial) -> None:
    phone = early(dial)
    phone.take(wire.Failed(480, 127, "E-77", "Q.850;cause=127"))
    assert events_of(phone, Failed) == [Failed(0, 480, 127, "E-77", "Q.850;cause=127")]
    summary = phone.close()
    assert (summary["disposition"], summary["ended_by"]) == ("no_answer", "network")


def test_a_code_means_what_the_table_of_its_line_says(dial: Dial) -> None:
    node, problems = parse(b"trunks:\n  gz: {sip: {480: powered_off}}\n", "trunks.yaml")
    assert node
    phone = early(dial)
    phone.call._set_up = SetUp("gz", trunks_from(node, problems))
    phone.take(wire.Failed(480))
    assert (phone.close()["disposition"], phone.call.state.facts.known_by) == ("powered_off", "trunk")


def test_answers_and_failures_that_come_twice_or_late_change_nothing(dial: Dial) -> None:
    phone = early(dial)
    phone.take(wire.Answered("human"))
    phone.wait(300)
    phone.take(wire.Answered("machine"))
    assert [event.by for event in events_of(phone, Answered)] == ["human"]
    phone.say("不需要", "真的不用了").until_over()
    before = phone.call.state
    phone.take(wire.Failed(486))
    phone.take(wire.Answered())
    assert phone.call.state == before


def test_a_busy_tone_after_the_answer_is_a_far_end_that_has_gone(dial: Dial) -> None:
    phone = dial().answer()
    phone.say("你好")
    plays(phone, rhythm(450, 350, 350, 5000))
    assert phone.call.over
    assert phone.close()["ended_by"] == "caller"


def test_a_fax_that_answers_is_left_alone(dial: Dial) -> None:
    phone = plays(dial().answer(), np.asarray(ansam()))
    assert phone.call.over
    summary = phone.close()
    assert (summary["disposition"], summary["rule"]) == ("fax", "D4")


def test_the_same_tone_is_news_again_after_the_answer(dial: Dial) -> None:
    phone = plays(early(dial), rhythm(450, 1000, 4000, 6000))
    phone.take(wire.Answered())
    phone.wait(220)
    plays(phone, rhythm(450, 1000, 4000, 6000))
    assert tones(phone) == ["ringback", "ringback"]
