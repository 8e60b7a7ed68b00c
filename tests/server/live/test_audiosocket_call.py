"""`huashu call` by AudioSocket: a ticket, a real TCP connection, and the record that is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.ports import held_port
from server.calling.caller import Caller
from server.calling.notes import Note
from server.calling.running import Dial, place
from server.calling.scenario import HangUp, Press, Scenario
from server.gateways.far.table import FAR_ENDS
from tests.server.desk import huashu
from tests.server.live.clocks import Clock, run
from tests.server.live.remains import events_of, left_behind
from tests.server.live.serving import TOKEN, LiveServer, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with held_port() as port, serving(tmp_path_factory.mktemp("data"), clock=Clock(), audiosocket_port=port) as running:
        yield running


def test_a_test_call_by_audiosocket(server: LiveServer) -> None:
    before, notes = set(server.records), list[Note]()
    params = {"token": TOKEN, "script": "phone-robot", "caller": "13812345678"}
    scenario = Scenario(steps=(Press("1", barge_in_ms=400), HangUp(400)))

    async def talk() -> Caller:
        caller = Caller(FAR_ENDS["audiosocket"](), scenario, {}, notes.append)
        await place(Dial(server.url("/audiosocket", "http"), "audiosocket", params), caller)
        return caller

    caller = run(server.clock, talk())
    assert caller.ended
    assert (caller.ended.by, caller.ended.in_order) == ("caller", True)
    assert [note.kind for note in notes][:3] == ["connected", "bot speaks", "caller presses"]
    (summary,) = left_behind(server, before)
    assert summary["gateway"] == "audiosocket"
    (record,) = set(server.records) - before
    assert [event["type"] for event in events_of(record)].count("pressed") == 1


def test_who_has_no_token_gets_no_ticket(server: LiveServer, tmp_path: Path) -> None:
    ran = huashu(tmp_path, "call", "--token", "wrong", server.url("/audiosocket", "http"))
    assert ran.code == 1
    assert "sells no ticket: HTTP 401: no valid credential" in ran.err


def test_a_server_without_the_port_says_which_setting_it_wants(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as running:
        ran = huashu(tmp_path, "call", "--token", TOKEN, running.url("/audiosocket", "http"))
    assert ran.code == 1
    assert "takes no AudioSocket: set HUASHU_AUDIOSOCKET_PORT there" in ran.err


def test_it_is_called_at_a_web_address(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "call", "--gateway", "audiosocket", "ws://127.0.0.1:1/audiosocket")
    assert ran.code == 2
    assert "audiosocket is called at an address such as http://127.0.0.1:8787/audiosocket" in ran.err
