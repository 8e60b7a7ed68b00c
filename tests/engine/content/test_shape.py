"""YAML text in, located values, printed problems and JSON Schemas out."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.shape import (
    Duration,
    Either,
    Field,
    Fields,
    Flag,
    Id,
    Lazy,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Shape,
    Whole,
    Words,
    read,
    records,
    schema,
)
from engine.content.source import Mark, parse

CONDITION: Record = Record(
    "condition",
    {
        "heard": Field(OneOrMany(Id("intent")), "Any of these was heard."),
        "turns": Field(Whole(1, 100), "The caller spoke so often."),
        "not": Field(Lazy(lambda: CONDITION), "None of these holds."),
    },
    "All of these hold.",
)
ANSWER = Record(
    "answer",
    {
        "hear": Field(OneOrMany(Id("intent")), "What the caller says.", required=True),
        "if": Field(CONDITION, "Only when this holds."),
        "go": Field(Id("stage"), "The stage that follows."),
    },
    "An answer that a stage expects.",
)
STAGE = Record(
    "stage",
    {
        "say": Field(OneOrMany(Words()), "What the bot says.", required=True),
        "expect": Field(ListOf(ANSWER), "The answers, in order."),
        "barge_in": Field(OneOf(("off", "any"), other=Whole(1, 20)), "What cuts the prompt."),
        "wait": Field(Duration(500, 60_000), "How long to wait for the caller."),
        "final": Field(Flag(), "Whether the call ends here."),
        "mood": Field(Either(scalar=Words(), list=ListOf(Words())), "How to say it."),
    },
    "A step of the conversation.",
    aliases={"on": "expect", "prompt": "say", "timeout": "use 'wait' with a duration"},
)
SCRIPT = Record("script", {"stages": Field(MapOf(STAGE, key=Id("stage")), "The stages.", required=True)}, "A script.")


def load(shape: Shape, text: str) -> tuple[object, list[str]]:
    node, problems = parse(dedent(text).encode(), "a.yaml")
    assert node is not None
    value = read(shape, node, problems)
    return value, [str(problem) for problem in problems]


def told(shape: Shape, text: str) -> list[str]:
    return load(shape, text)[1]


# --- what is read --------------------------------------------------------------------------------------------------


def test_a_whole_script() -> None:
    value, problems = load(
        SCRIPT,
        """\
        stages:
          开场:
            say: 您好
            wait: 3.5s
            barge_in: 4
            expect:
              - hear: [yes, no]
                go: close
                if: {turns: 2, not: {heard: refuse}}
          close:
            say: [再见, 您忙]
            final: yes
            barge_in: off
        """,
    )
    assert problems == []
    assert value == {
        "stages": {
            "开场": {
                "say": ["您好"],
                "wait": 3500,
                "barge_in": 4,
                "expect": [
                    {"hear": ["yes", "no"], "go": "close", "if": {"turns": 2, "not": {"heard": ["refuse"]}}},
                ],
            },
            "close": {"say": ["再见", "您忙"], "final": True, "barge_in": "off"},
        }
    }


def test_texts_keys_and_maps_know_their_place() -> None:
    value, _ = load(SCRIPT, "stages:\n  close:\n    say: 再见\n")
    assert isinstance(value, Fields)
    stages = value["stages"]
    assert isinstance(stages, Fields)
    stage = stages["close"]
    assert isinstance(stage, Fields)
    assert stages.key_marks["close"] == Mark("a.yaml", 2, 3)
    assert stage.mark == Mark("a.yaml", 3, 5)
    assert stage.key_marks == {"say": Mark("a.yaml", 3, 5)}
    assert isinstance(stage["say"], list)
    assert stage["say"][0].mark == Mark("a.yaml", 3, 10)


# --- what is told --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "text", "message", "hint"),
    [
        (ListOf(Words()), "a", "1:1: expected a list of texts, found 'a'", "begin each line of the list with '- '"),
        (ListOf(Words()), "- a\n- \n- b", "2:2: a value is missing here", "write one or take the line out"),
        (OneOrMany(Words()), "a: {b: c}", "1:1: expected a text or a list of texts, found a map", ""),
        (
            Either(scalar=Words(), list=ListOf(Words())),
            "a: 1\nb: 2",
            "1:1: expected a text or a list of texts, found a map",
            "",
        ),
        (MapOf(Words()), "[a]", "1:1: expected a map of texts, found a list", ""),
        (
            CONDITION,
            "{name}",
            "1:1: expected the keys of a condition, found '{name}'",
            'if this is a text, quote it: "{name}"',
        ),
        (CONDITION, "- a", "1:1: expected the keys of a condition, found a list", ""),
        (
            CONDITION,
            "heard：yes",
            "1:1: expected the keys of a condition, found 'heard：yes'",
            "write 'heard: ' with ':' and a space",
        ),
        (
            CONDITION,
            "heard:",
            "1:1: 'heard' has no value",
            "expected the name of an intent or a list of names of intents",
        ),
    ],
)
def test_a_wrong_value_is_told(shape: Shape, text: str, message: str, hint: str) -> None:
    assert told(shape, text) == [f"a.yaml:{message}" + (f" ({hint})" if hint else "")]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("sayy", "did you mean 'say'?"),
        ("prompt", "did you mean 'say'?"),
        ("on", "did you mean 'expect'?"),
        ("timeout", "use 'wait' with a duration"),
        ("promts", "did you mean 'say'?"),
        ("xyz", "known keys: say, expect, barge_in, wait, final, mood"),
    ],
)
def test_an_unknown_key_is_told(key: str, hint: str) -> None:
    assert told(STAGE, f"say: 您好\nexpect: []\n{key}: 1") == [f"a.yaml:3:1: unknown key '{key}' in stage ({hint})"]


def test_a_misspelt_key_is_read_as_the_key_meant() -> None:
    value, problems = load(STAGE, "promt: 您好\nwiat: 1s")
    assert problems == [
        "a.yaml:1:1: unknown key 'promt' in stage (did you mean 'say'?)",
        "a.yaml:2:1: unknown key 'wiat' in stage (did you mean 'wait'?)",
    ]
    assert value == {"say": ["您好"], "wait": 1000}


def test_punctuation_of_a_chinese_keyboard_within_braces_is_told_and_read_as_it_was_meant() -> None:
    value, problems = load(STAGE, "{say：您好，稍等, wait: 1s}")
    assert problems == ["a.yaml:1:2: '：' is a full-width colon (write 'say: ' with ':' and a space)"]
    assert value == {"say": ["您好，稍等"], "wait": 1000}
    value, problems = load(STAGE, "{say: 您好，稍等，wait：1s}")
    assert problems == [
        "a.yaml:1:7: '，' is a full-width comma in '您好，稍等，wait：1s' (write ', wait: ' with ',', ':' and a space)"
    ]
    assert value == {"say": ["您好，稍等"], "wait": 1000}


def test_an_item_without_its_dash_is_told_and_read() -> None:
    shape = ListOf(STAGE)
    value, problems = load(shape, "say: 您好")
    assert problems == ["a.yaml:1:1: expected a list of stages, found a map (begin each line of the list with '- ')"]
    assert value == [{"say": ["您好"]}]
    assert told(shape, "-say: 您好") == ["a.yaml:1:1: expected a list of stages, found a map (write a space after '-')"]


def test_a_missing_key_is_told_where_the_stage_is_named() -> None:
    assert told(SCRIPT, "stages:\n  close:\n    final: yes\n") == [
        "a.yaml:2:3: missing key 'say' in stage (What the bot says.)"
    ]


def test_unquoted_braces_are_read_as_the_text_they_were_meant_as() -> None:
    value, problems = load(STAGE, "say: [{name}, 您好]\nmood: {x, y}")
    assert value == {"say": ["{name}", "您好"], "mood": "{x, y}"}
    assert problems == [
        'a.yaml:1:7: YAML reads an unquoted text that begins with {…} as a map (quote this prompt: "{name}")',
        'a.yaml:2:7: YAML reads an unquoted text that begins with {…} as a map (quote this prompt: "{x, y}")',
    ]


def test_of_a_key_given_twice_both_are_checked_and_the_first_counts() -> None:
    value, problems = load(STAGE, "say: 一\nwait: soon\nsay: [[二]]\n")
    assert value == {"say": ["一"]}
    assert [problem.partition(": ")[2].partition(" (")[0] for problem in problems] == [
        "key 'say' is given twice",
        "expected a duration from 500ms to 1min, found 'soon'",
        "expected a text, found a list",
    ]


def test_all_problems_are_told_at_once() -> None:
    text = """\
        stages:
          a b:
            say: {name}
          close:
            expect:
              - here: yes
                if: {turns: 0, not: {herad: x}}
              - go: [x]
            wait:
            final: perhaps
        """
    assert [problem.partition(" (")[0] for problem in told(SCRIPT, text)] == [
        "a.yaml:2:3: expected the name of a stage, found 'a b'",
        "a.yaml:3:10: YAML reads an unquoted text that begins with {…} as a map",
        "a.yaml:6:9: unknown key 'here' in answer",
        "a.yaml:7:21: expected a whole number from 1 to 100, found '0'",
        "a.yaml:7:30: unknown key 'herad' in condition",
        "a.yaml:8:13: expected the name of a stage, found a list",
        "a.yaml:8:9: missing key 'hear' in answer",
        "a.yaml:9:5: 'wait' has no value",
        "a.yaml:10:12: expected yes or no, found 'perhaps'",
        "a.yaml:4:3: missing key 'say' in stage",
    ]


# --- schemas -------------------------------------------------------------------------------------------------------


def test_a_schema_holds_every_record_once() -> None:
    made = schema(SCRIPT, "huashu script")
    assert (made["$schema"], made["title"]) == ("https://json-schema.org/draft/2020-12/schema", "huashu script")
    assert made["$ref"] == "#/$defs/script"
    assert isinstance(made["$defs"], dict)
    assert set(made["$defs"]) == {"script", "stage", "answer", "condition"}
    assert made["$defs"]["condition"] == {
        "type": "object",
        "additionalProperties": False,
        "description": "All of these hold.",
        "properties": {
            "heard": {
                "anyOf": [
                    {"type": ["string", "number", "boolean"], "pattern": r"^\S+$"},
                    {"type": "array", "items": {"type": ["string", "number", "boolean"], "pattern": r"^\S+$"}},
                ],
                "description": "Any of these was heard.",
            },
            "turns": {"type": "integer", "minimum": 1, "maximum": 100, "description": "The caller spoke so often."},
            "not": {"$ref": "#/$defs/condition", "description": "None of these holds."},
        },
        "required": [],
    }
    assert made["$defs"]["stage"]["required"] == ["say"]


def test_schemas_of_choices() -> None:
    assert schema(OneOf(("off", "any"), other=Whole(1)))["anyOf"] == [
        {"enum": ["off", "any", False]},
        {"type": "integer", "minimum": 1},
    ]
    assert schema(MapOf(Flag()))["additionalProperties"] == {"enum": [True, False, "yes", "no", "on", "off"]}
    assert schema(Either(scalar=Flag(), map=MapOf(Whole())))["anyOf"] == [
        {"enum": [True, False, "yes", "no", "on", "off"]},
        {"type": "object", "additionalProperties": {"type": "integer"}},
    ]


def test_two_records_of_one_name_are_a_mistake_of_ours() -> None:
    one, other = Record("stage", {}), Record("stage", {})
    with pytest.raises(ValueError, match="two records are named 'stage'"):
        schema(Record("pair", {"one": Field(one, ""), "other": Field(other, "")}))


def test_the_records_are_the_chapters_of_the_documentation() -> None:
    assert [record.name for record in records(SCRIPT)] == ["script", "stage", "answer", "condition"]
    assert [field.shape.expects for field in STAGE.fields.values()] == [
        "a text or a list of texts",
        "a list of answers",
        "'off', 'any' or a whole number from 1 to 20",
        "a duration from 500ms to 1min",
        "yes or no",
        "a text or a list of texts",
    ]


# --- anything ------------------------------------------------------------------------------------------------------

WORDS = [*"stages say expect hear if not wait final mood yes 3s ~ {name} turns".split(), "", "好 的"]
TREES = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.lists(st.tuples(st.sampled_from(WORDS[:10]), inner), max_size=4).map(
            lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"
        ),
    ),
    max_leaves=20,
)


@given(TREES)
def test_any_tree_is_read_or_told(text: str) -> None:
    node, problems = parse(text.encode(), "a.yaml")
    if node is not None:
        value = read(SCRIPT, node, problems)
        assert problems or value is not None


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    node, problems = parse(data, "a.yaml")
    value = read(SCRIPT, node, problems) if node is not None else None
    assert problems or value is not None
    assert all(problem.mark.line >= 1 for problem in problems)
