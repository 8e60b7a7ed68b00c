"""The store: each message once, do-not-call first and at once, and nothing without a trace."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.outbox.message import TYPES, Left, Message
from server.outbox.store import NAME, Store, Tried


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / NAME)
    yield store
    store.close()


def message(name: str, kind: str, number: str = "13800001234", recipient: str | None = None) -> Message:
    reached = number if recipient is None and kind in ("sms", "wechat", "callback") else recipient or ""
    return Message(name, kind, name.partition(":")[0], number, reached, '{"data": {}}')


def state(store: Store, name: str) -> tuple[str, str]:
    row = store.find(name)
    assert row is not None
    return row.state, row.why


def waiting(store: Store) -> list[str]:
    return [row.id for row in store.open(["pending"])]


def due(store: Store, now_s: float = 0.0) -> list[str]:
    return [row.id for row in store.due(TYPES, now_s, 10)]


def test_only_its_owner_reads_it(store: Store, tmp_path: Path) -> None:
    store.put([message("a:1", "sms")], 0)
    files = sorted(tmp_path.glob(f"{NAME}*"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_message_that_comes_twice_is_one(store: Store) -> None:
    store.put([message("a:1", "sms"), message("a:1", "sms")], 0)
    store.settle([Tried("a:1", "done", "200", 0)])
    assert store.put([message("a:1", "sms"), message("b:1", "note")], 9).new == ("note",)
    store.drop("b:1", "not of this test")
    assert (due(store, 9), store.counts()["done"]) == ([], 1)


def test_do_not_call_goes_first_then_who_waits_longest(store: Store) -> None:
    store.put([message("a:1", "note")], 2)
    store.put([message("b:1", "tag")], 1)
    store.put([message("c:1", "do_not_call")], 3)
    assert due(store, 0) == []
    assert due(store, 3) == ["c:1"], "and nothing else meanwhile"
    store.settle([Tried("c:1", "done", "200", 3)])
    assert due(store, 3) == ["b:1", "a:1"]


def test_do_not_call_withdraws_what_would_reach_the_person_from_any_call(store: Store) -> None:
    store.put([
        message("a:1", "sms"), message("b:1", "callback"), message("b:2", "note"), message("b:3", "call_ended"),
        message("c:1", "wechat", "13900005678", "13800001234"), message("d:1", "sms", "13900005678"),
    ], 0)  # fmt: skip
    gone = store.put([message("e:1", "do_not_call"), message("e:2", "sms")], 0).withdrawn
    assert gone == ("a:1", "b:1", "c:1", "e:2")
    assert waiting(store) == ["b:2", "b:3", "d:1", "e:1"]
    assert state(store, "a:1") == ("withdrawn", "the number is on the do-not-call list")


def test_without_a_number_what_the_call_itself_promised_is_withdrawn(store: Store) -> None:
    store.put([message("a:1", "sms", ""), message("b:1", "sms", "")], 0)
    assert store.put([message("a:2", "do_not_call", ""), message("a:3", "wechat", "")], 0).withdrawn == ("a:1", "a:3")
    assert waiting(store) == ["b:1", "a:2"]
    assert store.all_listed() == []


def test_what_was_under_way_when_it_was_withdrawn_is_told_as_it_came(store: Store) -> None:
    store.put([message("a:1", "sms"), message("a:2", "sms")], 0)
    store.put([message("b:1", "do_not_call")], 0)
    store.settle([Tried("a:1", "done", "200", 0)])
    store.settle([Tried("a:2", "pending", "500", 5)])
    assert [state(store, name)[0] for name in ("a:1", "a:2")] == ["done", "withdrawn"]


def test_what_has_come_to_its_end_is_forgotten_when_it_is_old_and_what_nobody_is_told(store: Store) -> None:
    store.put([message("a:1", "sms"), message("a:2", "callback"), message("a:3", "note"), message("a:4", "tag")], 10)
    store.put([message("b:1", "call_ended"), message("b:2", "sms", "13900005678")], 10)
    store.put([message("c:1", "sms", "13900005678"), message("c:2", "call_ended", "13900005678")], 90)
    store.settle([Tried("a:1", "done", "200", 0)])
    store.drop("a:2", "no")
    store.settle([Tried("a:3", "dead", "404", 10)])
    for name in ("c:1", "a:4"):
        store.settle([Tried(name, "done", "200", 0)])
    assert store.forget(50, ["call_ended"], 1) == (1, 1)
    assert store.forget(50, ["call_ended"], 9) == (2, 0)
    assert [name for name in ("a:1", "a:2", "a:3", "a:4", "b:1", "b:2", "c:1", "c:2") if store.find(name)] == [
        "a:3", "b:2", "c:1", "c:2",
    ]  # fmt: skip
    assert store.forget(99, [], 9) == (1, 0)


def test_folders_that_are_looked_into_no_more_are_forgotten(store: Store) -> None:
    store.take([Left("2026-08-01/CA1", 10), Left("2026-08-02/CA1", 20), Left("2026-11-26/CA1", 30)], 0)
    store.forget(datetime(2026, 8, 2, 12, tzinfo=UTC).timestamp(), [], 9)
    assert store.looked_at() == {"2026-08-02/CA1": 20, "2026-11-26/CA1": 30}


def test_what_is_delivered_keeps_its_id_and_no_number(store: Store) -> None:
    store.put([message("a:1", "sms")], 0)
    store.settle([Tried("a:1", "done", "204", 0)])
    row = store.find("a:1")
    assert row is not None
    assert (row.number, row.recipient, row.body, row.why) == ("", "", "", "204")


def test_the_dead_can_be_sent_again_but_not_to_one_who_is_not_to_be_called(store: Store) -> None:
    store.put([message("a:1", "sms"), message("b:1", "note")], 0)
    store.settle([Tried("a:1", "dead", "400", 0)])
    store.settle([Tried("b:1", "dead", "400", 0)])
    store.hush("13800001234", 0, "by hand")
    assert store.retry("a:1", 1) == "the number is on the do-not-call list"
    assert store.retry("b:1", 1) == ""
    assert store.retry("c:1", 1) == "there is no such message"
    assert due(store, 1) == ["b:1"]
    assert store.unhush("13800001234")
    assert store.retry("a:1", 1) == ""


def test_what_is_dropped_says_why(store: Store) -> None:
    store.put([message("a:1", "sms")], 0)
    assert store.drop("a:1", "called by hand") == ""
    assert state(store, "a:1") == ("dropped", "called by hand")
    store.put([message("b:1", "sms")], 0)
    store.settle([Tried("b:1", "done", "200", 0)])
    assert (store.drop("b:1", "late"), store.retry("b:1", 0)) == ("it has been delivered",) * 2


def test_a_number_is_listed_by_one_spelling_and_stays_so_for_the_next_process(store: Store, tmp_path: Path) -> None:
    store.put([message("a:1", "do_not_call")], 7)
    other = Store(tmp_path / NAME)
    assert other.listed("13800001234")
    assert not other.listed("")
    assert other.all_listed() == [("13800001234", 7.0, "asked for in a")]
    other.close()


def test_nobody_waits_behind_another_type(store: Store) -> None:
    store.put([message(f"a:{n}", "sms", f"1390000{n:04}") for n in range(50)] + [message("b:1", "note")], 0)
    assert [row.id for row in store.due(("note",), 0, 4)] == ["b:1"]


def test_what_is_due_is_found_without_looking_through_all_that_waits(store: Store) -> None:
    plans: list[str] = []
    store._db.set_trace_callback(plans.append)
    store.due(TYPES, 0, 9)
    store._db.set_trace_callback(None)
    assert len(plans) == 2
    for query, index in zip(plans, ("hushes", "open"), strict=True):
        plan = " ".join(str(row[3]) for row in store._db.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert f"USING INDEX {index}" in plan
        assert "B-TREE" not in plan
