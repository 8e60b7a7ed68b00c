"""`huashu compare` on real files: what it tells, and the exit codes on which a pipeline may rely."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.desk import SCRIPT, huashu, put

PEOPLE = """\
personas: mine
callers:
  buyer: {share: 3, does: {any: {affirm: 3, ask_price: 1}}}
  unsure: {share: 1, patience: 20, refusals: 9, does: {opening: {refuse: 1}, any: {affirm: 1}}}
"""
OLD, NEW = "scripts/shop.yaml", "scripts/next.yaml"
COMPARE = ("compare", OLD, NEW, "--personas", "80", "--table", "mine.yaml", "--no-witness")


@pytest.fixture
def shop(desk: Path) -> Path:
    put(desk, "mine.yaml", PEOPLE)
    put(desk, NEW, SCRIPT.replace("八折。", "打八折。"))
    return desk


def edit(desk: Path, old: str, new: str) -> None:
    assert SCRIPT.count(old) == 1
    put(desk, NEW, SCRIPT.replace(old, new))


def test_another_wording_is_published_with_exit_code_0(shop: Path) -> None:
    ran = huashu(shop, *COMPARE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        f"changes: 1 prompt\n  {NEW}:22:11: changed answers.1 say\n    - 八折。\n    + 打八折。\n"
    )
    assert "simulated callers: 80 on both (table mine, seed 1)\n" in ran.out
    assert "  0 callers have another grade\n" in ran.out
    assert ran.out.endswith("\npublish\n")


def test_the_same_script_has_no_changes(shop: Path) -> None:
    ran = huashu(shop, "compare", OLD, OLD, "--personas", "20", "--table", "mine.yaml", "--no-witness")
    assert ran.code == 0
    assert ran.out.startswith("no changes\n")


def test_pushing_those_who_refuse_is_seen_with_exit_code_1(shop: Path) -> None:
    edit(shop, "      - {hear: refuse, go: bye}\n", "")
    put(
        shop,
        NEW,
        (shop / NEW).read_text(encoding="utf-8").replace("  day:\n", "    recover: 就看一眼，好吗？\n  day:\n", 1),
    )
    ran = huashu(shop, *COMPARE)
    assert ran.code == 1
    assert "    + 就看一眼，好吗？\n" in ran.out
    verdict = ran.out.partition("look at:\n")[2]
    assert "  A goes from 75.0 % to " in verdict
    assert "  D goes from 25.0 % to " in verdict


def test_witnesses(shop: Path) -> None:
    edit(shop, "accept: yes, ", "")
    ran = huashu(shop, *(each for each in COMPARE if each != "--no-witness"))
    assert ran.code == 1
    assert "witnesses: " in ran.out
    assert "  rule A1 (old): A → D: " in ran.out or "the shortest call to rule A1" in ran.out


def test_recorded_calls_part_and_are_not_graded_further(shop: Path) -> None:
    huashu(shop, "simulate", OLD, "--personas", "40", "--table", "mine.yaml", "--out", "logs")
    edit(shop, "say: 那星期六可以吗？", "say: 那星期天行不行？")
    ran = huashu(shop, *COMPARE, "--calls", "logs")
    assert ran.code == 0
    assert "recorded calls: 40, of which 10 go the same way and 30 part\n" in ran.out
    assert "  stage ask, 30 calls part (" in ran.out
    assert "    - 那星期六可以吗？\n    + 那星期天行不行？\n" in ran.out


def test_recorded_calls_that_go_the_same_way_are_graded_again(shop: Path) -> None:
    huashu(shop, "simulate", OLD, "--personas", "40", "--table", "mine.yaml", "--only", "buyer", "--out", "logs")
    edit(shop, "accept: yes, ", "")
    ran = huashu(shop, *COMPARE, "--calls", "logs", "--json")
    (found,) = ran.json
    assert ran.code == 1
    assert found["recorded"]["calls"] == 40
    assert found["recorded"]["same"] == len(found["recorded"]["changed"])
    assert {"kind": "recorded", "count": found["recorded"]["same"], "of": found["recorded"]["same"]} in found[
        "concerns"
    ]


def test_all_of_it_for_programs(shop: Path) -> None:
    (found,) = huashu(shop, *COMPARE, "--json").json
    assert (found["publish"], found["verdict"], found["concerns"]) == (True, "publish", [])
    assert [(each["kind"], each["where"], each["mark"]) for each in found["changes"]] == [
        ("prompt", "answers.1", f"{NEW}:22:11")
    ]
    assert found["callers"]["before"]["grades"] == found["callers"]["after"]["grades"]
    assert sum(each["calls"] for each in found["callers"]["moved"]) == 80
    assert (found["witnesses"], found["recorded"]) == (None, None)


def test_the_same_is_told_each_time(shop: Path) -> None:
    assert huashu(shop, *COMPARE, "--json").out == huashu(shop, *COMPARE, "--json").out


def test_a_new_warning_is_looked_at(shop: Path) -> None:
    edit(shop, "我是机器人，", "")
    ran = huashu(shop, *COMPARE)
    assert ran.code == 1
    assert f"new warning: {NEW}:7:3: warning: the opening does not say that an AI is speaking" in ran.out
    assert "  1 new warnings of check\n" in ran.out


# --- bad input: exit code 2 ------------------------------------------------------------------------------------------


def test_what_cannot_be_compared_is_told_with_exit_code_2(shop: Path) -> None:
    ran = huashu(shop, "compare", OLD, "nowhere.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "no file 'nowhere.yaml'" in ran.err
    edit(shop, "go: day}\n      - {hear: refuse", "go: dai}\n      - {hear: refuse")
    ran = huashu(shop, *COMPARE)
    assert (ran.code, ran.out) == (2, "")
    assert f"{NEW}:12:" in ran.err
    put(shop, NEW, SCRIPT)
    for wrong in (("--table", "theirs"), ("--var", "x"), ("--report", "nowhere/page.html")):
        ran = huashu(shop, *COMPARE, *wrong)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.count("\n") == 1


def test_logs_that_cannot_be_read_are_told_and_the_rest_goes_on(shop: Path) -> None:
    huashu(shop, "simulate", OLD, "--personas", "4", "--table", "mine.yaml", "--out", "logs")
    put(shop, "logs/bad.jsonl", "{\n")
    ran = huashu(shop, *COMPARE, "--calls", "logs", "--calls", "gone.jsonl")
    assert ran.code == 1
    assert "recorded calls: 4, " in ran.out
    assert "logs/bad.jsonl:1: " in ran.err
    assert "cannot read 'gone.jsonl'" in ran.err


def test_logs_made_of_recordings_are_told_and_left_out(shop: Path) -> None:
    huashu(shop, "simulate", OLD, "--personas", "4", "--table", "mine.yaml", "--out", "logs")
    log = min((shop / "logs").glob("*-*.jsonl"))
    put(shop, f"logs/{log.name}", log.read_text(encoding="utf-8").replace('"simulated"', '"recording"'))
    ran = huashu(shop, *COMPARE, "--calls", "logs")
    assert ran.code == 1
    assert "recorded calls: 3, " in ran.out
    assert f"logs/{log.name}: made of a recording, which cannot be run again" in ran.err


def test_calls_of_another_version_or_with_other_variables_are_left_out(shop: Path) -> None:
    put(shop, "scripts/third.yaml", SCRIPT.replace("周末有空吗？", "下周有空吗？"))
    huashu(shop, "simulate", "scripts/third.yaml", "--personas", "4", "--table", "mine.yaml", "--out", "logs")
    ran = huashu(shop, *COMPARE, "--calls", "logs")
    assert "left out: 4 of another version than the old one, 0 with other variables\n" in ran.out
    edit(shop, "variables: {name: {type: name, default: 您}}", "variables: {city: {default: 您}}")
    put(shop, NEW, (shop / NEW).read_text(encoding="utf-8").replace("{name}好", "{city}好"))
    huashu(shop, "simulate", OLD, "--personas", "4", "--table", "mine.yaml", "--out", "others")
    ran = huashu(shop, *COMPARE, "--calls", "others")
    assert ran.code == 1
    assert "  the variables of 4 recorded calls do not fit\n" in ran.out
