"""Whose answer it is. The phrases come from a grammar of a few words."""

import pytest

from engine.understanding.grammar import Grammar, Intent, Phrase
from engine.understanding.lexicon import Lexicon


def intent(name: str, *phrases: str, group: str = "answers") -> Intent:
    return Intent(name, group, phrases=tuple(map(Phrase, phrases)))  # type: ignore[arg-type]


LEXICON = Lexicon([
    Grammar("few", intents=(
        intent("affirm", "可以", "可以的", "给我开通"),
        intent("confirm", "在的", "是的"),
        intent("refuse", "不用讲了", "不用了", "不要"),
        intent("do_not_call", "别打电话"),
        intent("busy", "在开会", "开会去了", "你明天再打", group="circumstances"),
        intent("want_wechat", "加微信", group="requests"),
        intent("goodbye", "挂了", group="talk"),
        intent("has_vendor", "够用了", "签好了", group="circumstances"),
        intent("deny", "没做过", "不懂", "不知道"),
        intent("side_talk", "放门口", group="talk"),
    )),
])  # fmt: skip


def heard(text: str) -> set[str]:
    return {hit.id for hit in LEXICON.understand(text).hits if not hit.negated}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # an excuse is the caller's own
        ("我在开会", {"busy"}), ("老板在开会", set()), ("他现在在开会", set()), ("经理开会去了", set()),
        ("我给经理开会去了", {"busy"}), ("我给我妈开会去了", {"busy"}),
        # a short yes opens or ends its clause
        ("可以你安排", {"affirm"}), ("我看可以", {"affirm"}), ("门牌是可以看见的", set()), ("现在的生意难做", set()),
        ("嗯在的你说", {"confirm"}), ("这里可以", {"affirm"}), ("我这边可以的", {"affirm"}),
        # a yes to a call at another time
        ("可以,你明天再打", {"affirm", "give_time"}), ("你明天再打", {"busy"}),
        ("可以,不过我在开会,你明天再打", {"busy"}),
        # what a question is about ends nothing
        ("够用了吗", set()), ("签好了多久放款", set()), ("挂了窗帘怎么洗", set()), ("没做过你给我介绍一下", set()),
        ("我挂了好吗", {"goodbye"}), ("不知道我够用了吗", {"has_vendor"}), ("够用了", {"has_vendor"}), ("没做过", {"deny"}),
        # the reason for a wish is no excuse
        ("我在开会想换个场地", set()), ("够用了不想换", {"has_vendor"}), ("够用了不太想换", {"has_vendor"}),
        ("够用了不太需要", {"has_vendor"}), ("我在开会有需要再找你", {"busy"}), ("我在开会想请你晚点打", {"busy"}),
        # only less talk is wished for
        ("不用讲了,你加微信", {"want_wechat"}), ("别打电话,加微信吧", {"want_wechat"}),
        ("不用了,加微信", {"refuse", "want_wechat"}), ("加微信,算了不用讲了", {"refuse", "want_wechat"}),
        ("不用讲了,给我开通", {"affirm"}), ("给我开通,不用讲了", {"refuse"}),
        # what others say or do not know is no answer of the caller's
        ("那些不要的人你们还打吗", set()), ("客户说不要怎么回", set()), ("客户说不要", {"refuse"}),
        ("我老公说不要", {"refuse"}), ("我爱人不懂", set()), ("我妈也不知道", set()), ("我不懂", {"deny"}),
        # what is not known is asked
        ("不知道行不行", set()), ("不懂的可以问谁", set()), ("不知道", {"deny"}), ("不知道什么团队", {"deny"}),
        # said to somebody else in the same breath
        ("可以,我帮你转告", set()), ("可以,我跟他说一声", set()), ("可以,我跟你走", {"affirm"}),
        ("可以,放门口", {"side_talk"}), ("放门口,可以", {"affirm", "side_talk"}), ("不用了,放门口", {"side_talk"}),
    ],
)  # fmt: skip
def test_whose_answer_it_is(said: str, meant: set[str]) -> None:
    assert heard(said) == meant
