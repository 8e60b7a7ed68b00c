"""`huashu call` and the server, over real sockets and no faster than time: what one sends, the other must understand."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from weakref import finalize

import pytest
from structlog.testing import capture_logs

from server.calling.caller import Caller
from server.calling.notes import Note
from server.calling.running import Dial, place
from server.calling.scenario import HangUp, Press, Scenario, WaitPrompt
from server.gateways.far.table import FAR_ENDS
from server.gateways.table import GATEWAYS, Gateway
from server.live.call import LiveCall
from server.live.desk import Desk
from server.live.session import Session
from tests.server.desk import Ran, furnish, huashu, process, put
from tests.server.live.clocks import Clock, run
from tests.server.live.remains import left_behind
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, LiveServer, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = furnish(tmp_path_factory.mktemp("live"))
    with serving(folder, clock=Clock(), scripts=folder / "scripts", script="shop") as running:
        yield running


def test_a_call_by_each_gateway(server: LiveServer) -> None:
    keys = Scenario(steps=(Press("1", barge_in_ms=300), WaitPrompt(), HangUp(after_ms=200)))

    async def one(gateway: str) -> list[Note]:
        notes: list[Note] = []
        caller = Caller(FAR_ENDS[gateway](), keys, {}, notes.append)
        dial = Dial(server.url(GATEWAYS[gateway].path), gateway, {"token": TOKEN, "name": "王"}, most_ms=30_000)
        await place(dial, caller)
        return notes

    async def all_at_once() -> dict[str, list[Note]]:
        return dict(zip(GATEWAYS, await asyncio.gather(*map(one, GATEWAYS)), strict=True))

    before = set(server.records)
    for gateway, notes in run(server.clock, all_at_once()).items():
        kinds = [note.kind for note in notes if note.kind != "cleared"]
        heard = ["bot speaks", "caller presses", "bot cut", "bot speaks", "bot silent"]
        assert kinds == ["connected", *heard, "ended"], gateway
        assert notes[-1].by == "caller", gateway
    summaries = left_behind(server, before)
    assert sorted(summary["gateway"] for summary in summaries) == sorted(GATEWAYS)
    for summary in summaries:
        assert summary["stages"] == ["ask", "day"], summary["gateway"]
        assert summary["ended_by"] in ("caller", "network"), summary["gateway"]  # not all of them tell
        assert summary["turns"][0]["bot"].startswith("王好"), summary["gateway"]


def test_a_call_that_is_over_is_gone_at_once(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for a search of garbage, which would halt the others the longer the more there is."""
    gone: dict[str, threading.Event] = {}
    carry = Desk._carry

    async def watched(desk: Desk, session: Session, gateway: Gateway, call: LiveCall) -> None:
        finalize(call, gone.setdefault(gateway.name, threading.Event()).set)
        await carry(desk, session, gateway, call)

    monkeypatch.setattr(Desk, "_carry", watched)
    gc.disable()
    try:
        test_a_call_by_each_gateway(server)
        assert [name for name, event in gone.items() if not event.wait(PATIENCE_SECONDS)] == []
    finally:
        gc.enable()
    assert gone


@pytest.fixture
def called(server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The command, by the clock of the server."""
    monkeypatch.setattr(asyncio, "run", partial(run, server.clock))
    monkeypatch.setattr("server.calling.following.PATIENCE_SECONDS", PATIENCE_SECONDS)

    def called(*arguments: str) -> Ran:
        with capture_logs():  # of the server, which is in the same process
            return huashu(tmp_path, "call", "--token", TOKEN, *arguments)

    return called


def test_a_conversation_by_text_is_told_with_its_words(server: LiveServer, called: Callable[..., Ran]) -> None:
    ran = called("--text", "--say", "可以", "可以", server.url("/huashu"))
    assert (ran.code, ran.err) == (0, "")
    words = [line.partition("| ")[2].strip() for line in ran.lines if "| " in line]
    assert [line for line in words if not line.startswith(("=", ">", "["))] == [
        "answered",
        "bot     您好，我是机器人，周末有空吗？",
        "caller  可以",
        "bot     那星期六可以吗？",
        "caller  可以",
        "bot     再见！",
        "the bot hung up (goodbye)",
    ]
    assert any("by the bot" in line for line in ran.lines)


@pytest.mark.parametrize(
    ("gateway", "given", "told"),
    [
        (
            "asterisk",
            ["--token", "another"],
            "refuses the call: HTTP 401: no valid credential (give the server's with --token",
        ),
        (
            "twilio",
            ["--token", "another"],
            "the call did not end in order: closed with 1008: no valid credential (give the",
        ),
        ("huashu", ["--token", TOKEN, "--script", "shpo"], "the call did not end in order: refused: no script 'shpo'"),
        ("fork", ["--token", TOKEN, "--script", "shpo"], "the call did not end in order: refused: no script 'shpo'"),
        ("nowhere", ["--token", TOKEN], "refuses the call: HTTP 403 (is the path that of a gateway?)"),
    ],
)
def test_a_refused_call_says_why(server: LiveServer, tmp_path: Path, gateway: str, given: list[str], told: str) -> None:
    ran = process(tmp_path, "call", *given, server.url(f"/{gateway}"))
    assert ran.code == 1
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1


def test_many_calls_at_a_time(server: LiveServer, tmp_path: Path, called: Callable[..., Ran]) -> None:
    put(
        tmp_path,
        "caller.yaml",
        "scenario: keys\nsteps: [{digits: 1, barge_in_ms: 200}, {wait_prompt: yes}, {hangup: yes}]\n",
    )
    scenario = ("--scenario", "caller.yaml", "--calls", "10", "--stagger", "50")
    ran = called(*scenario, "--json", server.url("/twilio"))
    (told,) = ran.json
    assert (ran.code, told["in_order"], told["answers"], told["failures"]) == (0, 10, 10, [])
