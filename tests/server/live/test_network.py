"""What the network tells of calls beside their streams, over real HTTP: early, late, twice, out of order, after a restart."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.calls.log import read
from server.live.record import LOG, SUMMARY
from server.logs import ACTIONS, NETWORK
from tests.server.desk import huashu
from tests.server.live.remains import left_behind
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, Gateway, LiveServer, calling, serving

TRUNKS = """
trunks:
  gz: {sip: {480: powered_off, 486: rejected}, q850: {31: no_answer}, words: {E-77: barred}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[LiveServer]:
    (folder / "trunks.yaml").write_text(TRUNKS)
    with serving(folder, trunks=folder / "trunks.yaml") as running:
        yield running


def tell(server: LiveServer, call_id: str, **told: Any) -> None:
    """In the order of the requests, as one system tells another."""
    answer = httpx.post(
        server.url("/outcome", "http"), json={"call_id": call_id, **told}, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 204, answer.text


def record(server: LiveServer, call_id: str) -> Path:
    (folder,) = [path for path in server.records if path.name == call_id]
    return folder


def summary(server: LiveServer, call_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((record(server, call_id) / SUMMARY).read_text())
    return found


def short(server: LiveServer, call_id: str) -> tuple[str, str, str]:
    told = summary(server, call_id)
    return told["disposition"], told["grade"] or "none", told["facts"]["known_by"]


def steps(server: LiveServer, call_id: str) -> list[str]:
    return [type(entry.event).__name__ for entry in read((record(server, call_id) / LOG).read_bytes()).entries]


def said(server: LiveServer, call_id: str) -> list[dict[str, Any]]:
    return [json.loads(line)["said"] for line in (record(server, call_id) / NETWORK).read_text().splitlines()]


def commands_agree(server: LiveServer, call_id: str) -> bool:
    """Do `huashu grade` and `huashu replay` read out of the log what the summary says?"""
    log, told = record(server, call_id) / LOG, summary(server, call_id)
    replayed, graded = huashu(log.parent, "replay", log), huashu(log.parent, "grade", log)
    assert (replayed.code, graded.code) == (0, 0), replayed.err + graded.err
    (found,) = graded.json
    return all(found[name] == told[name] for name in ("disposition", "grade", "rule", "evidence", "facts"))


# --- calls without a stream ------------------------------------------------------------------------------------------


def test_a_call_that_failed_has_a_record_and_late_codes_revise_it(server: LiveServer) -> None:
    tell(server, "late", sip=480)
    assert short(server, "late") == ("unknown", "E", "")
    tell(server, "late", header="Q.850;cause=1")
    assert short(server, "late") == ("invalid_number", "F", "q850")
    (was,) = summary(server, "late")["revised"]
    assert (was["disposition"], was["grade"], was["known_by"]) == ("unknown", "E", "")
    assert steps(server, "late") == ["Dialed", "Failed", "Failed"]
    assert said(server, "late") == [{"sip": "480"}, {"header": "Q.850;cause=1"}]
    assert commands_agree(server, "late")


def test_what_is_told_twice_is_no_step_of_the_log(server: LiveServer) -> None:
    for _ in range(3):
        tell(server, "twice", sip=486, reason="busy")
    tell(server, "twice", status="hung_up")
    assert short(server, "twice") == ("busy", "E", "sip")
    assert steps(server, "twice") == ["Dialed", "Failed"]
    assert "revised" not in summary(server, "twice")
    assert len(said(server, "twice")) == 4


def test_the_order_does_not_matter(server: LiveServer) -> None:
    tell(server, "orderly", status="ringing")
    tell(server, "orderly", sip=480)
    tell(server, "disorderly", sip=480)
    tell(server, "disorderly", status="ringing")
    assert short(server, "orderly") == short(server, "disorderly") == ("no_answer", "E", "sip")
    assert steps(server, "orderly") == ["Dialed", "Ringing", "Failed"]
    assert commands_agree(server, "disorderly")


def test_the_line_says_what_a_code_means_there_also_late(server: LiveServer) -> None:
    tell(server, "on-gz", sip=480, trunk="gz")
    tell(server, "on-no-line", sip=480)
    assert short(server, "on-gz") == ("powered_off", "F", "trunk")
    assert short(server, "on-no-line") == ("unknown", "E", "")
    tell(server, "on-no-line", reason="E-77", trunk="gz")
    assert short(server, "on-no-line") == ("barred", "E", "trunk")
    tell(server, "released", sip=480)
    tell(server, "released", status="hung_up", q850=31, trunk="gz")
    assert short(server, "released") == ("no_answer", "E", "trunk")


def test_a_code_that_nobody_knows_is_kept_as_it_came(server: LiveServer) -> None:
    tell(server, "strange", reason="200777", header="Q.850;cause=127")
    assert short(server, "strange") == ("unknown", "E", "")
    (_, failed) = read((record(server, "strange") / LOG).read_bytes()).entries
    assert getattr(failed.event, "reason", "") == "200777"
    assert said(server, "strange") == [{"reason": "200777", "header": "Q.850;cause=127"}]


def test_a_gateway_that_is_none_of_ours_is_counted_among_the_others(server: LiveServer) -> None:
    tell(server, "by-ours", sip=486, gateway="asterisk")
    tell(server, "by-another", sip=480, gateway="an exchange of 1998")
    tell(server, "by-another", header="Q.850;cause=1")
    assert summary(server, "by-another")["gateway"] == "an exchange of 1998"
    page = httpx.get(server.url("/metrics", "http")).text
    assert re.search(r'huashu_calls_ended_total{[^}]*gateway="asterisk"', page)
    assert re.search(r'huashu_calls_ended_total{[^}]*gateway="other"', page)
    assert re.search(r'huashu_calls_revised_total{[^}]*gateway="other"', page)
    assert "1998" not in page


def test_a_gateway_that_hangs_up_on_machines_by_itself(server: LiveServer) -> None:
    tell(server, "mailbox", answered_by="machine")
    assert not [path for path in server.records if path.name == "mailbox"]
    tell(server, "mailbox", status="hung_up")
    assert short(server, "mailbox") == ("voicemail", "E", "word")


def test_a_call_that_was_answered_elsewhere_is_none_of_ours(server: LiveServer) -> None:
    before = len(server.records)
    tell(server, "elsewhere", status="answered")
    tell(server, "elsewhere", status="hung_up", by="caller")
    assert len(server.records) == before


def test_times_are_those_that_are_told(server: LiveServer) -> None:
    tell(server, "timed", status="ringing", at="2026-01-26T02:00:00+00:00")
    tell(server, "timed", sip=486, at="2026-01-26T10:00:25.5+08:00")
    log = read((record(server, "timed") / LOG).read_bytes())
    assert log.header.started_at == "2026-01-26T10:00:00.000+08:00"
    assert [entry.event.at_ms for entry in log.entries] == [0, 0, 25_500]


def test_a_time_to_come_is_now(server: LiveServer) -> None:
    tell(server, "to-come", sip=486, at="2126-01-26T10:00:00+08:00")
    assert summary(server, "to-come")["started_at"] < "2100"


def test_numbers_are_masked_wherever_they_are_told(server: LiveServer) -> None:
    tell(server, "masked", reason="busy at 13800001234", header="Q.850;cause=17;text=13800001234")
    told = "".join(path.read_text() for path in record(server, "masked").iterdir() if path.is_file())
    assert "138****1234" in told
    assert "13800001234" not in told


# --- calls with a stream ---------------------------------------------------------------------------------------------


async def spoken(server: LiveServer, call_id: str, *, drop: bool = False) -> None:
    """A call in which nobody says a word, until the caller hangs up or the line is lost."""
    async with calling(server, call_id) as gateway:
        await gateway.until(lambda each: each.spoken > 0)
        if drop:
            gateway.socket.transport.abort()
        else:
            await gateway.send(*gateway.end.stop())
        await gateway.until(lambda each: each.closed is not None)


def test_a_line_that_was_lost_was_hung_up_by_the_caller(server: LiveServer) -> None:
    before = set(server.records)
    asyncio.run(spoken(server, "lost", drop=True))
    (told,) = left_behind(server, before)
    assert (told["ended_by"], told["facts"]["end"]) == ("network", "network")
    tell(server, "lost", status="hung_up", by="caller", q850=16)
    told = summary(server, "lost")
    assert (told["ended_by"], told["facts"]["end"], told["facts"]["q850"]) == ("caller", "caller", 16)
    assert told["gateway"] == "huashu", "what the server measured stays"
    assert told["delays"] == []
    assert commands_agree(server, "lost")


def test_a_mailbox_that_said_nothing(server: LiveServer) -> None:
    before = set(server.records)
    asyncio.run(spoken(server, "quiet"))
    (told,) = left_behind(server, before)
    assert told["disposition"] == "silent"
    tell(server, "quiet", answered_by="machine")
    assert short(server, "quiet")[0] == "voicemail"
    assert [was["disposition"] for was in summary(server, "quiet")["revised"]] == ["silent"]
    assert commands_agree(server, "quiet")


def test_what_comes_in_the_middle_of_a_call_counts_at_its_end(server: LiveServer) -> None:
    before = set(server.records)

    async def call() -> None:
        async with calling(server, "middle") as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            await asyncio.to_thread(tell, server, "middle", answered_by="machine")
            await gateway.send(*gateway.end.stop())
            await gateway.until(lambda each: each.closed is not None)

    asyncio.run(call())
    left_behind(server, before)
    asyncio.run_coroutine_threadsafe(server.desk.network.settled(), server.loop).result(PATIENCE_SECONDS)
    assert short(server, "middle")[0] == "voicemail"
    assert commands_agree(server, "middle")


def test_an_early_stream_hears_that_the_call_has_failed(server: LiveServer) -> None:
    before = set(server.records)

    async def call() -> Gateway:
        async with calling(server, "early", params={"early": "true"}) as gateway:
            await gateway.until(lambda _: bool(server.desk.sessions))
            await asyncio.to_thread(tell, server, "early", sip=486, trunk="gz")
            return await gateway.until(lambda each: each.closed is not None)

    asyncio.run(call())
    left_behind(server, before)
    asyncio.run_coroutine_threadsafe(server.desk.network.settled(), server.loop).result(PATIENCE_SECONDS)
    assert short(server, "early") == ("rejected", "E", "trunk"), "its line was told with the code, not with the stream"
    assert commands_agree(server, "early")


# --- other servers ---------------------------------------------------------------------------------------------------


def test_after_a_restart_the_record_is_found_again(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        tell(first, "v3:a/b", sip=480)
        assert short(first, "v3_a_b")[0] == "unknown"
        tell(first, "v3:a", sip=486)
    with serving(tmp_path) as second:
        tell(second, "v3:a/b", sip=404, q850=1)
        assert short(second, "v3_a_b") == ("invalid_number", "F", "q850")
        assert len(second.records) == 2, "no second record of the same call"
        assert short(second, "v3_a")[0] == "busy"


def test_a_record_that_cannot_be_revised_is_left_as_it_is(
    server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(server, "broken", sip=480)
    log = record(server, "broken") / LOG
    torn = log.read_bytes()[:-20]
    log.write_bytes(torn)
    tell(server, "broken", q850=17)
    assert log.read_bytes() == torn
    assert short(server, "broken")[0] == "unknown"
    assert len(said(server, "broken")) == 2, "what was told is kept all the same"
    assert "not a whole record" in capsys.readouterr().out


# --- whoever is told what calls come to ------------------------------------------------------------------------------


def test_a_revision_is_told_to_others_too(server: LiveServer) -> None:
    tell(server, "told-on", sip=480)
    tell(server, "told-on", q850=17)
    lines = [json.loads(line) for line in (record(server, "told-on") / ACTIONS).read_text().splitlines()]
    assert [(line["revision"], line["disposition"]) for line in lines if line["type"] == "call_ended"] == [
        (1, "unknown"),
        (2, "busy"),
    ]
