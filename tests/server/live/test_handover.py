"""What a person who takes a call over sees: small, masked, and harmless to the switches it travels through."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.calls.actions import Part, Play
from engine.calls.events import Answered, Heard
from engine.calls.log import Entry
from engine.dialogue.step import begin
from server.live.handover import LAST_TURNS, MOST_BYTES, handover, written
from tests.server.live.phone import NOW, VARS, Phone, script

Dial = Callable[..., Phone]


def shown(phone: Phone, entries: Sequence[Entry] | None = None, caller: str = "13812345678") -> dict[str, object]:
    call = phone.call
    return handover(call.script, call.state, call.record.entries if entries is None else entries, caller)


def test_the_call_in_short(dial: Dial) -> None:
    phone = dial().answer().say("你好", "你说", "嗯，这个多少钱", "我的号码是13987654321")
    told = shown(phone)
    assert (told["call_id"], told["caller"], told["script"]) == ("CA1", "138****5678", "phone-robot")
    assert told["asked"] == ["ask_price"]
    assert told["grade"] in "ABCDEF"
    assert told["rule"]
    turns = told["turns"]
    assert isinstance(turns, list)
    assert turns[-1]["caller"] == "" or "139****4321" in str(turns)
    assert len(turns) <= LAST_TURNS


def test_what_is_not_known_is_left_out(dial: Dial) -> None:
    told = shown(dial().answer(), caller="")
    assert not {"caller", "asked", "told", "callback_at"} & told.keys()


sayings = st.lists(st.tuples(st.text(max_size=400), st.text(max_size=400)), max_size=12)


@given(sayings)
def test_whatever_was_said_it_is_small_and_plain(said: list[tuple[str, str]]) -> None:
    state = begin(script().script, "c-1", NOW, VARS)
    entries = [Entry(0, Answered(0), ())]
    for number, (bot, caller) in enumerate(said, 1):
        entries.append(Entry(number, Heard(number, caller), (Play(number, (Part(bot),)),)))
    text = written(handover(script().script, state, entries, "13812345678"))
    assert len(text.encode()) <= MOST_BYTES
    assert not set(text) & set("\\$'\n\r\t")
    assert json.loads(text)["caller"] == "138****5678"
