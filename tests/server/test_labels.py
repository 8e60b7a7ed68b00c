"""People review calls: sheets out, labels in, and how far they agree with the machine."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.server.desk import Ran, huashu, put

CALLS = {
    "yes": ["没问题啊", "可以，来"],  # A
    "asks": ["多少钱", "八成吧"],  # D, and words without an intent
    "no": ["不用了"],  # D
    "off": [],  # E
}


@pytest.fixture
def logs(desk: Path) -> Path:
    calls = []
    for call_id, says in CALLS.items():
        steps: list[dict[str, object]] = [
            {"say": text, "confidence": 0.5 + place / 10} for place, text in enumerate(says)
        ]
        steps += [{"hangup": True}] if says else [{"failed": {"sip": 486}}]
        calls.append(json.dumps({"call_id": call_id, "steps": steps}))
    put(desk, "calls.jsonl", "\n".join(calls))
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    return desk


def label(desk: Path, call_id: str, letter: str, by: str = "王") -> None:
    assert huashu(desk, "correct", f"logs/{call_id}.jsonl", letter, "--by", by, "--why", "听过").code == 0


def step_of(desk: Path, call_id: str, words: str) -> int:
    ran = huashu(desk, "labels", "sample", "logs", "--pick", "utterances")
    return next(int(str(row["step"])) for row in ran.json if row["call_id"] == call_id and row["caller"] == words)


# --- labels ----------------------------------------------------------------------------------------------------------


def test_an_utterance_is_given_another_meaning_and_the_machines_stays(logs: Path) -> None:
    step = step_of(logs, "asks", "八成吧")
    ran = huashu(
        logs, "correct", "logs/asks.jsonl", "--step", str(step), "--intents", "affirm", "--by", "王", "--why", "是同意"
    )
    assert (ran.code, ran.out) == (0, f"logs/corrections.jsonl: step {step} of asks is affirm, says 王\n")
    told = huashu(logs, "labels", "export", "logs").json
    assert [(each["step"], each["say"], each["is"], each["heard"]) for each in told] == [
        (step, "八成吧", ["affirm"], [])
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--step", "99", "--intents", "affirm"), "no utterance at step 99 (utterances are at "),
        (("--step", "STEP", "--intents", "afirm"), "no intent 'afirm' (did you mean 'affirm'?)"),
        (("--step", "STEP"), "no intents (name them, or 'none')"),
        (("A", "--step", "STEP", "--intents", "affirm"), "say either which GRADE"),
        ((), "say either which GRADE"),
    ],
)
def test_what_is_no_label_is_told(logs: Path, words: tuple[str, ...], why: str) -> None:
    step = str(step_of(logs, "asks", "八成吧"))
    words = tuple(step if word == "STEP" else word for word in words)
    ran = huashu(logs, "correct", "logs/asks.jsonl", *words, "--by", "王", "--why", "听过")
    assert ran.code != 0
    assert why in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (logs / "logs/corrections.jsonl").exists()


# --- sheets ----------------------------------------------------------------------------------------------------------


def test_the_same_seed_picks_the_same_calls_whatever_the_order_of_the_logs(logs: Path) -> None:
    def picked(seed: str, *paths: str) -> list[object]:
        return [row["call_id"] for row in huashu(logs, "labels", "sample", "--size", "2", "--seed", seed, *paths).json]

    paths = [f"logs/{call_id}.jsonl" for call_id in CALLS]
    assert picked("7", "logs") == picked("7", *paths) == picked("7", *reversed(paths))
    assert len({tuple(picked(str(seed), "logs")) for seed in range(20)}) > 3


def test_calls_at_the_boundary_of_a_grade(logs: Path) -> None:
    ran = huashu(logs, "labels", "sample", "logs", "--pick", "boundary")
    assert {row["call_id"] for row in ran.json} == {"asks", "no"}, "an A misses nothing, nobody answered the busy one"
    assert {str(row["picked"]).split(",")[0] for row in ran.json} <= {
        "A by A1 missed: invitation is none", "A by A1 missed: invitation is pending"
    }  # fmt: skip


def test_doubtful_utterances_the_worst_first_and_unknown_ones(logs: Path) -> None:
    doubtful = huashu(logs, "labels", "sample", "logs", "--pick", "doubtful").json
    assert [str(row["picked"]).split(",")[0] for row in doubtful] == ["heard 50%"] * 3 + ["heard 60%"] * 2
    unknown = huashu(logs, "labels", "sample", "logs", "--pick", "unknown").json
    assert [(row["call_id"], row["caller"], row["stage"]) for row in unknown] == [("asks", "八成吧", "ask")]


def test_a_sheet_goes_out_to_a_spreadsheet_and_comes_back(logs: Path) -> None:
    assert huashu(logs, "labels", "sample", "logs", "--out", "sheet.csv").out == "sheet.csv: 4 of 4 to look at\n"
    text = (logs / "sheet.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    filled = {"yes": ("a", "李"), "asks": ("B", ""), "no": ("", ""), "off": ("E", "李")}
    for row in rows:
        row["right_grade"], row["by"] = filled[row["call_id"]]
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    put(logs, "sheet.csv", sheet.getvalue())
    ran = huashu(logs, "labels", "import", "sheet.csv", "logs", "--by", "王")
    assert (ran.code, ran.out) == (0, "sheet.csv: 3 labels kept, 1 rows left empty, 0 wrong\n")
    told = huashu(logs, "labels", "export", "logs").json
    assert {each["call_id"]: (each["grade"], each["by"]) for each in told} == {
        "yes": ("A", "李"), "asks": ("B", "王"), "off": ("E", "李"),
    }  # fmt: skip


@pytest.mark.parametrize(("encoding", "comma"), [("gbk", ","), ("utf-8", ";"), ("utf-8-sig", "\t")])
def test_a_sheet_as_spreadsheets_save_it(logs: Path, encoding: str, comma: str) -> None:
    """Excel in Chinese saves CSV in GBK, other countries' have another comma, and a keyboard in Chinese types Ａ."""
    text = "call_id,right_grade,by,why\nyes,Ａ,王经理,约了时间\n".replace(",", comma)
    put(logs, "sheet.csv", text.encode(encoding))
    ran = huashu(logs, "labels", "import", "sheet.csv", "logs")
    assert (ran.code, ran.out, ran.err) == (0, "sheet.csv: 1 labels kept, 0 rows left empty, 0 wrong\n", "")
    (told,) = huashu(logs, "labels", "export", "logs").json
    assert (told["grade"], told["by"], told["why"]) == ("A", "王经理", "约了时间")


def test_a_workbook_is_no_sheet(logs: Path) -> None:
    put(logs, "sheet.xlsx", b"PK\x03\x04\x00")
    ran = huashu(logs, "labels", "import", "sheet.xlsx", "logs")
    assert ran.err == "huashu: cannot read 'sheet.xlsx': this is a workbook (save the sheet as CSV)\n"


def test_each_row_that_says_nothing_sensible_is_told_and_the_rest_goes_on(logs: Path) -> None:
    rows = [
        {"call_id": "yes", "right_grade": "A", "by": "王"},
        {"call_id": "gone", "right_grade": "A", "by": "王"},
        {"call_id": "yes", "right_grade": "Q", "by": "王"},
        {"call_id": "yes", "right_grade": "A"},
        {"call_id": "yes", "right_intents": "affirm", "step": "x", "by": "王"},
    ]
    put(logs, "sheet.jsonl", "\n".join(map(json.dumps, rows)))
    ran = huashu(logs, "labels", "import", "sheet.jsonl", "logs")
    assert (ran.code, ran.out) == (1, "sheet.jsonl: 1 labels kept, 0 rows left empty, 4 wrong\n")
    assert ran.err.splitlines() == [
        "huashu: sheet.jsonl:2: no call 'gone' in these logs",
        "huashu: sheet.jsonl:3: no grade 'Q' (there are: A, B, C, D, E, F, none)",
        "huashu: sheet.jsonl:4: nobody says so (fill 'by', or give --by)",
        "huashu: sheet.jsonl:5: 'x' is no step of a call",
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", "x,y\n1,2\n"), ("a.jsonl", "[1]\n"), ("a.jsonl", "no"), ("a.csv", b"\xff\xfe\x00")]
)
def test_what_is_no_sheet(logs: Path, name: str, text: str | bytes) -> None:
    put(logs, name, text)
    ran = huashu(logs, "labels", "import", name, "logs")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"huashu: cannot read '{name}': ")


def test_words_that_a_spreadsheet_would_carry_out_are_only_words(logs: Path) -> None:
    put(logs, "calls.jsonl", '{"call_id": "evil", "steps": [{"say": "=HYPERLINK(1)"}]}')
    huashu(logs, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "evil")
    assert huashu(logs, "labels", "sample", "evil", "--pick", "utterances", "--out", "evil.csv").code == 0
    assert "'=HYPERLINK(1)" in (logs / "evil.csv").read_text("utf-8-sig")


def test_two_calls_of_one_name_are_told_apart_by_their_log(logs: Path) -> None:
    put(logs, "logs/again/yes.jsonl", (logs / "logs/yes.jsonl").read_bytes())
    row = {"call_id": "yes", "right_grade": "B", "by": "王"}
    put(logs, "sheet.jsonl", json.dumps(row) + "\n" + json.dumps(row | {"log": "logs/again/yes.jsonl"}))
    ran = huashu(logs, "labels", "import", "sheet.jsonl", "logs")
    assert ran.err == "huashu: sheet.jsonl:1: 2 calls are named 'yes' (give the column 'log' the path of one)\n"
    assert (logs / "logs/again/corrections.jsonl").exists()


# --- agreement -------------------------------------------------------------------------------------------------------


@pytest.fixture
def labelled(logs: Path) -> Path:
    label(logs, "yes", "A")
    label(logs, "asks", "A", by="李")
    label(logs, "asks", "B")
    label(logs, "no", "D", by="李")
    label(logs, "no", "D")
    label(logs, "off", "E")
    return logs


def test_how_far_people_and_the_machine_agree(labelled: Path) -> None:
    ran = huashu(labelled, "labels", "agree", "logs", "--json")
    assert (ran.code, ran.err) == (0, "")
    (found,) = ran.json
    assert (found["calls"], found["labelled"], found["agreed"]) == (4, 4, 3)
    assert found["disagreements"] == [
        {
            "call_id": "asks", "log": "logs/asks.jsonl", "person": "B", "by": "王", "why": "听过", "machine": "D",
            "rule": "D9", "reason": "",
        }
    ]  # fmt: skip
    assert {"person": "B", "machine": "D", "calls": 1} in found["confusion"]  # type: ignore[operator]
    assert found["people"] == [{"one": "李", "other": "王", "calls": 2, "agreed": 1, "kappa": pytest.approx(1 / 3)}]


def test_agreement_for_people(labelled: Path) -> None:
    out = huashu(labelled, "labels", "agree", "logs").out
    assert "the machine agrees on 3 (75.0%), kappa 0.67, weighted 0.71" in out
    assert "rows: people, columns: the machine" in out
    assert "logs/asks.jsonl: call asks: D by D9, but B says 王: 听过" in out


def test_intents_are_compared_where_people_told_them(labelled: Path) -> None:
    for words, intents in (("八成吧", "affirm"), ("多少钱", "ask_price")):
        step = str(step_of(labelled, "asks", words))
        huashu(
            labelled, "correct", "logs/asks.jsonl", "--step", step, "--intents", intents, "--by", "王", "--why", "听过"
        )
    (found,) = huashu(labelled, "labels", "agree", "logs", "--json").json
    assert found["utterances"] == 2
    told = {each["name"]: (each["right"], each["missed"], each["wrong"]) for each in found["intents"]}  # type: ignore[attr-defined]
    assert told == {"affirm": (0, 1, 0), "ask_price": (1, 0, 0)}


def test_what_people_told_is_scored_like_any_labelled_sentences(labelled: Path) -> None:
    step = str(step_of(labelled, "asks", "多少钱"))
    huashu(
        labelled, "correct", "logs/asks.jsonl", "--step", step, "--intents", "ask_price", "--by", "王", "--why", "听过"
    )
    put(labelled, "sentences.jsonl", huashu(labelled, "labels", "export", "logs", "--sentences").out)
    ran = huashu(labelled, "score", "sentences.jsonl")
    assert (ran.code, ran.err) == (0, "")


def test_labels_about_calls_that_are_not_there_are_told_by_name(labelled: Path) -> None:
    put(
        labelled,
        "more.jsonl",
        '{"call_id": "gone", "grade": "A", "by": "王", "why": "", "at": "2026-11-26T10:00:00+08:00"}\n{}\n',
    )
    ran = huashu(labelled, "labels", "agree", "logs", "--labels", "more.jsonl")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "huashu: more.jsonl:2: not a label",
        "huashu: a label is about call 'gone', which is not among these logs",
    ]
    assert "the machine agrees on 3" in ran.out, "and the rest goes on"


def test_the_page_of_it(labelled: Path) -> None:
    def page(*words: str) -> tuple[Ran, str]:
        ran = huashu(labelled, "labels", "agree", "logs", "--report", "page.html", *words)
        return ran, (labelled / "page.html").read_text("utf-8")

    ran, chinese = page()
    assert ran.code == 0
    assert "复核了 4 通，其中 3 通与机器一致（75.0\u00a0%）。" in chinese
    assert "机器给 D（规则 D9），王 认为是 B：听过" in chinese
    assert "Of 4 calls that people have graded, the machine agrees on 3" in page("--lang", "en")[1]


def test_nothing_labelled_is_no_mistake(logs: Path) -> None:
    ran = huashu(logs, "labels", "agree", "logs", "--report", "page.html")
    assert (ran.code, ran.out) == (0, "0 of 4 calls have a person's grade\n")
    assert "这些通话还没有人工等级。" in (logs / "page.html").read_text("utf-8")
