from __future__ import annotations

from server.calling.impaired import Impaired
from server.calling.scenario import Impairments

FRAMES = [bytes([number % 256]) for number in range(1000)]


def carried(made: Impairments) -> list[tuple[float, bytes]]:
    line = Impaired(made)
    return [
        (number * 20, frame) for number, sent in enumerate(FRAMES) for frame in line.carry(sent, number * 20)
    ]  # fmt: skip


def test_a_perfect_line_carries_each_frame_at_once() -> None:
    assert carried(Impairments()) == [(number * 20, frame) for number, frame in enumerate(FRAMES)]


def test_what_is_late_keeps_its_order() -> None:
    arrived = carried(Impairments(jitter_ms=200))
    assert [frame for _, frame in arrived] == FRAMES[: len(arrived)]
    assert len(arrived) >= 990
    assert max(at_ms - number * 20 for number, (at_ms, _) in enumerate(arrived)) >= 160


def test_so_many_percent_are_lost_the_same_ones_each_time() -> None:
    arrived = carried(Impairments(loss_percent=10, seed=3))
    assert 860 <= len(arrived) <= 940
    assert arrived == carried(Impairments(loss_percent=10, seed=3))
    assert arrived != carried(Impairments(loss_percent=10, seed=4))
    assert carried(Impairments(loss_percent=100)) == []
