from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.reports.call_talk import DELAYS_MS, MOST_BINS, TALK_SECONDS, binned


def test_ranges_are_as_narrow_as_there_is_room() -> None:
    assert binned({0: 1, 4: 1, 5: 2, 12: 1}, TALK_SECONDS) == [("0–5", 2), ("5–10", 2), ("10–15", 1)]
    assert [name for name, _ in binned({99: 1}, TALK_SECONDS)][:2] == ["0–10", "10–20"]
    assert binned({0: 3, 2: 1}, (1, 2), whole=True) == [("0", 3), ("1", 0), ("2", 1)]
    assert binned({0: 3, 15: 8}, (1, 2), whole=True)[:2] == [("0–1", 3), ("2–3", 0)]
    assert binned({}, TALK_SECONDS) == []


def test_the_few_beyond_stand_together() -> None:
    assert binned({10: 199, 4000: 1}, TALK_SECONDS) == [
        ("0–5", 0), ("5–10", 0), ("10–15", 199), *((f"{low}–{low + 5}", 0) for low in range(15, 50, 5)), ("≥ 50", 1),
    ]  # fmt: skip


def test_an_answer_before_the_caller_had_finished_is_among_the_first() -> None:
    assert binned({-300: 2, 40: 1}, DELAYS_MS) == [("0–50", 3)]


@given(st.dictionaries(st.integers(-100, 100_000), st.integers(1, 9), min_size=1))
def test_every_value_is_in_one_range(counts: dict[int, int]) -> None:
    found = binned(counts, DELAYS_MS)
    assert sum(number for _, number in found) == sum(counts.values())
    assert len(found) <= MOST_BINS + 1
