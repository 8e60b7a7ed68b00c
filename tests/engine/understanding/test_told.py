import pytest

from engine.understanding.entry import Entry, Found
from engine.understanding.told import in_one, tell

NOW = "2026-11-23T10:00:00+08:00"


def test_one_text_may_tell_several_things() -> None:
    told, giving = tell("我姓王,明天下午三点打138 0000 1234", NOW, ())
    assert [(each.type, each.value) for each in told] == [
        ("name", "王"),
        ("time", "2026-11-24T15:00:00+08:00"),
        ("number", "13800001234"),
    ]
    assert {item.entry.intent for item in giving} == {"give_name", "give_time", "give_number"}


def test_a_time_that_an_excuse_takes_is_not_offered() -> None:
    busy = Found(2, 4, Entry("busy", "没空", "没空"))
    assert tell("明天没空", NOW, [busy]) == ([], [])


def test_a_vague_time_is_told_without_a_value() -> None:
    told, giving = tell("改天吧", NOW, ())
    assert [each.value for each in told] == [""]
    assert [item.entry.weak for item in giving] == [True]


@pytest.mark.parametrize(
    "said",
    ["明天下午", "周六上午去", "约在后天", "月初那几天", "下午三四点钟", "听日上昼", "改天再打", "周五下午三点演示吧"],
)
def test_a_time_for_a_call_or_a_visit_is_offered(said: str) -> None:
    assert [item.entry.intent for item in tell(said, NOW, ())[1]] == ["give_time"]


@pytest.mark.parametrize(
    "said", ["下午好", "今天外面下雨了", "周末的集市很热闹", "老板晚上才来", "等会儿", "消停一会儿", "神经病啊大中午打"]
)
def test_a_time_told_in_passing_is_no_offer(said: str) -> None:
    assert tell(said, NOW, ()) == ([], [])


@pytest.mark.parametrize(("said", "asked"), [("明天上午十点来演示吧", False), ("明天上午十点能不能来演示", True)])
def test_what_is_planned_is_not_asked_for(said: str, asked: bool) -> None:
    at = said.index("来演示")
    shown = Found(at, at + 3, Entry("ask_trial", "来演示", "来演示"))
    tell(said, NOW, [shown])
    assert shown.negated is not asked


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("礼拜天吧,不对,礼拜六", "2026-11-28"),
        ("周三吧,不是,周四", "2026-11-26"),
        ("明天上午十点,哦不,下午三点", "2026-11-24T15:00:00+08:00"),
        ("明天下午三点,说错了,应该是四点", "2026-11-24T16:00:00+08:00"),
        ("不是周三,周四", "2026-11-26"),
        ("周三,我说错了,周四", "2026-11-26"),
        ("周三,错了,周四", "2026-11-26"),
        ("周三,记错了,周四", "2026-11-26"),
    ],
)
def test_who_corrects_himself_means_the_latter(said: str, value: str) -> None:
    assert [each.value for each in tell(said, NOW, ())[0]] == [value]


def test_a_correction_denies_nothing_else() -> None:
    denied = Found(5, 7, Entry("deny", "不对", "不对"))
    tell("礼拜天吧,不对,礼拜六", NOW, [denied])
    assert denied.negated


def test_two_times_that_are_both_good_are_both_told() -> None:
    assert len(tell("周三下午,周四下午都行", NOW, ())[0]) == 2


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("明天上午吧,十点", "2026-11-24T10:00:00+08:00"),
        ("周六吧,下午三点", "2026-11-28T15:00:00+08:00"),
        ("晚上吧,七点以后", "2026-11-23T19:00:00+08:00/2026-11-23T21:00:00+08:00"),
    ],
)
def test_the_hour_behind_a_day_is_one_time_with_it(said: str, value: str) -> None:
    assert [(each.value, each.start) for each in tell(said, NOW, ())[0]] == [(value, 0)]


def test_a_time_is_spoken_again_without_its_pause() -> None:
    assert in_one("time", "明天上午吧，十点") == "明天上午十点"
    assert in_one("name", "吧啦") == "吧啦"


def test_a_weekday_is_no_part_of_a_number() -> None:
    assert [(each.type, each.value) for each in tell("周六两个人", NOW, ())[0]] == [
        ("time", "2026-11-28"),
        ("quantity", "2"),
    ]


@pytest.mark.parametrize(
    ("said", "offers"), [("周六几点开门", False), ("周六几点到几点", False), ("周六几点都行", True)]
)
def test_who_asks_for_the_hours_offers_no_day(said: str, offers: bool) -> None:
    assert bool(tell(said, NOW, ())[1]) is offers


def test_of_a_day_that_does_not_suit_and_one_that_does_the_latter_is_offered() -> None:
    taken = Found(0, 6, Entry("not_that_day", "明天我要开会", "明天我要开会"))
    assert [each.value for each in tell("明天我要开会,后天吧", NOW, [taken])[0]] == ["2026-11-25"]


def test_of_two_days_that_do_not_suit_none_is_offered() -> None:
    denied = Found(3, 8, Entry("deny", "周日都不行", "周日都不行"))
    assert tell("这周六周日都不行", NOW, [denied]) == ([], [])


def test_who_wants_to_be_left_alone_offers_no_time() -> None:
    angry = Found(5, 7, Entry("do_not_call", "还打", "还打"))
    assert tell("这个礼拜,还打", NOW, [angry]) == ([], [])


def test_text_without_figures_tells_nothing() -> None:
    assert tell("嗯", NOW, ()) == ([], [])


def told_first(said: str) -> str:
    return tell(said, NOW, ())[0][0].value


def test_a_number_that_is_put_right_counts_as_said_last() -> None:
    assert told_first("139不对138 0013 8000") == "13800138000"
    assert told_first("138 0013 8000,哦不,八零零一") == "13800138001"


def test_a_day_that_is_taken_back_is_not_offered() -> None:
    assert told_first("礼拜一,不对礼拜一我出差,礼拜四吧") == "2026-11-26"


def test_until_when_somebody_is_taken_is_no_offer() -> None:
    assert told_first("会开到十一点,十一点一刻你打来") == "2026-11-23T11:15:00+08:00"


def test_what_is_to_be_waited_for_is_a_time() -> None:
    assert told_first("等十五号发了工资") == "2026-12-15"
    assert tell("我等周三的快递呢", NOW, ())[0] == []
