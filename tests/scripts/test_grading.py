"""What must hold for every call that the shipped scripts can have: through real words, real matching and the real rules.

The callers below say sentences of the kinds people say, in any order; the bot answers as it would on the telephone.
The ambiguous cases of grading stand in `ambiguities.yaml`; those here need events that a conversation cannot write.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.calls.actions import DoNotCall, Entered, Play
from engine.calls.events import HungUp, NotHeard, SpeechStarted, SpeechStopped
from engine.calls.log import entry_line, header_line, read
from engine.grading.grade import LETTERS, Grade, grade
from engine.grading.readout import readout
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial import replay
from engine.trial.caller import Call, Hangup, Say, Silence, Step, TransferOk
from engine.trial.compare import facts_of
from engine.trial.simulate import Line, Simulated, simulate
from server.content import Files

SCRIPTS = Path(__file__).parents[2] / "scripts"
VARIABLES = {
    "phone-robot": {"company": "星河科技", "name": "王总"},
    "renovation": {"company": "安居装饰", "name": "王女士", "neighbourhood": "翠湖花园"},
    "expo": {"company": "会展服务中心", "name": "王先生", "expo": "建材展", "place": "国际展馆"},
}

# --- what people say ---------------------------------------------------------------------------------------------------

INTEREST = {
    "ask_price": ["多少钱", "这个怎么收费", "一个月什么价格"],
    "ask_mode": ["怎么合作", "需要走什么流程"],
    "ask_effect": ["效果怎么样", "真的有用吗"],
    "ask_function": ["有什么功能", "都能做什么"],
    "ask_case": ["有没有案例", "有同行在用吗"],
    "ask_trial": ["能先试用吗", "可以试用几天吗"],
    "ask_line": ["会不会封号"],
    "ask_contract": ["能开发票吗", "怎么付款"],
    "ask_service": ["售后怎么样", "有人教吗"],
}
GENERAL = {
    "ask_identity": ["你是谁", "你哪里的", "请问哪位"],
    "ask_robot": ["你是机器人吗", "是真人吗"],
    "ask_source": ["你怎么有我电话", "我的号码哪来的"],
    "ask_repeat": ["没听清", "你再说一遍"],
}
LEAVE_ALONE = [
    "别再打了", "以后不要给我打电话了", "请把我的号码删掉", "不要再打了，烦不烦", "我要投诉你们", "你这是骚扰电话", "再打我就报警了",
    "算了，别再给我打了", "滚", "有病吧你",
]  # fmt: skip
REST = [
    "喂", "你好", "嗯", "嗯嗯", "哦", "对", "是的", "可以", "好的", "行，你说", "没有", "有", "三个人", "没用过", "不知道",
    "不需要", "没兴趣", "算了", "不用了谢谢", "我考虑一下", "再说吧", "明天下午三点", "行，那就后天吧", "周六上午可以",
    "我在开会", "在忙，晚点打过来", "发个资料给我", "你发吧", "加我微信吧", "就这个号", "不用发了", "我不管这个", "你找我们李经理",
    "13800001234", "我们有合作的了", "骗子吧", "转人工", "等一下", "再见", "今天天气真不错",
]  # fmt: skip


def one_of(table: dict[str, list[str]]) -> st.SearchStrategy[str]:
    return st.sampled_from([sentence for sentences in table.values() for sentence in sentences])


NAMES = st.sampled_from(sorted(VARIABLES))
SENTENCES = st.one_of(st.sampled_from(REST), one_of(INTEREST), one_of(GENERAL))
TALKS = st.lists(SENTENCES, max_size=7)
STEPS = st.one_of(
    st.builds(Say, SENTENCES, st.none(), st.sampled_from([None, None, 0, 1_500, 6_000])),
    st.builds(Silence, st.just(True)),
    st.builds(TransferOk, st.booleans()),
)


@cache
def script(name: str) -> Script:
    found, problems = load_script(str(SCRIPTS / f"{name}.yaml"), Files())
    assert found, [str(problem) for problem in problems]
    return found


def play(name: str, steps: Iterable[Step | str]) -> Simulated:
    said = tuple(Say(step) if isinstance(step, str) else step for step in steps)
    return simulate(script(name), Call("c", vars=VARIABLES[name], steps=said))


def rank(graded: Grade) -> int:
    """The smaller, the better."""
    assert graded.letter
    return LETTERS.index(graded.letter)


def told(graded: Grade) -> tuple[object, ...]:
    return graded.letter, graded.rule


def insert(talk: list[str], at: float, sentences: Iterable[str]) -> list[str]:
    place = round(at * len(talk))
    return [*talk[:place], *sentences, *talk[place:]]


# --- properties --------------------------------------------------------------------------------------------------------

PLACES = st.floats(0, 1)
few = settings(max_examples=40)


@pytest.mark.parametrize("intent", INTEREST)
def test_the_sentences_are_heard_as_what_they_are(intent: str) -> None:
    for sentence in INTEREST[intent]:
        assert intent in play("phone-robot", ["喂", sentence]).state.facts.interest, sentence


@pytest.mark.parametrize("sentence", LEAVE_ALONE)
def test_the_wishes_to_be_left_alone_are_heard_as_what_they_are(sentence: str) -> None:
    assert play("phone-robot", ["喂", sentence]).grade.rule == "D7"


@few
@given(NAMES, TALKS, PLACES, one_of(INTEREST))
def test_one_more_interest_question_never_lowers_the_grade(
    name: str, talk: list[str], at: float, question: str
) -> None:
    before, after = play(name, talk), play(name, insert(talk, at, [question]))
    was, facts = before.state.facts, after.state.facts
    # A question may bring the invitation early; what was to be said to another question is then the answer to it.
    assume(was.invitation != "success" or facts.invitation == "success")
    assume(not (facts.do_not_call or facts.complaint or facts.abuse or facts.wrong_person or facts.peer))
    assert rank(after.grade) <= rank(before.grade)


def after(played: Simulated, words: str) -> tuple[list[str], int]:
    """The stages entered and the prompts played since somebody said this; nothing when the call was over before."""
    said = [entry.seq for entry in played.entries if getattr(entry.event, "text", "") == words]
    assume(said)
    since = [action for entry in played.entries if entry.seq >= said[0] for action in entry.actions]
    entered = [action.stage for action in since if isinstance(action, Entered)]
    return entered, sum(isinstance(action, Play) for action in since)


def assert_left_alone(played: Simulated) -> None:
    assert told(played.grade) == ("D", "D7")
    assert "do_not_call" in played.grade.sets
    assert any(isinstance(action, DoNotCall) for entry in played.entries for action in entry.actions)


@few
@given(NAMES, TALKS, st.sampled_from(LEAVE_ALONE), st.sampled_from([None, 0, 2_000]))
def test_who_wants_to_be_left_alone_hears_a_goodbye(name: str, talk: list[str], wish: str, over_ms: int | None) -> None:
    played = play(name, [*talk, Say(wish, barge_in_ms=over_ms)])
    entered, prompts = after(played, wish)
    assert_left_alone(played)
    assert len(entered) == prompts == 1
    assert entered[0] in ("bye-removed", "bye-complaint")


@few
@given(NAMES, TALKS, PLACES, st.sampled_from(LEAVE_ALONE))
def test_who_wants_to_be_left_alone_hears_nothing_else_whatever_follows(
    name: str, talk: list[str], at: float, wish: str
) -> None:
    played = play(name, insert(talk, at, [wish]))
    entered, prompts = after(played, wish)
    assert_left_alone(played)
    assert set(entered) <= {"bye-removed", "bye-complaint"}
    assert prompts == len(entered)


@few
@given(NAMES, TALKS)
def test_a_second_refusal_in_a_row_closes_the_call(name: str, talk: list[str]) -> None:
    played = play(name, [*talk, "不需要", "真的不需要"])
    entered, prompts = after(played, "真的不需要")
    assert prompts <= 1
    assert all(script(name).stages[stage].end for stage in entered)


@few
@given(NAMES, TALKS, PLACES, one_of(GENERAL))
def test_a_general_question_never_changes_the_grade(name: str, talk: list[str], at: float, question: str) -> None:
    opened = ["喂", *talk]  # the answer to the greeting is the greeting's own affair
    asked = ["喂", *insert(talk, at, [question])]
    assert play(name, asked).grade.letter == play(name, opened).grade.letter


@few
@given(NAMES, TALKS, PLACES, st.permutations(sorted(GENERAL)))
def test_the_order_of_general_questions_changes_nothing(
    name: str, talk: list[str], at: float, order: list[str]
) -> None:
    one = [GENERAL[intent][0] for intent in sorted(GENERAL)]
    other = [GENERAL[intent][0] for intent in order]
    first, second = (play(name, ["喂", *insert(talk, at, block)]) for block in (one, other))
    assert told(first.grade) == told(second.grade)


@few
@given(NAMES, st.lists(STEPS, max_size=10), st.sampled_from([None, 0, 700, 9_000]))
def test_every_call_ends_and_is_graded_alike_from_its_log(name: str, steps: list[Step], hangup_ms: int | None) -> None:
    if hangup_ms is not None:
        steps = [*steps, Hangup(True, hangup_ms)]
    played = play(name, steps)
    assert played.state.phase == "ended"
    assert isinstance(played.entries[-1].event, HungUp)

    log = read("".join([header_line(played.header), *map(entry_line, played.entries)]).encode())
    assert told(grade(script(name).scheme, facts_of(log, script(name).interest))) == told(played.grade)
    *_, (_, state, _) = replay.fold(script(name), log.header, log.entries)
    assert told(grade(script(name).scheme, state.facts)) == told(played.grade)


@few
@given(NAMES, st.lists(TALKS, min_size=2, max_size=6))
def test_the_same_facts_get_the_same_rule(name: str, talks: list[list[str]]) -> None:
    rules: dict[str, str] = {}
    for talk in (*talks, *talks):
        played = play(name, talk)
        assert rules.setdefault(repr(readout(played.state.facts)), played.grade.rule) == played.grade.rule


# --- AM-36: voice, but no words for it -------------------------------------------------------------------------------


def not_heard(line: Line) -> None:
    """Three seconds of voice after the bot has finished, of which the recogniser makes nothing."""
    if line.listen(None):
        line.happen(SpeechStarted(line.now_ms))
        line.wait(3_000)
        line.happen(SpeechStopped(line.now_ms, 3_000))
        line.happen(NotHeard(line.now_ms))


def call_with_noise(*steps: str | None) -> tuple[Line, Grade]:
    """None is voice without words."""
    line = Line(script("phone-robot"), Call("c", vars=VARIABLES["phone-robot"]))
    line.begin()
    for step in steps:
        if step is None:
            not_heard(line)
        else:
            line.take(Say(step))
    line.finish()
    return line, grade(line.script.scheme, line.state.facts)


def test_am_36_nothing_but_voice_without_words_ends_after_two_clarifications() -> None:
    line, graded = call_with_noise(None, None, None)
    assert told(graded) == ("D", "D9")
    assert line.state.facts.not_heard == 3
    assert line.state.facts.spoke
    assert line.state.ended_by == "bot"


def test_am_36_a_question_before_the_noise_still_counts() -> None:
    line, graded = call_with_noise("喂", "怎么收费", None, None, None)
    assert told(graded) == ("C", "C1")
    assert line.state.ended_by == "bot"


def test_am_36_a_yes_before_the_noise_still_counts() -> None:
    assert told(call_with_noise("喂", "可以，你说", None, None, None)[1]) == ("C", "C3")


# --- what follows for the number -------------------------------------------------------------------------------------


def test_am_29_a_wrong_number_marks_the_data_and_not_the_person() -> None:
    assert play("phone-robot", ["你打错了"]).grade.sets == ("data_invalid",)


@pytest.mark.parametrize("sentence", ["别再打了", "我要举报你们", "滚"])
def test_am_31_a_wish_to_be_left_alone_marks_the_number(sentence: str) -> None:
    assert play("phone-robot", ["喂", "多少钱", "有案例吗", sentence]).grade.sets == ("do_not_call",)
