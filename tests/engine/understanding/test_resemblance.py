"""The last resort: what a text most resembles, and when it resembles nothing."""

from hypothesis import given
from hypothesis import strategies as st

from engine.understanding.resemblance import Resemblance

SAYINGS = {
    "wrong_number": ["你打错了", "这个号码换人了", "我不是你要找的人", "这是新号码", "这个号刚办的"],
    "ask_robot": ["你是机器人吗", "是不是机器人", "跟机器人说话呢", "听着像录音"],
    "want_wechat": ["加个微信", "微信发我", "你加我微信", "微信上聊"],
    "do_not_call": ["别再打了", "不要打电话给我", "以后别打我电话"],
}
KNOWN = Resemblance(SAYINGS)


def test_a_new_sentence_of_familiar_parts_is_recognised() -> None:
    likeness = KNOWN.nearest("这个号换主人了")
    assert likeness is not None
    assert likeness.intent == "wrong_number"
    assert likeness.phrase in SAYINGS["wrong_number"]
    assert 0 < likeness.score < 0.8


def test_foreign_words_resemble_nothing() -> None:
    assert KNOWN.nearest("苹果香蕉西瓜") is None
    assert KNOWN.nearest("昨晚球赛精彩") is None


def test_words_in_which_a_phrase_is_not_meant_are_no_evidence_for_it() -> None:
    assert Resemblance(SAYINGS, {"wrong_number": ["换主人"]}).nearest("这个号换主人了") is None
    assert Resemblance(SAYINGS, {"ask_robot": ["换主人"]}).nearest("这个号换主人了") is not None


def test_two_syllables_are_no_evidence() -> None:
    assert KNOWN.nearest("号码") is None


def test_a_wish_is_not_guessed_where_a_negation_was_said() -> None:
    assert KNOWN.nearest("微信发我吧你") is not None
    assert KNOWN.nearest("微信不发我吧你") is None


def test_a_refusal_is_not_guessed_where_none_was_said() -> None:
    likeness = KNOWN.nearest("以后打我电话")
    assert likeness is None or likeness.intent != "do_not_call"


def test_one_intent_alone_stands_out_from_nothing() -> None:
    assert Resemblance({"greet": ["你好"]}).nearest("你好你好呀") is None


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    likeness = KNOWN.nearest(text)
    assert likeness is None or 0 < likeness.score <= 0.75


def test_a_threat_is_guessed_only_where_its_words_are_nearly_all_there() -> None:
    assert KNOWN.nearest("不要打电话给他") is not None
    assert KNOWN.nearest("不要打电话给报社和银行") is None


def test_a_refusal_is_guessed_only_where_what_is_denied_is_alike() -> None:
    known = Resemblance({**SAYINGS, "refuse": ["真不用了", "不要了", "不用了谢谢"]})
    likeness = known.nearest("真的不用了")
    assert likeness is not None
    assert likeness.intent == "refuse"
    assert known.nearest("真不赖了") is None
    assert known.nearest("不贵要了") is None
