import pytest

from engine.understanding.numerals import digits, integer


@pytest.mark.parametrize(
    ("said", "number"),
    [("十", 10), ("十五", 15), ("二十", 20), ("两百", 200), ("一百零三", 103), ("两千五", 2500), ("三万二", 32000),
     ("15", 15),
     ("二零二六", 2026), ("一百二", 120)],
)  # fmt: skip
def test_numerals_are_read(said: str, number: int) -> None:
    assert integer(said) == number


@pytest.mark.parametrize("said", ["", "多少", "三个", "1a"])
def test_anything_else_is_no_numeral(said: str) -> None:
    assert integer(said) is None


@pytest.mark.parametrize(
    ("said", "told"), [("幺三八", "138"), ("三个五一个八", "5558"), ("138****1234", "138****1234"), ("零幺二", "012")]
)
def test_digits_are_told_one_by_one(said: str, told: str) -> None:
    assert digits(said) == told
