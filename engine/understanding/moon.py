"""Days by the moon: 正月初八, 腊月二十, 中秋节. Its months follow the sky and no rule, so they stand in a table.

A number tells a year as almanacs do: bits 16 to 5 whether the first to the twelfth month has 30 days or 29, the last
four which month comes twice (none: 0), bit 17 whether that second one has 30.
"""

from __future__ import annotations

from datetime import date, timedelta

_FIRST = date(2025, 1, 29)
"""New year's day of the first year in the table."""
_YEARS = (
    0x0A6E6, 0x0A4E0, 0x0D260, 0x0EA65, 0x0D530, 0x05AA0, 0x076A3, 0x096D0, 0x04AFB, 0x04AD0, 0x0A4D0, 0x1D0B6, 0x0D250,
    0x0D520, 0x0DD45, 0x0B5A0, 0x056D0, 0x055B2, 0x049B0, 0x0A577, 0x0A4B0, 0x0AA50, 0x1B255, 0x06D20, 0x0ADA0,
)  # fmt: skip
"""2025 to 2049."""
MONTHS = {"正": 1, "冬": 11, "腊": 12}
FEASTS = {
    "元宵节": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9), "腊八": (12, 8),
    "小年": (12, 23),
}  # fmt: skip
"""Month and day; the last day of the year, which may be its 29th or 30th, is the day before the next."""


def month_from(today: date, number: int) -> tuple[date, date]:
    """The first and the last day of that month, of this year or the next, whichever is not over. Raises ValueError
    beyond the table.
    """
    return next(each for year in _about(today) if (each := _month(year, number))[1] >= today)


def day_from(today: date, number: int, day: int) -> date:
    """The next such day. Raises ValueError where there is none, as the 30th of a month of 29."""
    first, last = next(
        each for year in _about(today) if (each := _month(year, number))[0] + timedelta(days=day - 1) >= today
    )
    then = first + timedelta(days=day - 1)
    if then > last:
        raise ValueError(f"no day {day} in month {number}")
    return then


def eve_from(today: date) -> date:
    """The next last day of a year by the moon, 除夕."""
    return day_from(today + timedelta(days=1), 1, 1) - timedelta(days=1)


def _about(today: date) -> tuple[int, int, int]:
    """Years one of which has the day that comes next: by the moon a year begins in January or February."""
    return today.year - 1, today.year, today.year + 1


def _month(year: int, number: int) -> tuple[date, date]:
    """The first and last day; before the table a month that is over, beyond it ValueError."""
    if year < _FIRST.year:
        return date.min, date.min
    if year >= _FIRST.year + len(_YEARS):
        raise ValueError(f"no table of the year {year}")
    start = _FIRST
    for told in _YEARS[: year - _FIRST.year]:
        start += timedelta(days=sum(_days(told, each) for each in range(1, 13)))
    told = _YEARS[year - _FIRST.year]
    start += timedelta(days=sum(_days(told, each) for each in range(1, number)))
    return start, start + timedelta(days=28 + _long(told, number))


def _days(told: int, number: int) -> int:
    twice = 29 + (told >> 16) if told & 15 == number else 0
    return 29 + _long(told, number) + twice


def _long(told: int, number: int) -> int:
    return told >> (16 - number) & 1
