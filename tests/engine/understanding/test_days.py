import re
from datetime import date

import pytest

from engine.understanding.days import GIVEN, NAMED, days, month

MONDAY = date(2026, 11, 23)


def named(said: str) -> str:
    match = re.fullmatch(NAMED, said)
    assert match is not None, said
    span = days(match.groupdict(), MONDAY)
    assert span is not None
    first, last = (day.strftime("%m-%d") for day in span)
    return first if first == last else f"{first}/{last}"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("今天", "11-23"), ("明天", "11-24"), ("明儿个", "11-24"), ("后天", "11-25"), ("大后天", "11-26"), ("听日", "11-24"),
     ("周五", "11-27"), ("星期天", "11-29"), ("下周三", "12-02"), ("下个礼拜一", "11-30"), ("下下周二", "12-08"),
     ("周末", "11-28/11-29"), ("周六日", "11-28/11-29"), ("双休日", "11-28/11-29"), ("下周末", "12-05/12-06"),
     ("下周", "11-30/12-06"), ("这周", "11-23/11-29"),
     ("三号", "12-03"), ("下个月五号", "12-05"), ("十二月五号", "12-05"), ("三月八号", "03-08"), ("8月15日", "08-15"),
     ("月底", "11-25/11-30"), ("月中", "12-11/12-20"), ("下个月初", "12-01/12-05"), ("这个月下旬", "11-23/11-30"),
     ("三月底", "03-26/03-31"), ("年底", "12-20/12-31"), ("下个月", "12-01/12-31"), ("明年三月份", "03-01/03-31"),
     ("明后天", "11-24/11-25"), ("今明两天", "11-23/11-24"), ("元旦", "01-01"), ("六七号", "12-06/12-07"),
     ("正月初八", "02-13"), ("腊月二十", "01-27"), ("腊月廿三", "01-30"), ("除夕", "02-05"), ("大年初三", "02-08"),
     ("中秋节", "09-15"), ("冬月", "12-09/01-07")],
)  # fmt: skip
def test_a_day_is_reckoned_from_the_day_of_the_call(said: str, meant: str) -> None:
    assert named(said) == meant


def test_where_no_day_is_named_it_is_today() -> None:
    assert days(dict.fromkeys(re.compile(NAMED).groupindex), MONDAY) == (MONDAY, MONDAY)


def test_a_day_that_there_is_not_is_refused() -> None:
    match = re.fullmatch(NAMED, "二月三十号")
    assert match is not None
    with pytest.raises(ValueError, match="day"):
        days(match.groupdict(), MONDAY)


def test_every_name_of_a_day_has_its_group() -> None:
    assert set(GIVEN) <= set(re.compile(NAMED).groupindex)


def test_months_are_counted_over_the_end_of_a_year() -> None:
    assert month(MONDAY, 2) == date(2027, 1, 1)
