"""`huashu outbox`, on a server's folder, whether the server runs or not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.calls.actions import Note
from tests.server.desk import Ran, huashu
from tests.server.outbox.calls import DNC, SMS, Office, rows
from tests.server.outbox.receiver import receiving


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One message is delivered, one dead, one withdrawn, one waits."""

    async def past() -> None:
        office = Office(tmp_path, crm.url)
        office.call("CA1").decides(SMS)
        office.call("CA2").decides(DNC)
        await office.go()
        crm.says(404, "no such lead 13800001234")
        office.call("CA3").decides(Note("打 13800001234"))
        await office.go()
        crm.says(500)
        office.call("CA4", "13911112222").decides(SMS)
        await office.go()
        await office.close()

    with receiving() as crm:
        asyncio.run(past())
    return tmp_path


def outbox(data: Path, *arguments: str) -> Ran:
    first = arguments[:1] if arguments and not arguments[0].startswith("-") else ()
    return huashu(data, "outbox", "--data", data, *first, *arguments[len(first) :])


def states(data: Path) -> dict[str, str]:
    return {row.id.removeprefix("2026-11-26/"): row.state for row in rows(data)}


def test_it_counts_and_lists_what_is_not_delivered_with_numbers_masked(data: Path) -> None:
    ran = outbox(data)
    assert ran.code == 0
    assert ran.lines[0] == "pending 1  done 1  dead 1  withdrawn 1  dropped 0"
    assert sorted(ran.lines[1:]) == [
        "dead       2026-11-26/CA3:1:0  note  打 138****1234  after one try: 404 no such lead 138****1234",
        "pending    2026-11-26/CA4:1:0  sms  资料 139****2222  after one try: 500",
        "withdrawn  2026-11-26/CA1:1:0  sms  资料 138****1234: the number is on the do-not-call list",
    ]


def test_it_fails_when_something_was_given_up_and_that_is_asked(data: Path) -> None:
    assert outbox(data, "--check").code == 1
    assert outbox(data, "drop", "--dead", "--why", "called by hand").code == 0
    assert outbox(data, "--check").code == 0
    assert states(data)["CA3:1:0"] == "dropped"


def test_json_is_a_message_a_line(data: Path) -> None:
    found = {str(each["id"])[11:]: each for each in outbox(data, "--json").json}
    assert (found["CA4:1:0"]["state"], found["CA4:1:0"]["tries"]) == ("pending", 1)
    assert found["CA3:1:0"]["about"] == {"text": "打 138****1234"}
    assert "next_try" in found["CA4:1:0"]


def test_the_dead_are_sent_again(data: Path) -> None:
    ran = outbox(data, "retry", "--dead")
    assert (ran.code, ran.out) == (0, "1 will be sent again\n")
    assert states(data)["CA3:1:0"] == "pending"


def test_what_cannot_be_sent_again_is_told(data: Path) -> None:
    ran = outbox(data, "retry", "2026-11-26/CA1:1:0", "2026-11-26/CA2:1:0", "2026-11-26/CA9:1:0")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "huashu: 2026-11-26/CA1:1:0: the number is on the do-not-call list",
        "huashu: 2026-11-26/CA2:1:0: it has been delivered",
        "huashu: 2026-11-26/CA9:1:0: there is no such message",
    ]


@pytest.mark.parametrize("arguments", [("retry",), ("drop", "--why", "x")])
def test_nothing_is_done_to_nothing(data: Path, arguments: tuple[str, ...]) -> None:
    ran = outbox(data, *arguments)
    assert (ran.code, ran.err) == (2, "huashu: name messages by their id, or all dead ones by --dead\n")


def test_the_list_of_numbers(data: Path) -> None:
    assert outbox(data, "do-not-call", "+86 138 0000 1234", "13911112222").out == (
        "138****1234: do not call\n139****2222: not on the list\n".replace("138****1234", "+86 138 **** 1234")
    )
    assert outbox(data, "do-not-call", "13911112222", "--add").out == "139****2222: on the list; 1 withdrawn\n"
    assert states(data)["CA4:1:0"] == "withdrawn"
    assert {each["number"] for each in outbox(data, "do-not-call", "--json").json} == {"13800001234", "13911112222"}
    assert "13800001234" not in outbox(data, "do-not-call").out
    assert outbox(data, "do-not-call", "13911112222", "--remove").out == "139****2222: taken off\n"
    assert outbox(data, "do-not-call", "13911112222", "--json").json == [
        {"number": "13911112222", "do_not_call": False}
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("anonymous",), "not a telephone number: anonymous"),
        (("--add",), "name the numbers to add or to remove, one of the two"),
        (("13800001234", "--add", "--remove"), "name the numbers to add or to remove, one of the two"),
    ],
)
def test_a_wrong_wish_is_told(data: Path, arguments: tuple[str, ...], problem: str) -> None:
    ran = outbox(data, "do-not-call", *arguments)
    assert (ran.code, ran.err) == (2, f"huashu: {problem}\n")


def test_a_folder_without_an_outbox_is_told(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "outbox", "--data", "nowhere")
    assert (ran.code, ran.err) == (2, "huashu: no outbox in nowhere (--data names the server's data folder)\n")


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "outbox.db").write_text("no database " * 1000)
    ran = huashu(tmp_path, "outbox", "--data", tmp_path)
    assert ran.code == 1
    assert ran.err.endswith("outbox.db: file is not a database\n")
