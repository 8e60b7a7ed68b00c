import pytest

from engine.understanding.names import names, referred


@pytest.mark.parametrize(
    ("said", "name"),
    [("我姓王", "王"), ("免贵姓李", "李"), ("叫我老张", "老张"), ("我信王", "王"), ("我叫王小明", "王小明"),
     ("我姓欧阳", "欧阳"),
     ("你叫我小李就行", "小李"), ("我姓陈先生", "陈先生"), ("我是老赵", "老赵"),
     ("弓长张", "张"), ("木子李那个李", "李"), ("名字是王小明", "王小明"), ("我叫彭磊你加我微信", "彭磊"),
     ("备注一下刘总", "刘总"), ("你就写,何女士", "何女士"), ("登记老何吧", "老何"), ("本人郝建", "郝建"), ("存个名字吧,宏远装饰老何", "老何"),
     ("你喊我阿珍", "阿珍"), ("大家叫我胖哥", "胖哥"), ("我是宏达公司的小赵", "小赵"), ("贾,西贝贾", "贾"), ("名字啊,李梅", "李梅")],
)  # fmt: skip
def test_a_name_is_told(said: str, name: str) -> None:
    assert [told for told, _, _ in names(said)] == [name]


@pytest.mark.parametrize(
    "said",
    [
        "我不姓王",
        "你怎么知道我姓什么",
        "您贵姓",
        "我叫你别打",
        "叫我干嘛",
        "没有姓刘的",
        "你咋晓得我姓李",
        "备注一下地址",
        "写刘总的电话",
        "叫我去找哥",
        "我是做生意的小公司",
    ],
)
def test_no_name_is_told(said: str) -> None:
    assert not list(names(said))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("你打我们张经理", "张经理"),
        ("别找我,找刘总", "刘总"),
        ("这个归我们赵总管", "赵总"),
        ("你问一下欧阳主任", "欧阳主任"),
    ],
)
def test_whom_somebody_refers_to(said: str, name: str) -> None:
    assert [told for told, _, _ in referred(said)] == [name]


@pytest.mark.parametrize("said", ["你找王总的秘书", "你问问我们市场部", "找我们经理", "张经理在吗"])
def test_others_that_are_spoken_of_are_no_such_person(said: str) -> None:
    assert referred(said) == []
