"""YAML text in, located nodes and printed problems out."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.content.source import MAX_BYTES, MAX_DEPTH, Mark, Node, Problem, parse


def problems(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else dedent(text).encode()
    return [str(problem) for problem in parse(data, "a.yaml")[1]]


def plain(node: Node | None) -> object:
    """The node as plain data."""
    assert node is not None
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.kind == "map":
        return {key.text: plain(value) for key, value in node.entries}
    return None if node.null else node.text


def mended(text: str) -> object:
    return plain(parse(dedent(text).encode(), "a.yaml")[0])


def value_of(text: str) -> Node:
    node, found = parse(text.encode(), "a.yaml")
    assert node is not None
    assert not found
    return node.entries[0][1]


# --- what is read --------------------------------------------------------------------------------------------------


def test_nodes_know_their_place() -> None:
    node, found = parse("开场:\n  say: [您好, 再见]\n".encode(), "a.yaml")
    assert not found
    assert node is not None
    ((stage, body),) = node.entries
    ((say, words),) = body.entries
    assert (stage.text, stage.mark) == ("开场", Mark("a.yaml", 1, 1))
    assert (say.text, say.mark) == ("say", Mark("a.yaml", 2, 3))
    assert [(item.text, item.mark.column) for item in words.items] == [("您好", 9), ("再见", 13)]


def test_no_word_is_more_than_a_text() -> None:
    assert mended("a: [no, on, 12, 1.5, 2024-01-01, true, 0x10]") == {
        "a": ["no", "on", "12", "1.5", "2024-01-01", "true", "0x10"]
    }


@pytest.mark.parametrize("text", ["a:", "a: ~", "a: null"])
def test_a_value_left_out_is_null(text: str) -> None:
    assert value_of(text).null


@pytest.mark.parametrize("text", ["a: ''", 'a: "null"', "a: |\n  null\n"])
def test_a_quoted_value_is_never_null(text: str) -> None:
    assert value_of(text).quoted
    assert not value_of(text).null


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    assert plain(parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "a.yaml")[0]) == {"a": "1", "b": "2"}


def test_unquoted_braces_are_a_map_that_can_be_told() -> None:
    value = value_of("say: {name}")
    assert (value.kind, value.flow, plain(value)) == ("map", True, {"name": None})


def test_a_problem_prints_its_place_its_message_and_its_hint() -> None:
    mark = Mark("a.yaml", 3, 5)
    assert str(Problem(mark, "no such stage", "did you mean 'close'?")) == (
        "a.yaml:3:5: no such stage (did you mean 'close'?)"
    )
    assert str(Problem(mark, "nothing leads here", severity="warning")) == "a.yaml:3:5: warning: nothing leads here"


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"", "1:1: the file is empty", "its first line says what it is, such as 'script: my-script'"),
        (
            b"# only\n\n  # comments\n",
            "1:1: the file is empty",
            "its first line says what it is, such as 'script: my-script'",
        ),
        (b"---\n", "1:1: the file is empty", "its first line says what it is, such as 'script: my-script'"),
        (
            "a: 1\nb: 好的".encode("gbk"),
            "2:4: the file is not UTF-8: byte 9 is 0xba",
            "it looks like GBK; save it as UTF-8",
        ),
        ("好: 1\n好好".encode() + b"\xff", "2:3: the file is not UTF-8: byte 14 is 0xff", "save it as UTF-8"),
        ("a: 1".encode("utf-16"), "1:1: the file is not UTF-8 but UTF-16", "save it as UTF-8"),
        (b"a: 1\nb: x\0y", "2:5: an invisible character (U+0000) stands here", "delete it"),
        ("a: x\u2028y".encode(), "1:5: an invisible character (U+2028) stands here", "delete it"),
        (b"a: 1\n---\nb: 2\n", "2:1: a second document begins here", "write one document per file, without '---'"),
        (b"a: " + b"[" * 500, f"1:{MAX_DEPTH + 3}: lists and maps are nested deeper than {MAX_DEPTH}", ""),
    ],
)
def test_refused(data: bytes, message: str, hint: str) -> None:
    assert parse(data, "a.yaml")[0] is None
    assert problems(data) == [f"a.yaml:{message}" + (f" ({hint})" if hint else "")]


def test_a_depth_that_no_parser_bears_is_one_problem_like_the_others() -> None:
    (problem,) = problems(b"a: " + b"[" * 100_000)
    assert f"lists and maps are nested deeper than {MAX_DEPTH}" in problem


def test_a_huge_file_is_refused_unread() -> None:
    (problem,) = problems(b"a" * (MAX_BYTES + 1))
    assert problem == "a.yaml:1:1: the file has more than 5,000,000 bytes (split it and include the parts)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x\nc: *x\n", "1:4: anchors (&name) are not used here"),
        ("a: &x {b: 1}\n", "1:4: anchors (&name) are not used here"),
        ("a:\n  - *x\n", "2:5: aliases (*name) are not used here"),
        ("a:\n  <<: {b: 1}\n", "2:3: merge keys (<<) are not used here"),
        ("a: !!python/object:os.system x\n", "1:4: tags (!name) are not used here"),
    ],
)
def test_a_file_that_refers_to_itself_gets_one_message(text: str, message: str) -> None:
    assert parse(text.encode(), "a.yaml")[0] is None
    (problem,) = problems(text)
    assert problem.startswith(f"a.yaml:{message} (")


# --- keys ----------------------------------------------------------------------------------------------------------


def test_a_key_given_twice_is_told_at_the_second() -> None:
    assert problems("a:\n  say: 1\n  go: 2\n  'say': 3\n") == ["a.yaml:4:3: key 'say' is given twice (first at line 2)"]


def test_a_list_or_map_is_no_key() -> None:
    assert problems("{name}: 您好") == ['a.yaml:1:1: a map cannot be a key (quote this prompt: "{name}: 您好")']
    assert problems("? [a]\n: b\nc: d\n") == [
        "a.yaml:1:3: a list cannot be a key (a key is one word before ':'; if this is a prompt, quote it)"
    ]


@given(st.lists(st.sampled_from("甲乙丙丁戊"), min_size=1, max_size=12), st.integers(0, 5))
def test_every_repeated_key_is_marked(keys: list[str], gap: int) -> None:
    lines = [f"{key}: {number}" + "\n" * gap for number, key in enumerate(keys)]
    first = {key: keys.index(key) * (gap + 1) + 1 for key in keys}
    assert problems("\n".join(lines)) == [
        f"a.yaml:{n * (gap + 1) + 1}:1: key '{key}' is given twice (first at line {first[key]})"
        for n, key in enumerate(keys)
        if key in keys[:n]
    ]


# --- anything ------------------------------------------------------------------------------------------------------

FRAGMENTS = [
    *[
        "\n",
        "\n  ",
        "\n    ",
        "\r",
        "\t",
        ": ",
        ":",
        "：",
        "- ",
        ",",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "\\",
        "#",
        " #",
        "|",
        ">",
    ],
    *["&x", "*x", "!t", "<<", "?", "~", "%", "@", "---\n", "...\n", "\ufeff", "a", "say", "好", "{name}", "😀"],
]


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf\xff")
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    node, found = parse(data, "a.yaml")
    assert node is not None or len(found) >= 1


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_any_text_is_read_or_told_at_a_place_within(text: str) -> None:
    node, found = parse(text.encode(), "a.yaml")
    assert node is not None or len(found) >= 1
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in found:
        assert 1 <= problem.mark.line <= len(lines)
        assert 1 <= problem.mark.column <= len(lines[problem.mark.line - 1]) + 1


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
def test_a_double_quoted_text_is_itself(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert value_of(f"a: {quoted}").text == text


def test_a_large_file_is_read_whole() -> None:
    stages = "".join(
        f"  s{n}:\n    say:\n      - 您好，第{n}个\n    expect:\n      - hear: yes\n        go: s{n + 1}\n"
        for n in range(1000)
    )
    node, found = parse(f"script: large\nstages:\n{stages}".encode(), "a.yaml")
    assert not found
    assert node is not None
    last, body = node.entries[1][1].entries[-1]
    assert (last.text, last.mark) == ("s999", Mark("a.yaml", 2 + 999 * 6 + 1, 3))
    assert plain(body) == {"say": ["您好，第999个"], "expect": [{"hear": "yes", "go": "s1000"}]}
