"""`simulate --personas` on real files."""

from __future__ import annotations

import json
from pathlib import Path

from tests.server.desk import huashu, process, put

PEOPLE = """\
personas: mine
callers:
  buyer: {share: 3, does: {any: {affirm: 3, ask_price: 1}}}
  grump: {share: 1, refusals: 1, does: {any: {refuse: 1}}}
"""
CROWD = ("simulate", "scripts/shop.yaml", "--personas", "40", "--seed", "7", "--table", "mine.yaml")


def test_what_a_crowd_shows(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    ran = huashu(desk, *CROWD)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("shop: 40 simulated callers (table mine, seed 7)\n40 were answered and took ")
    assert "buyer        30     .\n" in ran.out
    assert "grump         .    10\n" in ran.out
    assert "stages: 3 of 3 reached\n" in ran.out
    assert "no call came to branch ask.expect.3\n" in ran.out
    assert "no call came to grade E1\n" in ran.out
    assert "nobody heard 这就转接。\n" in ran.out
    assert ran.out.endswith("utterances were understood as they were meant\n")


def test_the_same_for_programs(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    (found,) = huashu(desk, *CROWD, "--json").json
    assert found["grades"] == {"A": 30, "D": 10}
    assert found["personas"] == {"buyer": {"A": 30}, "grump": {"D": 10}}
    assert found["coverage"]["stages"] == {"reached": 3, "of": 3, "missed": []}
    assert (found["script"], found["table"], found["seed"], found["calls"]) == ("shop", "mine", 7, 40)


def test_the_same_seed_prints_the_same_in_another_process(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    one, two = process(desk, *CROWD, "--json"), process(desk, *CROWD, "--json")
    assert one.out == two.out
    assert one.out != process(desk, *CROWD, "--json", "--seed", "8").out


def test_their_logs_are_call_logs_like_any_other(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    assert huashu(desk, *CROWD, "--out", "logs").code == 0
    replayed = huashu(desk, "replay", "logs")
    assert replayed.code == 0
    assert replayed.out.count(": same, ") == 40
    graded = huashu(desk, "grade", "logs").json
    callers = [json.loads(text) for text in (desk / "logs/callers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {each["call_id"]: each["grade"] for each in graded} == {each["call_id"]: each["grade"] for each in callers}
    header = json.loads((desk / "logs" / f"{callers[0]['call_id']}.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert header["source"] == "simulated"


def test_what_callers_meant_is_kept_beside_their_logs(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE.replace("callers:", "noise: {negation: 100}\ncallers:"))
    huashu(desk, *CROWD, "--out", "logs", "--only", "grump")
    callers = [json.loads(text) for text in (desk / "logs/callers.jsonl").read_text(encoding="utf-8").splitlines()]
    said = callers[0]["said"][0]
    assert callers[0]["persona"] == "grump"
    assert said["meant"] == ["refuse"]
    assert said["heard"] == [said["said"].replace("不", "")]
    assert (said["changes"], said["flipped"]) == (["negation"], True)


def test_only_some_of_them(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    (found,) = huashu(desk, *CROWD, "--json", "--only", "grump").json
    assert found["personas"] == {"grump": {"D": 40}}


def test_the_shipped_table_serves_a_script_with_grammars_of_its_own(desk: Path) -> None:
    ran = huashu(desk, "simulate", "scripts/shop.yaml", "--personas", "50")
    assert (ran.code, ran.err) == (0, "")


# --- bad input -------------------------------------------------------------------------------------------------------


def test_mistakes_in_a_table_are_told_with_their_place(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE.replace("refuse: 1", "refuze: 1"))
    ran = huashu(desk, *CROWD)
    assert ran.code == 2
    assert ran.err == "mine.yaml:4:3: 'refuze' is no intent of the script (did you mean 'refuse'?)\n"
    put(desk, "mine.yaml", PEOPLE.replace("share: 3", "share: many"))
    ran = huashu(desk, *CROWD)
    assert ran.code == 2
    assert ran.err.startswith("mine.yaml:3:18: ")


def test_check_reads_tables(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE.replace("share: 3", "shares: 3"))
    ran = huashu(desk, "check", "mine.yaml")
    assert ran.code == 1
    assert "unknown key 'shares' in persona (did you mean 'share'?)" in ran.out


def test_wrong_use_is_told_in_one_line(desk: Path) -> None:
    put(desk, "mine.yaml", PEOPLE)
    put(desk, "calls.jsonl", "")
    for arguments, told in {
        ("--table", "theirs"): "no table of personas 'theirs'",
        ("--only", "grumpy"): "no persona 'grumpy' (did you mean 'grump'?)",
        ("--var", "name"): "write it as NAME=VALUE",
        ("--var", "nobody=x"): "unknown variable 'nobody'",
        ("calls.jsonl",): "either written or made by --personas",
        ("--out", "mine.yaml"): "cannot write into 'mine.yaml'",
    }.items():
        ran = huashu(desk, *CROWD, *arguments)
        assert ran.code in (1, 2)
        assert told in ran.err
        assert ran.err.count("\n") == 1
    ran = huashu(desk, *CROWD, "--transcript")
    assert (ran.code, ran.out) == (2, "")
    assert "--transcript goes with CALLS" in ran.err
    for option in (("--seed", "3"), ("--only", "grump"), ("--report", "page.html")):
        ran = huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", *option)
        assert (ran.code, ran.out) == (2, "")
        assert f"{option[0]} goes with --personas" in ran.err
