"""A caller on hold where the gateway can, where it cannot, and where it tells late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.calls.events import HoldBegan, HoldEnded, HoldFailed
from engine.calls.log import read
from engine.trial.replay import replay
from server.gateways import wire
from server.live.record import LOG
from server.live.shelf import take_up
from tests.server.desk import SCRIPT, furnish, put
from tests.server.live.phone import Phone

Dial = Callable[..., Phone]
HOLD = "      - {hear: ask_price, say: 我查一下。, hold: 20s, go: day, else: bye}\n"
CAN = frozenset({wire.Hold, wire.Unhold})


@pytest.fixture
def on_hold(tmp_path: Path) -> Iterator[Dial]:
    """A caller who has just been put on hold."""
    furnish(tmp_path)
    head, tail = SCRIPT.split("    expect:\n", 1)
    shelved, problems = take_up(put(tmp_path, "scripts/shop.yaml", f"{head}    expect:\n{HOLD}{tail}"))
    assert shelved, problems
    phones: list[Phone] = []

    def dial(**given: Any) -> Phone:
        phone = Phone(tmp_path, shelved=shelved, **given).answer().say("多少钱")
        phones.append(phone)
        phone.hear_out()
        return phone

    yield dial
    for phone in phones:
        if phone.call.record._file is not None:
            phone.close()


def asked(phone: Phone) -> list[object]:
    return [each for each in phone.orders if isinstance(each, wire.Hold | wire.Unhold)]


def told(phone: Phone) -> list[object]:
    kinds = HoldBegan, HoldEnded, HoldFailed
    return [type(each.event) for each in phone.call.record.entries if isinstance(each.event, kinds)]


def test_music_of_our_own_is_played_where_the_gateway_has_none(on_hold: Dial) -> None:
    phone = on_hold()
    phone.orders = []
    phone.wait(10_000)
    assert 9_800 <= phone.sent_ms <= 11_200
    assert all(set(order.payload) != {0xFF} for order in phone.orders if isinstance(order, wire.Send))
    assert told(phone) == [HoldBegan]
    phone.wait(10_100)
    assert next(type(each) for each in phone.orders if not isinstance(each, wire.Send)) is wire.Clear
    assert told(phone) == [HoldBegan, HoldEnded]
    assert phone.call.state.stage == "day"
    assert phone.close()["facts"]["no_input"] == 0  # type: ignore[index]


def test_a_gateway_that_can_is_asked_and_waited_for(on_hold: Dial) -> None:
    phone = on_hold(can=CAN)
    assert asked(phone) == [wire.Hold()]
    phone.take(wire.Held("began"))
    phone.wait(20_100)
    assert asked(phone) == [wire.Hold(), wire.Unhold()], "nothing is said before the caller can hear it"
    phone.take(wire.Held("ended"))
    assert phone.call.state.playing
    assert told(phone) == [HoldBegan, HoldEnded]


def test_a_gateway_that_says_nothing_is_not_waited_for_long(on_hold: Dial) -> None:
    phone = on_hold(can=CAN)
    phone.wait(22_200)
    assert phone.call.state.stage == "day"
    phone.take(wire.Held("ended"))
    assert told(phone) == [], "which had never begun"


def test_a_hold_that_the_gateway_refuses(on_hold: Dial) -> None:
    phone = on_hold(can=CAN)
    phone.take(wire.Held("failed", "no such channel"))
    assert phone.call.state.stage == "bye"
    assert "not put on hold: no such channel" in phone.transcript


def test_a_hold_that_the_network_ends(on_hold: Dial) -> None:
    phone = on_hold(can=CAN)
    phone.take(wire.Held("began"))
    phone.wait(3_000)
    phone.take(wire.Held("ended"))
    assert asked(phone) == [wire.Hold(), wire.Unhold()]
    assert (phone.call.state.stage, phone.call.state.hold) == ("day", 0)


@pytest.mark.parametrize("can", [frozenset(), CAN])
def test_who_hangs_up_on_hold_leaves_a_call_that_replays(on_hold: Dial, can: frozenset[type]) -> None:
    phone = on_hold(can=can)
    phone.take(wire.Held("began"))
    phone.take(wire.Text("喂？还在吗", 0.9))
    phone.wait(2_000)
    phone.take(wire.Ended("", "caller"))
    summary = phone.close()
    assert (summary["ended_by"], summary["facts"]["hold"]) == ("caller", "ok")  # type: ignore[index]
    log = read((phone.call.record.folder / LOG).read_bytes())
    assert replay(phone.call.script, log.header, log.entries) is None
