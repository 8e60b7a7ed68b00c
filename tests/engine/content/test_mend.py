"""YAML text with traps in; what the author is told, and what was meant, out."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.content.source import MAX_REPAIRS, Mark, Node, parse

QUOTES = "for a backslash, or put the text in single quotes"


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


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("say: {name}您好", "3:8: an unquoted text cannot begin with {…}", 'quote this prompt: "{name}您好"'),
        ("say: {name}, 您好 # hm", "3:8: an unquoted text cannot begin with {…}", 'quote this prompt: "{name}, 您好"'),
        (
            'say: "您好"，{name}',
            "3:8: the text goes on after its closing quote",
            "quote this prompt: '\"您好\"，{name}'",
        ),
        ("say: @小李", "3:8: an unquoted text cannot begin with '@'", 'quote this prompt: "@小李"'),
        ("say: *重要*", "3:8: an unquoted text cannot begin with '*'", 'quote this prompt: "*重要*"'),
        ("say: [停顿]您好", "3:8: an unquoted text cannot begin with '['", 'quote this prompt: "[停顿]您好"'),
        ('say: "您好', "3:8: this quote is not closed", 'write " at the end of the text'),
        (r'say: {say: "\q"}', r"3:15: '\q' is no escape of YAML", rf"write '\\q' {QUOTES}"),
        (r'say: "忙\吧"', r"3:10: '\吧' is no escape of YAML", rf"write '\\吧' {QUOTES}"),
        (
            r'say: "C:\xyz"',
            r"3:11: '\x' without 2 hexadecimal digits that are a character is no escape of YAML",
            rf"write '\\x' {QUOTES}",
        ),
        ("say: [您好, 再见", "3:8: this bracket is not closed", "write ] at the end of the text"),
        ("say：您好", "3:6: '：' is a full-width colon", "write 'say: ' with ':' and a space"),
        ("say:您好", "3:6: a space is missing after ':'", "write 'say: ' with ':' and a space"),
        (
            " say: 您好",
            "3:4: this line is indented by 3, the lines it belongs to by 2",
            "lines that belong together begin in the same column",
        ),
        ("say: {who: {a}b, to: c}", "3:14: a text with {…} within brackets needs quotes", 'quote this prompt: "{a}b"'),
        (
            "say: 时间: 三点",
            "3:8: an unquoted text cannot contain ': ' (YAML: mapping values are not allowed here)",
            'quote this prompt: "时间: 三点"',
        ),
    ],
)
def test_a_trap_is_explained_and_the_rest_is_read(line: str, message: str, hint: str) -> None:
    text = f"stage:\n  role: opening\n  {line}\n  go: close\nafter: {{x: y}}\n"
    assert problems(text) == [f"a.yaml:{message} ({hint})"]
    whole = mended(text)
    assert isinstance(whole, dict)
    assert list(whole) == ["stage", "after"]
    assert list(whole["stage"]) == ["role", "say", "go"]


def test_a_backslash_means_itself_where_it_is_no_escape() -> None:
    text = r"""a: {b: "\q \\ \d", c: 'x \y', d: "1\t\u4f60"}"""
    assert mended(text) == {"a": {"b": r"\q \ \d", "c": r"x \y", "d": "1\t你"}}
    assert [problem.split("'")[1] for problem in problems(text)] == [r"\q", r"\d"]
    assert mended('a: "您好，\n  \\我"\n') == {"a": r"您好， \我"}


def test_a_mended_prompt_has_the_text_that_was_meant() -> None:
    assert mended("a: {name}您好\nb: 它's: 好 # 注\nc:\n  - {x}: y\n") == {
        "a": "{name}您好",
        "b": "它's: 好",
        "c": ["{x}: y"],
    }


def test_tabs_are_told_once() -> None:
    text = "a:\n\tb: 1\n\tc:\n\t\td: 1\n"
    assert problems(text) == ["a.yaml:2:1: a tab indents this line (and 2 more) (indent with spaces)"]
    assert mended(text) == {"a": {"b": "1", "c": {"d": "1"}}}


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("\tgo: x", {"a": [{"say": "y", "go": "x"}]}),
        ("\t  go: x", {"a": [{"say": "y", "go": "x"}]}),
        ("\t- go: x", {"a": [{"say": "y"}, {"go": "x"}]}),
    ],
)
def test_a_tab_is_as_wide_as_fits(line: str, body: dict[str, object]) -> None:
    text = f"a:\n  - say: y\n{line}\nb: z\n"
    assert problems(text) == ["a.yaml:3:1: a tab indents this line (indent with spaces)"]
    assert mended(text) == {**body, "b": "z"}


def test_places_behind_a_mended_place_are_the_authors() -> None:
    node, _ = parse(b"a:\n\tb: x\n\tc: y\n", "a.yaml")
    assert node is not None
    assert [key.mark for key, _ in node.entries[0][1].entries] == [Mark("a.yaml", 2, 2), Mark("a.yaml", 3, 2)]


def test_a_block_text_may_hold_what_elsewhere_is_a_trap() -> None:
    text = "a: |\n  {name}: x: y\n  \tz\nb: {name}您好\n"
    assert problems(text) == ['a.yaml:4:4: an unquoted text cannot begin with {…} (quote this prompt: "{name}您好")']


def test_ten_mistakes_give_ten_problems() -> None:
    text = """\
        script: demo
        stages:
          opening:
            say: {name}您好
            name：什么
            expect:
              - hear: yes
                say: 时间: 三点
              - {name}，在吗
              - "没有结束
             - hear: no
              - @小李
            role: opening
            role: close
          pitch:
            say: [停顿]您好
            go: {to: {x}y}
            then: [a, b
    """
    assert [problem.split(":")[1] for problem in problems(text)] == [
        "4", "5", "8", "9", "10", "11", "12", "14", "16", "17", "18",
    ]  # fmt: skip


def test_what_cannot_be_mended_is_located_and_ends_the_reading() -> None:
    text = "a: {x}y\nb: 1\n...\nc"
    node, _ = parse(text.encode(), "a.yaml")
    assert node is None
    assert problems(text) == [
        'a.yaml:1:4: an unquoted text cannot begin with {…} (quote this prompt: "{x}y")',
        (
            "a.yaml:4:1: not YAML: text stands outside the document; the rest of the file is not checked "
            "(take out lines such as '...')"
        ),
    ]


def test_mending_ends() -> None:
    text = "".join(f"k{n}: {{x}}y\n" for n in range(MAX_REPAIRS + 10))
    found = problems(text)
    assert len(found) == MAX_REPAIRS + 1
    assert found[-1].endswith("the rest of the file is not checked (check the indentation and the quotes)")


def test_a_very_long_line_is_not_mended_for_ever() -> None:
    assert problems("a: {x}" + " " * 1_000_000 + "y: [")


def test_a_dash_without_its_space() -> None:
    text = "say:\n  - 您好。\n  -再见。\nexpect:\n  -{hear: affirm, go: bye}\n  - {hear: deny, go: bye}\n"
    assert problems(text) == [f"a.yaml:{at}: a space is missing after '-' (write '- ')" for at in ("3:3", "5:3")]
    assert mended(text) == {
        "say": ["您好。", "再见。"],
        "expect": [{"hear": "affirm", "go": "bye"}, {"hear": "deny", "go": "bye"}],
    }
