"""Each rule of scope, told by what people say. The phrases come from a grammar of a few words."""

import pytest

from engine.understanding.grammar import Grammar, Intent, Phrase
from engine.understanding.lexicon import Lexicon
from engine.understanding.scope import PRIORITY


def intent(name: str, *phrases: str, denied: str = "", group: str = "answers") -> Intent:
    return Intent(name, group, priority=PRIORITY.get(name, 55), phrases=tuple(map(Phrase, phrases)), denied=denied)  # type: ignore[arg-type]


LEXICON = Lexicon([
    Grammar("few", intents=(
        intent("affirm", "可以", "好的", "要", "需要", "感兴趣", "可以了解一下", denied="refuse"),
        intent("confirm", "是的", "有", denied="deny"),
        intent("refuse", "不需要", "不用", "不用了", "不要", "不行", "没兴趣", "算了", denied="neutral"),
        intent("deny", "没有", "不是"),
        intent("busy", "在忙", "没空", denied="confirm"),
        intent("hesitate", "考虑一下"),
        intent("goodbye", "再见"),
        intent("want_wechat", "加微信", denied="decline_contact", group="requests"),
        intent("want_human", "转人工", group="requests", denied="neutral"),
        intent("ask_price", "多少钱", "优惠", group="interest"),
    )),
])  # fmt: skip


def heard(text: str) -> set[str]:
    return {hit.id for hit in LEXICON.understand(text).hits if not hit.negated}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # a question with A-not-A says neither
        ("要不要", set()), ("可不可以", set()), ("行不行", set()), ("有没有优惠", {"ask_price"}),
        ("要还是不要", set()), ("有优惠没有", {"ask_price"}), ("听见没有", set()), ("可唔可以", set()), ("有冇优惠", {"ask_price"}),
        ("不要不要", {"refuse"}), ("不行不行", {"refuse"}),
        # denial, and denial of a denial
        ("不用加微信", {"decline_contact"}), ("不用转人工", {"neutral"}), ("不在忙", {"confirm"}), ("不在忙吧", set()),
        ("不太可以", {"refuse"}),
        ("也不是不需要", {"neutral"}), ("没说不要", {"neutral"}), ("不用了你加微信", {"refuse", "want_wechat"}),
        ("我不是说了不需要吗", {"refuse"}), ("没有没有", {"deny"}), ("谈不上感兴趣", {"refuse"}), ("不记得有需要", {"refuse"}),
        # questions
        ("可以便宜点吗", set()), ("需要什么资料", set()), ("你在忙吗", set()), ("好的你们在哪", {"affirm"}),
        ("怎么都可以", {"affirm"}), ("怎么不行", set()), ("没什么不需要", set()), ("是不是都需要", {"affirm"}),
        ("会不会感兴趣", set()),
        ("谁不要啊", set()), ("还能不要", set()), ("谁都不要", {"refuse"}), ("没人不需要", {"neutral"}),
        # conditions
        ("要是便宜可以", {"hesitate"}), ("如果不行就算了", {"hesitate"}), ("需要的话再说", {"hesitate"}),
        ("要是近的话我就去", {"hesitate"}), ("要是有优惠我就要", {"hesitate", "ask_price"}), ("如果要是贵怎么优惠", {"ask_price"}),
        # the last word
        ("可以可以不用了", {"refuse"}), ("可以是可以,不过现在不需要", {"refuse"}), ("好的,不用了", {"refuse"}),
        ("不用了,好的", {"refuse"}), ("不用了,不过可以了解一下", {"affirm"}), ("不用了,哎等等多少钱", {"ask_price"}),
        ("好的再见", {"goodbye"}), ("好的我在忙", {"busy"}), ("好的我考虑一下", {"hesitate"}),
        ("在忙,不需要", {"refuse", "busy"}), ("没空,你加微信吧", {"busy", "want_wechat"}),
        ("是的没有", {"deny"}),
        ("上次说不要,这次可以", {"affirm"}), ("周六不行,周日可以", {"affirm", "give_time"}), ("不要,可以", {"refuse"}),
        ("没让你需要", {"refuse"}),
        ("昨天说可以,今天没有", {"deny"}), ("可以,今天没有", {"affirm", "deny"}), ("她需要,不是我", {"deny"}),
    ],
)  # fmt: skip
def test_surroundings_decide_what_words_mean(said: str, meant: set[str]) -> None:
    assert heard(said) == meant


def test_what_was_denied_stays_as_an_explanation_at_the_end() -> None:
    hits = LEXICON.understand("不用加微信").hits
    assert [(hit.id, hit.negated) for hit in hits] == [("decline_contact", False), ("want_wechat", True)]
    assert hits[0].span == (0, 5)


def test_the_strongest_comes_first() -> None:
    assert [hit.id for hit in LEXICON.understand("没空,不需要,加微信").hits] == ["want_wechat", "refuse", "busy"]


def test_what_only_sounds_like_an_excuse_is_never_turned_into_a_yes() -> None:
    assert heard("不再盲") == set()
