"""The command itself: verbs, help, exit codes, and manners towards other programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.version import VERSION
from server.cli import app
from tests.server.desk import huashu, process, put

SHOP = ("--script", "scripts/shop.yaml")
VERBS = ["check", "draw", "grade", "match", "replay", "schema", "simulate", "talk", "test"]


def test_the_verbs() -> None:
    assert set(VERBS) <= set(app.commands)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(tmp_path: Path, verb: str) -> None:
    ran = huashu(tmp_path, verb, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: huashu {verb}") or ran.out.startswith("Usage: app")
    assert len(ran.lines) > 4


def test_the_version(tmp_path: Path) -> None:
    assert process(tmp_path, "--version").out == f"huashu, version {VERSION}\n"


@pytest.mark.parametrize(
    "arguments", [["chek"], ["talk"], ["simulate"], ["replay"], ["grade"], ["check", "--wrong"], ["draw"]]
)
def test_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    ran = process(tmp_path, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert ran.err.count("\n") == 1, "one line"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek"], "huashu: no such command 'chek'"),
        (["check", "--jsno"], "huashu: no such option '--jsno'"),
        (["talk"], "huashu: missing argument 'SCRIPT'"),
        (["test", "--most", "0"], "huashu: invalid value for '--most': 0 is not in the range x>=1"),
        (["labels", "sample"], "huashu: missing argument 'LOGS...'"),
    ],
)
def test_wrong_use_is_told_in_one_line_with_where_help_is(tmp_path: Path, arguments: list[str], told: str) -> None:
    ran = process(tmp_path, *arguments)
    assert ran.code == 2
    assert ran.err.startswith(told)
    asked = " ".join(["huashu", *(word for word in arguments if word in app.commands or word == "sample")])
    assert ran.err.endswith(f" (see '{asked} --help')\n")


@pytest.mark.parametrize(
    "command",
    [["talk", "x.yaml"], ["simulate", "x.yaml", "--personas", "3"], ["transcribe", "a.wav"], ["call", "ws://a"]],
)
@pytest.mark.parametrize("pair", ["name", "=王", " =王"])
def test_a_variable_is_a_name_and_a_value_whatever_the_command(tmp_path: Path, command: list[str], pair: str) -> None:
    ran = huashu(tmp_path, *command, "--var", pair)
    assert (ran.code, ran.out) == (2, "")
    assert f"--var {pair}: write it as NAME=VALUE" in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a device of Linux")
@pytest.mark.parametrize(
    "arguments", [["check", "none.yaml"], ["match", *SHOP, "好"], ["simulate", "scripts/shop.yaml"]]
)
def test_output_that_cannot_be_written_is_one_line(desk: Path, arguments: list[str]) -> None:
    put(desk, "none.yaml", "")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", "from server.cli import main; main()", *arguments],
            cwd=desk, input=b'{"call_id": "x", "steps": []}\n', stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"huashu: the output cannot be used: no space left on device\n")


def test_without_a_verb_the_verbs_are_listed(tmp_path: Path) -> None:
    ran = process(tmp_path)
    told = ran.out + ran.err
    assert all(verb in told for verb in VERBS)


@pytest.mark.parametrize(
    "verb",
    ["simulate scripts/shop.yaml calls.jsonl", "grade logs", "replay logs --json", "labels sample logs --size 300"],
)
def test_a_reader_who_closes_the_pipe_is_no_error(desk: Path, verb: str) -> None:
    put(desk, "calls.jsonl", '{"call_id": "x", "steps": []}\n' * 300)
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    command = f"{sys.executable} -c 'from server.cli import main; main()' {verb}"
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", f"set -o pipefail; {command} | head -n 1"], cwd=desk, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1


@pytest.mark.parametrize(
    ("verb", "out"),
    [
        ("match --script scripts/shop.yaml <&-", b""),
        ("simulate scripts/shop.yaml <&-", b""),
        ("match --script scripts/shop.yaml <&- 2>&-", b""),
        ("check >&-", b""),
        ("test <&- | cat", b"1 passed, 0 failed\n"),
    ],
)
def test_what_is_closed_is_empty(desk: Path, verb: str, out: bytes) -> None:
    command = f"set -o pipefail; {sys.executable} -c 'from server.cli import main; main()' {verb}"
    done = subprocess.run(["/bin/bash", "-c", command], cwd=desk, capture_output=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr) == (0, out, b"")


def test_a_caller_whose_keyboard_is_closed_has_hung_up(desk: Path) -> None:
    command = f"{sys.executable} -c 'from server.cli import main; main()' talk scripts/shop.yaml <&-"
    done = subprocess.run(["/bin/bash", "-c", command], cwd=desk, capture_output=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, b"")
    assert "the caller hung up" in done.stdout.decode()


def test_output_is_utf8_whatever_the_terminal_says(desk: Path) -> None:
    ran = process(desk, "match", "--script", "scripts/shop.yaml", "多少钱", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert ran.code == 0
    assert '"text": "多少钱"' in ran.out
