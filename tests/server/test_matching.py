"""`huashu match`: a line in, a line out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.desk import GRAMMAR, huashu, process, put

SHOP = ("--script", "scripts/shop.yaml")
NOW = "2026-11-23T10:00:00+08:00"


def test_a_text_and_its_intents(desk: Path) -> None:
    ran = huashu(desk, "match", *SHOP, "可以，多少钱")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == [
        {
            "text": "可以，多少钱",
            "intents": [
                {"id": "ask_price", "phrase": "多少钱", "span": [3, 6], "score": 1.0, "how": "exact", "negated": False},
                {"id": "affirm", "phrase": "可以", "span": [0, 2], "score": 1.0, "how": "exact", "negated": False},
            ],
            "slots": {},
        }
    ]


def test_what_was_told(desk: Path) -> None:
    ran = huashu(desk, "match", *SHOP, "--now", "2026-11-23T10:00:00+08:00", "明天下午三点", "明天", "打13800001234")
    assert [each["slots"] for each in ran.json] == [
        {"time": "2026-11-24T15:00:00+08:00"},
        {"time": {"date": "2026-11-24"}},
        {"number": "13800001234"},
    ]


def test_the_time_of_the_call_may_be_written_small_as_the_rfc_allows(desk: Path) -> None:
    (found,) = huashu(desk, "match", *SHOP, "--now", "2026-11-23t10:00:00z", "明天下午三点").json
    assert found["slots"] == {"time": "2026-11-24T15:00:00+00:00"}


def test_an_announcement_has_a_disposition(desk: Path) -> None:
    (found,) = huashu(desk, "match", *SHOP, "您拨打的电话已关机").json
    assert found["disposition"] == "powered_off"


def test_words_of_a_stage_are_heard_there_only(desk: Path) -> None:
    (here,) = huashu(desk, "match", *SHOP, "--stage", "ask", "没问题啊").json
    (there,) = huashu(desk, "match", *SHOP, "--stage", "day", "没问题啊").json
    assert [hit["id"] for hit in here["intents"]] == ["没问题啊"]  # type: ignore[attr-defined, index]
    assert "没问题啊" not in json.dumps(there["intents"], ensure_ascii=False)


def test_one_line_out_for_each_line_in(desk: Path) -> None:
    given = "可以\n\n多少钱\r\n不可以\u2028多少钱\n一\r二\n\n"
    ran = process(desk, "match", *SHOP, stdin=given.encode())
    assert ran.code == 0
    assert [each["text"] for each in ran.json] == ["可以", "", "多少钱", "不可以\u2028多少钱", "一\r二", ""]


def test_an_output_line_is_one_to_every_reader(desk: Path) -> None:
    given = "可以\u2028多少钱\u2029\x85\x0b\x0c好\n"
    ran = process(desk, "match", *SHOP, stdin=given.encode())
    assert [json.loads(line)["text"] for line in ran.out.splitlines()] == [given.removesuffix("\n")]


def test_bytes_that_are_no_text_do_not_stop_it(desk: Path) -> None:
    ran = process(desk, "match", *SHOP, stdin="可以\n".encode() + b"\xff\xfe\n" + "多少钱\n".encode())
    assert (ran.code, ran.err) == (0, "")
    assert [each["text"] for each in ran.json] == ["可以", "\ufffd\ufffd", "多少钱"]


def test_a_mark_of_byte_order_is_no_text(desk: Path) -> None:
    ran = process(desk, "match", *SHOP, stdin=b"\xef\xbb\xbf" + "多少钱\r\n".encode())
    assert [(each["text"], each["intents"][0]["span"]) for each in ran.json] == [("多少钱", [0, 3])]  # type: ignore[index]


def test_a_dash_is_standard_input_and_json_may_be_asked_for(desk: Path) -> None:
    ran = process(desk, "match", "--json", *SHOP, "-", stdin="多少钱\n可以\n".encode())
    assert [each["text"] for each in ran.json] == ["多少钱", "可以"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stage", "ask", "好"], "huashu: --stage needs --script\n"),
        ([*SHOP, "--stage", "aks", "好"], "huashu: no stage 'aks' in scripts/shop.yaml (did you mean 'ask'?)\n"),
        (
            [*SHOP, "--now", "today", "好"],
            "huashu: --now must be an RFC 3339 time such as 2026-01-05T10:00:00+08:00, not 'today'\n",
        ),
    ],
)
def test_wrong_use(desk: Path, arguments: list[str], told: str) -> None:
    ran = huashu(desk, "match", *arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", told)


def test_a_script_that_is_not_there(desk: Path) -> None:
    ran = huashu(desk, "match", "--script", "none.yaml", "好")
    assert (ran.code, ran.out, ran.err) == (1, "", "none.yaml:1:1: no file 'none.yaml'\n")


def test_without_a_script_the_shipped_grammars_are_asked(tmp_path: Path) -> None:
    (found,) = huashu(tmp_path, "match", "多少钱").json
    assert "ask_price" in [hit["id"] for hit in found["intents"]]  # type: ignore[attr-defined]


# --- for people ------------------------------------------------------------------------------------------------------


def test_explained_a_line_for_each_intent(desk: Path) -> None:
    ran = huashu(desk, "match", *SHOP, "--explain", "--now", NOW, "可以，多少前", "不可以", "明天下午三点", "楼下的猫")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [
        "可以，多少前",
        "  + ask_price          多少前 (sounds like 多少钱), at 3-6, score 0.90",
        "  + affirm             可以, at 0-2",
        "不可以",
        "  - affirm             可以, at 1-3, denied by what stands around it, does not count",
        "明天下午三点",
        "  + give_time          明天下午三点, at 0-6",
        "  > time               明天下午三点: 2026-11-24T15:00:00+08:00",
        "楼下的猫",
        "  nothing",
    ]


def test_explained_an_announcement(desk: Path) -> None:
    ran = huashu(desk, "match", *SHOP, "--explain", "您拨打的电话已关机")
    assert ran.lines[1] == "  = powered_off        the words of a machine or a carrier"


def test_explained_a_word_of_the_stage_and_one_that_only_goes_along(desk: Path) -> None:
    put(desk, "grammars/small.yaml", GRAMMAR + "  want_material: {group: requests, weak: [你发吧]}\n")
    ran = huashu(desk, "match", *SHOP, "--stage", "ask", "--explain", "没问题啊", "你发吧")
    assert ran.lines[1] == "  + 没问题啊           没问题啊, at 0-4"
    assert ran.lines[3] == "  + want_material      你发吧, at 0-3, weak: only goes along"


def test_explained_a_long_pattern_is_cut(desk: Path) -> None:
    pattern = "(" + "|".join(f"看{char}" for char in "山水花鸟鱼虫草木云风雨") + ")的(地方|时候|人|书|画|房子)"
    put(desk, "grammars/small.yaml", GRAMMAR + f"  ask_view: {{group: interest, patterns: ['{pattern}']}}\n")
    ran = huashu(desk, "match", *SHOP, "--explain", "看花的地方")
    assert ran.lines[1] == f"  + ask_view           看花的地方 (pattern {pattern[:47]}…), at 0-5"
