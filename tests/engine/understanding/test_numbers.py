import pytest

from engine.understanding.numbers import quantities, telephone


@pytest.mark.parametrize(
    ("said", "number"),
    [("幺三八零零零零一二三四", "13800001234"), ("我的号码是138 0000 1234", "13800001234"), ("三个五一个八", "5558"),
     ("138-0000-1234", "13800001234"), ("尾号是200", "200"), ("幺三八令令令令一二三四", "13800001234"), ("138****1234", "138****1234"),
     ("幺拐拐,洞洞八八,三勾二二", "17700883922"), ("一三七,两个六,三个九,零一二", "13766999012"), ("尾号七七八八", "7788"),
     ("是六八,一三六零零六八七七五五", "13600687755")],
)  # fmt: skip
def test_a_number_is_told_digit_by_digit(said: str, number: str) -> None:
    assert [told for told, _, _ in telephone(said)] == [number]


@pytest.mark.parametrize(
    "said",
    [
        "打12315",
        "三点二十",
        "二零二六年",
        "一百多",
        "十五号",
        "一二三",
        "没有数字",
        "200张",
        "大概100",
        "预算20000",
        "七七八八都弄完了",
        "周一三五都可以",
        "有六个三班倒的",
        "这电话是四零零的还是九五的",
    ],
)
def test_other_figures_are_no_telephone_number(said: str) -> None:
    assert not list(telephone(said))


@pytest.mark.parametrize("said", ["微信号是abc123", "我微信abc123", "加我微信a1380000", "微信zhang200163", "vip500"])
def test_digits_in_an_account_are_neither_number_nor_quantity(said: str) -> None:
    assert (telephone(said), quantities(said)) == ([], [])


@pytest.mark.parametrize("said", ["微信wx13800001111", "我qq13800001111", "tel13800001111", "号码是13800001111abc"])
def test_letters_may_say_whose_number_follows(said: str) -> None:
    assert [number for number, _, _ in telephone(said)] == ["13800001111"]


@pytest.mark.parametrize(("said", "quantity"), [("有crm50人", "50"), ("app三百多个", "300"), ("ok100", "100")])
def test_what_is_counted_may_stand_behind_letters(said: str, quantity: str) -> None:
    assert [told for told, _, _ in quantities(said)] == [quantity]


@pytest.mark.parametrize(
    ("said", "quantity"),
    [("十来个", "10"), ("三五个", "3-5"), ("一百多", "100"), ("我们有二十多个人", "20"), ("二三十个", "20-30"),
     ("十几个", "11-19"), ("一两个", "1-2"), ("十几二十个", "11-20"), ("百八十个", "80-100"), ("上百个", "100-999"),
     ("好几百", "300-999"), ("百来号人", "100"), ("不到一百", "100"), ("一天打两三百个", "200-300"), ("就我们俩", "2"),
     ("仨人", "3"), ("两千块", "2000"), ("一万二一个月", "12000"), ("一个月五六千", "5000-6000"), ("二十来个坐席", "20"), ("五到十个", "5-10"), ("三到五万", "30000-50000"), ("五到八百人", "500-800"), ("五到一百", "5-100"),
     ("几十个", "20-99"),
     ("我们一家三口", "3"), ("我自己", "1"), ("我自己来", "1"), ("就我一个人", "1"), ("三到五个人", "3-5"), ("20人", "20"), ("两万", "20000")],
)  # fmt: skip
def test_how_many_there_are(said: str, quantity: str) -> None:
    assert [told for told, _, _ in quantities(said)][:1] == [quantity]


@pytest.mark.parametrize(
    "said",
    [
        "第三个",
        "下周五",
        "加一个微信",
        "哪个",
        "打几个电话",
        "三个月",
        "一个月",
        "一平大概多少钱",
        "一口价多少",
        "我自己看看",
    ],
)
def test_what_is_counted_otherwise_is_no_quantity(said: str) -> None:
    assert not list(quantities(said))
