import pypinyin
import pytest
from opencc import OpenCC

from engine.understanding.pinyin import _READING
from engine.understanding.tables import SIMPLIFIED, TRADITIONAL

SAMPLE = "你好我不需要多少钱怎么收费再见机器人号码投诉骚扰微信资料明天下午"


def test_every_traditional_character_has_a_simplified_one() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED)
    assert len(set(TRADITIONAL)) == len(TRADITIONAL)


@pytest.mark.parametrize("text", ["請問多少錢", "電話號碼", "不需要謝謝", "機器人", "簡訊"])
def test_the_table_simplifies_as_the_library_does(text: str) -> None:
    table = str.maketrans(TRADITIONAL, SIMPLIFIED)
    assert text.translate(table) == OpenCC("t2s").convert(text)


@pytest.mark.parametrize("char", SAMPLE)
def test_a_reading_is_one_that_the_library_knows(char: str) -> None:
    readings = pypinyin.pinyin(char, style=pypinyin.Style.NORMAL, heteronym=True)[0]
    assert _READING[char] in readings
