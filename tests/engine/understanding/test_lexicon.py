"""The shipped grammars at work: roles, stage words, spans, any text at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calls.mask import mask
from engine.content.source import parse
from engine.understanding.grammar import Grammar, Intent, Phrase, Understanding
from engine.understanding.lexicon import Lexicon
from engine.understanding.load_grammar import grammar_from

FOLDER = Path(__file__).parent.parent.parent.parent / "grammars"
NOW = "2026-11-23T10:00:00+08:00"


def shipped() -> list[Grammar]:
    nodes = [parse(path.read_bytes(), path.name)[0] for path in sorted(FOLDER.glob("*.yaml"))]
    grammars = [grammar_from(node, []) for node in nodes if node is not None]
    return [grammar for grammar in grammars if grammar is not None]


GRAMMARS = shipped()
LEXICON = Lexicon(GRAMMARS, words=("外包的", "没有团队", "讲师"))


def hear(text: str, role: str = "", words: tuple[str, ...] = ()) -> Understanding:
    return LEXICON.understand(text, now=NOW, role=role, words=words)


def ids(understood: Understanding) -> list[str]:
    return [hit.id for hit in understood.hits if not hit.negated]


def test_several_intents_come_strongest_first() -> None:
    assert ids(hear("没空，你加我微信吧")) == ["want_wechat", "busy"]
    assert ids(hear("别再打了，再打我投诉"))[:2] == ["complain", "do_not_call"]


def test_a_hit_says_which_phrase_where_and_how() -> None:
    (hit,) = hear("那个 多 少 前 啊").hits
    assert (hit.id, hit.phrase, hit.how, hit.span) == ("ask_price", "多少钱", "pinyin", (3, 8))
    assert 0 < hit.score < 1


def test_the_role_of_the_stage_decides_what_no_means() -> None:
    assert ids(hear("没有", "discovery")) == ["deny"]
    assert ids(hear("没有", "invitation")) == ["refuse"]
    assert ids(hear("嗯", "invitation")) == ["neutral"]


def test_a_stage_hears_its_own_words_and_only_its_own() -> None:
    assert "外包的" in ids(hear("我们是外包的", words=("外包的",)))
    assert "外包的" not in ids(hear("我们是外包的", words=("讲师",)))
    assert ids(hear("没有团队", words=("没有团队",)))[0] == "没有团队"


def test_a_recogniser_mistake_in_a_stage_word_is_forgiven() -> None:
    hits = hear("没有团对", words=("没有团队",)).hits
    assert ("没有团队", "pinyin") in [(hit.id, hit.how) for hit in hits]


def test_what_has_consequences_is_not_guessed_from_a_likeness() -> None:
    assert ids(hear("你他妈有病吧")) == ["abuse"]
    assert "abuse" not in ids(hear("我妈有病"))


def test_a_machine_is_told_from_a_person_who_speaks_after_it() -> None:
    assert hear("您拨打的用户已关机").disposition == "powered_off"
    assert not hear("您拨打的用户已关机").hits
    after = hear("请在提示音后录制留言，喂，谁啊")
    assert after.disposition == "voicemail"
    assert "ask_identity" in ids(after)


def test_intents_of_the_script_stand_beside_the_grammars() -> None:
    own = Intent("ask_parking", "interest", phrases=(Phrase("停车费"),))
    lexicon = Lexicon(GRAMMARS, intents=(own,))
    assert "ask_parking" in [hit.id for hit in lexicon.understand("停车费怎么算").hits]
    assert "ask_parking" in lexicon.ids


def test_a_veto_takes_an_intent_away() -> None:
    one = Intent("busy", "circumstances", phrases=(Phrase("没时间"),), vetoes=("没时间搞这个",))
    lexicon = Lexicon([Grammar("one", intents=(one,))])
    assert lexicon.understand("没时间").hits
    assert not lexicon.understand("没时间搞这个").hits


@pytest.mark.parametrize(
    "text",
    [
        "我的号码是13800001234，加我微信",
        "幺三八零零零零一二三四",
        "138 0000 1234就这个号",
        "别打了13800001234",
        "打12315投诉你",
    ],
)
def test_a_masked_number_is_understood_as_the_number_was(text: str) -> None:
    seen, masked = hear(text), hear(mask(text))
    assert [(hit.id, hit.span) for hit in seen.hits] == [(hit.id, hit.span) for hit in masked.hits]
    assert [(told.type, told.span) for told in seen.told] == [(told.type, told.span) for told in masked.told]


@given(st.text())
def test_any_text_is_understood_without_harm(text: str) -> None:
    understood = hear(text, "invitation", ("没有团队",))
    for hit in understood.hits:
        assert 0 <= hit.span[0] < hit.span[1] <= len(text)
    for told in understood.told:
        assert text[told.span[0] : told.span[1]] == told.said


PIECES = "不需要 可以 不是 多少钱 吗 ， 如果 明天三点 138 加微信 没有 要不要 不过 嗯 您拨打的 已关机".split()


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_mixture_of_what_callers_say_is_understood_without_harm(pieces: list[str]) -> None:
    text = "".join(pieces)
    understood = hear(text)
    assert list(understood.hits) == sorted(understood.hits, key=lambda hit: hit.negated)
    assert all(0 <= hit.span[0] < hit.span[1] <= len(text) for hit in understood.hits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀",
        "\ud800",
        "不" * 10_000,
        "好不好，" * 2_500,
        "不需要" * 3_000,
        "13" * 5_000,
        "hello",
        "안녕하세요",
        "مرحبا",
    ],
)
def test_odd_texts_are_survived(text: str) -> None:
    assert hear(text).text == text
