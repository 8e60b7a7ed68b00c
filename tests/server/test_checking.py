"""`huashu check` on files as authors make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.checking import check_paths
from server.output import PROBLEMS
from tests.server.desk import SCRIPT, huashu, process, put

BROKEN = """\
script: broken
title: 十个错
goodbye: bye
grammars: small
grading: plain
titel: 多一个
variables:
  name: {type: naem, default: 您}
stages:
  hello:
    role: greeting
    say: {name}您好，我是智能语音助手。
    expect:
      - {hear: affrim, go: pitch}
      - {hear: refuse, go: byebye}
      - {other: pitch}
  pitch:
    role: pitch
    say: "{nmae}，我们周年庆，来吗？"
    expect:
      - {hear: affirm, accept: maybe, go: bye}
      - {hear: want_human, transfer: desk}
      - {other: bye}
  lonely: {role: pitch, say: 有空吗？, expect: [{hear: affirm, go: lonely}]}
  bye: {role: closing, say: 再见！, end: yes}
answers:
  - {hear: ask_price, say: 八折。, in: invitaton}
"""
BROKEN_TELLS = """\
b.yaml:6:1: unknown key 'titel' in script (did you mean 'title'?)
b.yaml:8:16: expected 'text', 'name', 'number' or 'phone', found 'naem' (did you mean 'name'?)
b.yaml:12:10: an unquoted text cannot begin with {…} (quote this prompt: "{name}您好，我是智能语音助手。")
b.yaml:14:16: no intent 'affrim' (did you mean 'affirm'?)
b.yaml:15:28: no stage 'byebye' (did you mean 'bye'?)
b.yaml:19:10: no variable or slot 'nmae' (did you mean 'name'?)
b.yaml:21:32: expected yes or no, found 'maybe'
b.yaml:22:9: a transfer may fail (add 'else:' with the stage to go to then)
b.yaml:24:3: no call reaches stage 'lonely' (lead a branch to it with 'go:', or remove it)
b.yaml:24:3: stage 'lonely' has no way out (no answer here leads to a stage with 'end: yes')
b.yaml:27:37: no stage or role 'invitaton' (did you mean 'invitation'?)
"""


def test_everything_in_order(desk: Path) -> None:
    ran = huashu(desk, "check")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_script_broken_in_ten_places_tells_them_all(desk: Path) -> None:
    put(desk, "b.yaml", BROKEN)
    ran = process(desk, "check", "b.yaml")
    assert ran.out == BROKEN_TELLS
    assert (ran.code, ran.err) == (1, "")


@pytest.mark.parametrize(
    ("content", "tells"),
    [
        ("script: 话术\n".encode("gbk"), "x.yaml:1:9: the file is not UTF-8"),
        (b"", "x.yaml:1:1: the file is empty"),
        (b"\n\n# only a remark\n", "x.yaml:1:1: the file is empty"),
        (b"{{{{ :", "x.yaml:1:"),
        (b"script: a\nscript\n", "x.yaml:"),
        (b"script: &a b\nmore: *a\n", "x.yaml:1:9: anchors"),
        (b"script: a\n" + b"# " + b"x" * 5_000_000, "x.yaml:1:1: the file has"),
        (b"\x7fELF\x00\x00", "x.yaml:1:1: "),
        (b"stages: {}\n", "x.yaml:1:1: a file begins with one of: script, part, grammar, scheme, "),
        (b"scipt: a\n", "x.yaml:1:1: a file begins with one of: "),
        (b"just words\n", "x.yaml:1:1: a file begins with one of: "),
    ],
)
def test_a_file_that_is_no_script_has_one_located_message(desk: Path, content: bytes, tells: str) -> None:
    put(desk, "x.yaml", content)
    ran = huashu(desk, "check", "x.yaml")
    assert len(ran.lines) == 1, ran.out
    assert ran.lines[0].startswith(tells)
    assert (ran.code, ran.err) == (1, "")


def test_a_folder_without_content(desk: Path) -> None:
    (desk / "empty").mkdir()
    ran = huashu(desk, "check", "empty")
    assert (ran.code, ran.out) == (1, "empty:1:1: this folder holds no YAML file\n")


def test_a_folder_that_is_called_like_a_script(desk: Path) -> None:
    (desk / "scripts/odd.yaml").mkdir()
    assert huashu(desk, "check").code == 0
    ran = huashu(desk, "talk", "scripts/odd.yaml")
    assert ran.code == 1
    assert ran.err.startswith("scripts/odd.yaml:1:1: 'scripts/odd.yaml' is a folder")


def test_a_path_that_is_not_there_is_wrong_use(desk: Path) -> None:
    ran = huashu(desk, "check", "nowhere.yaml")
    assert (ran.code, ran.out, ran.err) == (2, "", "huashu: no file or folder 'nowhere.yaml'\n")


def test_a_file_that_may_not_be_read(desk: Path) -> None:
    put(desk, "scripts/link.yaml", "")
    (desk / "scripts/link.yaml").unlink()
    (desk / "scripts/link.yaml").symlink_to(desk / "gone.yaml")
    ran = huashu(desk, "check", "scripts/shop.yaml")
    assert ran.code == 0


def test_each_kind_of_file_is_known_by_its_first_key(desk: Path) -> None:
    put(desk, "scripts/parts/p.yaml", "# a part\n\npart: p\nstagse: {}\n")
    put(desk, "grammars/g.yaml", "grammar: g\nintents: {hi: {group: tlak, phrases: [嗨]}}\n")
    put(desk, "scripts/schemes/s.yaml", "scheme: s\nrules: [{id: A1, grade: Z}]\n")
    put(desk, "tests/scripts/t.yaml", "conversations: ../../scripts/shop.yaml\ncals: []\n")
    put(desk, "tests/grammars/u.yaml", "utterances: [a]\n")
    ran = huashu(desk, "check", "scripts", "grammars", "tests")
    assert ran.code == 1
    told = {line.split(":")[0] for line in ran.lines}
    assert told == {
        "scripts/parts/p.yaml", "grammars/g.yaml", "scripts/schemes/s.yaml", "tests/scripts/t.yaml",
        "tests/grammars/u.yaml",
    }  # fmt: skip


def test_problems_as_json(desk: Path) -> None:
    put(desk, "b.yaml", SCRIPT.replace("go: day", "go: dya"))
    ran = huashu(desk, "check", "--json", "b.yaml")
    assert ran.code == 1
    assert ran.json[0] == {
        "file": "b.yaml", "line": 12, "column": 36, "severity": "error",
        "message": "no stage 'dya'", "hint": "did you mean 'day'?",
    }  # fmt: skip


def test_a_problem_in_a_shared_part_is_told_once(desk: Path) -> None:
    put(desk, "scripts/parts/p.yaml", "part: p\nanswers: [{hear: ask_prize, say: 好。}]\n")
    for name in ("one", "two"):
        put(desk, f"scripts/{name}.yaml", SCRIPT.replace("script: shop", f"script: {name}\ninclude: parts/p.yaml"))
    ran = huashu(desk, "check", "scripts")
    assert ran.lines == ["scripts/parts/p.yaml:2:18: no intent 'ask_prize' (did you mean 'ask_price'?)"]


def test_a_file_that_several_paths_lead_to_is_checked_once(desk: Path) -> None:
    (desk / "linked").symlink_to(desk / "grammars")
    ran = huashu(desk, "check", ".", "grammars", "grammars/small.yaml", "linked", "scripts/../grammars/small.yaml")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize("before", ["---\n", "# 说明\r\n---\r\n\r\n", "\ufeff---\n"])
def test_a_file_may_begin_as_yaml_files_do(desk: Path, before: str) -> None:
    put(desk, "scripts/shop.yaml", before + SCRIPT)
    assert huashu(desk, "check", "scripts").out == ""
    put(desk, "scripts/shop.yaml", before + SCRIPT.replace("go: day", "go: dya"))
    ran = huashu(desk, "check", "scripts")
    assert (ran.code, ran.lines[0].split(": ", 1)[1]) == (1, "no stage 'dya' (did you mean 'day'?)")


def test_warnings_alone_are_no_failure(desk: Path) -> None:
    put(desk, "w.yaml", SCRIPT.replace("我是机器人，", ""))
    ran = huashu(desk, "check", "w.yaml")
    assert ran.code == 0
    assert ran.out.startswith("w.yaml:7:3: warning: the opening does not say that an AI is speaking")


def test_what_another_yaml_reader_would_stumble_over_is_a_warning_in_any_kind_of_file(desk: Path) -> None:
    put(desk, "w.yaml", SCRIPT.replace("八折。", "八折?"))
    put(desk, "t.yaml", "conversations: w.yaml\ncalls: [{call: a, talk: [{caller: 多少钱?}]}]\n")
    ran = huashu(desk, "check", "w.yaml", "t.yaml")
    told = "warning: some YAML readers stop at a '?' in an unquoted text within brackets (quote this prompt: "
    assert ran.lines == [f't.yaml:2:35: {told}"多少钱?")', f'w.yaml:22:34: {told}"八折?")']
    assert ran.code == 0
    assert huashu(desk, "test", "t.yaml").code == 0  # it is read all the same


def test_a_scheme_is_thought_through_by_itself_and_for_the_script_that_uses_it(desk: Path) -> None:
    scheme = "scheme: plain\nrules:\n  - {id: A, grade: A, when: {spoke: yes}}\n"
    scheme += (
        "  - {id: B, grade: B, when: {busy: yes}}\n  - {id: C, grade: C, when: {visited: dya}}\n  - {id: D, grade: D}\n"
    )
    put(desk, "scripts/schemes/plain.yaml", scheme)
    shadowed = (
        "scripts/schemes/plain.yaml:4:10: warning: rule 'B' never decides ('A' in line 3 takes every such call first)"
    )
    assert huashu(desk, "check", "scripts/schemes").lines == [shadowed]
    ran = huashu(desk, "check", "scripts/shop.yaml")
    assert ran.lines[0] == shadowed
    misspelt = "warning: in script 'shop' there is no stage 'dya' (did you mean 'day'?)"
    assert f"scripts/schemes/plain.yaml:5:39: {misspelt}" in ran.lines
    assert ran.code == 0


def test_a_script_of_five_hundred_stages(desk: Path) -> None:
    put(desk, "big.yaml", big(500))
    assert huashu(desk, "check", "big.yaml").out == ""
    put(desk, "big.yaml", big(500).replace("go: s499}", "go: s4999}"))
    ran = huashu(desk, "check", "big.yaml")
    assert ran.code == 1
    assert [line.split(": ", 1)[1] for line in ran.lines] == [
        "no stage 's4999' (did you mean 's499'?)",
        "no call reaches stage 's499' (lead a branch to it with 'go:', or remove it)",
    ]


def big(stages: int) -> str:
    """A script of that many stages in a row."""
    lines = ["script: big\ngoodbye: bye\ngrammars: small\ngrading: plain\nstages:"]
    for number in range(stages):
        following = f"s{number + 1}" if number + 1 < stages else "bye"
        lines.append(
            f"""\
  s{number}:
    role: pitch
    say: [我是机器人，这是第{number}句，您说对吗？, 第{number}句再说一遍，对吗？]
    reprompt: 对吗？
    expect:
      - {{hear: [第{number}个词, affirm], go: {following}}}
      - {{hear: ask_price, say: 八折。, limit: 2, over: bye}}
      - {{hear: [价格{number}, 费用{number}], say: 都写着呢。}}
      - {{other: bye}}
    recover: 再听第{number}句，好吗？"""
        )
    lines.append("  bye: {role: closing, say: 再见！, end: yes}")
    return "\n".join([*lines, "always: [{hear: want_human, say: 好。, transfer: desk, else: bye}]\n"])


def test_a_broken_grammar_beside_the_script_is_told_with_the_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "grammars").mkdir()
    (tmp_path / "grammars" / "mine.yaml").write_text(
        'grammar: mine\nintents:\n  affirm: {group: answers, phrases: [好的], patterns: ["(a*"]}\n', encoding="utf-8"
    )
    script = tmp_path / "s.yaml"
    script.write_text(
        "script: s\ngrammars: mine\ngoodbye: bye\nstages:\n"
        "  bye: {role: closing, say: 我是智能语音助手，再见。, end: yes}\n",
        encoding="utf-8",
    )
    assert check_paths([script], as_json=False) == PROBLEMS
    assert "mine.yaml:3:54: pattern '(a*'" in capsys.readouterr().out
