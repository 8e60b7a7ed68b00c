"""What libyaml reads and another reader does not."""

from __future__ import annotations

import pytest
import yaml

from engine.content.source import parse
from engine.content.strict import strict


def warnings(text: str) -> list[str]:
    node, found = parse(text.encode(), "a.yaml")
    assert node is not None
    assert not found
    return [str(problem) for problem in strict(node)]


@pytest.mark.parametrize(
    ("text", "place", "prompt"),
    [
        ("say: [您好, 方便吗?]", "1:11", "方便吗?"),
        ("say: {text: 方便吗?, go: bye}", "1:13", "方便吗?"),
        ("- {hear: affirm,\n   say: 好?}", "2:9", "好?"),
        ("- [[是吗? 那好]]", "1:5", "是吗? 那好"),
        ("a: {b?: c}", "1:5", "b?"),
    ],
)
def test_a_question_mark_in_brackets_wants_quotes(text: str, place: str, prompt: str) -> None:
    told = "some YAML readers stop at a '?' in an unquoted text within brackets"
    assert warnings(text) == [f'a.yaml:{place}: warning: {told} (quote this prompt: "{prompt}")']
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)  # which is written in Python


@pytest.mark.parametrize(
    "text", ["say: 方便吗?", "say: [方便吗？]", "say: ['方便吗?', \"好?\"]", "say:\n  - 方便吗?\n  - |\n    好?\n"]
)
def test_elsewhere_and_in_quotes_it_is_a_letter_for_everybody(text: str) -> None:
    assert warnings(text) == []
    assert yaml.safe_load(text)
