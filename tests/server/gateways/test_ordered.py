"""Pieces that overtake each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.gateways.ordered import EARLY, Ordered


def heard(*numbers: int) -> str:
    ordered = Ordered()
    found = b"".join(ordered.take(number, bytes([64 + number])) for number in numbers)
    return (found + b"|" + ordered.rest()).decode()


def test_what_comes_in_order_is_heard_at_once() -> None:
    assert heard(1, 2, 3) == "ABC|"


def test_what_overtook_waits_for_what_is_missing() -> None:
    assert heard(2, 1, 4, 3) == "ABCD|"
    assert heard(1, 3, 4, 5) == "A|CDE"


def test_what_is_lost_is_not_waited_for_long() -> None:
    assert heard(1, 3, 4, 5, 6, 7, 8, 9) == "ACDEFGHI|"


def test_what_comes_after_that_is_too_late() -> None:
    assert heard(1, 3, 4, 5, 6, 7, 8, 2, 9) == "ACDEFGHI|"
    assert heard(1, 2, 2, 3) == "ABC|"


def test_numbers_may_begin_anywhere() -> None:
    assert heard(11, 12, 13, 14, 15, 16, 17) == "KLMNOPQ|"


@given(st.permutations(range(1, EARLY + 1)))
def test_any_order_within_the_window_is_put_right(numbers: list[int]) -> None:
    assert heard(*numbers).replace("|", "") == "ABCDE"


@given(st.lists(st.integers(0, 1 << 40)))
def test_little_waits_whatever_comes(numbers: list[int]) -> None:
    ordered = Ordered()
    for number in numbers:
        ordered.take(number, b"x")
    assert len(ordered.rest()) <= EARLY
