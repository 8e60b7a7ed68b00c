"""Calls as transcripts, and the facts they come to. A line is one step:

你好 | greet=你好          the caller says 你好, in which the intent `greet` is heard
行行行你发吧 | ~want_material=你发吧 !refuse=不发      ~ said to go along, ! denied by its surroundings
machine voicemail 请留言    a machine or an announcement
+ invitation success       a note of the dialogue, in the step of the line before
silence / caller 1500 / bot goodbye / failed 480 20 / transfer ok
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.actions import (
    Action,
    Appointment,
    Callback,
    Contact,
    DoNotCall,
    Entered,
    Filled,
    HangUp,
    Ignored,
    Invitation,
    Matched,
    NoInput,
    Part,
    Play,
    Recovered,
    StartTimer,
    StopPlayback,
    Transfer,
    Unmatched,
)
from engine.calls.events import (
    Answered,
    EarlyMedia,
    Event,
    Failed,
    Heard,
    HungUp,
    NotHeard,
    PlaybackFinished,
    Pressed,
    Ringing,
    SpeechStopped,
    TimerFired,
    TransferFailed,
    TransferSucceeded,
)
from engine.calls.log import Entry
from engine.content.source import parse
from engine.grading.facts import FACTS, Facts
from engine.grading.fold import fold, fold_all
from engine.grading.grade import Scheme, grade
from engine.grading.load_scheme import scheme_from
from engine.grading.readout import readout
from engine.understanding.grammar import Hit

SCHEMES = Path(__file__).parent.parent.parent.parent / "scripts" / "schemes"
PROMPT_MS = 3_000
ROLES = ("greeting", "opening", "pitch", "discovery", "invitation")


def standard() -> Scheme:
    node, problems = parse((SCHEMES / "standard.yaml").read_bytes(), "standard.yaml")
    assert node
    scheme = scheme_from(node, problems)
    assert scheme
    assert not problems
    return scheme


STANDARD = standard()


class Call:
    """A call in which the bot says a prompt of three seconds after every utterance."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.now_ms = 0
        self.seq = 0
        self.ref = 0
        self.stage = 0
        self.before = self.facts
        self.log: list[tuple[Event, tuple[Action, ...]]] = []

    @property
    def entries(self) -> list[Entry]:
        return [Entry(seq, event, actions) for seq, (event, actions) in enumerate(self.log)]

    def step(self, event: Event, *actions: Action) -> None:
        self.log.append((event, actions))
        self.before = self.facts
        self.facts = fold(self.before, self.seq, event, actions)
        self.seq += 1

    def add(self, note: Action) -> None:
        """One more note in the latest step."""
        event, actions = self.log[-1]
        self.log[-1] = (event, (*actions, note))
        self.facts = fold(self.before, self.seq - 1, *self.log[-1])

    def bot_speaks(self) -> tuple[Action, ...]:
        role = ROLES[min(self.stage, len(ROLES) - 1)]
        self.stage += 1
        self.ref += 1
        return (Entered(role, role, 1), Play(self.ref, (Part("您好"),)))

    def answer(self, by: str = "unknown") -> None:
        self.now_ms += 5_000
        self.step(Answered(self.now_ms, by), *self.bot_speaks())  # type: ignore[arg-type]

    def finish_prompt(self) -> None:
        if self.facts.prompt:
            self.now_ms += PROMPT_MS
            self.step(PlaybackFinished(self.now_ms, self.facts.prompt, PROMPT_MS))

    def say(self, text: str, *hits: Hit, disposition: str = "") -> None:
        self.finish_prompt()
        self.now_ms += 1_000
        spoken = () if disposition or self.facts.answered_ms is None else self.bot_speaks()
        unmatched = () if hits or disposition else (Unmatched(text),)
        self.step(Heard(self.now_ms, text), Matched(text, hits, disposition), *unmatched, *spoken)

    def silence(self) -> None:
        self.finish_prompt()
        self.ref += 1
        self.step(SpeechStopped(self.now_ms), StartTimer(self.ref, "no_input", 4_000))
        self.now_ms += 4_000
        timer, self.ref = self.ref, self.ref + 1
        self.step(TimerFired(self.now_ms, timer), NoInput(1), Play(self.ref, (Part("您好，在吗？"),)))

    def caller_hangs_up(self, after_ms: int = 500) -> None:
        self.now_ms += after_ms
        self.step(HungUp(self.now_ms, "caller"))

    def bot_hangs_up(self, reason: str = "goodbye") -> None:
        self.finish_prompt()
        self.step(PlaybackFinished(self.now_ms, 0), HangUp(reason))
        self.step(HungUp(self.now_ms + 100, "network"))


def hit(spec: str, text: str) -> Hit:
    name, _, phrase = spec.lstrip("~!").partition("=")
    phrase = phrase or text
    start = text.index(phrase)
    return Hit(name, phrase, (start, start + len(phrase)), weak=spec[0] == "~", negated=spec[0] == "!")


NOTES = {
    "invitation": lambda words: Invitation(words[0]),
    "contact": lambda words: Contact(words[0], words[1]),
    "callback": lambda words: Callback(words[0], words[1]),
    "appointment": lambda words: Appointment(words[0], words[1]),
    "off": lambda _words: Appointment(off=True),
    "do_not_call": lambda words: DoNotCall(words[0]),
    "recovered": lambda words: Recovered(words[0], int(words[1])),
    "filled": lambda words: Filled(words[0], words[1], words[1]),
}


def play(transcript: str) -> Call:
    call = Call()
    lines = [line.strip() for line in transcript.strip().splitlines()]
    before_answer = lines[0].split()[0] in ("machine", "failed", "ringing")
    if not before_answer:
        call.answer()
    for line in lines:
        word, *rest = line.split()
        if word == "ringing":
            call.step(Ringing(call.now_ms))
        elif word == "answered":
            call.answer(*rest)
        elif word == "machine":
            call.say(rest[1], *(hit(one, rest[1]) for one in rest[2:]), disposition=rest[0])
        elif word == "failed":
            call.step(Failed(call.now_ms, int(rest[0]) or None, int(rest[1]) if rest[1:] else None))
        elif word == "silence":
            call.silence()
        elif word == "caller":
            call.caller_hangs_up(*map(int, rest))
        elif word == "bot":
            call.bot_hangs_up(*rest)
        elif word == "transfer":
            call.now_ms += 1_000
            call.step(PlaybackFinished(call.now_ms, call.ref), Transfer(1, "sales"))
            call.step(TransferSucceeded(call.now_ms, 1) if rest == ["ok"] else TransferFailed(call.now_ms, 1))
        elif word == "+":
            call.add(NOTES[rest[0]](rest[1:]))
        else:
            text, _, hits = line.partition(" | ")
            call.say(text, *(hit(one, text) for one in hits.split()))
    return call


CALLS: dict[str, tuple[str, str, dict[str, object]]] = {
    "01 ideal": (
        """
        喂你好 | greet
        嗯你说 | neutral
        这个怎么收费 | ask_price=怎么收费
        效果怎么样 | ask_effect
        行，那明天下午三点吧 | affirm=行 give_time=明天下午三点
        + invitation success
        好的再见 | affirm=好的 goodbye=再见
        caller
        """,
        "A1",
        {"interest_questions": 2, "invitation": "success", "end": "caller", "disposition": "completed"},
    ),
    "02 two questions, refuses the invitation": (
        """
        哪位 | ask_identity
        多少钱一个月 | ask_price=多少钱
        有同行在用吗 | ask_case
        不用约了 | refuse
        + invitation fail
        不需要，我自己看看 | refuse=不需要
        bot
        """,
        "B1",
        {"interest_questions": 2, "invitation": "fail", "refusals": 2},
    ),
    "03 accepts with one question": (
        """
        你好 | greet
        能干什么用的 | ask_function
        可以，周五上午让人过来 | affirm=可以 give_time=周五上午
        + invitation success
        嗯 | neutral
        bot
        """,
        "B3",
        {"interest_questions": 1, "invitation": "success", "ended_by": "bot"},
    ),
    "04 accepts without a question": (
        """
        嗯 | neutral
        可以 | affirm
        行，那就明天吧 | affirm=行 give_time=明天
        + invitation success
        bot
        """,
        "B3",
        {"interest_questions": 0, "invitation": "success"},
    ),
    "05 asks for an SMS": (
        """
        哦 | neutral
        我现在看不了，你发个短信给我吧 | want_material=发个短信
        bot
        """,
        "B2",
        {"sms": "requested", "interest_questions": 0},
    ),
    "06 SMS to this number, after a question": (
        """
        怎么收费啊 | ask_price=怎么收费
        先发我看看，就这个手机号 | want_material=发我看看 this_number=就这个手机号
        好 | affirm
        bot
        """,
        "A2",
        {"interest_questions": 1, "sms": "given"},
    ),
    "07 WeChat after two refusals": (
        """
        不需要 | refuse
        真不需要 | refuse=不需要
        那你加我微信吧，手机号就是 | want_wechat=加我微信 this_number=手机号就是
        嗯 | neutral
        bot
        """,
        "B2",
        {"refusals": 2, "tail_refusals": 0, "wechat": "given", "interest_questions": 0},
    ),
    "08 lets us send it while busy": (
        """
        我开会呢 | busy=开会
        行行行你发吧 | ~want_material=你发吧
        caller
        """,
        "C2",
        {"busy": True, "sms": "passive"},
    ),
    "09 busy": ("在开车，晚点打过来 | busy=在开车\ncaller", "C2", {"busy": True, "callback_at": ""}),
    "10 busy, with a time": (
        """
        我在忙，你明天下午三点再打 | busy=我在忙 give_time=明天下午三点
        + callback 2026-11-24T15:00:00+08:00 明天下午三点
        bot
        """,
        "C2",
        {"busy": True, "callback_at": "2026-11-24T15:00:00+08:00"},
    ),
    "11 busy, with two questions": (
        """
        忙着呢 | busy
        你就说多少钱 | ask_price=多少钱
        封不封号 | ask_line
        回头说 | hesitate
        caller
        """,
        "B1",
        {"busy": True, "interest_questions": 2},
    ),
    "12 one question and gone": ("你说 | neutral\n怎么合作 | ask_mode\ncaller", "C1", {"interest_questions": 1}),
    "13 the same question twice": (
        "多少钱 | ask_price\n我问你到底多少钱 | ask_price=多少钱\ncaller",
        "C1",
        {"interest_questions": 1, "heard": {"ask_price": 2}},
    ),
    "14 two in one breath": (
        "这玩意多少钱，有用吗 | ask_price=多少钱 ask_effect=有用吗\ncaller",
        "B1",
        {"interest_questions": 2, "asked": ["ask_price", "ask_effect"], "invitation": "none"},
    ),
    "15 general questions only": (
        "你是谁 | ask_identity\n哪个公司 | ask_identity\n怎么有我电话 | ask_source\ncaller",
        "D9",
        {"interest_questions": 0, "refusals": 0, "spoke": True, "ended_in_opening": False},
    ),
    "16 two refusals": ("不需要 | refuse\n说了不要了 | refuse=不要了\ncaller", "D1", {"tail_refusals": 2}),
    "17 one refusal": ("没兴趣 | refuse\ncaller", "D5", {"refusals": 1}),
    "18 a question, then two refusals": (
        "干嘛用的 | ask_function\n不用不用 | refuse=不用\n真不用 | refuse=不用\ncaller",
        "D1",
        {"interest_questions": 1, "tail_refusals": 2},
    ),
    "19 gone at once": ("喂 | greet\ncaller 500", "D2", {"ended_in_opening": True, "spoke": False}),
    "20 gone without a word": (
        "caller 1500",
        "D2",
        {"ended_in_opening": True, "disposition": "silent", "talk_seconds": 1.5, "played_seconds": 1.5},
    ),
    "21 silence": (
        "silence\nsilence\nsilence\nbot silence",
        "D3",
        {"spoke": False, "no_input": 3, "end": "silence", "disposition": "silent", "answered_by": "human"},
    ),
    "22 silence after a back-channel word": ("嗯 | neutral\nsilence\nsilence\nbot silence", "D3", {"spoke": False}),
    "23 a question, then silence": ("怎么开通 | ask_mode\nsilence\nbot silence", "C1", {"interest_questions": 1}),
    "24 do not call": (
        "别再打了，再打我投诉 | do_not_call=别再打了 complain=投诉\n+ do_not_call do_not_call\ncaller",
        "D7",
        {"do_not_call": True, "complaint": True},
    ),
    "25 interested, then complains": (
        """
        多少钱 | ask_price
        效果呢 | ask_effect
        等会，你们从哪搞到我电话，我要投诉 | ask_source=从哪搞到我电话 complain=我要投诉
        caller
        """,
        "D7",
        {"interest_questions": 2, "complaint": True},
    ),
    "26 abuse": ("有病吧你，滚 | abuse=有病\ncaller", "D7", {"abuse": True}),
    "27 wrong person": ("你打错了，我不姓王 | wrong_number=打错了\nbot", "D6", {"wrong_person": True}),
    "28 referral": (
        "我不管这个，你打我们张经理，13800001234 | not_decision_maker=我不管这个 give_number=13800001234\nbot",
        "C5",
        {"referral": True, "refusals": 0},
    ),
    "29 recovery works": (
        """
        不需要 | refuse
        + recovered opening 1
        那能先试用吗 | ask_trial=能先试用
        一天打多少 | ask_effect
        行，约周五 | affirm=行 give_time=周五
        + invitation success
        bot
        """,
        "A1",
        {"refusals": 1, "interest_questions": 2, "invitation": "success", "recoveries": 1},
    ),
    "30 takes it back": (
        """
        多少钱 | ask_price
        怎么装 | ask_deploy
        行明天吧 | affirm=行 give_time=明天
        + invitation success
        哎算了，先别约 | refuse=算了
        + invitation fail
        bot
        """,
        "B1",
        {"interest_questions": 2, "invitation": "fail"},
    ),
    "31 double negation": (
        "也不是不需要，主要看效果 | !refuse=不需要 ask_effect=看效果\n再说吧 | hesitate\nbot",
        "C1",
        {"interest_questions": 1, "refusals": 0},
    ),
    "32 sarcasm": ("你们真厉害，天天打 | do_not_call=天天打\ncaller", "D7", {"do_not_call": True}),
    "33 robot question, then business": (
        """
        你是机器人吧 | ask_robot
        那挺像的，怎么收费 | ask_price=怎么收费
        有案例吗 | ask_case
        让你们人明天联系我 | want_human=让你们人 give_time=明天
        + invitation success
        bot
        """,
        "A1",
        {"interest_questions": 2, "asked_for_human": True},
    ),
    "34 transfer": (
        "多少钱 | ask_price\n转人工 | want_human\ntransfer ok\nbot transfer",
        "B3",
        {"interest_questions": 1, "transfer": "ok", "end": "transfer"},
    ),
    "35 walks through": (
        """
        嗯 | neutral
        有团队 | confirm
        十来个人
        可以听听 | affirm=可以
        + invitation pending
        再说吧 | hesitate
        bot
        """,
        "C3",
        {"affirmations": 1, "interest_questions": 0, "invitation": "pending"},
    ),
    "36 a polite refusal": (
        "可以可以，谢谢，不用了 | affirm=可以 refuse=不用了\ncaller",
        "D5",
        {"refusals": 1, "tail_refusals": 1},
    ),
    "37 peer": (
        "我们也是做这个的，你们多少钱，用谁家的 | peer=做这个的 ask_price=多少钱 ask_function=用谁家的\ncaller",
        "D8",
        {"peer": True, "interest_questions": 2},
    ),
    "38 没有 as an answer": (
        """
        没有团队 | 没有团队 refuse=没有
        一个人做
        这能帮我打吗 | ask_function
        怎么收费 | ask_price
        加我微信吧，本机号 | want_wechat=加我微信 this_number=本机号
        bot
        """,
        "A2",
        {"interest_questions": 2, "wechat": "given", "refusals": 0},
    ),
    "39 busy tone": ("failed 486 17", "E1", {"disposition": "busy", "sip": 486, "q850": 17}),
    "40 no answer": ("ringing\nmachine no_answer 暂时无人接听\nfailed 480", "E1", {"disposition": "no_answer"}),
    "41 cannot be connected": ("machine unreachable 暂时无法接通\nfailed 480", "E1", {"disposition": "unreachable"}),
    "42 rejected": ("ringing\nmachine rejected 暂时不方便接听\nfailed 603", "E1", {"disposition": "rejected"}),
    "43 powered off": (
        "machine powered_off 您拨打的电话已关机\nfailed 480 20",
        "F1",
        {"disposition": "powered_off", "answered_by": "none"},
    ),
    "44 off or out of reach": (
        "machine unreachable_or_off 不在服务区或已关机\nfailed 480",
        "E1",
        {"disposition": "unreachable_or_off"},
    ),
    "45 no such number": ("machine invalid_number 是空号，请核对\nfailed 404", "F1", {"disposition": "invalid_number"}),
    "46 suspended": ("machine suspended 您拨叫的用户已停机\nfailed 480", "F1", {"disposition": "suspended"}),
    "47 our own line": (
        "machine caller_fault 您的手机号码已欠费停机\nfailed 403",
        "X1",
        {"disposition": "caller_fault"},
    ),
    "48 a reminder that answers": (
        "answered\nmachine reminder 来电提醒业务\nmachine powered_off 您所拨打的用户已关机\nbot announcement",
        "F1",
        {"disposition": "powered_off", "answered_by": "machine"},
    ),
    "49 voicemail": (
        "answered\nmachine voicemail 请在提示音后留言\nbot announcement",
        "E2",
        {"disposition": "voicemail"},
    ),
    "50 voicemail, then a human": (
        """
        answered
        machine voicemail 请在提示音后录制留言
        喂喂，谁啊 | greet=喂喂 ask_identity=谁啊
        不需要 | refuse
        别打了 | do_not_call
        caller
        """,
        "D7",
        {"answered_by": "human", "disposition": "completed", "turns": 3, "do_not_call": True},
    ),
    "51 assistant": (
        """
        answered
        machine assistant 我是机主的智能助理，请问什么事 ask_identity=什么事
        我会转达 | affirm=会
        bot announcement
        """,
        "E2",
        {"disposition": "assistant", "turns": 0, "affirmations": 0},
    ),
    "52 switchboard": (
        "answered\nmachine switchboard 欢迎致电，请拨分机号\nbot announcement",
        "D4",
        {"disposition": "switchboard"},
    ),
    "53 an operator connects": (
        "您好某公司 | greet=您好\n稍等 | ask_wait\n你说 | neutral\n怎么收费 | ask_price\ncaller",
        "C1",
        {"interest_questions": 1},
    ),
    "54 fax": ("answered\nmachine fax 嘀\nbot announcement", "D4", {"disposition": "fax"}),
    "55 call hold": (
        """
        你等下 | ask_wait
        machine hold 您通话的客户正在使用呼叫保持服务
        喂，刚说到哪，多少钱 | greet=喂 ask_price=多少钱
        再联系 | hesitate
        bot
        """,
        "C1",
        {"interest_questions": 1, "answered_by": "human", "turns": 3},
    ),
    "56 a clipped negation, asked again": (
        "需要 | affirm\n不是，我说不要 | deny=不是 refuse=不要\ncaller",
        "D5",
        {"refusals": 1},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_example_call_comes_to_its_facts_and_grade(name: str) -> None:
    transcript, rule, expected = CALLS[name]
    facts = play(transcript).facts
    found = readout(facts)
    assert {fact: found[fact] for fact in expected} == expected
    assert grade(STANDARD, facts).rule == rule


@pytest.mark.parametrize("name", CALLS)
def test_folding_the_log_again_gives_the_same_facts(name: str) -> None:
    call = play(CALLS[name][0])
    facts = Facts()
    for seq, (event, actions) in enumerate(call.log):
        facts = fold(facts, seq, event, actions)
    assert facts == call.facts
    assert fold_all(call.entries) == call.facts, "all steps at once"


# --- the line --------------------------------------------------------------------------------------------------------


def facts_of(transcript: str) -> Facts:
    return play(transcript).facts


def test_two_announcements_of_one_mixed_state_are_milder_than_powered_off() -> None:
    facts = facts_of("machine unreachable 您拨打的用户不在服务区\nmachine powered_off 或已关机\nfailed 480")
    assert facts.disposition == "unreachable_or_off"


def test_prompts_of_the_bot_are_counted_from_the_answer() -> None:
    assert facts_of("ringing\nanswered\n好的 | affirm\ncaller").bot_turns == 2
    assert facts_of("ringing\nfailed 486").bot_turns == 0


def test_a_code_decides_when_the_announcement_only_asks_to_redial() -> None:
    assert facts_of("machine unknown 请稍后再拨\nfailed 486").disposition == "busy"


def test_a_call_nobody_answered_while_we_waited_is_no_answer() -> None:
    call = Call()
    call.step(Ringing(0))
    call.step(TimerFired(60_000, 1), HangUp("no_answer"))
    call.step(HungUp(60_100, "network", 16))
    assert (call.facts.disposition, call.facts.ended_by, call.facts.end) == ("no_answer", "bot", "")


def test_an_answered_call_forgets_the_announcement_before_it() -> None:
    """正在通话中，请不要挂机 is said while the callee is asked to change over."""
    facts = facts_of("machine busy 正在通话中，请不要挂机\nanswered\n你好 | greet\n多少钱 | ask_price\ncaller")
    assert (facts.answered_by, facts.disposition) == ("human", "completed")


def test_a_machine_that_answers_leaves_a_stronger_announcement_in_force() -> None:
    facts = facts_of("machine powered_off 您拨打的电话已关机\nanswered\nmachine voicemail 请留言\nbot announcement")
    assert grade(STANDARD, facts).rule == "F1"


def test_a_reminder_in_early_media_is_as_good_as_one_that_answers() -> None:
    facts = facts_of("machine reminder 来电提醒业务\nfailed 480")
    assert grade(STANDARD, facts).rule == "E2"


def test_a_gateway_that_detects_a_machine_is_believed_until_a_human_speaks() -> None:
    assert grade(STANDARD, facts_of("ringing\nanswered machine\nbot announcement")).rule == "E2"
    assert facts_of("ringing\nanswered machine\n喂，哪位 | greet=喂\ncaller").answered_by == "human"


def test_a_human_cannot_become_a_machine_again() -> None:
    facts = facts_of("多少钱 | ask_price\n效果呢 | ask_effect\nmachine fax 嘀\nbot")
    assert (facts.answered_by, grade(STANDARD, facts).rule) == ("human", "B1")


def test_a_machine_that_talks_is_not_made_human_by_good_manners() -> None:
    transcript = "answered\nmachine assistant 我是电话助理\n好的您好 | affirm=好的 greet=您好"
    assert facts_of(transcript).answered_by == "machine"
    assert facts_of(f"{transcript}\n不需要 | refuse\ncaller").answered_by == "human"


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("您可以说出您的姓名和联系方式 | affirm=可以", "machine"),
        ("主人正在休息可以的话请稍后联系 | busy=正在休息 affirm=可以的", "machine"),
        ("可以你说吧 | affirm=可以", "human"),
        ("哦那你说说看多少钱啊 | ask_price=多少钱", "human"),
        ("你好请问你是哪一位 | greet=你好 ask_identity=你是哪一位", "human"),
    ],
)
def test_a_courtesy_among_unknown_words_is_the_machine_going_on(words: str, by: str) -> None:
    assert facts_of(f"answered\nmachine voicemail 请留言\n{words}\ncaller").answered_by == by


def test_a_mailbox_stays_one_whatever_reason_it_gives() -> None:
    facts = facts_of("answered\nmachine no_answer 无人接听\nmachine voicemail 请留言\nbot announcement")
    assert (facts.disposition, grade(STANDARD, facts).rule) == ("voicemail", "E2")


def test_an_appointment_taken_back_is_no_time_to_call() -> None:
    agreed = "明天吧 | give_time=明天\n+ appointment 2026-11-24 明天"
    assert facts_of(f"{agreed}\nbot").callback_at == "2026-11-24"
    assert facts_of(f"{agreed}\n+ off\nbot").callback_at == ""


def test_what_a_machine_said_is_forgotten_when_a_human_takes_over() -> None:
    facts = facts_of("好的 | affirm\nmachine voicemail 请留言\ncaller")
    assert facts.answered_by == "human", "it had spoken before"
    facts = facts_of("嗯 | neutral\nmachine voicemail 请留言\n喂哪位 | ask_identity=哪位\ncaller")
    assert (facts.turns, facts.heard) == (1, ("ask_identity",))
    assert {one.words for one in facts.evidence_of("turns")} == {"喂哪位"}


def test_an_assistant_that_passes_on_a_refusal_is_a_refusal() -> None:
    facts = facts_of("answered\nmachine assistant 机主请您不要再来电\n+ do_not_call assistant\nbot announcement")
    assert grade(STANDARD, facts).rule == "D7"


def test_words_in_early_media_are_nobodys() -> None:
    call = Call()
    call.step(EarlyMedia(0))
    call.say("多少钱", hit("ask_price", "多少钱"))
    assert (call.facts.turns, call.facts.interest) == (0, ())


# --- the end ---------------------------------------------------------------------------------------------------------


def test_hanging_up_long_after_the_answer_without_a_word_is_silence_not_an_instant_hang_up() -> None:
    facts = facts_of("silence\nsilence\ncaller 100")
    assert (facts.ended_in_opening, grade(STANDARD, facts).rule) == (False, "D3")


@pytest.mark.parametrize(("after_ms", "at_once"), [(1_900, True), (2_100, False)])
def test_hanging_up_within_five_seconds_is_instant_though_the_bot_has_finished(after_ms: int, at_once: bool) -> None:
    call = Call()
    call.answer()
    call.finish_prompt()
    call.caller_hangs_up(after_ms)
    assert call.facts.ended_in_opening is at_once


def test_hanging_up_in_a_long_opening_is_instant() -> None:
    facts = facts_of("喂 | greet\ncaller 2900")
    assert facts.talk_ms > 5_000
    assert facts.ended_in_opening
    assert (facts.played_ms, facts.ended_in_stage, facts.ended_in_role) == (2_900, "opening", "opening")


def test_the_network_that_confirms_our_hang_up_has_not_ended_the_call() -> None:
    call = play("你好 | greet\nbot time_limit")
    assert (call.facts.ended_by, call.facts.end) == ("bot", "limit")


def test_a_line_that_breaks_was_ended_by_the_network() -> None:
    call = play("你好 | greet")
    call.step(HungUp(call.now_ms, "network"))
    assert (call.facts.ended_by, call.facts.end) == ("network", "network")


def test_a_prompt_cut_by_the_end_tells_how_much_of_it_was_heard() -> None:
    call = play("你好 | greet")
    call.step(PlaybackFinished(call.now_ms + 900, call.ref, 850, completed=False))
    call.step(HungUp(call.now_ms + 900, "caller"))
    assert call.facts.played_ms == 850
    assert [(one.words, one.value) for one in call.facts.evidence_of("played_seconds")] == [("您好", "0.85 s")]


def test_a_failed_transfer_is_remembered() -> None:
    facts = facts_of("转人工 | want_human\ntransfer failed\nbot")
    assert (facts.transfer, facts.end, grade(STANDARD, facts).rule) == ("failed", "bot", "B3")


def test_a_transfer_that_nobody_reports_has_failed() -> None:
    call = play("转人工 | want_human")
    call.step(PlaybackFinished(call.now_ms, call.ref), Transfer(1, "sales"))
    call.caller_hangs_up()
    assert (call.facts.transfer, grade(STANDARD, call.facts).rule) == ("failed", "B3")


# --- sounds ----------------------------------------------------------------------------------------------------------


def test_a_prompt_cut_by_the_caller_is_a_barge_in_and_one_cut_by_us_is_not() -> None:
    call = play("你好 | greet")
    call.step(Heard(call.now_ms, "等一下", final=False), StopPlayback(call.ref))
    assert [one.words for one in call.facts.evidence_of("barge_ins")] == ["等一下"]
    call.step(TimerFired(call.now_ms, 99), Play(50, ()))
    call.step(TimerFired(call.now_ms, 98), StopPlayback(50), HangUp("time_limit"))
    assert call.facts.barge_ins == 1


def test_a_partial_result_counts_for_nothing_and_a_held_utterance_when_it_is_acted_on() -> None:
    call = play("你好 | greet")
    words = Matched("多少钱", (hit("ask_price", "多少钱"),))
    call.step(Heard(call.now_ms, "多少钱", final=False), words)
    assert call.facts.interest_questions == 0
    call.step(Heard(call.now_ms, "多少钱"), Ignored("Heard", "kept until the prompt has ended"))
    assert call.facts.interest_questions == 0
    call.step(PlaybackFinished(call.now_ms + 1, call.ref), words, Contact("sms", "passive"))
    assert call.facts.interest_questions == 1
    assert call.facts.evidence_of("sms")[0].words == "多少钱"


@pytest.mark.parametrize(("voice_ms", "spoke"), [(300, False), (2_000, True)])
def test_a_voice_without_words_is_speech_when_it_is_long(voice_ms: int, spoke: bool) -> None:
    call = play("嗯 | neutral")
    call.step(SpeechStopped(call.now_ms, voice_ms))
    call.step(NotHeard(call.now_ms, "empty"))
    call.caller_hangs_up()
    assert (call.facts.spoke, call.facts.not_heard) == (spoke, 1)


def test_a_key_is_a_word() -> None:
    call = play("silence")
    call.step(Pressed(call.now_ms, "1"))
    assert (call.facts.spoke, call.facts.disposition, call.facts.turns) == (True, "completed", 0)


def test_words_that_fit_nothing_are_speech_and_a_no_match() -> None:
    facts = facts_of("今天天气不错\ncaller")
    assert (facts.spoke, facts.no_match, facts.turns) == (True, 1, 1)


def test_a_timer_that_was_cancelled_is_no_silence() -> None:
    call = play("你好 | greet")
    call.step(Heard(call.now_ms, "嗯"), StartTimer(40, "no_input", 4_000))
    call.step(TimerFired(call.now_ms, 39), Ignored("TimerFired", "not live"))
    call.step(TimerFired(call.now_ms, 40), StartTimer(41, "no_input", 4_000))
    assert call.facts.no_input == 0


# --- notes -----------------------------------------------------------------------------------------------------------


def test_a_slot_named_referral_is_one() -> None:
    facts = facts_of("你找张经理\n+ filled referral 张经理\nbot")
    assert (facts.referral, facts.filled, grade(STANDARD, facts).rule) == (True, ("referral",), "C5")


def test_the_invitation_keeps_the_evidence_of_its_present_state() -> None:
    facts = facts_of("行明天吧 | affirm=行\n+ invitation success\n哎算了 | refuse=算了\n+ invitation fail\nbot")
    assert [one.value for one in facts.evidence_of("invitation")] == ["fail"]


def test_an_ignored_event_leaves_the_very_same_facts() -> None:
    facts = facts_of("你好 | greet")
    assert fold(facts, 9, Answered(9_999), (Ignored("Answered", "the call is answered"),)) is facts


def test_a_log_without_a_step_comes_to_nothing() -> None:
    assert fold_all([]) == Facts()


def test_the_first_actions_of_a_step_tell_the_facts_in_its_middle() -> None:
    facts = facts_of("你好 | greet")
    event, words = Heard(9_000, "不要"), Matched("不要", (hit("refuse", "不要"),))
    assert fold(facts, 4, event, (words,)).refusals == 1
    assert fold(facts, 4, event, (words, Invitation("fail"))).refusals == 1


# --- properties ------------------------------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        *("多少钱 | ask_price", "效果呢 | ask_effect", "不要 | refuse", "可以 | affirm", "别打了 | do_not_call"),
        *("在忙 | busy", "发短信 | want_material", "加微信 | want_wechat", "就这个号 | this_number", "嗯 | neutral"),
        *("打错了 | wrong_number", "我不管这个 | not_decision_maker", "张经理 | give_name", "你是谁 | ask_identity"),
        *("不用发 | decline_contact", "silence", "今天天气不错", "machine voicemail 请留言", "transfer failed"),
    ]
)
ENDS = st.sampled_from(
    ["caller 500", "caller 9000", "bot goodbye", "bot silence", "bot time_limit", "transfer ok\nbot transfer"]
)
TRANSCRIPTS = st.builds(lambda lines, end: ["answered", *lines, end], st.lists(LINES, max_size=12), ENDS)


@given(TRANSCRIPTS)
def test_facts_hold_together_whatever_happens(lines: list[str]) -> None:
    call = play("\n".join(["ringing", *lines]))
    facts = call.facts
    assert fold_all(call.entries) == facts
    assert vars(facts).keys() == vars(Facts()).keys(), "a change to a field that does not exist"
    assert 0 <= facts.tail_refusals <= facts.refusals <= facts.turns
    assert len(set(facts.interest)) == len(facts.interest)
    assert facts.ended_by
    assert facts.end
    for name, about in FACTS.items():
        value = getattr(facts, about.field or name)
        if about.kind == "word":
            assert value == "" or value in about.values
        for one in facts.evidence_of(name):
            assert one.span is None or one.words[slice(*one.span)] == one.phrase


@given(TRANSCRIPTS)
def test_a_general_question_changes_no_grade_of_a_call_with_speech(lines: list[str]) -> None:
    lines = [line for line in lines if "machine" not in line]
    asked = ["answered", "哪个公司 | ask_source", *lines[1:]]
    twice = ["answered", "哪个公司 | ask_source", "哪个公司 | ask_source", *lines[1:]]
    assert _rule(asked) == _rule(twice)


@given(TRANSCRIPTS, st.integers(1, 12))
def test_do_not_call_anywhere_ends_in_d(lines: list[str], place: int) -> None:
    lines = [line for line in lines if "machine" not in line]
    at = min(place, len(lines) - 1)
    assert _rule([*lines[:at], "别再打了 | do_not_call", *lines[at:]]) == "D7"


def _rule(lines: list[str]) -> str:
    return grade(STANDARD, play("\n".join(["ringing", *lines])).facts).rule
