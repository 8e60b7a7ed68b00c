"""Calls on a running server, and a CRM that is told of them; and a server that is killed before it could tell."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from standardwebhooks import Webhook
from websockets.asyncio.client import connect

from benchmarks.ports import held_port
from server.gateways.far.plain import PlainEnd
from server.live.record import SUMMARY
from server.logs import ACTIONS
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, LiveServer, calling, serving, wait_for
from tests.server.outbox.receiver import SECRET, Came, Receiver, receiving

PERSON = "13800001234"
PARAMS = {"caller": PERSON, "lead_id": "7788990011"}


@pytest.fixture
def crm() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, crm: Receiver) -> Iterator[LiveServer]:
    with serving(tmp_path, webhook_url=crm.url, webhook_secret=SecretStr(SECRET)) as running:
        yield running


def told(crm: Receiver, kind: str) -> Came:
    """The message of this type, once it is there."""
    wait_for(lambda: kind in crm.types)
    return next(each for each in crm.came if each.type == kind)


async def call(server: LiveServer, *texts: str) -> None:
    async with calling(server, "c1", params=PARAMS) as gateway:
        await gateway.say(*texts)
        await gateway.until(lambda each: each.closed is not None)


def test_a_promise_and_the_outcome_reach_the_crm(server: LiveServer, crm: Receiver) -> None:
    async def promises() -> Came:
        async with calling(server, "c1", params=PARAMS) as gateway:
            await gateway.say("你好", "你说", "加我微信吧", "不是，你记一下，13912345678")
            wechat = await asyncio.to_thread(told, crm, "wechat")  # while the call goes on
            assert "call_ended" not in crm.types
            await gateway.say("再见")
            await gateway.until(lambda each: each.closed is not None)
            return wechat

    wechat, ended = asyncio.run(promises()), told(crm, "call_ended")
    for each in (wechat, ended):
        assert Webhook(SECRET).verify(each.body, dict(each.headers))
        assert (each.data["call_id"], each.data["number"], each.data["script"]) == ("c1", PERSON, "phone-robot")
        assert each.data["vars"] == {"company": "星河科技", "lead_id": "7788990011", "name": ""} | each.data["vars"]
    assert wechat.data["to"] == "13912345678"
    (folder,) = server.records
    summary = json.loads((folder / SUMMARY).read_text())
    same = ("grade", "rule", "disposition", "ended_by", "facts", "gateway", "duration_ms")
    assert {name: ended.data[name] for name in same} == {name: summary[name] for name in same}
    assert ended.data["evidence"]
    assert ended.data["call"] == f"{folder.parent.name}/{folder.name}"


def test_one_who_wants_no_calls_is_on_the_list_while_he_is_still_on_the_line(server: LiveServer, crm: Receiver) -> None:
    def listed(number: str) -> bool:
        answer = httpx.get(server.url(f"/do-not-call?number={number}&token={TOKEN}", "http"))
        return bool(answer.json()["do_not_call"])

    async def asks() -> None:
        async with calling(server, "c1", params={"caller": f"+86 {PERSON}"}) as gateway:
            await gateway.say("你好", "别再给我打电话了")
            assert gateway.closed is None
            assert await asyncio.to_thread(listed, PERSON)

    asyncio.run(asks())
    assert not listed("13911112222")
    assert told(crm, "do_not_call").data["to"] == f"+86 {PERSON}"
    assert told(crm, "call_ended").data["facts"]["do_not_call"] is True


def test_we_place_no_call_to_one_who_is_on_the_list(server: LiveServer, crm: Receiver) -> None:
    def place(endpoint: str, caller: str = "") -> tuple[int, str]:
        body = {"endpoint": endpoint, "caller": caller}
        answer = httpx.post(server.url(f"/asterisk/originate?token={TOKEN}", "http"), json=body)
        return answer.status_code, answer.json()["detail"]

    asyncio.run(call(server, "你好", "别再打了"))
    told(crm, "do_not_call")
    for endpoint, caller in ((f"PJSIP/{PERSON}@gz", ""), (f"PJSIP/gz/0{PERSON}", ""), ("PJSIP/1001", f"+86{PERSON}")):
        assert place(endpoint, caller) == (403, "the number is on the do-not-call list")
    assert place("PJSIP/13911112222@gz") == (503, "HUASHU_ARI_URL does not say where Asterisk is")


def test_a_call_by_turns_is_told_too(server: LiveServer, crm: Receiver) -> None:
    server.clock.pace = lambda: 0.0  # whoever asks by HTTP may be late, and is not silent
    asked = {"callid": "t1", "callerid": PERSON, "flowid": "f", "errorcode": 0}
    for notify, more in (
        ("enter", {}),
        ("asrmessage_notify", {"message": "1.别再打了;", "speakms": "900"}),
        ("leave", {}),
    ):
        query = {"token": TOKEN, "script": "phone-robot"}
        assert httpx.post(
            server.url("/smartivr", "http"), params=query, json={"notify": notify, **asked, **more}
        ).is_success
    assert told(crm, "do_not_call").data["number"] == PERSON
    assert told(crm, "call_ended").data["gateway"] == "smartivr"


def test_a_call_that_nobody_answered_is_told_too(server: LiveServer, crm: Receiver) -> None:
    form = {"CallSid": "CA-busy", "CallStatus": "busy", "SipResponseCode": "486"}
    assert httpx.post(server.url(f"/twilio/status?token={TOKEN}", "http"), data=form).status_code == 204
    ended = told(crm, "call_ended")
    assert (ended.data["call_id"], ended.data["disposition"], ended.data["grade"]) == ("CA-busy", "busy", "E")


def test_what_is_not_delivered_can_be_seen_by_those_who_bring_the_token(server: LiveServer, crm: Receiver) -> None:
    def outbox() -> httpx.Response:
        return httpx.get(server.url(f"/outbox?token={TOKEN}", "http"))

    crm.says(400, f"no lead {PERSON}")
    asyncio.run(call(server, "你好", "别再打了"))
    told(crm, "call_ended")
    assert httpx.get(server.url("/outbox", "http")).status_code == 401
    assert httpx.get(server.url("/do-not-call?number=1", "http")).status_code == 401
    wait_for(lambda: not outbox().json()["messages"]["pending"])  # all has been answered, and that is kept
    state = outbox()
    assert state.json()["messages"]["dead"] == len(crm.came)
    assert state.json()["receivers"][0]["receiver"] == "127.0.0.1"
    assert PERSON not in state.text
    gauge = re.search(r'huashu_outbox_messages{state="dead"} (\S+)', httpx.get(server.url("/metrics", "http")).text)
    assert gauge
    assert list(text_string_to_metric_families(httpx.get(server.url("/metrics", "http")).text))
    assert httpx.get(server.url(f"/do-not-call?number=x&token={TOKEN}", "http")).status_code == 400


# --- kill -9 ---------------------------------------------------------------------------------------------------------


@contextmanager
def process(data: Path, port: int, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """`huashu serve` as a process of its own, killed at the end."""
    settings = {
        "HUASHU_PORT": str(port), "HUASHU_DATA": str(data), "HUASHU_TOKEN": TOKEN, "HUASHU_VARIABLES": "company=星河科技",
        "HUASHU_WEBHOOK_URL": url, "HUASHU_WEBHOOK_SECRET": SECRET, "HUASHU_RECOGNISER": "none", "HUASHU_VOICE": "none",
    }  # fmt: skip
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve"]
    with (data / "server.log").open("ab") as log:
        running = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_for(lambda: _is_up(port))
        yield running
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()


def _is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.TransportError:
        return False


async def _asks_to_be_left_alone(port: int, heard: Callable[[], bool], kill: Callable[[], None]) -> None:
    """Says so after the first words of the bot, and is still on the line when the server is killed having understood."""
    async with connect(f"ws://127.0.0.1:{port}/huashu?token={TOKEN}") as socket:
        end = PlainEnd()
        for message in end.open_messages("c1", PARAMS):
            await socket.send(message)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await socket.recv()
            for message in end.text("你好，别再给我打电话了", 0.9):
                await socket.send(message)
            while not heard():  # noqa: ASYNC110  the server is another process
                await asyncio.sleep(0.005)
            kill()


def test_kill_9_between_decision_and_delivery_loses_nothing(tmp_path: Path, crm: Receiver, unused_port: int) -> None:
    crm.answer = lambda _: None  # it takes the message, and never says that it has
    with process(tmp_path, unused_port, crm.url) as server:
        asyncio.run(_asks_to_be_left_alone(unused_port, lambda: _is_promised(tmp_path), server.kill))
    before = list(crm.ids)
    crm.says(200)
    with process(tmp_path, unused_port, crm.url):
        wait_for(lambda: "call_ended" in [each.type for each in crm.came[len(before) :]])
        answer = httpx.get(f"http://127.0.0.1:{unused_port}/do-not-call?number={PERSON}&token={TOKEN}")
        assert answer.json() == {"do_not_call": True}
    after = crm.came[len(before) :]
    assert set(before) <= {each.id for each in after}
    assert after[0].type == "do_not_call"
    assert [after[0].data[name] for name in ("number", "call_id")] == [PERSON, "c1"]
    ended = next(each for each in after if each.type == "call_ended")
    assert (ended.data["trouble"], ended.data["vars"]["lead_id"]) == ("the server died during the call", "7788990011")


def _is_promised(data: Path) -> bool:
    """The whole line is on the disk: the file alone is there before it."""
    return any(b'"do_not_call"' in path.read_bytes().rpartition(b"\n")[0] for path in data.glob(f"calls/*/*/{ACTIONS}"))


@pytest.fixture
def unused_port() -> Iterator[int]:
    with held_port() as port:
        yield port
