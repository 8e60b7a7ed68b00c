"""A folder as an author has it, and the `huashu` command at work in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from server.cli import app

GRAMMAR = """\
grammar: small
intents:
  affirm: {group: answers, phrases: [好的, 可以, 行]}
  neutral: {group: answers, phrases: [嗯, 哦]}
  deny: {group: answers, phrases: [没有]}
  refuse: {group: answers, phrases: [不用了, 不需要]}
  do_not_call: {group: leave_alone, phrases: [别再打了]}
  ask_price: {group: interest, phrases: [多少钱]}
  want_human: {group: requests, phrases: [转人工]}
  powered_off: {group: announcement, phrases: [已关机]}
"""
SCHEME = """\
scheme: plain
rules:
  - {id: E1, grade: E, when: {not: {answered_by: human}}}
  - {id: A1, grade: A, when: {invitation: success}}
  - {id: D9, grade: D}
"""
SCRIPT = """\
script: shop
goodbye: bye
grammars: small
grading: plain
variables: {name: {type: name, default: 您}}
stages:
  ask:
    role: opening
    say: "{name}好，我是机器人，周末有空吗？"
    reprompt: 周末有空吗？
    expect:
      - {hear: [affirm, 没问题啊], go: day}
      - {hear: refuse, go: bye}
      - {hear: want_human, say: 这就转接。, transfer: desk, else: bye}
      - {press: "1", go: day}
  day:
    role: invitation
    say: 那星期六可以吗？
    confirm: 真来吗？
    expect: [{hear: affirm, accept: yes, do: {tag: 请柬}, go: bye}]
  bye: {role: closing, say: 再见！, end: yes}
answers: [{hear: ask_price, say: 八折。}]
"""
TESTS = """\
conversations: ../../scripts/shop.yaml
calls:
  - call: comes at once
    talk: [{caller: 可以, stage: day}, {caller: 可以}]
    ends: {grade: A, actions: tag}
"""


def furnish(folder: Path) -> Path:
    """A script with its own grammar, scheme and tests."""
    for name, text in {
        "grammars/small.yaml": GRAMMAR,
        "scripts/schemes/plain.yaml": SCHEME,
        "scripts/shop.yaml": SCRIPT,
        "tests/scripts/shop.yaml": TESTS,
    }.items():
        put(folder, name, text)
    return folder


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Lines as a program reads them: only a line feed ends one."""
        return self.out.removesuffix("\n").split("\n") if self.out else []

    @property
    def json(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


def huashu(folder: Path, *arguments: str | Path, stdin: str | bytes = "") -> Ran:
    """Run the command in this folder. An exception is not caught: no mistake of a user's may end in one."""
    with working_in(folder):
        result = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin, catch_exceptions=False)
    return Ran(result.exit_code, result.stdout, result.stderr)


def process(folder: Path, *arguments: str | Path, stdin: bytes = b"", **more: str) -> Ran:
    """Run the command as a process of its own, as a shell does."""
    command = [sys.executable, "-c", "from server.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, **more}
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False, env=environment)  # noqa: S603
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
