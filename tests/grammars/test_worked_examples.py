"""Sentences in which a keyword misleads: longest match, idioms, double negation, questions, the last word, conditions,
rhetoric, sarcasm, courtesy, reports, the object of a negation. Each with what it means and what it does not.
"""

import pytest

from tests.grammars.test_grammars import lexicon

EXAMPLES: list[tuple[str, str, str]] = [
    # a negative compound before its positive part
    ("不需要", "refuse", "affirm"),
    ("不可以", "refuse", "affirm"),
    ("不感兴趣", "refuse", "affirm"),
    ("没问题", "affirm", "refuse deny"),
    # idioms with 不 and 没 that deny nothing
    ("不错", "", "refuse deny"),
    ("不介意", "", "refuse deny"),
    ("不反对", "", "refuse deny"),
    ("没关系", "", "refuse deny"),
    ("没事", "", "refuse deny"),
    ("不客气", "", "refuse deny"),
    # free, or put off
    ("不忙", "", "refuse deny"),
    ("不贵", "", "refuse deny"),
    ("不远", "", "refuse deny"),
    ("不麻烦", "", "refuse deny"),
    ("不见不散", "", "refuse deny"),
    ("好不好听你的", "", "refuse deny"),
    # a denied denial leaves the question open, or is a yes
    ("不是不需要", "neutral", "refuse deny affirm"),
    ("也不是不行", "neutral", "refuse deny affirm"),
    ("不是没兴趣", "neutral", "refuse deny affirm"),
    ("没说不要", "neutral", "refuse deny affirm"),
    ("也不是不可以", "neutral", "refuse deny affirm"),
    ("不会不去", "affirm", "refuse"),
    ("不得不", "affirm", "refuse"),
    ("不能不去", "affirm", "refuse"),
    ("非去不可", "affirm", "refuse"),
    # A-not-A asks
    ("是不是", "", "refuse deny affirm confirm"),
    ("要不要", "", "refuse deny affirm confirm"),
    ("有没有", "", "refuse deny affirm confirm"),
    ("行不行", "", "refuse deny affirm confirm"),
    ("可不可以", "", "refuse deny affirm confirm"),
    ("好不好", "", "refuse deny affirm confirm"),
    ("能不能", "", "refuse deny affirm confirm"),
    # the last word counts
    ("可以是可以，不过现在不需要", "refuse", "affirm"),
    ("不用了…哎等等多少钱", "ask_price", "refuse"),
    # a condition is no yes
    ("要是便宜我就要", "hesitate", "affirm refuse"),
    ("如果有需要再联系你", "hesitate", "affirm refuse"),
    ("等忙完再说", "hesitate", "affirm refuse"),
    ("有机会再说", "hesitate", "affirm refuse"),
    ("如果有需要我跟你联系", "hesitate", "affirm refuse"),
    # rhetoric refuses
    ("谁要啊", "refuse", "affirm"),
    ("要来干嘛", "refuse", "affirm"),
    ("我要这个干什么", "refuse", "affirm"),
    ("哪有钱", "refuse", "affirm"),
    ("我疯了吗", "refuse", "affirm"),
    # sarcasm is no yes
    ("你可真行", "", "affirm confirm"),
    ("你们真厉害", "", "affirm confirm"),
    ("太好了又是你们", "", "affirm confirm"),
    ("好好好你继续", "", "affirm confirm"),
    ("我谢谢你啊", "", "affirm confirm"),
    ("真会做生意", "", "affirm confirm"),
    ("你们真厉害，天天打", "do_not_call", "affirm"),
    ("太好了又是你们，又打来了", "do_not_call", "affirm"),
    # courtesy is no yes
    ("谢谢，不用", "refuse", "affirm"),
    ("不好意思，不用了", "refuse", "affirm"),
    ("辛苦了，不用", "refuse", "affirm"),
    # several at once
    ("没空，你加我微信吧", "busy want_wechat", ""),
    # reported
    ("我说了不要", "refuse", ""),
    ("我老公说不要", "refuse", ""),
    ("上次就说不需要", "refuse do_not_call", ""),
    ("说了多少次不需要", "refuse do_not_call", ""),
    # what is declined
    ("不要资料", "decline_contact", "refuse"),
    ("不加微信", "decline_contact", "refuse"),
    ("不用发短信", "decline_contact", "refuse"),
    ("不要了", "refuse", "decline_contact"),
    # words with 要, 好, 行 and 是 in them
    ("可以可以不用了", "refuse", "affirm"),
    ("银行", "", "affirm"),
    ("进行", "", "affirm"),
    ("行业", "", "affirm"),
    ("好像", "", "affirm"),
    ("好几个", "", "affirm"),
    ("好吗", "", "affirm"),
    ("要是", "", "affirm"),
    ("是吗", "", "confirm"),
    ("是不是骗子", "distrust", "confirm"),
    ("有没有优惠", "ask_price", "confirm deny"),
    ("有需要我跟你联系", "hesitate", "affirm"),
    ("暂时不需要", "refuse", "do_not_call"),
    ("不用加微信，直接说", "", "refuse"),
    # an order in the form of a question, and 别 in other words
    ("能不能别再打了", "do_not_call", ""),
    ("别打字", "", "do_not_call"),
    ("别挂", "", "do_not_call"),
    ("别急", "", "do_not_call"),
    ("别的", "", "do_not_call"),
    ("你别打了我来打给你", "", "do_not_call"),
    # a worry about others
    ("你们被投诉多不多", "", "complain do_not_call"),
    ("投诉处理怎么弄", "", "complain do_not_call"),
    # other trades and machines
    ("滚动", "", "abuse"),
    ("打滚", "", "abuse"),
    ("垃圾桶", "", "abuse"),
    ("我们做垃圾清运", "", "abuse"),
    ("操作", "", "abuse"),
    ("电脑", "", "abuse"),
    ("眼泪", "", "abuse"),
    ("狗粮", "", "abuse"),
    ("假日", "", "abuse"),
    ("有毛病吧你", "abuse", ""),
    # free, or put off
    ("不忙", "", "busy"),
    ("不怎么忙", "", "busy"),
    ("现在有空", "", "busy"),
    ("帮忙", "", "busy"),
    ("你忙吧", "refuse", "busy"),
    ("没时间搞这个", "refuse", "busy"),
    # doubt and price
    ("你找谁", "", "wrong_number"),
    ("搞错了吧", "", "wrong_number"),
    ("多少钱都不要", "refuse", "ask_price"),
    ("不要钱的吧", "ask_price", "refuse"),
    ("能有什么效果", "", ""),
    ("等会再打", "busy", "ask_wait"),
    ("好的再见", "goodbye", "affirm"),
    ("你们公司叫什么，我要投诉", "complain", ""),
    ("加我微信干什么", "decline_contact", "want_wechat"),
    ("你发吧", "want_material", ""),
    ("别再发短信了", "do_not_call", ""),
    ("哪有空", "busy", "affirm"),
    ("你觉得呢", "", "affirm"),
]  # fmt: skip
NOW = "2026-11-23T10:00:00+08:00"


@pytest.mark.parametrize(("said", "meant", "never"), EXAMPLES)
def test_a_worked_example_means_what_it_should(said: str, meant: str, never: str) -> None:
    heard = {hit.id for hit in lexicon().understand(said, now=NOW).hits if not hit.negated}
    assert set(meant.split()) <= heard
    assert not heard & set(never.split())
