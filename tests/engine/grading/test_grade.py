from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.source import Mark, parse
from engine.grading.condition import Condition, Has, Is
from engine.grading.facts import Evidence, Facts
from engine.grading.grade import LETTERS, Band, Points, Rule, Scheme, grade, plain
from engine.grading.load_scheme import scheme_from
from engine.grading.said import INTEREST

FILE = Path(__file__).parent.parent.parent.parent / "scripts" / "schemes" / "standard.yaml"


def standard() -> Scheme:
    node, problems = parse(FILE.read_bytes(), "standard.yaml")
    assert node
    scheme = scheme_from(node, problems)
    assert scheme
    return scheme


STANDARD = standard()
TWO = ("ask_price", "ask_effect")
ONE = ("ask_price",)


def talked(**facts: object) -> Facts:
    """An answered call with a human who has spoken."""
    return Facts(answered_by="human", disposition="completed", spoke=True, end="caller").but(**facts)


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (Facts(disposition="caller_fault"), "X1"),
        (Facts(disposition="suspended"), "F1"),
        (Facts(answered_by="machine", disposition="powered_off"), "F1"),
        (Facts(disposition="congestion"), "E1"),
        (Facts(), "E1"),
        (Facts(answered_by="machine", disposition="screening"), "E2"),
        (Facts(answered_by="machine", disposition="fax"), "D4"),
        (Facts(answered_by="machine", disposition="assistant", do_not_call=True), "D7"),
        (talked(interest=TWO, invitation="success", complaint=True), "D7"),
        (talked(interest=TWO, invitation="success", abuse=True), "D7"),
        (talked(interest=TWO, wrong_person=True), "D6"),
        (talked(interest=TWO, peer=True), "D8"),
        (talked(interest=TWO, invitation="success"), "A1"),
        (talked(interest=TWO, invitation="success", refusals=1), "A1"),
        (talked(interest=TWO, invitation="success", refusals=2), "B1"),
        (talked(interest=ONE, wechat="given"), "A2"),
        (talked(interest=ONE, wechat="given", refusals=1, tail_refusals=1), "B2"),
        (talked(interest=TWO, end="transfer", asked_for_human=True, refusals=3), "A3"),
        (talked(interest=TWO, invitation="fail"), "B1"),
        (talked(interest=TWO), "B1"),
        (talked(interest=TWO, busy=True), "B1"),
        (talked(interest=TWO, tail_refusals=2, refusals=2), "B1"),
        (talked(sms="requested", busy=True), "B2"),
        (talked(sms="passive"), "B2p"),
        (talked(sms="passive", busy=True), "C2"),
        (talked(sms="passive", refusals=2), "C4"),
        (talked(sms="passive", refusals=2, tail_refusals=2), "D1"),
        (talked(interest=ONE, invitation="success"), "B3"),
        (talked(transfer="failed", asked_for_human=True), "B3"),
        (talked(refusals=2, tail_refusals=2, interest=ONE), "D1"),
        (talked(refusals=1, tail_refusals=1), "D5"),
        (talked(refusals=1, tail_refusals=1, busy=True), "D5"),
        (talked(refusals=1, sms="declined"), "D5"),
        (talked(refusals=1, callback_at="2026-11-24"), "C2"),
        (talked(refusals=1, referral=True), "C5"),
        (talked(heard=("not_decision_maker",)), "D5"),
        (talked(heard=("not_decision_maker",), affirmations=1), "C3"),
        (talked(heard=("not_decision_maker",), referral=True), "C5"),
        (talked(busy=True), "C2"),
        (talked(busy=True, interest=ONE), "C2"),
        (talked(interest=ONE), "C1"),
        (talked(interest=ONE, refusals=1, tail_refusals=1), "C1"),
        (talked(referral=True), "C5"),
        (talked(spoke=False, ended_in_opening=True), "D2"),
        (talked(spoke=False, disposition="silent", end="silence"), "D3"),
        (talked(affirmations=1, hesitations=2), "C3"),
        (talked(), "D9"),
    ],
)
def test_the_first_rule_that_holds_decides(facts: Facts, rule: str) -> None:
    graded = grade(STANDARD, facts)
    assert graded.rule == rule
    assert graded.letter == (None if rule == "X1" else rule[0])


def test_a_grade_proves_itself() -> None:
    made = Evidence("interest", 4, "那怎么收费", "ask_price", "怎么收费", (1, 5))
    facts = talked(interest=ONE, wechat="given", evidence=(made, Evidence("wechat", 6, "就这个号", "given")))
    shown = plain(grade(STANDARD, facts))
    assert (shown["grade"], shown["rule"], shown["scheme"]) == ("A", "A2", "standard")
    assert str(shown["at"]).startswith("standard.yaml:")
    assert shown["evidence"] == [
        {
            "fact": "wechat",
            "value": "given",
            "seq": [6],
            "steps": [{"seq": 6, "words": "就这个号", "value": "given"}],
        },
        {
            "fact": "interest_questions",
            "value": 1,
            "seq": [4],
            "steps": [
                {"seq": 4, "words": "那怎么收费", "value": "ask_price", "phrase": "怎么收费", "span": (1, 5)},
            ],
        },
    ]


def test_evidence_tells_the_turn_and_what_was_denied() -> None:
    said = (
        Evidence("turns", 3, "喂"),
        Evidence("turns", 5, "也不是不需要，怎么收费"),
        Evidence("negated", 5, "也不是不需要，怎么收费", "refuse", "不需要", (3, 6)),
        Evidence("interest", 5, "也不是不需要，怎么收费", "ask_price", "怎么收费", (7, 11)),
    )
    shown = plain(grade(STANDARD, talked(turns=2, interest=ONE, evidence=said)))
    assert (shown["grade"], shown["rule"]) == ("C", "C1")
    words = {"seq": 5, "turn": 2, "words": "也不是不需要，怎么收费"}
    assert shown["evidence"] == [
        {
            "fact": "interest_questions",
            "value": 1,
            "seq": [5],
            "steps": [{**words, "value": "ask_price", "phrase": "怎么收费", "span": (7, 11)}],
        },
        {
            "fact": "negated",
            "value": ["refuse"],
            "seq": [5],
            "steps": [{**words, "value": "refuse", "phrase": "不需要", "span": (3, 6)}],
        },
    ]


def test_a_grade_that_nothing_speaks_for_rests_on_all_there_was() -> None:
    answered = Evidence("disposition", 0, value="silent")
    silent = Facts(answered_by="human", disposition="silent", end="silence", evidence=(answered,))
    shown = plain(grade(STANDARD, silent))
    assert (shown["rule"], shown["evidence"]) == (
        "D3",
        [{"fact": "disposition", "value": "silent", "seq": [0], "steps": [{"seq": 0, "value": "silent"}]}],
    )
    said = (Evidence("disposition", 3, "今天天气不错", "completed"), Evidence("turns", 3, "今天天气不错"))
    graded = grade(STANDARD, talked(turns=1, evidence=said))
    assert (graded.rule, [(proof.fact, proof.value) for proof in graded.evidence]) == (
        "D9",
        [("disposition", "completed"), ("turns", 1)],
    )
    assert graded.evidence[-1].evidence[0].words == "今天天气不错"


def test_a_score_shows_what_it_is_made_of() -> None:
    points = (
        Points(30, Condition(), ("ask_price",)),
        Points(40, Condition((Is("invitation", "invitation", ("success",)),)), title="接受邀约"),
        Points(-20, Condition((Has("busy", "busy", True),)), title="在忙"),
    )
    mark = Mark("s.yaml", 1, 1)
    rules = (
        Rule("A", "A", Condition(), mark, score=Band(90, None)),
        Rule("B", "B", Condition(), mark, score=Band(60, 89)),
    )
    made = (
        Evidence("heard", 2, "多少钱", "ask_price"), Evidence("heard", 4, "到底多少钱", "ask_price"),
        Evidence("heard", 4, "到底多少钱", "affirm"), Evidence("invitation", 6, value="success"),
    )  # fmt: skip
    facts = talked(heard=("ask_price", "ask_price", "affirm"), invitation="success", evidence=made)
    graded = grade(Scheme("s", rules, points=points), facts)
    assert [(proof.fact, proof.value, [one.seq for one in proof.evidence]) for proof in graded.evidence] == [
        ("score", 100, []),
        ("points", "+60 ask_price", [2, 4]),
        ("points", "+40 接受邀约", [6]),
    ]
    lower = grade(Scheme("s", rules, points=points), facts.but(busy=True))
    assert (lower.rule, [str(missed) for missed in lower.missed]) == ("B", ["A missed: score 80 < 90"])
    assert lower.evidence[-1].value == "-20 在忙"
    assert grade(Scheme("s", rules[1:], points=points), facts).letter is None, "more than the band"


def test_of_a_set_only_the_members_asked_for_are_evidence() -> None:
    heard = (Evidence("heard", 2, "嗯", "neutral"), Evidence("heard", 3, "我不管", "not_decision_maker"))
    graded = grade(STANDARD, talked(heard=("neutral", "not_decision_maker"), evidence=heard))
    assert [(proof.fact, proof.value, len(proof.evidence)) for proof in graded.evidence] == [
        ("heard", ["not_decision_maker"], 1)
    ]


@pytest.mark.parametrize(
    ("facts", "missed"),
    [
        (talked(interest=ONE, invitation="success"), ["A1 missed: interest_questions 1 < 2"]),
        (talked(interest=TWO, invitation="fail"), ["A1 missed: invitation is fail, not success"]),
        (
            talked(affirmations=1),
            [
                "A1 missed: interest_questions 0 < 2; invitation is none, not success",
                "B1 missed: interest_questions 0 < 2",
            ],
        ),
        (
            talked(sms="passive", refusals=2),
            [
                "A2 missed: wechat is none, not given / sms is passive, not given; interest_questions 0 < 1",
                "B2p missed: refusals 2 > 1",  # B1 misses one thing too, but has nothing to go on
            ],
        ),
        (talked(sms="passive", busy=True), ["A1 missed: interest_questions 0 < 2; invitation is none, not success"]),
        (talked(interest=TWO, invitation="success"), []),
        (Facts(disposition="busy"), []),
        (Facts(answered_by="machine", disposition="fax"), []),
    ],
)
def test_a_grade_tells_what_the_better_ones_missed(facts: Facts, missed: list[str]) -> None:
    assert [str(one) for one in grade(STANDARD, facts).missed][: len(missed) or None] == missed


def test_a_rule_that_held_but_came_too_late_says_so() -> None:
    graded = grade(STANDARD, talked(interest=TWO, invitation="success", do_not_call=True))
    assert str(graded.missed[0]) == "A1 held, but D7 comes first"
    assert graded.sets == ("do_not_call",)


def test_a_scheme_without_default_may_leave_a_call_without_grade() -> None:
    rule = Rule("A", "A", Condition((Has("busy", "busy", True),)), Mark("s.yaml", 1, 1))
    assert grade(Scheme("s", (rule,)), Facts()).letter is None
    assert grade(Scheme("s", (rule,)), Facts(busy=True)).rule == "A"
    assert plain(grade(Scheme("s"), Facts()))["evidence"] == []


FACTS = st.builds(
    talked,
    interest=st.lists(st.sampled_from(sorted(INTEREST)), max_size=4, unique=True).map(tuple),
    invitation=st.sampled_from(["none", "pending", "success", "fail"]),
    refusals=st.integers(0, 3),
    tail_refusals=st.integers(0, 3),
    affirmations=st.integers(0, 2),
    sms=st.sampled_from(["none", "passive", "requested", "given", "declined"]),
    wechat=st.sampled_from(["none", "passive", "requested", "given", "declined"]),
    busy=st.booleans(),
    callback_at=st.sampled_from(["", "2026-11-24"]),
    referral=st.booleans(),
    peer=st.booleans(),
    do_not_call=st.booleans(),
    wrong_person=st.booleans(),
    transfer=st.sampled_from(["none", "failed"]),
    end=st.sampled_from(["caller", "bot", "silence", "transfer"]),
    ended_in_opening=st.booleans(),
    spoke=st.booleans(),
    heard=st.sampled_from([(), ("not_decision_maker",)]),
    asked_for_human=st.booleans(),
)


@given(FACTS, st.sampled_from(sorted(INTEREST)))
def test_one_more_interest_question_never_lowers_a_grade(facts: Facts, question: str) -> None:
    more = replace(facts, interest=(*facts.interest, question)) if question not in facts.interest else facts
    before, after = grade(STANDARD, facts).letter, grade(STANDARD, more).letter
    assert before
    assert after
    assert LETTERS.index(after) <= LETTERS.index(before)


@given(FACTS)
def test_a_grade_says_something_about_each_better_one(facts: Facts) -> None:
    graded = grade(STANDARD, facts)
    assert graded == grade(STANDARD, facts), "same facts, same grade"
    better = LETTERS[: LETTERS.index(graded.letter)] if graded.letter else ()
    assert [missed.letter for missed in graded.missed] == list(better)
    assert graded.evidence, "no grade without its evidence"
    if facts.do_not_call:
        assert graded.rule == "D7"
