"""`huashu replay` over many logs: where they part from what a script decides now, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.desk import SCRIPT, huashu, put

SAYINGS = (["没问题啊", "可以"], ["多少钱", "没问题啊"], ["不用了"], ["转人工"])
FAMILIES = "王李张刘陈杨赵黄周吴"
OTHER = SCRIPT.replace("那星期六可以吗？", "星期天来吗？").replace("八折。", "七折。")


@pytest.fixture
def logs(desk: Path) -> Path:
    """Forty calls, ten of each kind."""
    calls = [
        {
            "call_id": f"c{number:02}",
            "vars": {"name": f"{FAMILIES[number % 10]}姐"},
            "steps": [{"say": each} for each in said],
        }
        for number, said in enumerate(SAYINGS * 10)
    ]
    put(desk, "calls.jsonl", "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls))
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    put(desk, "scripts/other.yaml", OTHER)
    return desk


def summary(ran_json: list[dict[str, object]]) -> dict[str, object]:
    found = ran_json[-1]["summary"]
    assert isinstance(found, dict)
    return found


def test_calls_that_are_the_same(logs: Path) -> None:
    ran = huashu(logs, "replay", "logs")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split(", ")[0] for line in ran.lines[:-1]] == [f"logs/c{each:02}.jsonl: same" for each in range(40)]
    assert ran.lines[-1] == "40 logs: 40 the same, 0 part"
    assert huashu(logs, "replay", "logs", "--summary-only").lines == [ran.lines[-1]]


def test_where_calls_part_and_why(logs: Path) -> None:
    ran = huashu(logs, "replay", "logs", "--with", "scripts/other.yaml", "--summary-only")
    assert ran.code == 1
    assert ran.lines == [
        "40 logs: 20 the same, 20 part",
        "why:",
        "  10 calls in ask 10",
        "      then   八折。",
        "      now    七折。",
        "      as in  logs/c01.jsonl, step 4",
        "  10 calls in ask 10",
        "      then   那星期六可以吗？",
        "      now    星期天来吗？",
        "      as in  logs/c00.jsonl, step 4",
        "where:",
        "  10 in ask, answers.1, after “{name}好，我是机器人，周末有空吗？”",
        "  10 in ask, ask.expect.1, after “{name}好，我是机器人，周末有空吗？”",
    ]


def test_the_same_for_programs(logs: Path) -> None:
    ran = huashu(logs, "replay", "logs", "--with", "scripts/other.yaml", "--json")
    *calls, _ = ran.json
    found = summary(ran.json)
    assert [(call["call_id"], call["same"]) for call in calls[:4]] == [
        ("c00", False), ("c01", False), ("c02", True), ("c03", True),
    ]  # fmt: skip
    assert calls[0]["stage"] == "ask"
    assert {name: found[name] for name in ("logs", "same", "differs", "recording", "unreadable", "noticed", "stages")} == {
        "logs": 40, "same": 20, "differs": 20, "recording": 0, "unreadable": 0, "noticed": 20, "stages": {"ask": 20},
    }  # fmt: skip
    places = found["places"]
    assert isinstance(places, list)
    assert [(place["rule"], place["calls"], len(place["examples"])) for place in places] == [
        ("answers.1", 10, 3), ("ask.expect.1", 10, 3),
    ]  # fmt: skip
    assert places[1]["examples"][0] == {"log": "logs/c00.jsonl", "call_id": "c00", "seq": 4}


def test_what_no_caller_would_notice_comes_last(logs: Path) -> None:
    put(
        logs,
        "scripts/other.yaml",
        OTHER.replace("- {hear: [affirm, 没问题啊], go: day}", "- {hear: 没问题啊, go: day}"),
    )
    moved = SCRIPT.replace("do: {tag: 请柬}", "do: {tag: 来宾}").replace("八折。", "七折。")
    put(logs, "scripts/other.yaml", moved)
    reasons = summary(huashu(logs, "replay", "logs", "--with", "scripts/other.yaml", "--json").json)["reasons"]
    assert isinstance(reasons, list)
    assert [(each["then"], each["now"], each["noticed"], each["calls"]) for each in reasons] == [
        ("八折。", "七折。", True, 10),
        ("tag 请柬", "tag 来宾", False, 10),
    ]


@pytest.mark.parametrize("form", [(), ("--json",), ("--summary-only",)])
def test_the_lines_are_the_same_however_many_processes(logs: Path, form: tuple[str, ...]) -> None:
    put(logs, "logs/c05.jsonl", "{}\n")
    command = ("replay", "logs", "--with", "scripts/other.yaml", *form)
    assert huashu(logs, *command, "--jobs", "1") == huashu(logs, *command, "--jobs", "2")


# --- logs that cannot be replayed ------------------------------------------------------------------------------------


def test_logs_that_cannot_be_replayed_are_told_and_counted_apart(logs: Path) -> None:
    folder = logs / "logs"
    made = (folder / "c00.jsonl").read_text()
    put(folder, "c10.jsonl", made.replace('"source":"simulated"', '"source":"recording"'))
    put(folder, "c11.jsonl", b"")
    put(folder, "c12.jsonl", made.encode()[:-30])
    put(folder, "c13.jsonl", made.replace('"script":"shop"', '"script":"gone"'))
    ran = huashu(logs, "replay", "logs")
    assert ran.code == 1
    told = ran.err.splitlines()
    assert told[0].startswith("huashu: logs/c10.jsonl: made of a recording, which cannot be run again")
    assert told[1] == "huashu: logs/c11.jsonl:1: the log is empty"
    assert told[2].startswith("huashu: logs/c12.jsonl: line ")
    assert told[2].endswith("replayed as far as it goes")
    assert told[3].startswith("huashu: logs/c13.jsonl:1: no script 'gone' here")
    assert ran.lines[-1] == "40 logs: 37 the same, 0 part, 1 made of recordings, 2 not replayed"


def test_recordings_alone_are_no_difference(logs: Path) -> None:
    made = (logs / "logs/c00.jsonl").read_text()
    put(logs, "one/c10.jsonl", made.replace('"source":"simulated"', '"source":"recording"'))
    ran = huashu(logs, "replay", "one", "--summary-only")
    assert (ran.code, ran.err, ran.lines) == (2, "", ["1 logs: 0 the same, 0 part, 1 made of recordings"])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_script_with_mistakes_is_told_once(logs: Path, jobs: str) -> None:
    put(logs, "scripts/shop.yaml", SCRIPT.replace("goodbye: bye", "goodbye: nowhere"))
    for more, replayed in (((), "40 not replayed"), (("--with", "scripts/shop.yaml"), "")):
        ran = huashu(logs, "replay", "logs", "--jobs", jobs, *more)
        assert ran.code == 1
        assert len(ran.err.splitlines()) == 1, ran.err
        assert ran.err.startswith("scripts/shop.yaml:2:")
        assert replayed in ran.out


def test_no_logs_are_no_mistake(desk: Path) -> None:
    (desk / "logs").mkdir()
    ran = huashu(desk, "replay", "logs", "--report", "page.html")
    assert (ran.code, ran.lines) == (0, ["0 logs: 0 the same, 0 part"])
    assert "没有可以重放的通话。" in (desk / "page.html").read_text()


def test_a_page(logs: Path) -> None:
    ran = huashu(logs, "replay", "logs", "--with", "scripts/other.yaml", "--report", "page.html", "--lang", "en")
    assert ran.code == 1
    page = (logs / "page.html").read_text()
    assert "20 of 40 calls part" in page
    assert huashu(logs, "replay", "logs", "--report", "no/page.html").err == (
        "huashu: cannot write 'no/page.html': no such file or directory\n"
    )
