"""`huashu report` on folders as they lie on disk: the numbers of the page are counted again from the raw lines."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.desk import SCRIPT, huashu, put
from tests.server.reports.reading import Reading, opened

ROOT = Path(__file__).parent.parent.parent
CALLS = ROOT / "tests" / "calls" / "examples.jsonl"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs of all calls that are kept as examples, and a page about them."""
    folder = tmp_path_factory.mktemp("many")
    ran = huashu(folder, "simulate", ROOT / "scripts/phone-robot.yaml", CALLS, "--logs", "logs")
    assert ran.code == 0
    graded = huashu(folder, "grade", "logs", "--script", ROOT / "scripts/phone-robot.yaml")
    put(folder, "grades.jsonl", graded.out)
    ran = huashu(
        folder, "report", "logs", "--script", ROOT / "scripts/phone-robot.yaml", "--out", "page.html", "--json"
    )
    assert ran.code == 0
    put(folder, "report.json", ran.out)
    return folder


def graded(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "grades.jsonl").read_text("utf-8").splitlines()]


def reading(file: Path) -> Reading:
    return Reading(file.read_text("utf-8"))


def table(page: Reading, *head: str) -> dict[str, list[str]]:
    """The rows of the table with these columns, by their first cell."""
    found = next(rows for rows in page.tables if tuple(rows[0][: len(head)]) == head)
    return {row[0]: row[1:] for row in found[1:]}


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_every_call_has_its_grade_in_the_page(many: Path) -> None:
    counted = Counter(call["grade"] for call in graded(many))
    shown = table(reading(many / "page.html"), "等级", "通数", "占比")
    assert {name: number(cells[0]) for name, cells in shown.items()} == {
        **{letter: counted[letter] for letter in "ABCDEF"},
        **({"不分级": counted[None]} if counted[None] else {}),
    }
    letters = sum(counted[letter] for letter in "ABCDEF")
    assert shown["A"][1] == f"{counted['A'] / letters:.1%}".replace("%", " %")


def test_every_disposition_is_counted(many: Path) -> None:
    counted = Counter(call["disposition"] for call in graded(many))
    shown = table(reading(many / "page.html"), "结果", "通数")
    assert {name.split()[-1]: number(cells[0]) for name, cells in shown.items()} == counted


def test_every_stage_has_those_who_came_and_those_who_left(many: Path) -> None:
    human = [call for call in graded(many) if call["facts"]["answered_by"] == "human"]
    came = Counter(stage for call in human for stage in set(call["stages"]))
    hung_up = Counter(call["facts"]["ended_in_stage"] for call in human if call["facts"]["end"] == "caller")
    page = reading(many / "page.html")
    head = next(rows[0] for rows in page.tables if rows[0][:2] == ["环节", "走到"] and "继续" in rows[0])
    shown = table(page, "环节", "走到", "占比", "继续")
    assert {stage: number(cells[0]) for stage, cells in shown.items()} == came
    place = head.index("客户挂断") - 1
    assert {stage: number(cells[place]) for stage, cells in shown.items() if number(cells[place])} == hung_up


def test_every_rule_is_counted(many: Path) -> None:
    counted = Counter(call["rule"] for call in graded(many))
    found = next(rows for rows in reading(many / "page.html").tables if rows[0][:3] == ["等级", "规则", "含义"])
    assert {row[1]: number(row[3]) for row in found[1:]} == counted


def test_the_data_say_the_same(many: Path) -> None:
    calls = graded(many)
    found = json.loads((many / "report.json").read_text("utf-8"))
    assert found["calls"] == len(calls)
    ids = {call["call_id"]: call["rule"] for call in calls}
    assert all(ids[used["example"]["call_id"]] == used["rule"] for used in found["rules"])
    assert {one["intent"]: one["utterances"] for one in found["intents"]} == sum(
        (Counter(call["facts"]["heard"]) for call in calls), Counter[str]()
    )
    human = [call for call in calls if call["facts"]["answered_by"] == "human"]
    assert sum(flow["no_input"] for flow in found["flows"]) == sum(call["facts"]["no_input"] for call in human)
    assert sum(flow["no_match"] for flow in found["flows"]) == sum(call["facts"]["no_match"] for call in human)
    assert sum(one["calls"] for one in found["barge_ins"]) == sum(call["facts"]["barge_ins"] for call in human)
    cut_by_end = [
        call for call in human if call["facts"]["end"] == "caller" and call["facts"]["played_seconds"] is not None
    ]
    assert sum(one["during"] for one in found["hang_ups"]) == len(cut_by_end)
    assert sum(found["hang_ups_by_share"].values()) == sum(one["calls"] for one in found["hang_ups"])


def prompts_in(file: Path) -> Iterator[tuple[str, str]]:
    """Each prompt that was begun, with its stage, out of the raw lines."""
    stage = ""
    for line in file.read_text("utf-8").splitlines()[1:]:
        for action in json.loads(line)["actions"]:
            if action["type"] == "entered":
                stage = action["stage"]
            elif action["type"] == "play":
                yield stage, "".join(part.get("text", "") for part in action["parts"])


def test_a_prompt_is_counted_as_often_as_the_raw_lines_have_it(many: Path) -> None:
    human = {call["call_id"] for call in graded(many) if call["facts"]["answered_by"] == "human"}
    begun = Counter[tuple[str, str]]()
    for file in (many / "logs").iterdir():
        if json.loads(file.read_text("utf-8").splitlines()[0])["call_id"] in human:
            begun.update(prompts_in(file))
    found = json.loads((many / "report.json").read_text("utf-8"))
    said = {(one["stage"], one["prompt"]): one["said"] for one in found["hang_ups"] + found["barge_ins"]}
    plain = {place: number for place, number in said.items() if "{" not in place[1]}
    assert len(plain) > 3
    assert plain == {place: begun[place] for place in plain}


def test_a_browser_opens_the_page(many: Path) -> None:
    dom, complaints = opened(many / "page.html")
    assert not complaints
    assert "<svg" in dom
    assert re.search(r"<h1>.*模拟通话报告", dom)


def test_the_page_loads_nothing_and_is_the_same_again(many: Path) -> None:
    first = (many / "page.html").read_bytes()
    assert reading(many / "page.html").harmless
    assert b"http:" not in first
    assert b"https:" not in first
    huashu(many, "report", "logs", "--script", ROOT / "scripts/phone-robot.yaml", "--out", "page.html")
    assert (many / "page.html").read_bytes() == first


def test_the_same_page_in_english(many: Path) -> None:
    script = ROOT / "scripts/phone-robot.yaml"
    huashu(many, "report", "logs", "--script", script, "--out", "english.html", "--lang", "en")
    page = reading(many / "english.html")
    assert page.lang == "en"
    assert len(page.headings) == len(reading(many / "page.html").headings)
    assert not re.search("[一-鿿]", " ".join(page.headings[:8]))


# --- a desk with few calls -------------------------------------------------------------------------------------------


@pytest.fixture
def logs(desk: Path) -> Path:
    calls = [
        {"call_id": "yes", "vars": {"name": "王总"}, "steps": [{"say": "没问题啊"}, {"say": "可以，来"}]},
        {"call_id": "asks", "steps": [{"say": "多少钱"}, {"hangup": True}]},
    ]
    put(desk, "calls.jsonl", "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls))
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    return desk


def test_the_verdict_is_told(logs: Path) -> None:
    ran = huashu(logs, "report", "logs")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "report.html: 2 通电话，2 通真人接听（100.0 %），1 通 A 或 B（50.0 %）。客户最常在「ask」挂断。\n"
    assert (logs / "report.html").exists()


def test_data_alone_write_no_page(logs: Path) -> None:
    ran = huashu(logs, "report", "logs", "--json")
    (found,) = ran.json
    assert (ran.code, found["calls"], found["bad"]) == (0, 2, [])
    assert not (logs / "report.html").exists()


def test_bad_files_are_told_and_the_rest_goes_on(logs: Path) -> None:
    put(logs, "logs/empty.jsonl", b"")
    put(logs, "logs/noise.jsonl", b"\xff\xfe\x00")
    put(logs, "logs/newer.jsonl", (logs / "logs/yes.jsonl").read_text("utf-8").replace('"play"', '"sing"'))
    ran = huashu(logs, "report", "logs", "--json", "--out", "page.html")
    (found,) = ran.json
    assert (ran.code, found["calls"]) == (1, 2)
    assert [bad["file"] for bad in found["bad"]] == ["logs/empty.jsonl", "logs/newer.jsonl", "logs/noise.jsonl"]
    assert ran.err.count("huashu: logs/") == 3
    page = reading(logs / "page.html")
    assert list(table(page, "文件", "原因")) == ["logs/empty.jsonl", "logs/newer.jsonl", "logs/noise.jsonl"]
    assert "没有用上的文件 (3)" in page.headings


def test_a_changed_script_grades_nothing_but_counts_all_the_same(logs: Path) -> None:
    put(logs, "scripts/shop.yaml", SCRIPT.replace("八折", "九折"))
    ran = huashu(logs, "report", "logs", "--json", "--out", "page.html")
    (found,) = ran.json
    assert (ran.code, found["calls"], found["grades"]["?"]) == (1, 2, 2)
    assert "version" in ran.err
    assert "未能评级的通话 (2)" in reading(logs / "page.html").headings


def test_several_versions_of_a_script(logs: Path) -> None:
    put(logs, "scripts/shop.yaml", SCRIPT.replace("八折", "九折"))
    assert huashu(logs, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "more").code == 0
    ran = huashu(logs, "report", "logs", "more", "--scheme", "plain")
    assert ran.code == 0
    versions = next(rows for rows in reading(logs / "report.html").tables if rows[0][:2] == ["版本", "通数"])
    assert [row[1:] for row in versions[1:]] == [["2", "1", "1"], ["2", "1", "1"]]
    assert versions[1][0] != versions[2][0]


def test_several_days(logs: Path) -> None:
    for day in ("22", "23"):
        text = (logs / "logs/yes.jsonl").read_text("utf-8")
        put(logs, f"days/{day}.jsonl", re.sub(r'"started_at":"[^T]*', f'"started_at":"2026-11-{day}', text))
    put(
        logs,
        "days/live.jsonl",
        (logs / "days/23.jsonl").read_text("utf-8").replace('"source":"simulated"', '"source":""'),
    )
    assert huashu(logs, "report", "days").code == 0
    page = reading(logs / "report.html")
    assert table(page, "日期", "通数") == {"2026-11-22": ["1", "1"], "2026-11-23": ["2", "2"]}
    assert page.headings[0] == "通话报告 · shop"


def test_nothing_to_count(desk: Path) -> None:
    (desk / "none").mkdir()
    ran = huashu(desk, "report", "none")
    assert (ran.code, ran.out) == (0, "report.html: 没有可以统计的通话。\n")
    page = reading(desk / "report.html")
    assert (page.headings, page.tables) == (["通话报告", "数据来源"], [])


def test_what_is_not_there(desk: Path) -> None:
    ran = huashu(desk, "report", "nowhere")
    assert (ran.code, ran.err) == (2, "huashu: no file or folder 'nowhere'\n")
    ran = huashu(desk, "report", "scripts", "--scheme", "plian")
    assert (ran.code, ran.err) == (1, "huashu: no scheme 'plian' (did you mean 'plain'?)\n")


def test_a_page_that_cannot_be_written(logs: Path) -> None:
    ran = huashu(logs, "report", "logs", "--out", "nowhere/page.html")
    assert (ran.code, ran.err) == (1, "huashu: cannot write 'nowhere/page.html': no such file or directory\n")


def test_hostile_calls_make_a_harmless_page(logs: Path) -> None:
    text = (logs / "logs/asks.jsonl").read_text("utf-8")
    for place, words in enumerate(["<script>alert(1)</script>", "\\ud83d", "\\u202eلا", "\\u0000", "天" * 10_000]):
        hostile = text.replace("多少钱", words).replace('"asks"', f'"<b>{place}"').replace('"ask"', '"<img src=x>"')
        put(logs, f"logs/{place}.jsonl", hostile)
    ran = huashu(logs, "report", "logs", "--out", "page.html", "--json")
    assert ran.code == 0, ran.err
    assert ran.json[0]["calls"] == 7
    page = reading(logs / "page.html")
    assert page.harmless
    assert "img" not in page.tags
    assert "<script>" not in (logs / "page.html").read_text("utf-8")
    assert (logs / "page.html").stat().st_size < 200_000


def test_delays_come_from_the_records_of_live_calls(logs: Path) -> None:
    record = logs / "calls" / "2026-11-26" / "yes"
    put(record, "log.jsonl", (logs / "logs/yes.jsonl").read_bytes())
    delays = [
        {"speech_end_ms": 1000, "text_ms": 1200, "decided_ms": 1210, "audio_ms": 1700},
        {"speech_end_ms": 5000},
        7,
    ]
    put(record, "summary.json", json.dumps({"delays": delays}))
    ran = huashu(logs, "report", "calls", "--out", "page.html")
    assert ran.code == 0
    shown = table(reading(logs / "page.html"), "部分", "回合", "p50 ms")
    assert shown["全部"] == ["1", "700", "700", "700", "700"]
    put(record, "summary.json", "{")
    assert huashu(logs, "report", "calls").code == 0
