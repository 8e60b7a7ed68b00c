"""What only its owner may read: whose call it is, what was promised, what it came to."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from engine.calls.actions import Filled, Note, Sms, Tag
from engine.calls.events import Heard
from engine.calls.log import Entry, Header
from server.gateways.wire import Started
from server.live.private import Lead, Line, Private, lead_of, lines_in, person, private_in
from server.logs import ACTIONS, LEAD

HEADER = Header("CA1", "phone-robot", "0" * 64, "1", "2026-11-26T10:00:00.000+08:00", {"company": "星河科技"})


class Told(list[tuple[Lead, list[Line]]]):
    def __call__(self, lead: Lead, lines: Any) -> None:
        self.append((lead, list(lines)))


def private(folder: Path, told: Told) -> Private:
    found = Private(folder, lead_of(folder, HEADER, "13800001234", {"lead_id": "7788990011", "token": "secret"}), told)
    found.begin()
    return found


def entry(seq: int, *actions: Any) -> Entry:
    return Entry(seq, Heard(seq * 100, "好", None), actions)


def test_a_step_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    class Looking(Told):
        def __call__(self, lead: Lead, lines: Any) -> None:
            super().__call__(lead, lines)
            assert lines_in(tmp_path)[-len(lines) :] == list(lines)

    mine = private(tmp_path, told := Looking())
    mine.keep(entry(3, Sms("资料", "13912345678"), Filled("contact", "13912345678", "幺三九"), Tag("请柬")))
    mine.keep(entry(4, Filled("day", "2026-11-27", "明天")))
    assert [lines for _, lines in told] == [
        [{"id": "3:0", "at_ms": 300, "type": "sms", "text": "资料", "to": "13912345678"},
         {"id": "3:1", "at_ms": 300, "type": "tag", "name": "请柬"}],
    ]  # fmt: skip
    assert told[0][0].vars == {"lead_id": "7788990011", "company": "星河科技"}


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    private(tmp_path, Told()).keep(entry(1, Note("好")))
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (LEAD, ACTIONS)} == {0o600}
    assert "secret" not in (tmp_path / LEAD).read_text()


def test_an_end_is_told_once_and_again_only_when_it_is_another(tmp_path: Path) -> None:
    mine = private(tmp_path, told := Told())
    entries = [entry(1, Filled("contact", "138", "")), entry(2, Filled("contact", "13912345678", ""))]
    for grade in ("E", "E", "F"):
        mine.ended({"grade": grade, "turns": ["…"], "script": "phone-robot", "stages": ("ask",)}, entries)
    assert [(line["id"], line["grade"], line["revision"]) for _, (line,) in told] == [
        ("ended:1", "E", 1),
        ("ended:2", "F", 2),
    ]
    last = told[-1][1][0]
    assert (last["slots"], last["at_ms"], last["stages"]) == ({"contact": "13912345678"}, 200, ["ask"])
    assert "turns" not in last


def test_it_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    mine = private(tmp_path, Told())
    again = private_in(tmp_path)
    assert again is not None
    assert again.lead == mine.lead
    assert private_in(tmp_path / "none") is None


def test_words_that_have_no_utf8_are_written_all_the_same(tmp_path: Path) -> None:
    private(tmp_path, Told()).keep(entry(1, Note("\ud800")))
    assert lines_in(tmp_path)[0]["text"] == "\ud800"


def test_after_a_torn_line_the_next_begins_anew(tmp_path: Path) -> None:
    mine = private(tmp_path, Told())
    (tmp_path / ACTIONS).write_bytes(b'{"id": "1:0", "ty')
    mine.keep(entry(2, Note("好")))
    bad: list[int] = []
    assert [line["id"] for line in lines_in(tmp_path, bad.append)] == ["2:0"]
    assert bad == [1]


def test_a_full_disk_is_told_and_others_hear_of_the_promise_all_the_same(tmp_path: Path) -> None:
    mine = private(tmp_path, told := Told())
    (tmp_path / ACTIONS).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        mine.keep(entry(1, Note("好")))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("caller", "params", "number"),
    [
        ("13800001234", {}, "13800001234"),
        ("02161234567", {"caller": "13800001234"}, "13800001234"),
        ("02161234567", {"direction": "outbound", "to": "13800001234"}, "13800001234"),
        ("13800001234", {"direction": "inbound", "to": "02161234567"}, "13800001234"),
        ("02161234567", {"direction": "outbound-api"}, ""),
    ],
)
def test_the_person_is_never_our_own_line(caller: str, params: dict[str, str], number: str) -> None:
    assert person(Started("c1", caller=caller, params=params)) == number


def test_a_lead_is_a_plain_object(tmp_path: Path) -> None:
    private(tmp_path, Told())
    told = json.loads((tmp_path / LEAD).read_text())
    assert set(told) == {"call", "call_id", "script", "started_at", "number", "vars"}
