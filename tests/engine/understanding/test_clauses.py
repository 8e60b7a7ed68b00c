import pytest

from engine.understanding.clauses import alone, asks, clause, inside_word, told


def test_a_clause_ends_at_the_commas() -> None:
    text = "你好,不用了谢谢,再见"
    start, end = clause(text, 3, 5)
    assert text[start:end] == "不用了谢谢"


def test_no_clause_is_looked_at_further_than_anybody_speaks() -> None:
    start, end = clause("好" * 500, 200, 201)
    assert (start, end) == (160, 241)


@pytest.mark.parametrize(
    ("text", "phrase", "spare", "expected"),
    [
        ("嗯行啊", "行", 0, True),
        ("你好请问多少钱", "多少钱", 0, True),
        ("不用了谢谢啊", "不用", 0, True),
        ("行业", "行", 0, False),
        ("行业", "行", 1, True),
    ],
)
def test_particles_and_courtesies_do_not_count(text: str, phrase: str, spare: int, expected: bool) -> None:
    at = text.index(phrase)
    assert alone(text, at, at + len(phrase), spare) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("有没有合同", True), ("合同呢", True), ("我在签合同呢", False), ("合同签过了", False), ("能开合同", True)],
)
def test_a_topic_may_be_asked_about(text: str, expected: bool) -> None:
    at = text.index("合同")
    assert asks(text, at, at + 2) is expected


def test_a_word_in_letters_has_edges() -> None:
    assert inside_word("book", 2, 4)
    assert not inside_word("说ok了", 1, 3)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("没花多少钱", "多少钱"), ("我不是哪家公司的", "哪家公司"), ("不看案例", "看案例"), ("我不试用", "试用"),
     ("我没问多少钱", "多少钱"), ("我没说多少钱", "多少钱"), ("我不是问你多少钱", "多少钱"), ("我又没问你们在哪", "你们在哪")],
)  # fmt: skip
def test_what_is_denied_or_declined_is_told(text: str, phrase: str) -> None:
    assert told(text, text.index(phrase), text.index(phrase) + len(phrase))


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("没听清多少钱", "多少钱"), ("能不看案例吗", "看案例"), ("要不看案例", "看案例"), ("不稳定怎么办", "稳定"),
     ("没说多少钱啊", "多少钱"), ("你没说多少钱", "多少钱"), ("你没跟我说多少钱", "多少钱"), ("我还没问多少钱", "多少钱"),
     ("我不是问多少钱嘛", "多少钱"), ("我没问题,多少钱", "多少钱")],
)  # fmt: skip
def test_what_asks_besides_is_not_only_told(text: str, phrase: str) -> None:
    assert not told(text, text.index(phrase), text.index(phrase) + len(phrase))


@pytest.mark.parametrize("text", ["有没得合同", "合同有冇", "正唔正规", "公司大伐", "要几耐", "啷个弄"])
def test_dialects_ask_too(text: str) -> None:
    assert asks(text, 0, 1, named=False)
