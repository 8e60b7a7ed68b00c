"""Calls on a virtual clock: a caller and a bot of tones, with Twilio's protocol between them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server.calling.caller import Caller
from server.calling.hearing import is_loud
from server.calling.notes import Note, note_line
from server.calling.scenario import (
    HangUp,
    Impairments,
    PlayWav,
    Press,
    Say,
    Scenario,
    Silence,
    Stall,
    Step,
    WaitPrompt,
)
from server.calling.sounds import unspoken
from server.gateways.far.plain import PlainEnd
from server.gateways.far.stream import StreamEnd
from server.gateways.plain import Plain
from server.gateways.stream import Stream
from server.gateways.vendors import TWILIO
from server.gateways.wire import HangUp as HangUpOrder
from server.gateways.wire import Keys, Outgoing, Refuse, Text, Transfer, TransferResult
from tests.server.calling.bots import ToneBot, tone

VOICE_MS = 600


class Call:
    """A call in which 20 ms take no time."""

    def __init__(self, *steps: Step, patience_ms: int = 3000, line: Impairments | None = None, **bot: object) -> None:
        self.notes: list[Note] = []
        self.bot = ToneBot(Stream(TWILIO), **bot)  # type: ignore[arg-type]
        sounds: Mapping[Step, bytes] = {step: tone(VOICE_MS) for step in steps if isinstance(step, Say | PlayWav)}
        scenario = Scenario("a test", steps, line or Impairments(), patience_ms)
        self.caller = Caller(StreamEnd(), scenario, sounds, self.notes.append)
        self.now_ms = 0
        self._cross(self.caller.open("CA1", {"script": "shop"}, 0))

    def run(self, until_ms: int = 20_000) -> list[str]:
        while self.now_ms < until_ms and not self.caller.ended:
            self.now_ms += 20
            self._cross(self.caller.tick(self.now_ms))
            for message in self.bot.tick(self.now_ms):
                self._cross(self.caller.receive(message, self.now_ms))
            if self.bot.ended:
                self.caller.closed(1000, "", self.now_ms)
        return [line.strip() for note in self.notes if (line := note_line(note))]

    def _cross(self, messages: tuple[str | bytes, ...]) -> None:
        """Messages of the caller reach the bot, and its answers the caller, until nobody has more to say."""
        for message in messages:
            for answer in self.bot.receive(message, self.now_ms):
                self._cross(self.caller.receive(answer, self.now_ms))


def test_a_conversation_takes_turns() -> None:
    call = Call(Say("喂你好"), Say("好的"), prompts=(1000, 500, 700))
    assert call.run() == [
        "0.10  bot          begins to speak",
        "1.10  bot          spoke for 1.0 s",
        "1.40  caller       喂你好 (0.6 s)",
        "2.28  bot          begins to speak",
        "2.78  bot          spoke for 0.5 s",
        "3.08  caller       好的 (0.6 s)",
        "3.96  bot          begins to speak",
        "4.66  bot          spoke for 0.7 s",
        "4.66  ended        by the bot: closed with 1000",
    ]


def test_who_cuts_in_does_so_in_the_middle_of_the_prompt() -> None:
    call = Call(Say("多少钱", barge_in_ms=800), prompts=(3000, 500))
    assert call.run() == [
        "0.10  bot          begins to speak",
        "0.90  caller       多少钱 (0.6 s)",
        "0.98  bot          takes back 2.1 s that was not heard yet",
        "0.98  bot          was cut off after 0.9 s",
        "1.78  bot          begins to speak",
        "2.28  bot          spoke for 0.5 s",
        "2.28  ended        by the bot: closed with 1000",
    ]
    assert [(mark.mark, mark.cleared) for mark in call.bot.played] == [("e1:1", True), ("e1:2", False)]


def test_a_bot_that_speaks_on_has_given_its_answer_with_the_prompt() -> None:
    call = Call(Say("嗯", barge_in_ms=200), Say("好的"), prompts=(3000,), yields=False, hangs_up=False)
    assert call.run(until_ms=4000) == [
        "0.10  bot          begins to speak",
        "0.30  caller       嗯 (0.6 s)",
        "3.10  bot          spoke for 3.0 s",
        "3.40  caller       好的 (0.6 s)",
    ]


def test_a_step_that_would_cut_in_waits_for_a_prompt_while_one_is_owed() -> None:
    call = Call(Say("喂"), Say("好的", barge_in_ms=100), prompts=(500, 900))
    lines = call.run()
    assert lines[2:6] == [
        "0.90  caller       喂 (0.6 s)",
        "1.78  bot          begins to speak",
        "1.88  caller       好的 (0.6 s)",
        "1.96  bot          takes back 0.7 s that was not heard yet",
    ]


def test_patience_ends() -> None:
    call = Call(Say("喂"), Say("有人吗"), prompts=(500,), hangs_up=False, patience_ms=2000)
    assert call.run(until_ms=5000)[2:] == ["0.90  caller       喂 (0.6 s)", "3.48  caller       有人吗 (0.6 s)"]


def test_silence_is_counted_from_the_end_of_the_prompt_and_what_the_bot_says_meanwhile_does_not_prolong_it() -> None:
    call = Call(Silence(2000), Say("喂"), prompts=(1000, 500), hangs_up=False)
    assert call.run(until_ms=2000) == ["0.10  bot          begins to speak", "1.10  bot          spoke for 1.0 s"]
    call.bot._due_ms = 2500  # 在吗？
    assert call.run(until_ms=4000)[2:] == [
        "2.50  bot          begins to speak",
        "3.00  bot          spoke for 0.5 s",
        "3.30  caller       喂 (0.6 s)",
    ]


def test_keys_are_pressed_one_after_the_other() -> None:
    call = Call(Press("12#"), prompts=(500, 600), thinks_ms=300)
    assert call.run() == [
        "0.30  bot          begins to speak",
        "0.80  bot          spoke for 0.5 s",
        "1.10  caller       presses 12#",
        "1.80  bot          begins to speak",
        "2.40  bot          spoke for 0.6 s",
        "2.40  ended        by the bot: closed with 1000",
    ]
    assert call.bot.digits == "12#"


def test_the_caller_hangs_up_so_long_after_the_step_before() -> None:
    call = Call(Say("喂"), HangUp(1500), prompts=(500, 5000))
    assert call.run()[-2:] == [
        "2.98  bot          was cut off after 1.2 s",
        "2.98  ended        by the caller: hung up",
    ]
    assert call.bot.ended


def test_the_caller_hangs_up_in_the_middle_of_a_prompt() -> None:
    call = Call(HangUp(barge_in_ms=300), prompts=(2000,))
    assert call.run()[-1] == "0.40  ended        by the caller: hung up"


def test_who_waits_for_the_prompt_hangs_up_after_it() -> None:
    call = Call(WaitPrompt(), HangUp(100), prompts=(500, 500))
    assert call.run()[-1] == "1.00  ended        by the caller: hung up"


def test_a_stalled_caller_says_when_it_will_read_again() -> None:
    call = Call(Stall(2000, barge_in_ms=100), Say("喂"), prompts=(500, 500))
    assert "0.20  caller       reads nothing for 2.0 s" in call.run()
    assert call.caller.stalled_until_ms == 2200


def test_silence_is_sent_as_frames_too() -> None:
    call = Call(prompts=(100,), hangs_up=False)
    call.run(until_ms=10_000)
    assert call.bot.frames == 500


def test_the_line_loses_what_its_seed_says() -> None:
    frames = []
    for seed in (1, 1, 2):
        call = Call(prompts=(100,), hangs_up=False, line=Impairments(loss_percent=20, seed=seed))
        call.run(until_ms=10_000)
        frames.append(call.bot.frames)
    assert frames[0] == frames[1] != frames[2]
    assert 350 < frames[0] < 450


def test_a_bot_that_is_cut_off_by_its_own_hang_up_is_told() -> None:
    call = Call(prompts=(2000,), hangs_up=False)
    call.run(until_ms=1000)
    call.caller.closed(1000, "", 1000)
    assert call.run()[-2:] == [
        "1.00  bot          was cut off after 0.9 s",
        "1.00  ended        by the bot: closed with 1000",
    ]


def test_a_line_that_breaks_did_not_end_in_order() -> None:
    call = Call(prompts=(100,), hangs_up=False)
    call.run(until_ms=1000)
    call.caller.closed(1011, "disk full", 1000)
    assert call.caller.ended
    assert not call.caller.ended.in_order
    assert call.run()[-1] == "1.00  ended        out of order: closed with 1011: disk full"


def test_a_message_that_breaks_the_protocol_ends_the_call() -> None:
    call = Call(prompts=(100,), hangs_up=False)
    call.run(until_ms=500)
    told = call.caller.receive("{", 500)
    assert told
    assert call.caller.ended
    assert not call.caller.ended.in_order
    assert call.caller.ended.text == "the server broke the protocol: a text message is not JSON"
    assert call.caller.receive("{", 510) == ()
    assert call.caller.tick(520) == ()


def ordered(*orders: Outgoing) -> Caller:
    """A caller whose bot orders this, by huashu's own protocol."""
    codec, caller = Plain(), Caller(PlainEnd(), Scenario(), {}, NOTES.append)
    NOTES.clear()
    for message in caller.open("c1", {}, 0):
        codec.receive(message)
    for order in orders:
        for message in codec.send(order):
            caller.receive(message, 1000)
    return caller


NOTES: list[Note] = []


def test_a_refused_call_did_not_end_in_order() -> None:
    caller = ordered(Refuse("no script 'shpo'"))
    assert caller.ended == Note(1000, "ended", "refused: no script 'shpo'", by="nobody", in_order=False)


def test_keys_and_transfers_of_the_bot_are_told() -> None:
    ordered(Keys("1#"), Transfer("desk"))
    assert [(note.kind, note.text) for note in NOTES] == [("keys", "1#"), ("transfer", "desk")]


def test_a_bot_that_hangs_up_has_ended_the_call_once_it_closes() -> None:
    caller = ordered(HangUpOrder("all said"))
    assert caller.ended is None
    caller.closed(1000, "", 1100)
    assert caller.ended == Note(1100, "ended", "all said", by="bot")


def test_a_bot_that_hangs_up_and_does_not_close_has_ended_the_call_too() -> None:
    caller = ordered(HangUpOrder())
    assert [caller.tick(now_ms) for now_ms in range(1020, 2100, 20)] == [()] * 54
    assert caller.ended == Note(2000, "ended", "hung up", by="bot")


# --- what huashu's own protocol can do beyond sound ------------------------------------------------------------------


def test_words_go_as_text_while_they_are_said() -> None:
    codec, heard = Plain(), []
    say = Say("明天下午三点")
    caller = Caller(PlainEnd(), Scenario(steps=(say,), patience_ms=100), unspoken([say]), NOTES.append, as_text=True)
    messages = [caller.open("c1", {}, 0), *(caller.tick(now_ms) for now_ms in range(20, 2000, 20))]
    for message in (each for sent in messages for each in sent):
        heard += [event for event in codec.receive(message) if isinstance(event, Text)]
    assert [(text.text, text.final) for text in heard] == [
        ("明", False), ("明天", False), ("明天下午", False), ("明天下午三", False), ("明天下午三点", True),
    ]  # fmt: skip


@pytest.mark.parametrize("ok", [True, False])
def test_a_person_takes_a_transferred_call_or_not(ok: bool) -> None:
    codec = Plain()
    caller = Caller(PlainEnd(), Scenario(transfer_ok=ok), {}, NOTES.append)
    for message in caller.open("c1", {}, 0):
        codec.receive(message)
    for message in codec.send(Transfer("desk")):
        caller.receive(message, 100)
    answers = [
        (now_ms, event.ok)
        for now_ms in range(120, 4000, 20)
        for message in caller.tick(now_ms)
        for event in codec.receive(message)
        if isinstance(event, TransferResult)
    ]
    assert answers == [(2100, ok)]


def test_silence_at_the_head_of_a_prompt_is_no_voice_but_is_told() -> None:
    NOTES.clear()
    codec, caller = Plain(), Caller(PlainEnd(), Scenario(), {}, NOTES.append)
    for message in caller.open("c1", {}, 0):
        codec.receive(message)
    caller.receive(bytes(320 * 5), 1000)
    caller.receive(tone(100), 1010)
    for now_ms in range(1020, 1400, 20):
        caller.tick(now_ms)
    assert NOTES[0] == Note(1110, "bot speaks", ms=110)


def test_whole_frames_are_sent_at_any_rate() -> None:
    say = Say("喂")
    caller = Caller(PlainEnd(16000), Scenario(steps=(say,), patience_ms=100), {say: tone(400)}, NOTES.append)
    caller.open("c1", {}, 0)
    sent = [message for now_ms in range(20, 2020, 20) for message in caller.tick(now_ms)]
    assert {len(message) for message in sent} == {640}
    assert 90 <= len(sent) <= 100
    assert sum(is_loud(message) for message in sent if isinstance(message, bytes)) == pytest.approx(20, abs=2)
