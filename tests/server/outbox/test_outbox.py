"""What is promised in calls reaches a real receiver: at least once, do-not-call first, under one id each; or a person
can see what has become of it. Time is passed in.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from benchmarks.ports import held_port
from engine.calls.actions import Callback, Note, Tag
from server.metrics import METRICS
from server.outbox import outbox as outbox_module
from server.outbox import sending
from server.outbox.lane import PLACES
from server.outbox.store import NAME, Store
from tests.server.live.clocks import Clock as SharedClock
from tests.server.live.clocks import run
from tests.server.live.serving import PATIENCE_SECONDS
from tests.server.outbox.calls import DNC, SMS, Caller, Clock, Office
from tests.server.outbox.receiver import SECRET, Answer, Came, Receiver, receiving

DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that does not answer is not given up before the test is over, however long that takes."""
    monkeypatch.setattr(sending, "TRY_SECONDS", 600.0)


@pytest.fixture
def crm() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def play(story: Callable[[Office], Awaitable[object]], folder: Path, url: str) -> None:
    async def whole() -> None:
        office = Office(folder, url)
        try:
            await story(office)
        finally:
            await office.close()

    asyncio.run(whole())


def test_what_is_decided_reaches_the_receiver_while_the_call_goes_on(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        call = office.call().decides(SMS, Tag("请柬"))
        await office.go()
        assert sorted(crm.ids) == ["2026-11-26/CA1:1:0", "2026-11-26/CA1:1:1"]
        call.ends("A")
        await office.go()
        last = crm.came[-1]
        assert (last.id, last.data["grade"], last.data["revision"]) == ("2026-11-26/CA1:ended:1", "A", 1)
        assert all(each.is_signed_with(SECRET) for each in crm.came)
        assert set(office.states.values()) == {"done"}

    play(story, tmp_path, crm.url)


def test_an_outcome_that_is_revised_is_told_again_and_one_that_is_not_is_not(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        call = office.call().ends("E")
        await office.go()
        call.ends("E").ends("F")
        await office.go()
        assert [(each.id[-7:], each.data["grade"]) for each in crm.came] == [("ended:1", "E"), ("ended:2", "F")]

    play(story, tmp_path, crm.url)


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_receiver_that_fails_is_tried_again_later_and_later_then_it_is_dead(tmp_path: Path, crm: Receiver) -> None:
    crm.says(500, "out of order")

    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.go()
        for wait_s in (5, 30, 120, 600, 3600, 6 * 3600, DAY_S):
            tries = len(crm.came)
            await office.go(wait_s - 1)
            assert len(crm.came) == tries, "too early"
            with capture_logs() as logs:
                await office.go(1)
            assert len(crm.came) == tries + 1
        assert set(crm.ids) == {"2026-11-26/CA1:1:0"}
        (row,) = office.rows()
        assert (row.state, row.tries, row.why) == ("dead", 8, "500 out of order")
        (told,) = [each for each in logs if each["event"] == "outbox_dead"]
        assert (told["log_level"], told["type"], told["receiver"]) == ("error", "sms", "127.0.0.1")
        await office.go(DAY_S * 30)
        assert len(crm.came) == 8
        assert METRICS.outbox.labels("dead")._value.get() == 1

    play(story, tmp_path, crm.url)


def test_what_a_receiver_refuses_is_dead_at_once_and_can_be_sent_again(tmp_path: Path, crm: Receiver) -> None:
    crm.says(400, "no such lead")

    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.go()
        (row,) = office.rows()
        assert (row.state, row.why, len(crm.came)) == ("dead", "400 no such lead", 1)
        crm.says(200)
        assert await office.outbox.ask(Store.retry, row.id, office.clock()) == ""
        await office.go()
        assert (office.rows()[0].state, len(set(crm.ids))) == ("done", 1)

    play(story, tmp_path, crm.url)


def test_retry_after_is_heeded(tmp_path: Path, crm: Receiver) -> None:
    crm.says(429, retry_after="300")

    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.go()
        await office.go(299)
        assert len(crm.came) == 1
        crm.says(200)
        await office.go(1)
        assert office.states == {"CA1:1:0": "done"}

    play(story, tmp_path, crm.url)


def test_a_receiver_that_is_gone_is_left_alone_and_all_for_it_waits(tmp_path: Path, crm: Receiver) -> None:
    crm.says(410)

    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.go()
        office.call("CA2").decides(SMS)
        await office.go(DAY_S)
        assert (len(crm.came), set(office.states.values())) == (1, {"pending"})
        crm.says(200)
        await office.restart()
        await office.go()
        assert set(office.states.values()) == {"done"}

    play(story, tmp_path, crm.url)


def test_nobody_there(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.go()
        assert office.states == {"CA1:1:0": "pending"}
        with receiving(port) as back:
            await office.go(5)
            assert back.ids == ["2026-11-26/CA1:1:0"]

    with held_port() as port:
        play(story, tmp_path, f"http://127.0.0.1:{port}/hook")


def test_without_a_receiver_all_waits_and_nothing_is_lost(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        office.call().decides(SMS, DNC).ends()
        await office.go(30 * DAY_S)
        assert office.states == {"CA1:1:0": "withdrawn", "CA1:1:1": "pending", "CA1:ended:1": "pending"}
        later = Office(tmp_path, crm.url, office.clock)
        await later.go()
        assert crm.types == ["do_not_call", "call_ended"]
        await later.close()

    play(story, tmp_path, "")


def test_what_nobody_is_told_is_forgotten_after_some_months_and_not_found_again(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.call().decides(SMS, DNC).ends()
        await office.go()
        with capture_logs() as logs:
            await office.go(100 * DAY_S)
        assert [(log["event"], log["messages"]) for log in logs] == [("outbox_forgets", 2)]
        await office.restart()
        assert office.states == {}
        assert await office.outbox.listed("13800001234")

    play(story, tmp_path, "")


def test_one_that_hangs_delays_no_other_and_never_a_call(tmp_path: Path, crm: Receiver) -> None:
    with receiving() as slow:
        slow.answer = lambda _: None

        async def story(office: Office) -> None:
            for n in range(PLACES + 20):
                office.call(f"CA{n}", f"139{n:08}").decides(SMS, Note("好"))
            for _ in range(100):
                await office.outbox.turn()
                await office.outbox.lanes[0].quiet()
                if len(crm.came) == PLACES + 20:
                    break
            assert crm.types == ["note"] * (PLACES + 20)
            assert len(office.outbox.lanes[1].under_way) == PLACES >= len(slow.came), "no more at a time"
            assert Counter(row.state for row in office.rows()) == {"done": PLACES + 20, "pending": PLACES + 20}

        play(story, tmp_path, f"sms={slow.url},{crm.url}")


def test_what_has_piled_up_is_begun_little_by_little(tmp_path: Path, crm: Receiver) -> None:
    crm.answer = lambda _: None

    async def story(office: Office) -> None:
        for n in range(PLACES):
            office.call(f"CA{n}").decides(Note("好"), Tag("x"))
        begun = []
        for most in (3, 5, PLACES, PLACES):
            await office.outbox.turn(most)
            begun.append(len(office.outbox.lanes[0].under_way))
        assert begun == [3, 8, PLACES, PLACES]

    play(story, tmp_path, crm.url)


# --- do not call -----------------------------------------------------------------------------------------------------


def test_do_not_call_goes_before_what_was_there_first_and_takes_back_what_would_reach_the_person(
    tmp_path: Path, crm: Receiver
) -> None:
    async def story(office: Office) -> None:
        office.call("CA1", "+86 138-0000-1234").decides(SMS, Note("好"), Callback("2026-11-27T15:00:00+08:00"))
        office.call("CA2", "13911112222").decides(SMS)
        office.call("CA3", "013800001234").decides(Tag("x"), DNC)
        with capture_logs() as logs:
            await office.go()
        assert crm.types[0] == "do_not_call"
        assert sorted(crm.types) == ["do_not_call", "note", "sms", "tag"]
        assert {name for name, state in office.states.items() if state == "withdrawn"} == {"CA1:1:0", "CA1:1:2"}
        assert [each["id"] for each in logs if each["event"] == "outbox_withdrawn"] == [
            "2026-11-26/CA1:1:0",
            "2026-11-26/CA1:1:2",
        ]
        assert await office.outbox.listed("tel:+8613800001234")
        assert not await office.outbox.listed("13911112222")

    play(story, tmp_path, crm.url)


def test_nothing_overtakes_it_on_the_way(tmp_path: Path, crm: Receiver) -> None:
    heard = threading.Event()

    def slow(came: Came) -> Answer:
        if came.type == "do_not_call":
            heard.wait(PATIENCE_SECONDS)
        return (200, {}, "")

    crm.answer = slow

    async def story(office: Office) -> None:
        office.call().decides(Note("好"), Tag("x"), DNC).ends()
        for _ in range(5):
            await office.outbox.turn()
            await _until(lambda: len(crm.came) > 0)
        assert (crm.types, set(office.outbox.lanes[0].under_way)) == (["do_not_call"], {"2026-11-26/CA1:1:2"})
        heard.set()
        await office.go()
        assert sorted(crm.types[1:]) == ["call_ended", "note", "tag"]

    play(story, tmp_path, crm.url)


def test_what_waits_for_its_turn_is_not_sent_once_the_person_has_asked_for_peace(tmp_path: Path, crm: Receiver) -> None:
    """The store does not know it yet; whoever sends asks all the same."""

    async def story(office: Office) -> None:
        call = office.call().decides(SMS, Note("好"))
        assert await office.outbox._save()
        call.decides(DNC)
        await office.outbox._begin_due(office.outbox.lanes[0], PLACES)
        await office.outbox.quiet()
        assert crm.types == ["note"]

    play(story, tmp_path, crm.url)


def test_a_number_is_not_to_be_called_before_any_disk_knows_of_it(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        office.call().decides(DNC)
        assert await office.outbox.listed("13800001234")

    play(story, tmp_path, crm.url)


# --- disks and starts ------------------------------------------------------------------------------------------------


def test_a_store_that_cannot_be_written_is_told_once_and_stops_nothing(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        await office.outbox.turn()
        locked = sqlite3.connect(tmp_path / "calls" / NAME)
        locked.execute("BEGIN IMMEDIATE")
        await office.outbox.ask(lambda store: store._db.execute("PRAGMA busy_timeout = 1"))
        call = office.call().decides(SMS)
        with capture_logs() as logs:
            assert [await office.outbox.turn() for _ in range(3)] == [False] * 3
        assert [each["event"] for each in logs] == ["outbox_cannot_write"]
        call.decides(Note("好"))
        locked.rollback()
        locked.close()
        await office.go()
        assert sorted(crm.types) == ["note", "sms"]

    play(story, tmp_path, crm.url)


def test_what_is_decided_while_the_store_writes_is_not_forgotten(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        call = office.call().decides(SMS)
        writing = asyncio.get_running_loop().create_task(office.outbox.turn())
        while not office.outbox._saving.locked():  # noqa: ASYNC110  it is another task
            await asyncio.sleep(0)
        call.decides(Note("好"))
        await writing
        await office.go()
        assert sorted(crm.types) == ["note", "sms"]

    play(story, tmp_path, crm.url)


def test_what_a_call_cannot_write_is_told_all_the_same(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        call = office.call()
        (call.folder / "actions.jsonl").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left"):
            call.decides(DNC)
        await office.go()
        assert crm.types == ["do_not_call"]

    play(story, tmp_path, crm.url)


def test_what_was_decided_just_before_the_end_of_the_process_is_found_at_the_next_start(
    tmp_path: Path, crm: Receiver
) -> None:
    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.restart()
        assert crm.came == []
        await office.go()
        assert crm.ids == ["2026-11-26/CA1:1:0"]
        await office.restart()
        await office.go()
        assert len(crm.came) == 1

    play(story, tmp_path, crm.url)


def test_a_store_that_is_lost_is_filled_again_under_the_same_ids(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        office.call().decides(SMS).decides(DNC).ends()
        await office.go()
        before = set(crm.ids)
        await office.restart(store_lost=True)
        await office.go()
        assert (set(crm.ids), len(crm.ids)) == (before, 2 * len(before))
        assert await office.outbox.listed("13800001234")

    play(story, tmp_path, crm.url)


def test_a_file_that_is_no_store_stops_no_call(tmp_path: Path, crm: Receiver) -> None:
    async def story(office: Office) -> None:
        office.calls.mkdir()
        (office.calls / NAME).write_text("not a database, but a file of some length " * 100)
        office.call().decides(SMS)
        assert not await office.outbox.collect()
        assert not await office.outbox.turn()
        assert "not a database" in office.outbox.trouble
        assert "cannot be read" in await office.outbox.why_not_call("13800001234")
        (office.calls / NAME).unlink()
        await office.go()
        assert crm.types == ["sms"]

    play(story, tmp_path, crm.url)


def test_what_is_under_way_at_the_end_is_finished_or_stays(tmp_path: Path, crm: Receiver) -> None:
    clock = SharedClock()

    async def story() -> Office:
        office = Office(tmp_path, crm.url)
        async with office.outbox.running(patience_s=0.2):
            office.call("CA1").decides(SMS)
            await _until(lambda: len(crm.came) == 1)
            crm.answer = lambda came: None if came.type == "note" else (200, {}, "")
            office.call("CA2").decides(Note("好"), Tag("x"))
            under_way = office.outbox.lanes[0].under_way
            clock.pace = lambda: float(len(crm.came) == 3 and len(under_way) <= 1)  # whoever answers has time enough
        return office

    assert run(clock, story()).states == {"CA1:1:0": "done", "CA2:1:0": "pending", "CA2:1:1": "done"}


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not done():  # noqa: ASYNC110  the receiver is another thread
            await asyncio.sleep(0.005)


def test_a_call_waits_for_none_of_this(tmp_path: Path, crm: Receiver) -> None:
    """Handing over is a few microseconds and no I/O: it works without a loop, a disk or a receiver."""
    office = Office(tmp_path / "nowhere", crm.url)
    caller = Caller(tmp_path, tell=office.outbox.take)
    for _ in range(100):
        caller.decides(SMS)
    assert len(office.outbox._new) == 100
    assert not (tmp_path / "nowhere").exists()


# --- whatever happens ------------------------------------------------------------------------------------------------

ANSWERS: dict[str, Answer | None] = {
    "ok": (200, {}, ""),
    "error": (500, {}, "oh"),
    "later": (429, {"retry-after": "60"}, ""),
    "no": (400, {}, "no"),
    "gone": (410, {}, ""),
}
STEPS = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(["CA1", "CA2", "CA3"]), st.sampled_from([SMS, Note("好"), DNC])),
    st.tuples(st.just("end"), st.sampled_from(["CA1", "CA2", "CA3"])),
    st.tuples(st.just("answer"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("go"), st.sampled_from([0, 5, 60, 4000, DAY_S])),
    st.tuples(st.just("kill")),
    st.tuples(st.just("lose the store")),
)
NUMBERS = {"CA1": "13800001234", "CA2": "+8613800001234", "CA3": "13911112222"}


@given(st.lists(STEPS, max_size=14))
@settings(max_examples=60)
def test_each_promise_is_delivered_under_one_id_or_its_fate_is_visible(steps: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder, receiving() as crm:
        asyncio.run(_live_through(Path(folder), crm, steps))


async def _live_through(folder: Path, crm: Receiver, steps: list[tuple[object, ...]]) -> None:
    office = Office(folder, crm.url)
    good: list[Came] = []
    promised: dict[str, str] = {}
    answer: list[Answer | None] = [ANSWERS["ok"]]

    def answers(came: Came) -> Answer | None:
        if answer[0] == ANSWERS["ok"]:
            good.append(came)
        return answer[0]

    crm.answer = answers
    callers: dict[str, Caller] = {}
    for step in steps:
        name = str(step[1]) if len(step) > 1 else ""
        if step[0] in ("decide", "end"):
            if name not in callers:
                callers[name] = Caller(office.calls, name, NUMBERS[name])
            caller = callers[name]
            caller.private._tell = office.outbox.take
            if step[0] == "decide":
                caller.decides(step[2])  # type: ignore[arg-type]
        if step[0] == "end":
            callers[name].ends("A")
            promised[f"2026-11-26/{name}:ended:1"] = "call_ended"
        elif step[0] == "decide":
            promised[f"2026-11-26/{name}:{callers[name].seq}:0"] = {SMS: "sms", DNC: "do_not_call"}.get(step[2], "note")  # type: ignore[call-overload]
        elif step[0] == "answer":
            answer[0] = ANSWERS[name]
        elif step[0] == "go":
            await office.go(float(name))
        elif step[0] in ("kill", "lose the store"):
            await office.restart(store_lost=step[0] != "kill")
    await office.restart()
    answer[0] = ANSWERS["ok"]
    await office.go(2 * DAY_S)
    _all_is_well(office, promised, good)
    await office.close()


def _all_is_well(office: Office, promised: dict[str, str], good: list[Came]) -> None:
    """Delivered at least once, each under its id with one body; or it lies where a person sees it, and why."""
    fates = {row.id: row for row in office.rows()}
    delivered = {came.id: came.body for came in good}
    assert set(fates) == set(promised)
    assert all(delivered[came.id] == came.body for came in good)
    for name, kind in promised.items():
        row = fates[name]
        assert row.type == kind
        assert row.state in ("done", "dead", "withdrawn")
        assert (name in delivered) if row.state == "done" else row.why
        assert row.state != "withdrawn" or kind == "sms"


def test_messages_say_the_time_of_the_decision_not_of_the_try(tmp_path: Path, crm: Receiver) -> None:
    crm.says(500)

    async def story(office: Office) -> None:
        office.call().decides(SMS)
        await office.go()
        crm.says(200)
        await office.go(5)
        first, second = crm.came
        assert first.body == second.body
        assert json.loads(first.body)["timestamp"] == "2026-11-26T10:00:01.000+08:00"
        assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5

    play(story, tmp_path, crm.url)


def test_the_clock_of_the_world_is_the_default(tmp_path: Path) -> None:
    assert abs(Clock()() - 1_800_000_000) < 1
    assert outbox_module.wall_s() > 1_700_000_000
