"""Values that know where they were written."""

from __future__ import annotations

import copy

from engine.content.located import Fields, Text, suggest
from engine.content.source import Mark


def test_a_text_is_a_string_in_every_way() -> None:
    text = Text("好", Mark("a.yaml", 2, 3))
    assert text == "好"
    assert {"好": 1}[text] == 1
    assert copy.deepcopy(text).mark == text.mark


def test_suggest() -> None:
    assert suggest("clsoe", ["open", "close"]) == "did you mean 'close'?"
    assert suggest("报价单", ["报价", "开场"]) == "did you mean '报价'?"
    assert suggest("xyz", ["open", "close"]) == ""
    assert suggest("xyz", []) == ""


def test_of_a_key_put_twice_the_first_counts() -> None:
    fields = Fields(Mark("a.yaml", 1, 1))
    fields.put(Text("say", Mark("a.yaml", 1, 1)), "一")
    fields.put(Text("say", Mark("a.yaml", 4, 1)), "二")
    assert fields == {"say": "一"}
    assert fields.key_marks == {"say": Mark("a.yaml", 1, 1)}
