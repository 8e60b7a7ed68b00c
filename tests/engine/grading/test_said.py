from __future__ import annotations

import pytest

from engine.calls.events import Heard
from engine.grading.facts import ContactState, Facts
from engine.grading.said import INTEREST, utterance, wish
from engine.grading.step import Step
from engine.understanding.grammar import Hit


def after(facts: Facts, text: str, *hits: Hit, interest: frozenset[str] = INTEREST) -> Facts:
    step = Step(facts, facts.turns, Heard(0, text), interest, text)
    utterance(step, text, hits)
    return step.result()


def hear(facts: Facts, text: str, **phrases: str) -> Facts:
    """`text` with intents by the phrases that hit; `weak_` and `not_` stand before an intent."""
    hits = []
    for name, phrase in phrases.items():
        start = text.index(phrase)
        intent = name.removeprefix("weak_").removeprefix("not_").rstrip("2")
        weak, negated = name.startswith("weak_"), name.startswith("not_") and name != "not_decision_maker"
        intent = "not_decision_maker" if name == "not_decision_maker" else intent
        hits.append(Hit(intent, phrase, (start, start + len(phrase)), weak=weak, negated=negated))
    return after(facts, text, *hits)


def test_an_intent_counts_once_in_a_breath_and_once_more_in_the_next() -> None:
    facts = hear(Facts(), "不用不用", refuse="不用", refuse2="用不用")
    assert (facts.refusals, facts.tail_refusals, facts.heard) == (1, 1, ("refuse",))
    assert hear(facts, "不用", refuse="不用").refusals == 2


def test_what_is_denied_is_not_heard() -> None:
    facts = hear(Facts(), "不是不需要", not_refuse="不需要")
    assert (facts.refusals, facts.heard, facts.spoke) == (0, (), True)
    assert [(one.fact, one.value, one.phrase, one.span) for one in facts.evidence if one.fact == "negated"] == [
        ("negated", "refuse", "不需要", (2, 5)),
    ]


def test_a_sound_of_listening_is_no_speech() -> None:
    facts = hear(hear(Facts(), "喂", greet="喂"), "嗯", neutral="嗯")
    assert (facts.spoke, facts.turns, facts.disposition) == (False, 2, "completed")
    assert not hear(facts, "呃").spoke
    assert hear(facts, "十来个人").spoke


@pytest.mark.parametrize(
    ("text", "phrases", "tail"),
    [
        ("不用了", {"refuse": "不用了"}, 2),
        ("可以可以，不用了", {"affirm": "可以", "refuse": "不用了"}, 2),
        ("不用了，哎行，可以", {"refuse": "不用了", "affirm": "可以"}, 0),
        ("不用了，多少钱", {"refuse": "不用了", "ask_price": "多少钱"}, 0),
        ("多少钱，算了不要", {"ask_price": "多少钱", "refuse": "不要"}, 1),
        ("不要，多少钱都不用", {"refuse": "不要", "ask_price": "多少钱", "refuse2": "不用"}, 1),
        ("不要，行，可以，可我不用", {"refuse": "不要", "affirm": "可以", "refuse2": "不用"}, 2),
        ("你是谁", {"ask_identity": "你是谁"}, 1),
        ("加我微信", {"want_wechat": "加我微信"}, 0),
    ],
)
def test_the_tail_of_refusals_follows_the_order_of_speaking(text: str, phrases: dict[str, str], tail: int) -> None:
    once = hear(Facts(), "没兴趣", refuse="没兴趣")
    assert hear(once, text, **phrases).tail_refusals == tail


def test_a_word_that_the_stage_asked_for_is_an_answer_and_no_refusal() -> None:
    text = "没有，不需要那个"
    own, refusal = Hit("没有", "没有", (0, 2)), Hit("refuse", "没有", (0, 2))
    facts = after(Facts(), text, own, refusal)
    assert (facts.refusals, facts.heard) == (0, ("没有",))
    facts = after(Facts(), text, own, Hit("refuse", "不需要", (3, 6)))
    assert facts.refusals == 1


def test_a_number_told_after_material_was_wanted_is_given() -> None:
    passive = hear(Facts(), "你发吧", weak_want_material="你发吧")
    assert passive.sms == "passive"
    assert hear(passive, "就这个号", this_number="就这个号").sms == "given"
    assert hear(Facts(), "就这个号", this_number="就这个号").sms == "none"


def test_a_number_and_a_wish_for_it_in_either_order() -> None:
    text = "13800001234，发这个号"
    assert hear(Facts(), text, give_number="13800001234", want_material="发这个号").sms == "given"


def test_declining_takes_back_what_was_wanted_and_nothing_else() -> None:
    wanted = hear(Facts(), "加我微信", want_wechat="加我微信")
    declined = hear(wanted, "别加了", decline_contact="别加了")
    assert (declined.wechat, declined.sms) == ("declined", "none")
    assert hear(declined, "还是加吧", want_wechat="加吧").wechat == "requested"


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        ("none", "passive", "passive"),
        ("requested", "passive", "requested"),
        ("given", "requested", "given"),
        ("given", "declined", "declined"),
        ("declined", "passive", "passive"),
    ],
)
def test_asking_once_more_takes_nothing_back(before: ContactState, now: ContactState, after: ContactState) -> None:
    assert wish(before, now) == after


def test_a_name_right_after_not_me_is_a_referral_and_later_it_is_not() -> None:
    asked = hear(Facts(sms="requested"), "我不管这个", not_decision_maker="我不管这个")
    named = hear(asked, "找张经理，13800001234", give_name="张经理", give_number="13800001234")
    assert (named.referral, named.sms) == (True, "requested"), "the number is not for our message"
    later = hear(hear(asked, "你说", neutral="你说"), "我姓张", give_name="我姓张")
    assert not later.referral
    assert not hear(Facts(), "我姓张", give_name="我姓张").referral


def test_evidence_names_the_words_and_where_they_stand() -> None:
    (one,) = hear(Facts(), "那多少钱呢", ask_price="多少钱").evidence_of("interest_questions")
    assert (one.value, one.words, one.phrase, one.span) == ("ask_price", "那多少钱呢", "多少钱", (1, 4))


def test_a_script_may_count_questions_of_its_own() -> None:
    facts = after(Facts(), "车位在哪", Hit("ask_parking", "车位", (0, 2)), interest=INTEREST | {"ask_parking"})
    assert facts.interest == ("ask_parking",)
