from __future__ import annotations

from pathlib import Path

import pytest

from engine.content.source import Mark, Problem
from engine.trial.caller import moment
from server.output import OK, PROBLEMS, error, line, present, problem_json, report, usable_script
from tests.server.desk import put

LATE = Problem(Mark("b.yaml", 2, 1), "late")
EARLY = Problem(Mark("b.yaml", 1, 5), "early", "do this")
WARNING = Problem(Mark("a.yaml", 9, 1), "mind this", severity="warning")


def test_problems_come_once_in_the_order_of_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([LATE, EARLY, WARNING, EARLY]) == PROBLEMS
    assert capsys.readouterr().out.splitlines() == [
        "a.yaml:9:1: warning: mind this",
        "b.yaml:1:5: early (do this)",
        "b.yaml:2:1: late",
    ]


def test_warnings_are_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([WARNING]) == OK
    assert report([]) == OK
    assert "mind this" in capsys.readouterr().out


def test_chinese_stays_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    line({"说": "你好"})
    assert capsys.readouterr().out == '{"说": "你好"}\n'


def test_an_error_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    error("nothing works")
    assert capsys.readouterr() == ("", "huashu: nothing works\n")


def test_a_problem_for_programs() -> None:
    assert problem_json(EARLY) == {
        "file": "b.yaml", "line": 1, "column": 5, "severity": "error", "message": "early", "hint": "do this",
    }  # fmt: skip


def test_the_present_is_a_time_of_a_call() -> None:
    assert moment(present())


def test_a_script_that_cannot_be_used_is_told_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, "s.yaml", "script: s\n")
    assert usable_script(path) is None
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{path}:1:1: missing key")
