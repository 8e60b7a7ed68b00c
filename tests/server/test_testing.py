"""`huashu test`: what passes, what fails, and what was never tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.desk import TESTS, huashu, put

FAILING = """\
conversations: ../../scripts/shop.yaml
calls:
  - call: says no
    talk:
      - {caller: 不用了, stage: day}
    ends: {grade: A}
"""


def test_tests_that_pass(desk: Path) -> None:
    ran = huashu(desk, "test")
    assert (ran.code, ran.out, ran.err) == (0, "1 passed, 0 failed\n", "")


def test_tests_that_fail_are_told_where_they_stand(desk: Path) -> None:
    put(desk, "tests/scripts/more.yaml", FAILING)
    ran = huashu(desk, "test", "tests/scripts")
    assert ran.code == 1
    assert ran.lines == [
        "tests/scripts/more.yaml:5:30: the call is not in stage 'day' (it is in 'bye')",
        "tests/scripts/more.yaml:6:19: grade is D, not A (D9: ; A1 missed: invitation is none, not success)",
        "1 passed, 1 failed",
    ]


def test_as_json(desk: Path) -> None:
    put(desk, "tests/scripts/more.yaml", FAILING)
    ran = huashu(desk, "test", "--json")
    assert ran.json[0]["line"] == 5
    assert ran.json[-1] == {"passed": 1, "failed": 1}


def test_utterances_beside_grammars(desk: Path) -> None:
    put(desk, "tests/grammars/small.yaml", "utterances:\n  ask_price: [多少钱呀]\n  not refuse: [不用了]\n")
    ran = huashu(desk, "test", "tests/grammars")
    assert ran.code == 1
    assert ran.lines[0].startswith("tests/grammars/small.yaml:3:16: ")
    assert ran.lines[-1] == "1 passed, 1 failed"


def test_coverage(desk: Path) -> None:
    ran = huashu(desk, "test", "--coverage")
    assert ran.code == 0
    assert "shop: stages 3/3" in ran.lines
    assert "shop: phrases 0/1" in ran.lines
    assert "  scripts/shop.yaml:12:9: phrase 没问题啊 in ask.expect.1" in ran.lines
    assert "  scripts/schemes/plain.yaml:5:10: grade D9" in ran.lines


def test_a_script_with_mistakes(desk: Path) -> None:
    put(desk, "scripts/shop.yaml", "script: shop\n")
    ran = huashu(desk, "test")
    assert ran.code == 1
    assert ran.lines[0].startswith("scripts/shop.yaml:1:1: missing key")


def test_nothing_to_test_is_a_failure(desk: Path) -> None:
    (desk / "tests/scripts/shop.yaml").unlink()
    ran = huashu(desk, "test", "tests")
    assert (ran.code, ran.out) == (1, "0 passed, 0 failed\n")
    assert ran.err == (
        "huashu: no tests in tests (tests begin with 'conversations' or 'utterances'; "
        "those of scripts/a.yaml are in tests/scripts/a.yaml)\n"
    )


@pytest.mark.parametrize("path", ["scripts", "scripts/shop.yaml", "./scripts/shop.yaml", "tests/../scripts"])
def test_a_script_stands_for_the_tests_that_are_kept_under_its_name(desk: Path, path: str) -> None:
    put(desk, "tests/scripts/more.yaml", FAILING)
    ran = huashu(desk, "test", path)
    folder = not path.endswith(".yaml")
    assert (ran.code, ran.lines[-1]) == ((1, "1 passed, 1 failed") if folder else (0, "1 passed, 0 failed"))
    assert huashu(desk.parent, "test", desk / "scripts/shop.yaml").out == "1 passed, 0 failed\n"


def test_tests_that_two_paths_lead_to_are_run_once(desk: Path) -> None:
    assert huashu(desk, "test", "scripts", "tests", "tests/scripts/shop.yaml").out == "1 passed, 0 failed\n"


def test_a_file_that_is_named_and_holds_no_tests_is_told(desk: Path) -> None:
    put(desk, "scripts/new.yaml", "script: new\n")
    ran = huashu(desk, "test", "scripts/new.yaml", "tests/scripts/shop.yaml")
    assert (ran.code, ran.out) == (1, "1 passed, 0 failed\n")
    assert ran.err.startswith("huashu: no tests in scripts/new.yaml (tests begin with ")


def test_a_path_that_is_not_there(desk: Path) -> None:
    ran = huashu(desk, "test", "nowhere")
    assert (ran.code, ran.err) == (2, "huashu: no file or folder 'nowhere'\n")


def test_a_file_that_is_no_test_is_passed_over_in_a_folder(desk: Path) -> None:
    put(desk, "tests/scripts/notes.yaml", "notes: nothing\n")
    assert huashu(desk, "test", "tests").out == "1 passed, 0 failed\n"


def test_a_broken_test_file(desk: Path) -> None:
    put(desk, "tests/scripts/shop.yaml", TESTS.replace("caller", "calller"))
    ran = huashu(desk, "test")
    assert ran.code == 1
    assert ran.lines[0] == "tests/scripts/shop.yaml:4:13: unknown key 'calller' in turn (did you mean 'caller'?)"
