"""Calls by HTTP, a turn a request, on a real server: the platform obeys, the person answers, a record is left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.calls.actions import Part, Play
from server.live.turns import prompts
from tests.server.desk import SCRIPT, furnish, put
from tests.server.live.clocks import ByHand
from tests.server.live.remains import summary_of
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, LiveServer, serving, wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(tmp_path_factory.mktemp("data"), clock=ByHand(), max_calls=3) as running:
        yield running


class SmartIvr:
    """The platform: it does what it was told, and asks again when that is done."""

    def __init__(self, server: LiveServer, call_id: str, **query: str) -> None:
        self.server, self.call_id = server, call_id
        self.query = {"token": TOKEN, "script": "phone-robot", **query}
        self.did: list[str] = []
        self.said: list[str] = []
        self.now: dict[str, Any] = {}

    def ask(self, notify: str, **more: Any) -> dict[str, Any]:
        told = {
            "notify": notify,
            "callid": self.call_id,
            "callerid": "13812345678",
            "flowid": "abc",
            "errorcode": 0,
            **more,
        }
        answer = httpx.post(self.server.url("/smartivr", "http"), params=self.query, json=told)
        assert answer.status_code == 200, answer.text
        self.now = answer.json()
        self.did.append(self.now["action"])
        playback = self.now.get("after_params") if self.now["action"] == "start_asr" else self.now["params"]
        if self.now["action"] in ("start_asr", "playback"):
            self.said.append(playback["prompt"])
        return self.now

    def enter(self) -> SmartIvr:
        self.ask("enter")
        return self

    def hear_out(self) -> SmartIvr:
        """Until nothing is played any more."""
        while self.now["action"] in ("start_asr", "playback"):
            self.ask("playback_result")
        return self

    def say(self, text: str) -> SmartIvr:
        self.hear_out()
        self.ask("asrmessage_notify", message=f"1.{text};", speakms="800")
        return self

    def wait_out(self, most: int = 40) -> SmartIvr:
        """The person says nothing until the bot hangs up."""
        for _ in range(most):
            if self.now["action"] == "hangup":
                return self
            self.hear_out()
            if self.now["action"] == "wait":
                self.wait_ms(self.now["params"]["timeout"])
                self.ask("wait_result")
        raise AssertionError("the bot does not hang up")

    def wait_ms(self, ms: int) -> None:
        """The clock of the server goes on by so much."""
        self.server.clock.go_on(ms)


def test_a_call_from_enter_to_leave(server: LiveServer) -> None:
    call = SmartIvr(server, "call-leave").enter()
    assert call.did == ["start_asr"]
    call.say("你好").say("好的可以").hear_out()
    assert len(call.said) >= 3
    call.ask("leave")
    summary = summary_of(server, "call-leave")
    assert (summary["gateway"], summary["ended_by"]) == ("smartivr", "caller")
    assert [turn["caller"] for turn in summary["turns"] if turn["caller"]] == ["你好", "好的可以"]


def test_who_says_nothing_is_asked_again_and_then_let_go(server: LiveServer) -> None:
    call = SmartIvr(server, "call-silent").enter().wait_out()
    assert "wait" in call.did
    assert len(call.said) >= 2
    assert call.did[-1] == "hangup"
    assert summary_of(server, "call-silent")["ended_by"] == "bot"


def test_who_will_not_is_said_goodbye_to(server: LiveServer) -> None:
    call = SmartIvr(server, "call-no").enter().say("不需要，别再打了").wait_out()
    summary = summary_of(server, "call-no")
    assert summary["grade"] in ("D", "E", "F")
    assert call.now["params"]["usermsg"]


def test_a_platform_that_cannot_hold_is_silent_for_so_long(tmp_path: Path) -> None:
    furnish(tmp_path)
    hold = "      - {hear: ask_price, say: 我查一下。, hold: 15s, go: day}\n"
    put(tmp_path, "scripts/shop.yaml", SCRIPT.replace("    expect:\n", f"    expect:\n{hold}", 1))
    with serving(tmp_path, clock=ByHand(), scripts=tmp_path / "scripts", script="shop") as running:
        call = SmartIvr(running, "call-hold", script="shop").enter().say("多少钱").hear_out()
        waited_ms = 0
        while call.now["action"] == "wait":
            waited_ms += call.now["params"]["timeout"]
            call.wait_ms(call.now["params"]["timeout"])
            call.ask("wait_result")
        assert call.said[-2:] == ["我查一下。", "那星期六可以吗？"]
        assert 14_000 < waited_ms <= 15_100
        call.ask("leave")
    assert summary_of(running, "call-hold")["facts"]["hold"] == "ok"


def test_words_over_a_prompt_interrupt_it(server: LiveServer) -> None:
    call = SmartIvr(server, "call-cut").enter()
    call.ask("asrmessage_notify", message="1.不需要;")
    assert call.now["action"] in ("playback", "hangup")
    assert len(call.said) >= 1
    call.ask("leave")


def test_a_call_that_asks_no_more_is_closed(server: LiveServer) -> None:
    call = SmartIvr(server, "call-gone").enter()
    call.wait_ms(10 * 60_000)
    other = SmartIvr(server, "call-other").enter()
    sweep(server)
    assert summary_of(server, "call-gone")["ended_by"] == "network"
    other.ask("leave")


def sweep(server: LiveServer) -> None:
    """What the server does every few seconds."""

    async def once() -> None:
        server.server.config.app.state.turns.sweep()  # type: ignore[union-attr]

    asyncio.run_coroutine_threadsafe(once(), server.loop).result(PATIENCE_SECONDS)


def test_there_are_no_more_calls_than_lines(server: LiveServer) -> None:
    calls = [SmartIvr(server, f"call-line-{name}").enter() for name in "abc"]
    assert SmartIvr(server, "call-line-d").enter().now["action"] == "hangup"
    for call in calls:
        call.ask("leave")
    again = SmartIvr(server, "call-line-e").enter()
    assert again.now["action"] == "start_asr"
    again.ask("leave")


def test_a_call_nobody_knows_is_hung_up(server: LiveServer) -> None:
    assert SmartIvr(server, "call-unknown").ask("asrmessage_notify", message="1.你好;")["action"] == "hangup"
    assert SmartIvr(server, "call-none", script="no-such").enter().now["action"] == "hangup"


def test_entering_twice_begins_once(server: LiveServer) -> None:
    call = SmartIvr(server, "call-twice").enter().enter()
    assert call.did == ["start_asr", "noop"]
    call.ask("leave")
    assert len([path for path in server.records if path.name.startswith("call-twice")]) == 1


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [
        ("other", b"{}", 401),
        (TOKEN, b"hello", 400),
        (TOKEN, b"[]", 400),
        (TOKEN, b"{}", 400),
        (TOKEN, b"[" * 50_000, 400),
        (TOKEN, b" " * 70_000, 413),
    ],
    ids=["stranger", "no JSON", "no object", "no call", "deep", "large"],
)
def test_what_is_refused(server: LiveServer, token: str, body: bytes, status: int) -> None:
    before = len(server.records)
    answer = httpx.post(server.url(f"/smartivr?token={token}", "http"), content=body)
    assert answer.status_code == status
    assert len(server.records) == before


def test_calls_end_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, clock=ByHand(), drain_seconds=0) as running:
        SmartIvr(running, "call-stop").enter().wait_ms(60_000)
        server = running
    assert summary_of(server, "call-stop")["ended_by"] == "network"


def test_a_server_that_stops_waits_for_calls_that_ask_and_not_for_those_that_do_not(tmp_path: Path) -> None:
    with serving(tmp_path, clock=ByHand(), drain_seconds=60) as running:
        SmartIvr(running, "call-mute").enter()
        call = SmartIvr(running, "call-on").enter().say("你好")
        running.loop.call_soon_threadsafe(running.server.handle_exit, 15, None)
        for _ in range(45):  # the person listens to the prompt, and the platform asks
            call.enter().wait_ms(1000)
        wait_for(lambda: len(running.desk.calls) == 1)
        assert list(running.desk.calls) == ["call-on"]
        assert summary_of(running, "call-mute")["ended_by"] == "network"
        call.ask("leave")
        wait_for(lambda: not running.runs)
    assert summary_of(running, "call-on")["ended_by"] == "caller"


def test_a_call_is_listed_and_can_be_followed(server: LiveServer) -> None:
    call = SmartIvr(server, "call-listed").enter()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    (told,) = httpx.get(server.url("/calls", "http"), headers=headers).json()
    assert (told["call"], told["call_id"], told["stage"]) == ("call-listed", "call-listed", "hello")
    with httpx.stream("GET", server.url("/calls/call-listed/log", "http"), headers=headers) as log:
        call.ask("leave")
        lines = list(log.iter_lines())
    assert json.loads(lines[-1])["event"]["type"] == "hung_up"


def test_prompts_are_texts_or_recordings_of_the_platform() -> None:
    play = Play(
        1, (Part("您好，", audio="audio/hello.wav"), Part("王"), Part(pause_ms=300), Part("先生"), Part(keys="1"))
    )
    assert prompts(play, recordings=False) == ["您好，王先生"]
    assert prompts(play, recordings=True) == ["hello.wav", "王先生"]
    assert prompts(Play(2, (Part(keys="1"),)), recordings=True) == []
