"""Which rule answers: always, then answers, then the stage, then refusal, then what fits nothing."""

from __future__ import annotations

import pytest

from engine.calls.actions import Took
from engine.calls.events import Answered
from engine.content.shape import NOWHERE
from engine.dialogue.decide import backchannel, cuts, doubtful, reply_from
from engine.language.stage import NOTHING, BargeIn, Rule, Stage
from engine.understanding.grammar import Hit, Told, Understanding
from tests.engine.scenes import Wire

ORDER = """
stages:
  ask:
    role: opening
    say: 周末有空吗？
    expect:
      - {hear: [好的多少钱], go: own}
      - {hear: [affirm, neutral], go: yes}
      - {hear: busy, say: 那下周呢？}
      - {hear: [价格表], go: price}
      - {hear: price_talk, go: price}
      - {hear: refuse, if: {heard: ask_case}, go: yes}
  second:
    role: pitch
    say: 来吗？
    except: [complain, ask_mode]
    expect: [{hear: affirm, go: bye}, {hear: hesitate, go: yes}, {other: other}]
    recover: 真不来？
  yes: {role: pitch, say: 好，来吗？, go: second}
  own: {role: pitch, say: 自己的。, go: bye}
  price: {role: pitch, say: 价格。, go: bye}
  other: {role: pitch, say: 别的。, go: bye}
intents:
  price_talk: {phrases: [讲价]}
always:
  - {hear: announcement, end: yes}
  - {hear: do_not_call, do: {do_not_call: yes}, go: bye}
  - {hear: [complain, abuse], go: bye}
  - {hear: busy, say: 您忙。}
  - {hear: ask_repeat, repeat: yes}
  - {hear: 天气真好, say: 是啊。}
  - {hear: refuse, also: give_number, go: price}
answers:
  - {hear: ask_price, say: 八折。}
  - {hear: ask_mode, say: 到店。}
  - {hear: ask_case, say: 有图册。}
"""


def decided(words: str, stage: str = "ask", *before: str, script: str = ORDER) -> str:
    """The rule that answers these words."""
    wire = Wire(script)
    wire.feed(Answered(0))
    if stage == "second":
        before = ("好的", *before)
    for each in (*before, words):
        while wire.state.playing:
            wire.finish_prompt()
        wire.hear(each)
    assert wire.state.phase == "answered"
    took = [action.rule for action in wire.actions if isinstance(action, Took)]
    return " ".join(took) or "none"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        # always: the author's order, before answers and before the stage
        ("别再打了我要投诉", "always.2"),
        ("我要投诉", "always.3"),
        ("您好请留言", "always.1"),
        ("多少钱我要投诉", "always.3"),
        ("没听清", "always.5"),
        ("天气真好", "always.6"),
        # answers before the stage's own rules
        ("多少钱", "answers.1"),
        # the stage's own words win over an answer inside them, whole
        ("好的多少钱", "ask.expect.1"),
        ("价格表", "ask.expect.4"),
        # what a stage names belongs to it
        ("我在开会", "ask.expect.3"),
        ("讲价", "ask.expect.5"),
        # both an intent and its companion
        ("不需要我给你记个号码", "refused"),
        # the stage in its author's order
        ("可以", "ask.expect.2"),
        ("嗯", "ask.expect.2"),
        # a refusal that no rule takes
        ("不用了", "refused"),
        ("没有", "refused"),
        # what fits nothing: short goes along, long does not
        ("应该吧", "ask.expect.2"),
        ("我跟你讲个别的事情", "no_match"),
    ],
)
def test_the_order_of_rules(words: str, rule: str) -> None:
    assert decided(words) == rule


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("我要投诉", "second.expect.3"),
        ("怎么合作", "second.expect.3"),
        ("滚蛋", "always.3"),
        ("多少钱", "answers.1"),
        ("不用了", "second.recover.1"),
        ("再看看", "second.expect.2"),
        ("应该吧", "second.expect.3"),
        ("嗯", "second.expect.1"),
        ("不需要我给你记个号码", "always.7"),
    ],
)
def test_exceptions_and_the_branch_for_anything_else(words: str, rule: str) -> None:
    assert decided(words, "second") == rule


def test_nothing_overtakes_a_wish_to_be_left_alone() -> None:
    script = ORDER.replace("always:\n", "always:\n  - {hear: 下雨了, say: 是啊。}\n")
    assert decided("下雨了", script=script) == "always.1"
    assert decided("下雨了别再打了", script=script) == "always.3"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("哦不用了谢谢", "refused"),
        ("不用了谢谢", "refused"),
        ("可以可以谢谢不用了", "refused"),
        ("不用了哎那可以", "ask.expect.2"),
        ("谢谢可以", "ask.expect.2"),
    ],
)
def test_the_manners_of_a_no_are_no_yes(words: str, rule: str) -> None:
    assert decided(words) == rule


def test_a_condition_is_about_the_call_so_far() -> None:
    assert decided("不用了", "ask", "有案例") == "ask.expect.6"


def test_a_back_channel_word_answers_a_yes_no_question_that_does_not_list_it() -> None:
    script = ORDER.replace("[affirm, neutral]", "[affirm]")
    assert decided("嗯", script=script) == "ask.expect.2"
    assert decided("嗯嗯嗯嗯嗯嗯嗯嗯嗯", script=script) == "ask.expect.2"


def test_going_along_keeps_the_condition_of_the_rule() -> None:
    script = """
    stages:
      ask:
        role: opening
        say: 有空吗？
        expect:
          - {hear: affirm, if: {heard: ask_price}, go: bye}
          - {hear: confirm, limit: 1, say: 嗯？}
          - {hear: refuse, go: bye}
    answers: [{hear: ask_price, say: 八折。}]
    """
    assert decided("应该吧", script=script) == "ask.expect.2"
    assert decided("应该吧", "ask", "应该吧", script=script) == "no_match"
    assert decided("应该吧", "ask", "多少钱", script=script) == "ask.expect.1"


# --- the small judgements --------------------------------------------------------------------------------------------

HERE = Stage("here", "opening", NOWHERE, named=frozenset({"busy"}), words=frozenset({"好的多少钱"}))


def hit(name: str, start: int = 0, end: int = 2, **more: object) -> Hit:
    return Hit(name, name, (start, end), **more)  # type: ignore[arg-type]


def test_negated_hits_do_not_count() -> None:
    reply = reply_from(Understanding("不多少钱", (hit("affirm"), hit("ask_price", negated=True))), HERE, None)
    assert reply.ids == {"affirm"}


def test_hits_inside_a_stages_own_words_belong_to_the_stage() -> None:
    inside, outside = hit("ask_price", 2, 5), hit("ask_mode", 6, 9)
    reply = reply_from(Understanding("好的多少钱，怎么做", (hit("好的多少钱", 0, 5), inside, outside)), HERE, None)
    assert reply.common == {"ask_mode"}
    assert reply.ids == {"好的多少钱", "ask_price", "ask_mode"}


def test_what_a_stage_names_is_not_common() -> None:
    assert reply_from(Understanding("在忙", (hit("busy"),)), HERE, None).common == frozenset()


def test_an_announcement_counts_as_an_intent() -> None:
    reply = reply_from(Understanding("已关机", (), (), "powered_off"), HERE, None)
    assert (reply.ids, reply.common) == ({"announced:powered_off"}, {"announced:powered_off"})


def test_letters_are_counted_without_punctuation() -> None:
    assert reply_from(Understanding("好的， 嗯 。"), HERE, None).letters == 3


RULE = Rule("r", NOWHERE, hear=frozenset({"affirm", "neutral", "give_time"}))
TOMORROW = (Told("time", "2026-01-06", "明天", (0, 2)),)


@pytest.mark.parametrize(
    ("text", "hits", "told", "confidence", "doubt"),
    [
        ("可以", [hit("affirm")], (), None, False),
        ("可以", [hit("affirm")], (), 0.9, False),
        ("可以", [hit("affirm")], (), 0.4, True),
        ("行", [hit("affirm")], (), None, True),
        ("嗯嗯", [hit("neutral")], (), None, True),
        ("行吧", [hit("affirm", weak=True)], (), None, True),
        ("可一", [hit("affirm", how="fuzzy")], (), None, True),
        ("可易", [hit("affirm", how="pinyin")], (), None, True),
        ("真行啊", [hit("affirm", how="pattern")], (), None, False),
        ("谢谢", [], (), None, True),
        ("嗯明天", [hit("neutral"), hit("give_time")], TOMORROW, None, False),
        ("嗯改天", [hit("neutral"), hit("give_time", weak=True)], (Told("time", "", "改天", (1, 3)),), None, True),
    ],
)
def test_what_is_too_little_to_count_as_an_acceptance(
    text: str, hits: list[Hit], told: tuple[Told, ...], confidence: float | None, doubt: bool
) -> None:
    reply = reply_from(Understanding(text, tuple(hits), told), HERE, confidence)
    assert doubtful(RULE, reply) is doubt


def test_punctuation_neither_cuts_nor_waits_for_an_answer() -> None:
    reply = reply_from(Understanding("。。。"), HERE, None)
    assert not cuts(BargeIn(after_chars=0), reply)
    assert backchannel(BargeIn(), reply)


def test_a_rule_does_nothing_beyond_talking_unless_it_says_so() -> None:
    assert RULE.do is NOTHING
