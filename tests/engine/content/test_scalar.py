"""YAML text in, single values and printed problems out."""

from __future__ import annotations

import pytest

from engine.content.shape import Duration, Flag, Id, OneOf, Shape, Whole, Words, read
from engine.content.source import parse


def load(shape: Shape, text: str) -> tuple[object, list[str]]:
    node, problems = parse(text.encode(), "a.yaml")
    assert node is not None
    value = read(shape, node, problems)
    return value, [str(problem) for problem in problems]


def told(shape: Shape, text: str) -> list[str]:
    return load(shape, text)[1]


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [("3.5s", 3500), ("500ms", 500), ("2min", 120_000), ("1h", 3_600_000), ("4", 4000), ("0.5 s", 500), ("0", 0)],
)
def test_durations(text: str, duration_ms: int) -> None:
    assert load(Duration(), text) == (duration_ms, [])


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("yes", True), ("On", True), ("false", False), ("no", False), ("OFF", False)]
)
def test_flags(text: str, flag: bool) -> None:
    assert load(Flag(), text) == (flag, [])


@pytest.mark.parametrize("text", ["yes", "on", "null_and_void", "no-thanks", "开场", "2"])
def test_any_word_is_a_name(text: str) -> None:
    assert load(Id("stage"), text) == (text, [])


@pytest.mark.parametrize(
    ("shape", "text", "message", "hint"),
    [
        (Words(), "[a]", "1:1: expected a text, found a list", ""),
        (Words(), "''", "1:1: this text is empty", "write the words or leave the key out"),
        (Words(), "时间: 三点", "1:1: expected a text, found a map", 'if this is one text, quote it: "时间: 三点"'),
        (
            Words(),
            "{name}",
            "1:1: YAML reads an unquoted text that begins with {…} as a map",
            'quote this prompt: "{name}"',
        ),
        (
            Id("stage"),
            "a b",
            "1:1: expected the name of a stage, found 'a b'",
            "a name has letters, digits, '_' and '-', and no spaces",
        ),
        (Id("intent"), "[a]", "1:1: expected the name of an intent, found a list", ""),
        (Whole(1, 100), "abc", "1:1: expected a whole number from 1 to 100, found 'abc'", ""),
        (Whole(1, 100), "101", "1:1: expected a whole number from 1 to 100, found '101'", ""),
        (Whole(at_least=0), "-1", "1:1: expected a whole number, at least 0, found '-1'", ""),
        (Whole(), "1.5", "1:1: expected a whole number, found '1.5'", ""),
        (Flag(), "maybe", "1:1: expected yes or no, found 'maybe'", ""),
        (
            Duration(500, 60_000),
            "soon",
            "1:1: expected a duration from 500ms to 1min, found 'soon'",
            "write 3.5s, 500ms or 2min; a bare number counts seconds",
        ),
        (
            Duration(500, 60_000),
            "2min",
            "1:1: expected a duration from 500ms to 1min, found '2min'",
            "write 3.5s, 500ms or 2min; a bare number counts seconds",
        ),
        (
            OneOf(("sms", "wechat")),
            "wecaht",
            "1:1: expected 'sms' or 'wechat', found 'wecaht'",
            "did you mean 'wechat'?",
        ),
        (
            OneOf(("off", "any"), other=Whole(1, 20)),
            "21",
            "1:1: expected 'off', 'any' or a whole number from 1 to 20, found '21'",
            "",
        ),
    ],
)
def test_a_wrong_value_is_told(shape: Shape, text: str, message: str, hint: str) -> None:
    assert told(shape, text) == [f"a.yaml:{message}" + (f" ({hint})" if hint else "")]
