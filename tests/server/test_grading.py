"""`huashu grade`, `correct` and `diff` on logs as they lie on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.calls.actions import Matched, Sms
from engine.calls.codec import on_one_line
from engine.calls.events import Heard
from engine.calls.log import Entry, read
from engine.grading.facts import Evidence
from engine.grading.grade import grade
from engine.language.load import load_script
from engine.trial.compare import facts_of
from engine.understanding.grammar import Hit
from server.content import Files
from server.grading import _words, as_json, as_text
from server.labels import Label
from tests.server.desk import SCHEME, SCRIPT, huashu, put

YES = '{"call_id": "yes", "steps": [{"say": "没问题啊"}, {"say": "可以，来"}]}'
ASKS = '{"call_id": "asks", "steps": [{"say": "多少钱"}, {"hangup": true}]}'
STRICT = SCHEME.replace("{invitation: success}", "{invitation: success, interest_questions: {at_least: 1}}")


@pytest.fixture
def logs(desk: Path) -> Path:
    """A desk with the logs of two calls."""
    put(desk, "calls.jsonl", f"{YES}\n{ASKS}\n")
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    return desk


def test_each_call_has_its_grade_as_json(logs: Path) -> None:
    ran = huashu(logs, "grade", "logs")
    assert (ran.code, ran.err) == (0, "")
    assert [(call["call_id"], call["grade"], call["rule"]) for call in ran.json] == [
        ("asks", "D", "D9"), ("yes", "A", "A1"),
    ]  # fmt: skip


@pytest.mark.parametrize("words", ['可以，来\u2028\t"\\/\x7f\U0001f600', "可以\ud83d"])
def test_a_graded_call_is_written_as_plain_json_would_be(logs: Path, words: str) -> None:
    log = read((logs / "logs/yes.jsonl").read_bytes())
    sms = Entry(len(log.entries), Heard(10**7 + 1, words), (Sms(words), Matched(words, (Hit("affirm", "可", (0, 2)),))))
    script, _ = load_script(str(logs / "scripts/shop.yaml"), Files())
    assert script
    for entries in (log.entries[:1], log.entries, (*log.entries[:-2], sms)):
        said = replace(log, entries=entries)
        facts = facts_of(said, script.interest)
        found = said, facts, grade(script.scheme, facts), Label("yes", "B", "ann", words, "2026-01-05")
        assert as_text(*found) == on_one_line(json.dumps(as_json(*found), ensure_ascii=False))


def test_a_grade_is_explained(logs: Path) -> None:
    ran = huashu(logs, "grade", "--explain", "logs/yes.jsonl")
    first, second, third, fourth = ran.lines[:4]
    assert first == "logs/yes.jsonl: call yes: grade A by rule A1"
    assert second == "    scripts/schemes/plain.yaml:4:10"
    assert third.strip() == "invitation: success"
    assert "“可以，来” → success, step" in fourth


def test_what_a_better_grade_wanted(logs: Path) -> None:
    ran = huashu(logs, "grade", "--explain", "logs/asks.jsonl")
    assert "    not A: A1 missed: invitation is none, not success" in ran.lines


def test_another_scheme_by_name_or_file(logs: Path) -> None:
    put(logs, "scripts/schemes/strict.yaml", STRICT.replace("plain", "strict"))
    for name in ("strict", "scripts/schemes/strict.yaml"):
        ran = huashu(logs, "grade", "--scheme", name, "logs/yes.jsonl")
        assert [(call["scheme"], call["grade"]) for call in ran.json] == [("strict", "D")]


def test_a_scheme_that_is_not_there(logs: Path) -> None:
    ran = huashu(logs, "grade", "--scheme", "plian", "logs")
    assert (ran.code, ran.out, ran.err) == (1, "", "huashu: no scheme 'plian' (did you mean 'plain'?)\n")


# --- logs that cannot be graded, beside others that can --------------------------------------------------------------


def test_a_log_cut_off_in_mid_line_is_graded_from_what_is_there(logs: Path) -> None:
    whole = (logs / "logs/yes.jsonl").read_bytes()
    put(logs, "logs/yes.jsonl", whole[:-20])
    ran = huashu(logs, "grade", "logs")
    assert ran.code == 0
    assert str(ran.json[1]["cut_off"]).startswith("line ")
    assert "logs/yes.jsonl: line " in ran.err
    assert "graded from what is there" in ran.err
    assert "    cut off: line " in huashu(logs, "grade", "--explain", "logs").out


def test_another_version_of_the_script_must_be_asked_for(logs: Path) -> None:
    put(logs, "scripts/shop.yaml", SCRIPT.replace("真来吗", "您真来吗"))
    ran = huashu(logs, "grade", "logs/yes.jsonl")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("huashu: logs/yes.jsonl:1: version ")
    assert "1 of 1 logs not graded" in ran.err
    assert huashu(logs, "grade", "--script", "scripts/shop.yaml", "logs/yes.jsonl").json[0]["grade"] == "A"
    assert huashu(logs, "grade", "--scheme", "plain", "logs/yes.jsonl").json[0]["grade"] == "A"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("scripts/schemes/plain.yaml", "invitation:", "invitatoin:", "scripts/schemes/plain.yaml:4:31: unknown key"),
        ("scripts/schemes/plain.yaml", "grade: A,", "grade: A, wen: 1,", "scripts/schemes/plain.yaml:4:"),
        ("scripts/shop.yaml", "grammars: small", "grammars: small\ninclude: p.yaml", "scripts/p.yaml:2:10: "),
    ],
)
def test_content_that_is_wrong_is_told_once_and_the_rest_is_graded(
    logs: Path, file: str, old: str, new: str, told: str
) -> None:
    put(logs, "scripts/p.yaml", "part: p\ninclude: p.yaml\n")
    put(logs, "scripts/schemes/other.yaml", SCHEME.replace("plain", "other"))
    other = SCRIPT.replace("script: shop", "script: other").replace("grading: plain", "grading: other")
    put(logs, "scripts/other.yaml", other)
    huashu(logs, "simulate", "scripts/other.yaml", "calls.jsonl", "--logs", "logs/more")
    put(logs, file, (logs / file).read_text().replace(old, new))
    ran = huashu(logs, "grade", "logs")
    assert ran.code == 1
    assert [call["call_id"] for call in ran.json] == ["asks", "yes"], "those of the other script"
    located, *rest = ran.err.splitlines()
    assert located.startswith(told)
    assert rest == ["huashu: 2 of 4 logs not graded"]


def test_a_line_that_is_none_of_ours(logs: Path) -> None:
    put(logs, "logs/odd.jsonl", "{}\n")
    ran = huashu(logs, "grade", "logs")
    assert ran.code == 1
    assert len(ran.lines) == 2
    assert ran.err.startswith("huashu: logs/odd.jsonl:1: ")


# --- what people say -------------------------------------------------------------------------------------------------


def test_a_person_corrects_a_grade_and_the_machines_stays(logs: Path) -> None:
    before = (logs / "logs/yes.jsonl").read_bytes()
    assert huashu(logs, "correct", "logs/yes.jsonl", "C", "--by", "王", "--why", "只是客气").code == 0
    assert huashu(logs, "correct", "logs/yes.jsonl", "B", "--by", "李", "--why", "听了录音").code == 0
    assert (logs / "logs/yes.jsonl").read_bytes() == before
    asks, yes = huashu(logs, "grade", "logs").json
    assert "corrected" not in asks
    assert yes["grade"] == "A"
    corrected = yes["corrected"]
    assert isinstance(corrected, dict)
    assert corrected | {"at": ""} == {"grade": "B", "by": "李", "why": "听了录音", "at": ""}
    assert len((logs / "logs/corrections.jsonl").read_text().splitlines()) == 2, "what the first said is kept"
    assert "    corrected: B by 李 on " in huashu(logs, "grade", "--explain", "logs/yes.jsonl").out


def test_a_correction_that_cannot_be_read_is_told(logs: Path) -> None:
    put(logs, "logs/corrections.jsonl", 'no\n{"call_id": "yes", "grade": "Z", "by": "", "why": "", "at": ""}\n[1]\n')
    ran = huashu(logs, "grade", "logs/yes.jsonl")
    assert ran.json[0]["grade"] == "A"
    assert ran.err.splitlines() == [
        "huashu: logs/corrections.jsonl:1: not a label",
        "huashu: logs/corrections.jsonl:2: no grade 'Z'",
        "huashu: logs/corrections.jsonl:3: not a label",
    ]


def test_only_a_log_can_be_corrected(logs: Path) -> None:
    assert huashu(logs, "correct", "gone.jsonl", "B", "--by", "a", "--why", "b").err == "huashu: no log 'gone.jsonl'\n"
    assert huashu(logs, "correct", "logs/yes.jsonl", "Q", "--by", "a", "--why", "b").code == 2


# --- diff ------------------------------------------------------------------------------------------------------------


def test_what_another_scheme_changes(logs: Path) -> None:
    put(logs, "strict.yaml", STRICT)
    ran = huashu(logs, "diff", "plain", "strict.yaml", "logs")
    assert ran.code == 1
    assert ran.lines == [
        "logs/yes.jsonl: call yes: A by A1 → D by D9",
        "    A1 now misses: interest_questions 0 < 1",
        "    D9 holds, but A1 comes first",
        "",
        "rows: plain, columns: strict.yaml",
        "           A     D",
        "     A     .     1",
        "     D     .     1",
        "1 of 2 calls changed",
    ]


def test_nothing_changed_is_exit_code_0(logs: Path) -> None:
    ran = huashu(logs, "diff", "scripts/shop.yaml", "plain", "logs")
    assert (ran.code, ran.lines[-1]) == (0, "0 of 2 calls changed")


def test_another_version_of_a_script_hears_the_words_anew(logs: Path) -> None:
    put(logs, "new.yaml", SCRIPT.replace("没问题啊], go: day", "没问题啊], go: bye"))
    ran = huashu(logs, "diff", "--json", "shop", "new.yaml", "logs")
    assert ran.code == 1
    asks, yes = ran.json
    assert asks["changed"] is False
    assert yes["changed"] is True
    after = yes["after"]
    assert isinstance(after, dict)
    assert (after["grade"], after["parted"]) == ("D", 4)


def test_a_side_that_is_nothing(logs: Path) -> None:
    ran = huashu(logs, "diff", "plain", "nothing", "logs")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("huashu: no scheme 'nothing'")


# --- witness and mutants ---------------------------------------------------------------------------------------------


def test_check_prints_a_conversation_for_each_grade(desk: Path) -> None:
    ran = huashu(desk, "check", "--witness", "scripts/shop.yaml")
    assert ran.code == 0
    heads = [line for line in ran.lines if line.startswith("scripts/shop.yaml: grade ")]
    assert [head.split()[2] for head in heads] == ["A", "D", "E"]
    assert any("caller  好的" in line for line in ran.lines)


def test_a_witness_can_be_played(desk: Path) -> None:
    told = huashu(desk, "check", "--witness", "--json", "scripts/shop.yaml").json
    calls = [each for each in told if "steps" in each]
    played = huashu(desk, "simulate", "scripts/shop.yaml", stdin="\n".join(map(json.dumps, calls)))
    assert played.code == 0
    assert [call["rule"] for call in played.json] == [call["rule"] for call in calls]


def test_a_grade_without_a_witness_is_a_warning(desk: Path) -> None:
    rules = SCHEME.replace("  - {id: D9", "  - {id: C1, grade: C, when: {peer: yes}}\n  - {id: D9")
    put(desk, "scripts/schemes/plain.yaml", rules)
    ran = huashu(desk, "check", "--witness", "scripts/shop.yaml")
    assert ran.code == 0
    (warning,) = (line for line in ran.lines if "grade C" in line)
    assert warning.startswith("scripts/schemes/plain.yaml:5:10: warning: no conversation of scripts/shop.yaml ends in")
    assert "turns tried" in warning


def test_mutants_that_no_test_notices(desk: Path) -> None:
    ran = huashu(desk, "test", "--mutate", "tests/scripts")
    assert ran.code == 0
    survived = [line for line in ran.lines if "survived" in line]
    assert "scripts/shop.yaml:12:9: survived: ask.expect.1 no longer hears 没问题啊 (no" in "\n".join(survived)
    assert ran.lines[-1].startswith("shop: ")
    assert ran.lines[-1].endswith("mutants killed")


def test_some_of_the_mutants(desk: Path) -> None:
    ran = huashu(desk, "test", "--mutate", "--most", "3", "--json", "tests/scripts")
    score = ran.json[-1]
    assert score["mutants"] == 3
    assert isinstance(score["of"], int)
    assert score["of"] > 3


def test_an_explanation_says_when_words_are_another_reading() -> None:
    heard = Evidence("wechat", 4, "加微信", "requested", "加微信", (0, 3), instead="加围信")
    assert _words(heard) == "“加微信”, another reading of “加围信” → requested, step 4"
