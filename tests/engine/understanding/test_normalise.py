import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.understanding.normalise import normalise, spelled


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("ＯＫ，好的。", "ok,好的,"),
        ("不 需要", "不需要"),
        ("我 现在 不 需要 谢谢", "我现在不需要谢谢"),
        ("不是 你打错电话了", "不是,你打错电话了"),
        ("嗯没有 没做过", "嗯没有,没做过"),
        ("幺三五 八八二零 幺幺七六", "幺三五八八二零幺幺七六"),
        ("請問多少錢", "请问多少钱"),
        ("我我我在开会", "我在开会"),
        ("嗯嗯嗯", "嗯"),
        ("不嗯需要", "不需要"),
        ("我额不需要", "我不需要"),
        ("你们嗯额度多少", "你们额度多少"),
        ("余额不足", "余额不足"),
        ("谢谢", "谢谢"),
        ("天天打", "天天打"),
        ("不要不要", "不要不要"),
        ("for Chinese press 1", "for chinese press 1"),
        ("下午3:15", "下午3:15"),
        ("138 0000 1234", "138 0000 1234"),
        ("138****1234", "138****1234"),
        ("幺三八零零零零", "幺三八零零零零"),
        ("好👍", "好,"),
        ("", ""),
    ],
)
def test_many_spellings_become_one(said: str, plain: str) -> None:
    assert normalise(said).text == plain


def test_a_span_leads_back_to_the_text_as_given() -> None:
    normal = normalise("我 不 需 要 啊")
    start = normal.text.index("不需要")
    assert normal.span(start, start + 3) == (2, 7)


def test_half_a_surrogate_pair_does_no_harm() -> None:
    assert normalise("\ud800不要").text[1:] == "不要"


def test_a_phrase_keeps_no_marks_at_its_ends() -> None:
    assert spelled("不需要！") == "不需要"
    assert not spelled("……")


@given(st.text())
def test_any_text_can_be_normalised_and_spans_stay_within_it(text: str) -> None:
    normal = normalise(text)
    for at in range(len(normal.text)):
        start, end = normal.span(at, at + 1)
        assert 0 <= start < end <= len(text)


@given(st.text(alphabet="不需要嗯我，。 8*"))
def test_normalising_changes_no_digit(text: str) -> None:
    assert [char for char in normalise(text).text if char in "8*"] == [char for char in text if char in "8*"]
