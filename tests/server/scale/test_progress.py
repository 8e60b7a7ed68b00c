"""A person at a terminal sees how far long work is; where standard output goes, only the results go."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.desk import huashu


@pytest.fixture
def logs(desk: Path) -> Path:
    calls = "".join(json.dumps({"call_id": f"c{number}", "steps": [{"say": "可以"}]}) + "\n" for number in range(40))
    (desk / "calls.jsonl").write_text(calls)
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    return desk


def at_a_terminal(folder: Path, *arguments: str, out: Path | None = None) -> str:
    """What a terminal shows of a command; its standard output goes into a file, or to the terminal as well."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    with out.open("wb") if out else os.fdopen(os.dup(theirs), "wb") as stdout:
        started = subprocess.Popen(  # noqa: S603
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
        )  # fmt: skip
    os.close(theirs)
    shown = b""
    while part := _read(ours):
        shown += part
    os.close(ours)
    assert started.wait() == 0
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # nobody writes to it any more
        return b""


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["grade", "logs"], "calls graded"),
        (["replay", "logs", "--json"], "calls replayed"),
        (["simulate", "scripts/shop.yaml", "calls.jsonl"], "calls played"),
    ],
)
def test_results_go_into_the_file_and_progress_to_the_terminal(logs: Path, command: list[str], what: str) -> None:
    shown = at_a_terminal(logs, *command, out=logs / "results.jsonl")
    results = [json.loads(line) for line in (logs / "results.jsonl").read_text().splitlines()]
    assert sum("call_id" in each for each in results) == 40
    assert what in shown
    assert "call_id" not in shown


@pytest.mark.parametrize("command", [["grade", "logs"], ["simulate", "scripts/shop.yaml", "calls.jsonl"]])
def test_results_that_run_over_the_terminal_are_whole_lines(logs: Path, command: list[str]) -> None:
    lines = at_a_terminal(logs, *command).splitlines()
    assert {json.loads(line)["call_id"] for line in lines} == {f"c{number}" for number in range(40)}
