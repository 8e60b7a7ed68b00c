"""A message is made of a call's own files, and says all that its receiver needs."""

from __future__ import annotations

import json
from pathlib import Path

from engine.calls.actions import Callback, Note, Tag, Transfer, Wechat
from server.logs import ACTIONS, LEAD
from server.outbox.message import identity, left_in, sizes
from tests.server.outbox.calls import DNC, SMS, Caller


def test_a_body_says_whose_call_it_is_and_what_to_do(tmp_path: Path) -> None:
    caller = Caller(tmp_path).decides(SMS)
    left = left_in(caller.folder, 0, print)
    assert left is not None
    (message,) = left.messages
    assert (message.id, message.type, message.number) == ("2026-11-26/CA1:1:0", "sms", "13800001234")
    assert json.loads(message.body) == {
        "type": "sms",
        "timestamp": "2026-11-26T10:00:01.000+08:00",
        "data": {
            "call": "2026-11-26/CA1",
            "call_id": "CA1",
            "script": "phone-robot",
            "started_at": "2026-11-26T10:00:00.000+08:00",
            "number": "13800001234",
            "vars": {"lead_id": "7788990011"},
            "text": "资料",
            "to": "13800001234",
        },
    }


def test_each_has_its_own_recipient(tmp_path: Path) -> None:
    actions = (
        Wechat("Li_88"),
        Wechat(),
        Callback("2026-11-27T15:00:00+08:00"),
        Transfer(7, "sales"),
        Tag("请柬"),
        Note("好"),
        DNC,
    )
    caller = Caller(tmp_path).decides(*actions)
    left = left_in(caller.folder, 0, print)
    assert left is not None
    told = [(each.type, each.recipient, json.loads(each.body)["data"].get("to")) for each in left.messages]
    assert told == [
        ("wechat", "li_88", "Li_88"),
        ("wechat", "13800001234", "13800001234"),
        ("callback", "13800001234", "13800001234"),
        ("transfer", "", "sales"),
        ("tag", "", None),
        ("note", "", None),
        ("do_not_call", "", "13800001234"),
    ]


def test_an_id_has_no_full_stop_since_the_signature_has_them_between_its_parts() -> None:
    assert identity("2026-11-26/a.b", "1:0") == "2026-11-26/a%2Eb:1:0"


def test_a_line_that_is_torn_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    caller = Caller(tmp_path).decides(SMS)
    with (caller.folder / ACTIONS).open("a") as file:
        file.write('{"id": "2:0", "type": "sm')
    caller.decides(DNC)
    told: list[str] = []
    left = left_in(caller.folder, 0, told.append)
    assert left is not None
    assert [each.id[-3:] for each in left.messages] == ["1:0", "2:0"]
    assert told == ["actions.jsonl, line 2, cannot be read"]


def test_a_record_from_before_there_was_an_outbox_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "2026-11-01" / "old"
    folder.mkdir(parents=True)
    (folder / ACTIONS).write_text('{"type": "sms", "text": "资料"}\n')
    left = left_in(folder, 5, print)
    assert left is not None
    assert (left.messages, left.size_bytes) == ((), 5)


def test_a_lead_that_cannot_be_read_is_told_and_tried_again(tmp_path: Path) -> None:
    caller = Caller(tmp_path).decides(SMS)
    (caller.folder / LEAD).write_text("{")
    told: list[str] = []
    assert left_in(caller.folder, 0, told.append) is None
    assert told == ["CA1/lead.json cannot be read"]


def test_folders_are_found_with_how_much_they_hold(tmp_path: Path) -> None:
    caller = Caller(tmp_path).decides(SMS)
    Caller(tmp_path, "CA2")
    assert list(sizes(tmp_path)) == [(caller.folder, (caller.folder / ACTIONS).stat().st_size)]
    assert list(sizes(tmp_path, caller.folder.parent.name)) == list(sizes(tmp_path))
    assert list(sizes(tmp_path, "9999-01-01")) == []
