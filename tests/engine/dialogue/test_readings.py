"""Other readings of the recogniser add evidence or doubt; they never turn a meaning round."""

from __future__ import annotations

import pytest

from engine.calls.actions import DoNotCall, Invitation, Matched
from engine.calls.events import Alternative, Answered, Heard
from engine.calls.log import Entry, Header, entry_line, header_line
from engine.calls.log import read as read_log
from engine.dialogue.readings import MOST, others_of, read
from engine.trial.caller import DEFAULT_NOW
from engine.understanding.grammar import Hit, Told, Understanding
from tests.engine.scenes import Wire

INVITE = """
stages:
  invite:
    role: invitation
    say: 星期六来看看，好吗？
    confirm: {say: 那给您留一张请柬，可以吗？, unsure: later}
    expect:
      - {hear: affirm, accept: yes, go: booked}
      - {hear: want_wechat, say: 加您微信。}
  booked: {role: closing, say: 说好了！, end: yes}
  later: {role: closing, say: 您再想想。, end: yes}
always: [{hear: do_not_call, do: {do_not_call: yes}, go: bye}]
answers: [{hear: ask_price, say: 不要钱。}]
"""
CONFIRM = "那给您留一张请柬，可以吗？"


def invited() -> Wire:
    wire = Wire(INVITE)
    wire.feed(Answered(0))
    wire.finish_prompt()
    return wire


def hear(wire: Wire, text: str, *others: str, sure: float | None = None) -> Matched:
    wire.hear(text, confidence=sure, alternatives=tuple(Alternative(other) for other in others))
    return next(action for action in wire.actions if isinstance(action, Matched))


def meaning(text: str, *ids: str, told: tuple[Told, ...] = ()) -> Understanding:
    return Understanding(text, tuple(Hit(name, name, (0, 1)) for name in ids), told)


def added(best: Understanding, *others: Understanding, sure: float | None = None) -> list[str]:
    """The intents that the other readings bring in."""
    return [hit.id for hit in read(best, others, sure).understood.hits if hit.reading]


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_an_intent_that_only_another_reading_has_counts_and_says_where_it_comes_from() -> None:
    wire = invited()
    note = hear(wire, "夹回信", "加微信")
    assert [(hit.id, hit.reading) for hit in note.hits] == [("want_wechat", "加微信")]
    assert wire.bot.startswith("加您微信。")


def test_words_that_were_understood_well_need_no_other_reading() -> None:
    assert added(meaning("多少钱", "ask_price"), meaning("多少前天", "ask_time")) == []
    assert added(meaning("多少钱", "ask_price"), meaning("多少前天", "ask_time"), sure=0.9) == []


def test_words_that_were_understood_badly_do() -> None:
    assert added(meaning("多少钱", "ask_price"), meaning("怎么收费", "ask_mode"), sure=0.4) == ["ask_mode"]
    assert added(meaning("嗯喂", "neutral", "greet"), meaning("嗯喂多少钱", "ask_price"), sure=0.9) == ["ask_price"]


def test_what_was_heard_but_denied_is_not_brought_in() -> None:
    denied = Understanding("不加威", (Hit("want_wechat", "加微信", (1, 3), negated=True),))
    assert added(denied, meaning("加微信", "want_wechat")) == []


@pytest.mark.parametrize("tells", ["give_time", "give_number", "give_name"])
def test_nothing_told_is_taken_from_another_reading(tells: str) -> None:
    time = Told("time", "2026-11-24", "明天", (0, 2))
    found = read(meaning("嗯"), [meaning("明天", tells, told=(time,))], None).understood
    assert (found.hits, found.told) == ((), ())


def test_a_caller_is_no_machine_by_another_reading() -> None:
    machine = Understanding("您拨打的用户已关机", disposition="powered_off")
    assert read(meaning("您打的用户"), [machine], None).understood.disposition == ""


# --- polarity ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("best", "other", "brought"),
    [
        ("refuse", "affirm", []),
        ("deny", "confirm", []),
        ("do_not_call", "affirm", []),
        ("affirm", "refuse", []),
        ("affirm", "do_not_call", []),
        ("ask_price", "refuse", ["refuse"]),
        ("ask_price", "affirm", ["affirm"]),
    ],
)
def test_another_reading_never_turns_an_answer_round(best: str, other: str, brought: list[str]) -> None:
    assert added(meaning("甲", best), meaning("乙", other), sure=0.3) == brought


def test_the_likelier_of_two_readings_that_contradict_each_other_is_taken_and_its_yes_is_doubtful() -> None:
    found = read(meaning("呃"), [meaning("需要", "affirm"), meaning("不需要", "refuse")], None)
    assert [hit.id for hit in found.understood.hits] == ["affirm"]
    assert found.contested == "不需要"
    assert added(meaning("呃"), meaning("不需要", "refuse"), meaning("需要", "affirm")) == ["refuse"]


def test_a_yes_that_another_reading_denies_is_asked_about() -> None:
    wire = invited()
    assert hear(wire, "可以", "不可以", sure=0.9).contested == "不可以"
    assert wire.bot == CONFIRM
    wire.finish_prompt()
    hear(wire, "可以", "可以的")
    assert Invitation("success") in wire.actions


def test_a_yes_that_only_another_reading_has_is_asked_about() -> None:
    wire = invited()
    hear(wire, "颗粒", "可以")
    assert wire.bot == CONFIRM


def test_nor_does_such_a_yes_settle_the_confirmation() -> None:
    wire = invited()
    hear(wire, "颗粒", "可以")
    wire.finish_prompt()
    hear(wire, "颗粒", "可以")
    assert wire.bot == "您再想想。"
    assert wire.state.facts.invitation != "success"


def test_without_a_confirmation_such_a_yes_accepts_nothing() -> None:
    confirm = "confirm: {say: 那给您留一张请柬，可以吗？, unsure: later}"
    wire = Wire(INVITE.replace(confirm, "no_match: {say: 您说什么？, then: later}"))
    wire.feed(Answered(0))
    wire.finish_prompt()
    hear(wire, "可以", "不可以")
    assert wire.state.facts.invitation == "pending"


def test_a_plain_yes_is_one_whatever_else_its_other_readings_say() -> None:
    wire = invited()
    assert not hear(wire, "可以", "可以啊", "客椅", sure=0.9).contested
    assert Invitation("success") in wire.actions


def test_a_no_stays_one_whatever_another_reading_says() -> None:
    found = read(meaning("不用", "refuse"), [meaning("用", "affirm")], 0.3)
    assert ([hit.id for hit in found.understood.hits], found.contested) == (["refuse"], "")


# --- what has consequences --------------------------------------------------------------------------------------------


def test_one_other_reading_is_not_enough_to_call_nobody_again() -> None:
    wire = invited()
    hear(wire, "比在打了", "别再打了")
    assert not any(isinstance(action, DoNotCall) for action in wire.actions)


def test_two_of_them_are() -> None:
    wire = invited()
    hear(wire, "比在打了", "别再打了", "你别再打了")
    assert any(isinstance(action, DoNotCall) for action in wire.actions)


def test_or_one_beside_a_no() -> None:
    wire = invited()
    hear(wire, "不用了，比在打了", "不用了，别再打了", sure=0.5)
    assert any(isinstance(action, DoNotCall) for action in wire.actions)


# --- the readings -----------------------------------------------------------------------------------------------------


def test_faint_and_empty_readings_are_none_and_only_the_first_few_are_looked_at() -> None:
    readings = (Alternative(" "), Alternative("甲", 0.05), Alternative("乙", 0.3), Alternative("丙"))
    assert [other.text for other in others_of(Heard(0, "丁", alternatives=readings))] == ["乙", "丙"]
    assert len(others_of(Heard(0, "丁", alternatives=readings[2:] * 9))) == MOST


def test_readings_of_words_over_a_prompt_are_kept_with_the_words_before_them() -> None:
    wire = Wire(INVITE.replace("role: invitation", "role: invitation\n    barge_in: off"))
    wire.feed(Answered(0))
    wire.hear("喂")
    wire.hear("夹回信", alternatives=(Alternative("加微信"),))
    wire.finish_prompt()
    note = next(action for action in wire.actions if isinstance(action, Matched))
    assert (note.text, [hit.reading for hit in note.hits if hit.id == "want_wechat"]) == ("喂，夹回信", ["喂，加微信"])


def test_the_log_and_the_evidence_tell_which_reading_it_was() -> None:
    wire = invited()
    note = hear(wire, "夹回信", "加微信")
    heard = Heard(0, "夹回信", alternatives=(Alternative("加微信"),))
    log = header_line(Header("c", "s", "0", "1", DEFAULT_NOW)) + entry_line(Entry(2, heard, (note,)))
    assert read_log(log.encode()).entries == (Entry(2, heard, (note,)),)
    proof = wire.state.facts.evidence_of("wechat")[-1]
    assert (proof.words, proof.instead) == ("加微信", "夹回信")
