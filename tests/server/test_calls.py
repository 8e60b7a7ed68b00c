"""`simulate`, `replay`, `grade` and `draw` on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.desk import SCRIPT, huashu, process, put

COMES = {"call_id": "x1", "steps": [{"say": "可以"}, {"say": "可以"}]}
LEAVES = {"call_id": "x2", "vars": {"name": "王姐"}, "steps": [{"say": "不用了"}]}


def lines(*calls: object) -> str:
    return "".join((call if isinstance(call, str) else json.dumps(call, ensure_ascii=False)) + "\n" for call in calls)


# --- simulate --------------------------------------------------------------------------------------------------------


def test_calls_from_a_file(desk: Path) -> None:
    put(desk, "calls.jsonl", lines(COMES, LEAVES))
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl")
    assert (ran.code, ran.err) == (0, "")
    assert [(call["call_id"], call["grade"], call["ended_by"]) for call in ran.json] == [
        ("x1", "A", "bot"),
        ("x2", "D", "bot"),
    ]
    assert set(ran.json[0]) == {
        "call_id", "disposition", "grade", "rule", "evidence", "ended_by", "stages", "turns", "facts", "actions",
        "scheme", "title", "reason", "at", "missed", "fact_steps",
    }  # fmt: skip
    assert ran.json[0]["actions"] == [{"type": "tag", "name": "请柬"}]


def test_a_grade_always_has_its_rule_and_its_evidence(desk: Path) -> None:
    steps: list[list[object]] = [
        [], [{"say": "今天天气不错"}], [{"say": "可以"}, {"say": "可以"}], [{"hangup": True}], [{"failed": {"sip": 486}}],
        [{"early_media": "您拨打的电话已关机"}], [{"silence": True}, {"hangup": True, "after_ms": 100}],
    ]  # fmt: skip
    calls = [{"call_id": str(number), "steps": each} for number, each in enumerate(steps)]
    for call in huashu(desk, "simulate", "scripts/shop.yaml", stdin=lines(*calls)).json:
        assert call["grade"]
        assert call["rule"]
        assert call["evidence"], call["rule"]
        assert call["ended_by"] in ("caller", "bot", "network")


def test_a_result_is_one_line_to_every_reader(desk: Path) -> None:
    said = "可以\u2028多少钱\x85好"
    call = {"call_id": "x", "steps": [{"say": said}]}
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "--logs", "logs", stdin=lines(call))
    assert len(ran.out.splitlines()) == 1
    assert ran.json[0]["turns"][0]["caller"] == said  # type: ignore[index]
    assert len(huashu(desk, "grade", "logs").out.splitlines()) == 1


def test_calls_from_a_pipe(desk: Path) -> None:
    ran = process(desk, "simulate", "scripts/shop.yaml", stdin=lines(LEAVES).encode())
    assert ran.code == 0
    (call,) = ran.json
    assert call["turns"][0]["bot"] == "王姐好，我是机器人，周末有空吗？"  # type: ignore[index]


def test_a_dash_is_a_pipe(desk: Path) -> None:
    ran = process(desk, "simulate", "--json", "scripts/shop.yaml", "-", stdin=lines(COMES).encode())
    assert (ran.code, len(ran.json)) == (0, 1)


def test_calls_of_one_name_leave_a_log_each(desk: Path) -> None:
    huashu(desk, "simulate", "scripts/shop.yaml", "--logs", "logs", stdin=lines(COMES, COMES, LEAVES))
    assert sorted(path.name for path in (desk / "logs").iterdir()) == ["x1-2.jsonl", "x1.jsonl", "x2.jsonl"]


def test_no_log_takes_the_place_of_another(desk: Path) -> None:
    calls = [{"call_id": name, "steps": []} for name in ("x1-2", "x1", "x1", "x1-2", "a/b", "a_b", "actions")]
    huashu(desk, "simulate", "scripts/shop.yaml", "--logs", "logs", stdin=lines(*calls))
    logs = sorted((desk / "logs").iterdir())
    assert [path.name for path in logs] == [
        "a_b-2.jsonl", "a_b.jsonl", "call-actions.jsonl", "x1-2-2.jsonl", "x1-2.jsonl", "x1-3.jsonl", "x1.jsonl",
    ]  # fmt: skip
    assert [call["call_id"] for call in huashu(desk, "grade", "logs").json] == [
        json.loads(path.read_text().splitlines()[0])["call_id"] for path in logs
    ]


def test_a_name_longer_than_a_file_may_have(desk: Path) -> None:
    calls = [{"call_id": "长" * 300 + end, "steps": []} for end in "ab"]
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "--logs", "logs", stdin=lines(*calls))
    assert (ran.code, ran.err, len(list((desk / "logs").iterdir()))) == (0, "", 2)


REQUIRED = SCRIPT.replace("{type: name, default: 您}", "{type: text, required: yes}")


def test_calls_may_be_tried_without_what_a_live_call_needs(desk: Path) -> None:
    put(desk, "scripts/shop.yaml", REQUIRED)
    ran = huashu(desk, "simulate", "scripts/shop.yaml", stdin=lines(COMES, {**COMES, "vars": {"name": ""}}, LEAVES))
    assert (ran.code, [call["grade"] for call in ran.json]) == (0, ["A", "A", "D"])
    assert ran.err == "huashu: no value for 'name': 〔name〕 stands in for it (else: --var name=…)\n"
    assert [call["turns"][0]["bot"].partition("好")[0] for call in ran.json] == ["〔name〕", "〔name〕", "王姐"]  # type: ignore[index]


def test_variables_that_calls_do_not_bring(desk: Path) -> None:
    put(desk, "scripts/shop.yaml", REQUIRED)
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "--var", "name=李", stdin=lines(COMES, LEAVES))
    assert (ran.code, ran.err) == (0, "")
    assert [call["turns"][0]["bot"][:2] for call in ran.json] == ["李好", "王姐"]  # type: ignore[index]
    wrong = huashu(desk, "simulate", "scripts/shop.yaml", "--var", "nmae=李", stdin=lines(COMES))
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == "huashu: unknown variable 'nmae' (the script's variables: name)\n"


def test_a_bad_line_is_told_by_its_number_and_the_rest_goes_on(desk: Path) -> None:
    put(
        desk,
        "calls.jsonl",
        lines(
            COMES,
            "not json",
            "",
            {"call_id": "x3", "vars": {"nmae": "王"}, "steps": []},
            {"call_id": "x4", "steps": [{"sya": "好"}]},
            {"steps": []},
            LEAVES,
        ),
    )
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl")
    assert ran.code == 1
    assert [call["call_id"] for call in ran.json] == ["x1", "x2"]
    assert ran.err.splitlines() == [
        "huashu: calls.jsonl:2: not JSON at character 1: Expecting value",
        "huashu: calls.jsonl:4: unknown variable 'nmae' (the script's variables: name)",
        "huashu: calls.jsonl:5: step 1: no step is called 'sya' (did you mean 'say'?)",
        "huashu: calls.jsonl:6: call_id is missing",
    ]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("脚本".encode("gbk"), "calls.jsonl:1: this line is not UTF-8 (byte 1)"),
        (b"[" * 100_000, "calls.jsonl:1: not "),
        (b'{"call_id": "a", "steps": [' + b" " * 5_000_001 + b"]}", "this line is longer than 5,000,000 bytes"),
        (b'{"call_id": "a", "steps": [1]}', "calls.jsonl:1: step 1: "),
        (b'{"call_id": "a", "now": "now", "steps": []}', "calls.jsonl:1: now must be an RFC 3339 time"),
    ],
)
def test_lines_that_cannot_be_read(desk: Path, bad: bytes, told: str) -> None:
    put(desk, "calls.jsonl", bad + b"\n" + lines(COMES).encode())
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl")
    assert ran.code == 1
    assert [call["call_id"] for call in ran.json] == ["x1"]
    (message,) = ran.err.splitlines()
    assert told in message


def test_a_byte_order_mark_is_no_mistake(desk: Path) -> None:
    put(desk, "calls.jsonl", b"\xef\xbb\xbf" + lines(COMES).encode())
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl").code == 0


def test_no_calls_are_no_mistake(desk: Path) -> None:
    ran = huashu(desk, "simulate", "scripts/shop.yaml", stdin="")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_file_that_is_not_there(desk: Path) -> None:
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "none.jsonl")
    assert (ran.code, ran.err) == (1, "huashu: cannot read 'none.jsonl': no such file or directory\n")


@pytest.mark.parametrize("verb", ["simulate", "talk", "draw"])
def test_a_script_with_mistakes_is_not_used(desk: Path, verb: str) -> None:
    put(desk, "b.yaml", SCRIPT.replace("go: day", "go: dya"))
    ran = huashu(desk, verb, "b.yaml")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[0] == "b.yaml:12:36: no stage 'dya' (did you mean 'day'?)"


def test_a_transcript_for_people(desk: Path) -> None:
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "--transcript", stdin=lines(COMES))
    assert ran.code == 0
    assert "bot     您好，我是机器人，周末有空吗？" in ran.out
    assert "grade A by rule A1" in ran.out


def test_logs_that_cannot_be_written(desk: Path) -> None:
    put(desk, "taken", "")
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "--logs", "taken", stdin=lines(COMES))
    assert (ran.code, ran.err) == (1, "huashu: cannot write logs into 'taken': file exists\n")


# --- replay and grade ------------------------------------------------------------------------------------------------


@pytest.fixture
def logs(desk: Path) -> Path:
    huashu(desk, "simulate", "scripts/shop.yaml", "--logs", "logs", stdin=lines(COMES, LEAVES))
    return desk / "logs"


def test_a_log_is_json_lines_with_a_header(logs: Path) -> None:
    header, *steps = [json.loads(line) for line in (logs / "x2.jsonl").read_text().splitlines()]
    assert {"call_id", "script", "script_sha256", "engine_version", "started_at"} <= header.keys()
    assert (header["script"], header["vars"]) == ("shop", {"name": "王姐"})
    assert [step["seq"] for step in steps] == list(range(len(steps)))
    assert all({"type", "at_ms"} <= step["event"].keys() and "actions" in step for step in steps)


def test_the_same_script_replays_the_same(desk: Path, logs: Path) -> None:
    ran = huashu(desk, "replay", "logs")
    assert ran.code == 0
    assert [line.split(": ")[0] for line in ran.lines] == ["logs/x1.jsonl", "logs/x2.jsonl", "2 logs"]
    assert all("same" in line for line in ran.lines)
    call, last = huashu(desk, "replay", "--json", "logs/x1.jsonl").json
    assert (call["same"], list(last)) == (True, ["summary"])


def test_another_script_is_told_where_each_call_parts(desk: Path, logs: Path) -> None:
    put(desk, "scripts/other.yaml", SCRIPT.replace("那星期六可以吗", "星期天来吗"))
    ran = huashu(desk, "replay", "logs", "--with", "scripts/other.yaml")
    assert ran.code == 1
    assert ran.lines[0].startswith("logs/x1.jsonl: differs at step ")
    assert "那星期六可以吗" in ran.out
    assert "星期天来吗" in ran.out
    assert any(line.startswith("logs/x2.jsonl: same") for line in ran.lines)


@pytest.mark.parametrize("place", [".", "elsewhere"])
def test_the_script_of_a_call_may_lie_by_its_log_under_any_name(desk: Path, place: str) -> None:
    own = SCRIPT.replace("script: shop", "script: 'fair'").replace("grammars: small\ngrading: plain\n", "")
    put(desk, "own/my.yaml", own)
    huashu(desk, "simulate", "own/my.yaml", "--logs", "own/logs", stdin=lines(COMES))
    (desk / "elsewhere").mkdir()
    log = desk / "own/logs/x1.jsonl"
    ran = huashu(desk / place, "replay", log)
    assert (ran.code, ran.err, ran.lines[0].partition(", ")[0]) == (0, "", f"{log}: same")
    assert huashu(desk / place, "grade", log).json[0]["call_id"] == "x1"
    put(desk, "own/my.yaml", (desk / "own/my.yaml").read_text() + "# a remark\n")
    changed = huashu(desk / place, "replay", log)
    assert (changed.code, changed.out) == (1, "")
    assert changed.err.startswith(f"huashu: {log}:1: no script 'fair' here")


def test_a_script_that_has_changed_is_not_the_script_of_the_call(desk: Path, logs: Path) -> None:
    put(desk, "scripts/shop.yaml", SCRIPT + "# a remark\n")
    ran = huashu(desk, "replay", "logs/x1.jsonl")
    assert ran.code == 1
    assert ran.err == (
        "huashu: logs/x1.jsonl:1: scripts/shop.yaml is not the script this call ran with "
        "(use --with scripts/shop.yaml to see what it would change)\n"
    )
    assert huashu(desk, "replay", "logs/x1.jsonl", "--with", "scripts/shop.yaml").code == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1: the log is empty"),
        (b"{}\n", "1: "),
        (b"\xff\n", "1: not UTF-8 at byte 1"),
        (b"not json\n", "1: not JSON at character 1"),
    ],
)
@pytest.mark.parametrize("verb", ["replay", "grade"])
def test_a_file_that_is_no_log(desk: Path, logs: Path, verb: str, content: bytes, told: str) -> None:
    put(desk, "logs/bad.jsonl", content)
    ran = huashu(desk, verb, "logs")
    assert ran.code == 1
    assert ran.err.startswith(f"huashu: logs/bad.jsonl:{told}")
    others = [line for line in ran.lines if "x1" in line or "x2" in line]
    assert len(others) == 2, "the other logs are read all the same"


@pytest.mark.parametrize("verb", ["replay", "grade"])
def test_a_log_of_a_script_that_is_gone(desk: Path, logs: Path, verb: str) -> None:
    (desk / "scripts/shop.yaml").unlink()
    ran = huashu(desk, verb, "logs/x1.jsonl")
    assert ran.code == 1
    assert ran.err.startswith("huashu: logs/x1.jsonl:1: no script 'shop' here")


def test_recorded_calls_are_graded_again(desk: Path, logs: Path) -> None:
    ran = huashu(desk, "grade", "logs")
    assert ran.code == 0
    assert [(call["call_id"], call["grade"], call["rule"]) for call in ran.json] == [
        ("x1", "A", "A1"),
        ("x2", "D", "D9"),
    ]


def test_or_by_the_rules_of_another_script(desk: Path, logs: Path) -> None:
    put(desk, "scripts/schemes/strict.yaml", "scheme: strict\nrules: [{id: F1, grade: F}]\n")
    put(desk, "scripts/strict.yaml", SCRIPT.replace("grading: plain", "grading: strict"))
    (desk / "scripts/shop.yaml").unlink()
    ran = huashu(desk, "grade", "logs", "--script", "scripts/strict.yaml")
    assert ran.code == 0
    assert [call["grade"] for call in ran.json] == ["F", "F"]


def test_grading_a_log_is_what_grading_the_call_was(desk: Path, logs: Path) -> None:
    live = huashu(desk, "simulate", "scripts/shop.yaml", stdin=lines(COMES, LEAVES)).json
    assert huashu(desk, "grade", "logs").json == live


# --- draw ------------------------------------------------------------------------------------------------------------


def test_draw(desk: Path) -> None:
    ran = huashu(desk, "draw", "scripts/shop.yaml")
    assert ran.code == 0
    assert "flowchart" in ran.out
    assert "day" in ran.out


def test_a_log_made_of_a_recording_is_not_replayed_and_no_difference_is_told(desk: Path, logs: Path) -> None:
    for log in logs.glob("*.jsonl"):
        log.write_text(log.read_text(encoding="utf-8").replace('"source":"simulated"', '"source":"recording"'))
    ran = huashu(desk, "replay", "logs")
    assert (ran.code, ran.lines) == (2, ["2 logs: 0 the same, 0 part, 2 made of recordings"])
    assert all("made of a recording, which cannot be run again" in line for line in ran.err.splitlines())
