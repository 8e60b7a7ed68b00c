"""Counting what was understood: a small lexicon, a few labelled sentences, and what they come to."""

from __future__ import annotations

import json

import pytest

from engine.understanding.grammar import Grammar, Intent, Phrase
from engine.understanding.lexicon import Lexicon
from engine.understanding.score import Heard, LabelError, Scorecard, Sentence, Tally, heard_by, score, sentence_from

LEXICON = Lexicon(
    [
        Grammar(
            "small",
            intents=(
                Intent("affirm", "answers", phrases=(Phrase("可以"), Phrase("好的")), denied="refuse", priority=42),
                Intent("refuse", "answers", phrases=(Phrase("不需要"), Phrase("算了")), priority=70),
                Intent("neutral", "answers", phrases=(Phrase("嗯"),), priority=15),
                Intent("ask_price", "interest", phrases=(Phrase("多少钱"),), priority=55),
                Intent("busy", "announcement", phrases=(Phrase("正在通话中"),)),
            ),
        )
    ]
)


def card(*labels: dict[str, object]) -> Scorecard:
    sentences = [sentence_from(label, f"set:{line}") for line, label in enumerate(labels, 1)]
    return score(sentences, lambda sentence: heard_by(LEXICON.understand(sentence.say)))


def row(tallies: tuple[Tally, ...], name: str) -> Tally:
    return next(tally for tally in tallies if tally.name == name)


def test_what_is_heard_and_what_is_missed() -> None:
    found = card(
        {"say": "多少钱", "is": ["ask_price"], "class": "U16"},
        {"say": "怎么卖", "is": ["ask_price"], "class": "U16", "kind": "dialect"},
        {"say": "多少钱都行", "is": [], "class": "U03"},
    )
    price = row(found.intents, "ask_price")
    assert (price.right, price.missed, price.wrong) == (1, 1, 1)
    assert (price.recall, price.precision, price.f1, price.count) == (0.5, 0.5, 0.5, 2)
    assert row(found.classes, "U16").recall == 0.5
    assert row(found.kinds, "dialect").recall == 0.0
    assert [slip.sentence.place for slip in found.slips] == ["set:2", "set:3"]


def test_macro_recall_counts_every_intent_alike() -> None:
    often = [{"say": "多少钱", "is": ["ask_price"]}] * 9
    assert card(*often, {"say": "走开", "is": ["refuse"]}).macro_recall == 0.5


def test_an_intent_that_was_only_heard_wrongly_has_no_recall_to_lower() -> None:
    found = card({"say": "多少钱", "is": []})
    assert (found.macro_recall, found.macro_precision) == (0.0, 0.0)
    assert row(found.intents, "ask_price").precision == 0.0


def test_a_flip_is_counted_apart_and_names_its_sentence() -> None:
    found = card(
        {"say": "可以个鬼", "is": ["refuse"], "polarity": "no"},
        {"say": "不需要多想，去", "is": ["affirm"], "polarity": "yes"},
        {"say": "不需要", "is": ["refuse"], "polarity": "no"},
        {"say": "可以看见门牌", "polarity": "none"},
    )
    assert [slip.sentence.say for slip in found.flips] == ["可以个鬼", "不需要多想，去"]
    assert [slip.sentence.say for slip in found.invented] == ["可以看见门牌"]
    assert found.opinionated == 3


def test_silence_is_no_flip() -> None:
    assert card({"say": "走开", "is": ["refuse"], "polarity": "no"}).flips == ()


@pytest.mark.parametrize(
    ("ids", "polarity"),
    [
        (("refuse", "affirm"), "no"),
        (("ask_price", "confirm", "deny"), "yes"),
        (("do_not_call",), "no"),
        (("ask_price",), "none"),
        ((), "none"),
    ],
)
def test_the_strongest_answer_gives_the_polarity(ids: tuple[str, ...], polarity: str) -> None:
    assert Heard(ids).polarity == polarity


def test_what_is_negated_was_not_heard() -> None:
    assert "affirm" not in heard_by(LEXICON.understand("不可以")).ids


def test_an_announcement_is_heard_by_its_disposition() -> None:
    found = card({"say": "您拨打的电话正在通话中", "disposition": "busy"})
    assert (found.slips, row(found.intents, "announced:busy").recall) == ((), 1.0)


def test_what_may_be_heard_is_no_mistake_and_no_merit() -> None:
    found = card({"say": "好的多少钱", "is": ["ask_price"], "may": ["affirm"]})
    assert (found.slips, [tally.name for tally in found.intents]) == ((), ["ask_price"])


def test_little_words_are_a_mistake_only_where_a_label_says_so() -> None:
    assert card({"say": "嗯，多少钱", "is": ["ask_price"]}).slips == ()
    assert card({"say": "嗯", "is": [], "not": ["neutral"]}).slips[0].wrong == ("neutral",)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (["多少钱"], "not a JSON object"),
        ({"is": ["refuse"]}, "'say' must be a sentence"),
        ({"say": ""}, "'say' must be a sentence"),
        ({"say": "好", "iz": []}, "unknown key 'iz'"),
        ({"say": "好", "polarity": "maybe"}, "'polarity' must be yes, no or none"),
        ({"say": "好", "is": "affirm"}, "'is' must be a list of intents"),
        ({"say": "好", "is": [1]}, "'is' must be a list of intents"),
        ({"say": "好", "is": ["afirm"]}, "no intent 'afirm'"),
        ({"say": "好", "disposition": "bussy"}, "no disposition 'bussy'"),
        ({"say": "好", "is": ["affirm"], "not": ["affirm"]}, "'not' contradicts 'is' or 'may'"),
        ({"say": "好", "role": 3}, "role, disposition, class, kind must be texts"),
    ],
)
def test_a_label_that_is_none(label: object, told: str) -> None:
    with pytest.raises(LabelError, match=told):
        sentence_from(json.loads(json.dumps(label)), "set:1", LEXICON.ids | {"announced:busy"})


def test_an_empty_set_has_nothing_to_say() -> None:
    assert score([], lambda _: Heard(())).macro_recall == 0.0


def test_a_matcher_that_knows_all_has_all_the_marks() -> None:
    sentence = Sentence("好的", frozenset({"affirm"}), polarity="yes")
    found = score([sentence], lambda each: Heard(tuple(each.meant)))
    assert (found.macro_recall, found.macro_precision, found.macro_f1, found.slips) == (1.0, 1.0, 1.0, ())
