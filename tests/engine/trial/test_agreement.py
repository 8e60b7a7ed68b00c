"""Agreement of people and machine: known examples, and what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.trial.agreement import agreement, heard
from engine.trial.compare import LETTERS_AND_NONE as ORDER

pairs = st.lists(st.tuples(st.sampled_from(ORDER), st.sampled_from(ORDER)), max_size=60)


def test_an_example_worked_out_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: 0.7 observed, 0.5 by chance
    found = agreement([("A", "A")] * 20 + [("A", "D")] * 5 + [("D", "A")] * 10 + [("D", "D")] * 15, ORDER)
    assert (found.total, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4)
    assert [(tally.name, tally.right, tally.missed, tally.wrong) for tally in found.tallies] == [
        ("A", 20, 5, 10), ("D", 15, 10, 5),
    ]  # fmt: skip


def test_a_near_miss_weighs_less_than_a_far_one() -> None:
    same = [("A", "A"), ("B", "B"), ("F", "F")] * 5
    near = agreement([*same, ("A", "B")], ORDER)
    far = agreement([*same, ("A", "F")], ORDER)
    assert near.weighted_kappa is not None
    assert far.weighted_kappa is not None
    assert near.weighted_kappa > far.weighted_kappa
    assert near.kappa == pytest.approx(far.kappa, abs=0.02)


def test_nothing_to_disagree_about_has_no_kappa() -> None:
    assert agreement([], ORDER).kappa is None
    assert agreement([("A", "A")] * 9, ORDER).kappa is None


@given(pairs)
def test_whoever_comes_first_the_agreement_is_the_same(found: list[tuple[str, str]]) -> None:
    one, other = agreement(found, ORDER), agreement([(b, a) for a, b in found], ORDER)
    assert one.kappa == pytest.approx(other.kappa) if one.kappa is not None else other.kappa is None
    assert one.weighted_kappa == (pytest.approx(other.weighted_kappa) if other.weighted_kappa is not None else None)


@given(pairs)
def test_kappa_never_exceeds_one_and_is_one_only_where_all_agree(found: list[tuple[str, str]]) -> None:
    one = agreement(found, ORDER)
    if one.kappa is not None:
        assert one.kappa <= 1
        assert (one.kappa == 1) == (one.agreed == one.total)
        assert one.total == len(found) == sum(tally.count for tally in one.tallies)


def test_intents_are_counted_each_for_itself() -> None:
    yes, no, price = frozenset({"affirm"}), frozenset({"refuse"}), frozenset({"affirm", "ask_price"})
    found = heard([(yes, yes), (yes, no), (price, yes), (frozenset(), no)])
    assert [(tally.name, tally.right, tally.missed, tally.wrong) for tally in found] == [
        ("affirm", 2, 1, 0), ("ask_price", 0, 1, 0), ("refuse", 0, 0, 2),
    ]  # fmt: skip
