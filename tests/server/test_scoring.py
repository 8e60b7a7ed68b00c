"""`huashu score`: figures for people and for programs; sentences only when asked for."""

from __future__ import annotations

import json
from pathlib import Path

from tests.server.desk import huashu, put

SENTENCES = [
    {"say": "多少钱呀", "is": ["ask_price"], "class": "U16"},
    {"say": "今天星期几", "is": ["ask_price"], "class": "U16"},
    {"say": "不用了", "is": ["refuse"], "polarity": "no"},
    {"say": "可以才怪", "is": ["refuse"], "polarity": "no"},
    {"say": "您拨打的电话已关机", "disposition": "powered_off"},
]


def furnished(desk: Path) -> Path:
    """The folder with a set of labelled sentences; its own grammar stands in for the shipped ones it names."""
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in SENTENCES)
    put(desk, "benchmarks/scorecard/set.jsonl", text)
    return desk


def test_figures_for_people(desk: Path) -> None:
    ran = huashu(furnished(desk), "score")
    assert (ran.code, ran.err) == (0, "")
    price = next(line for line in ran.lines if line.startswith("ask_price "))
    assert price.split() == ["ask_price", "100.0", "%", "50.0", "%", "66.6", "%", "2"]
    assert "sentences: 5, of which 2 say yes or no" in ran.lines


def test_figures_alone_do_not_show_a_set_that_should_stay_unseen(desk: Path) -> None:
    furnished(desk)
    for told in (huashu(desk, "score").out, huashu(desk, "score", "--json").out):
        assert not [each for each in SENTENCES if str(each["say"]) in told]


def test_flips_and_slips_are_listed_sentence_by_sentence_when_asked_for(desk: Path) -> None:
    ran = huashu(furnished(desk), "score", "--slips")
    at = ran.lines.index("polarity flips (no heard as yes, or yes as no): 1")
    assert ran.lines[at + 1] == (
        "  benchmarks/scorecard/set.jsonl:4: '可以才怪' says no, heard yes; means refuse, heard affirm"
    )
    assert "not understood as labelled: 2" in ran.lines
    assert "'今天星期几' means ask_price, heard" in ran.out


def test_as_json(desk: Path) -> None:
    ran = huashu(furnished(desk), "score", "--json", "--slips", "benchmarks/scorecard/set.jsonl")
    rows = {str(row["intent"]): row for row in ran.json if "intent" in row}
    assert rows["ask_price"] == {"intent": "ask_price", "precision": 1.0, "recall": 0.5, "f1": 0.6667, "count": 2}
    assert rows["announced:powered_off"]["recall"] == 1.0
    total = next(row for row in ran.json if "sentences" in row)
    assert (total["sentences"], total["flips"], total["slips"]) == (5, 1, 2)
    (flip,) = [row["flip"] for row in ran.json if "flip" in row]
    assert flip["say"] == "可以才怪"  # type: ignore[index]


def test_lines_that_cannot_be_read_are_told_and_the_rest_is_scored(desk: Path) -> None:
    put(desk, "set.jsonl", '{"say": "多少钱", "is": ["ask_prise"]}\n{"say"\n\n{"say": "多少钱", "is": ["ask_price"]}\n')
    ran = huashu(desk, "score", "set.jsonl")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "huashu: set.jsonl:1: no intent 'ask_prise'",
        "huashu: set.jsonl:2: not JSON at character 7: Expecting ':' delimiter",
    ]
    assert "sentences: 1, of which 0 say yes or no" in ran.lines


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "score")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "huashu: no file or folder 'benchmarks/scorecard' (name files of labelled sentences)\n"


def test_no_sentences_are_no_score(desk: Path) -> None:
    put(desk, "set.jsonl", b"\n")
    put(desk, "bad.jsonl", b"\xff\xfe\n")
    assert huashu(desk, "score", "set.jsonl").err == "huashu: no sentences in set.jsonl\n"
    ran = huashu(desk, "score", "bad.jsonl")
    assert ran.code == 1
    assert ran.err.startswith("huashu: cannot read 'bad.jsonl': not UTF-8\n")
