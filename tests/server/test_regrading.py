"""`huashu grade` over many logs: the same lines whoever grades, and whatever stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.server.desk import SCHEME, SCRIPT, huashu, put

SAYINGS = ("没问题啊", "多少钱", "不用了", "嗯", "转人工")


@pytest.fixture
def logs(desk: Path) -> Path:
    """A desk with a hundred and fifty logs: good ones, and one torn, one that is none, one with a step of a newer
    program and one of a script that is not here.
    """
    calls = [
        {"call_id": f"c{number:03}", "steps": [{"say": SAYINGS[number % 5]}, {"say": SAYINGS[number % 3]}]}
        for number in range(150)
    ]
    put(desk, "calls.jsonl", "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls))
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    folder = desk / "logs"
    put(folder, "c010.jsonl", (folder / "c010.jsonl").read_bytes()[:-30])
    put(folder, "c070.jsonl", "{}\n")
    newer = (folder / "c071.jsonl").read_text().replace('"type":"entered"', '"type":"teleported"')
    put(folder, "c071.jsonl", newer)
    put(folder, "c140.jsonl", (folder / "c140.jsonl").read_text().replace('"script":"shop"', '"script":"gone"'))
    return desk


TOLD = [
    "huashu: logs/c010.jsonl: line ",
    "huashu: logs/c070.jsonl:1: call_id is missing",
    "huashu: logs/c071.jsonl:",
    "huashu: logs/c140.jsonl:1: no script 'gone' here",
    "huashu: 3 of 150 logs not graded",
]


@pytest.mark.parametrize("how", [(), ("--jobs", "1"), ("--jobs", "2")])
def test_the_lines_are_the_same_whoever_grades(logs: Path, how: tuple[str, ...]) -> None:
    ran = huashu(logs, "grade", "logs", *how)
    assert ran.code == 1
    assert [call["call_id"] for call in ran.json] == [f"c{each:03}" for each in range(150) if each not in (70, 71, 140)]
    assert ran.out == "".join(huashu(logs, "grade", path).out for path in sorted((logs / "logs").glob("*.jsonl")))
    told = ran.err.splitlines()
    assert all(line.startswith(start) for line, start in zip(told, TOLD, strict=True)), told


def test_explanations_too(logs: Path) -> None:
    alone, many = (huashu(logs, "grade", "--explain", "logs", "--jobs", jobs) for jobs in ("1", "2"))
    assert alone == many


def test_an_empty_folder_is_no_mistake(desk: Path) -> None:
    (desk / "logs").mkdir()
    assert huashu(desk, "grade", "logs", "--out", "grades.jsonl").code == 0
    assert (desk / "grades.jsonl").read_text() == ""


@pytest.mark.parametrize("command", [["grade"], ["replay"], ["diff", "plain", "plain"], ["grade", "--json"]])
def test_that_a_folder_has_no_logs_is_said(desk: Path, command: list[str]) -> None:
    (desk / "logs").mkdir()
    ran = huashu(desk, *command, "logs")
    hint = "the server leaves logs in its data folder, 'huashu simulate --logs FOLDER' in FOLDER"
    assert (ran.code, ran.err) == (0, f"huashu: no call logs in logs ({hint})\n")


def test_a_second_run_over_logs_that_are_all_there_has_found_them(logs: Path) -> None:
    for each in ("c010", "c070", "c071", "c140"):
        (logs / "logs" / f"{each}.jsonl").unlink()
    runs = [huashu(logs, "grade", "logs", "--out", "grades.jsonl") for _ in range(2)]
    assert [ran.err.count("no call logs") for ran in runs] == [0, 0]


# --- a file that is continued ----------------------------------------------------------------------------------------


def kept(desk: Path) -> bytes:
    return (desk / "grades.jsonl").read_bytes()


def test_a_second_run_passes_over_what_is_there(logs: Path) -> None:
    plain = huashu(logs, "grade", "logs").json
    ran = huashu(logs, "grade", "logs", "--out", "grades.jsonl")
    assert (ran.code, ran.out) == (1, "")
    before = kept(logs)
    lines = [json.loads(line) for line in before.splitlines()]
    assert [line.pop("log") for line in lines] == [f"logs/{call['call_id']}.jsonl" for call in plain]
    assert len({line.pop("of") for line in lines}) == 147
    assert lines == plain
    again = huashu(logs, "grade", "logs", "--out", "grades.jsonl")
    assert kept(logs) == before
    assert "huashu: 0 calls graded, 147 were there already" in again.err.splitlines()
    assert again.err.splitlines()[-1] == "huashu: 3 of 150 logs not graded"


def test_a_process_killed_in_mid_line_is_continued(logs: Path) -> None:
    huashu(logs, "grade", "logs", "--out", "whole.jsonl")
    os.mkfifo(logs / "logs/zz.jsonl")  # whoever reads it waits
    command = [sys.executable, "-c", "from server.cli import main; main()", "grade", "logs", "--out", "grades.jsonl"]
    command += ["--jobs", "1"]
    with subprocess.Popen(command, cwd=logs, stderr=subprocess.DEVNULL) as running:  # noqa: S603
        deadline = monotonic() + 300
        while running.poll() is None and monotonic() < deadline:
            if (logs / "grades.jsonl").exists() and kept(logs):
                break
            sleep(0.02)
        running.send_signal(signal.SIGKILL)
    (logs / "logs/zz.jsonl").unlink()
    whole = (logs / "whole.jsonl").read_bytes()
    assert kept(logs) == whole[: len(kept(logs))]
    assert 0 < len(kept(logs)) < len(whole)
    put(logs, "grades.jsonl", kept(logs)[:-40])  # the line that it was writing
    assert huashu(logs, "grade", "logs", "--out", "grades.jsonl", "--jobs", "2").code == 1
    assert kept(logs) == whole


def test_what_a_grade_depends_on_makes_it_new(logs: Path) -> None:
    one = "logs/c000.jsonl"

    def grades() -> list[tuple[str, object]]:
        huashu(logs, "grade", one, "--script", "scripts/shop.yaml", "--out", "grades.jsonl")
        return [(line["grade"], "corrected" in line) for line in map(json.loads, kept(logs).splitlines())]

    assert grades() == [("D", False)]
    put(logs, "scripts/schemes/plain.yaml", SCHEME.replace("grade: D", "grade: C"))
    assert grades() == [("D", False), ("C", False)]
    huashu(logs, "correct", one, "B", "--by", "王", "--why", "听了录音")
    assert grades() == [("D", False), ("C", False), ("C", True)]
    put(logs, one, (logs / one).read_text().replace("没问题啊", "没问题"))
    assert len(grades()) == 4
    assert len(grades()) == 4
    put(logs, "scripts/shop.yaml", SCRIPT + "# a remark changes no grade\n")
    assert len(grades()) == 4


def test_a_file_of_something_else_is_not_written_to(logs: Path) -> None:
    put(logs, "grades.jsonl", "dear diary\n")
    ran = huashu(logs, "grade", "logs", "--out", "grades.jsonl")
    assert (ran.code, kept(logs)) == (2, b"dear diary\n")
    assert ran.err == "huashu: grades.jsonl:1: no line of ours (name another file, or move this one away)\n"
    assert huashu(logs, "grade", "logs", "--out", "no/where.jsonl").err == (
        "huashu: cannot write 'no/where.jsonl': no such file or directory\n"
    )
    assert huashu(logs, "grade", "logs", "--out", "x.jsonl", "--explain").code == 2


# --- other sources ---------------------------------------------------------------------------------------------------


def test_a_bundle_and_a_table_give_what_the_folder_gives(logs: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="Parquet needs the extra 'scale'")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = [path.read_text() for path in sorted((logs / "logs").glob("*.jsonl"))]
    put(logs, "bundle.jsonl", "".join(json.dumps({"log": text}) + "\n" for text in texts))
    parquet.write_table(pa.table({"log": texts}), logs / "calls.parquet")
    folder = huashu(logs, "grade", "logs")
    for source in ("bundle.jsonl", "calls.parquet"):
        ran = huashu(logs, "grade", source)
        assert ran.out == folder.out
        assert f"huashu: {source}#71:1: call_id is missing" in ran.err
        assert ran.err.splitlines()[-1] == folder.err.splitlines()[-1]
