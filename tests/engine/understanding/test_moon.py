from datetime import date

import pytest

from engine.understanding.moon import day_from, eve_from, month_from

NOVEMBER = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("today", "first"),
    [(NOVEMBER, date(2027, 2, 6)), (date(2027, 2, 7), date(2028, 1, 26)), (date(2027, 2, 6), date(2027, 2, 6)),
     (date(2032, 6, 1), date(2033, 1, 31)), (date(2048, 6, 1), date(2049, 2, 2))],
)  # fmt: skip
def test_new_year_by_the_moon(today: date, first: date) -> None:
    assert day_from(today, 1, 1) == first


@pytest.mark.parametrize(
    ("number", "day", "then"),
    [(12, 8, date(2027, 1, 15)), (1, 8, date(2027, 2, 13)), (5, 5, date(2027, 6, 9)), (8, 15, date(2027, 9, 15))],
)
def test_the_day_that_comes_next(number: int, day: int, then: date) -> None:
    assert day_from(NOVEMBER, number, day) == then


def test_a_month_that_comes_twice_puts_off_what_follows() -> None:
    assert day_from(date(2028, 6, 1), 8, 15) == date(2028, 10, 3)  # the fifth month comes twice


def test_the_last_day_of_the_year_is_the_29th_or_the_30th() -> None:
    assert eve_from(NOVEMBER) == date(2027, 2, 5)
    assert eve_from(date(2027, 2, 5)) == date(2027, 2, 5)


def test_a_month_as_a_whole() -> None:
    assert month_from(NOVEMBER, 12) == (date(2027, 1, 8), date(2027, 2, 5))
    assert month_from(date(2027, 1, 20), 12) == (date(2027, 1, 8), date(2027, 2, 5))


def test_what_the_table_does_not_know() -> None:
    with pytest.raises(ValueError, match="no day 30"):
        day_from(NOVEMBER, 12, 30)
    with pytest.raises(ValueError, match="2050"):
        day_from(date(2049, 6, 1), 1, 1)
