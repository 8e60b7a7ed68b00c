"""Calls on a running server, over real sockets: taken, refused, kept apart, and brought to an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from engine.calls.log import read
from server.live.desk import Desk
from server.live.record import LOG, RECORDING, SUMMARY
from server.live.shelf import Shelf
from server.outbox.store import Store
from server.serving import run
from server.settings import Settings
from server.speech.detector import EnergyDetector
from server.speech.ports import OnReading
from server.speech.prompts import Prompts
from server.speech.provide import Speech
from tests.server.desk import furnish
from tests.server.live.remains import named, summary_of
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, Gateway, Hum, LiveServer, calling, serving, wait_for

APPOINTMENT = ("你好", "你说", "嗯，这个多少钱", "对", "有，十来个人", "没用过", "效果怎么样", "可以，明天下午三点吧")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


def is_over(gateway: Gateway) -> bool:
    return gateway.closed is not None


async def call(server: LiveServer, call_id: str, *texts: str) -> Gateway:
    async with calling(server, call_id) as gateway:
        await gateway.say(*texts)
        return await gateway.until(is_over)


def test_an_appointment_over_a_real_socket_is_an_a(server: LiveServer) -> None:
    gateway = asyncio.run(call(server, "a-call", *APPOINTMENT))
    assert gateway.hung_up == "goodbye"
    assert gateway.closed == (1000, "the call is over")
    told = summary_of(server, "a-call")
    assert (told["grade"], told["rule"], told["ended_by"], told["gateway"]) == ("A", "A1", "bot", "huashu")


def test_a_price_question_cuts_the_prompt_and_the_line_is_cleared(server: LiveServer) -> None:
    async def cut_in() -> Gateway:
        async with calling(server, "cut-in") as gateway:
            await gateway.say("你好")
            await gateway.until(lambda each: each.now_ms() < each.end.playout.ends_ms)
            await gateway.send(*gateway.end.text("你们这个多少钱一个月", 0.9))
            await gateway.until(lambda each: each.cleared)
            await gateway.send(*gateway.end.stop())
            return await gateway.until(is_over)

    assert asyncio.run(cut_in()).cleared
    told = summary_of(server, "cut-in")
    assert (told["rule"], told["ended_by"], told["barge_ins"]) == ("C1", "caller", {"true": 1, "false": 0})


def test_after_a_halt_the_clock_ticks_once(tmp_path: Path) -> None:
    async def ticks_after_halt() -> int:
        desk = Desk(Settings(data=tmp_path), Shelf(tmp_path), Speech(None, EnergyDetector, Prompts(Hum(), tmp_path)))
        told: list[int] = []
        desk.now_ms = lambda: told.append(1) or 0
        loop, now_s = asyncio.get_running_loop(), [1000.0]
        loop.time = lambda: now_s[0]
        ticking = loop.create_task(desk.tick())
        await asyncio.sleep(0)
        now_s[0] += 0.31  # nothing else goes on meanwhile: that is the halt
        for _ in range(20):
            await asyncio.sleep(0)
        ticking.cancel()
        return len(told)

    assert asyncio.run(ticks_after_halt()) == 1


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
@pytest.mark.parametrize("path", ["/asterisk", "/asterisk/wrong", "/asterisk?token=wrong"])
def test_without_its_credential_no_socket_opens(server: LiveServer, path: str, headers: dict[str, str]) -> None:
    async def knock() -> int:
        try:
            async with connect(server.url(path), additional_headers=headers):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    assert asyncio.run(knock()) == 401


def test_a_token_may_come_in_the_first_message(server: LiveServer) -> None:
    async def start(token: str) -> Gateway:
        async with connect(server.url("/huashu")) as socket:
            gateway = Gateway(server, socket)
            await gateway.send(*gateway.end.open_messages("with-param", {"token": token}))
            await gateway.until(lambda each: each.spoken > 0)
            return gateway

    assert asyncio.run(start(TOKEN)).spoken
    refused = asyncio.run(start("wrong"))
    assert (refused.hung_up, refused.closed) == ("no valid credential", (1008, "no valid credential"))


def test_an_unknown_script_is_told_and_not_answered_with_silence(server: LiveServer) -> None:
    async def start() -> Gateway:
        async with calling(server, "lost", params={"script": "phone-robbot"}) as gateway:
            return await gateway.until(is_over)

    gateway = asyncio.run(start())
    assert gateway.hung_up == "no script 'phone-robbot' (there are: expo, phone-robot, renovation)"
    assert gateway.closed is not None
    assert gateway.closed[0] == 1008


def test_a_variable_that_does_not_fit_is_told(server: LiveServer) -> None:
    async def start() -> Gateway:
        async with calling(server, "misfit", params={"name": "{{王}}"}) as gateway:
            return await gateway.until(is_over)

    assert "variable 'name' is not a name" in str(asyncio.run(start()).hung_up)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "not JSON"),
        ('{"type":"start","version":9}', "version must be 1"),
        (b"\x00\x00", "the first message must be start"),
    ],
)
def test_a_broken_first_message_closes_with_the_reason(server: LiveServer, message: str | bytes, reason: str) -> None:
    async def start() -> Gateway:
        async with connect(server.url(f"/huashu?token={TOKEN}")) as socket:
            gateway = Gateway(server, socket)
            await gateway.send(message)
            return await gateway.until(is_over)

    code, why = asyncio.run(start()).closed or (0, "")
    assert code in (1002, 1003, 1007, 1008)
    assert reason in why


def test_a_broken_message_in_the_middle_ends_the_call_with_a_whole_record(server: LiveServer) -> None:
    async def start() -> Gateway:
        async with calling(server, "broken") as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            await gateway.send("[" * 2000)
            return await gateway.until(is_over)

    assert asyncio.run(start()).closed == (1002, "a text message is not JSON")
    told = summary_of(server, "broken")
    assert told["ended_by"] == "network"
    assert "broke the protocol" in str(told["socket"])


def test_a_gateway_that_vanishes_leaves_a_whole_record(server: LiveServer) -> None:
    async def start() -> None:
        async with calling(server, "vanished") as gateway:
            await gateway.say("你好")
            gateway.socket.transport.abort()

    asyncio.run(start())
    told = summary_of(server, "vanished")
    assert (told["ended_by"], told["disposition"]) == ("network", "completed")
    assert "gone" in str(told["socket"])


def test_all_lines_taken(tmp_path: Path) -> None:
    async def two() -> int:
        async with calling(server, "first") as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            async with httpx.AsyncClient() as client:
                ready = await client.get(server.url("/ready", "http"))
            assert ready.json() == {
                "ready": False, "why": "all 1 lines are taken", "calls": 1,
            }  # fmt: skip
            try:
                async with calling(server, "second"):
                    return 101
            except InvalidStatus as refused:
                return refused.response.status_code

    with serving(tmp_path, max_calls=1) as server:
        assert asyncio.run(two()) == 503
        wait_for(lambda: not server.desk.why_not())


# --- kept apart ------------------------------------------------------------------------------------------------------


def test_twenty_calls_at_once_never_hear_each_other(server: LiveServer) -> None:
    async def all_at_once() -> list[Gateway]:
        calls = (call(server, f"crowd-{number}", "你好", f"我姓{each}") for number, each in enumerate(SURNAMES))
        return await asyncio.gather(*calls)

    gateways = asyncio.run(all_at_once())
    assert all(is_over(gateway) for gateway in gateways)
    for number, each in enumerate(SURNAMES):
        log = (named(server, f"crowd-{number}") / LOG).read_text()
        assert f"我姓{each}" in log
        assert not [other for other in SURNAMES if other != each and f"我姓{other}" in log]


SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


# --- looked at -------------------------------------------------------------------------------------------------------


def test_monitors_need_no_token_and_calls_do(server: LiveServer) -> None:
    assert httpx.get(server.url("/health", "http")).json()["status"] == "ok"
    wait_for(lambda: server.desk.prepared and not server.desk.calls)
    assert httpx.get(server.url("/ready", "http")).status_code == 200
    assert "huashu_calls_ended_total" in httpx.get(server.url("/metrics", "http")).text
    assert httpx.get(server.url("/calls", "http")).status_code == 401
    assert httpx.get(server.url("/openapi.json", "http")).status_code == 401
    assert httpx.get(server.url("/calls?token=" + TOKEN, "http")).json() == []
    paths = httpx.get(server.url("/openapi.json?token=" + TOKEN, "http")).json()["paths"]
    assert {"/calls", "/outbox", "/outcome", "/asterisk/originate"} <= paths.keys()


def test_a_server_that_can_write_no_record_is_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        wait_for(lambda: server.desk.prepared)
        calls, outbox = server.desk.settings.calls, server.desk.outbox
        asyncio.run_coroutine_threadsafe(outbox.ask(Store.counts), server.loop).result(
            PATIENCE_SECONDS
        )  # its file is there by now
        calls.rename(tmp_path / "elsewhere")
        calls.touch()
        ready = httpx.get(server.url("/ready", "http"))
        assert (ready.status_code, ready.json()["why"]) == (503, "no record can be written: file exists")
        calls.unlink()
        assert httpx.get(server.url("/ready", "http")).status_code == 200


def test_a_call_can_be_followed_step_by_step(server: LiveServer) -> None:
    async def follow() -> bytes:
        async with calling(server, "watched") as gateway, httpx.AsyncClient() as client:
            await gateway.say("你好", "我电话是13812345678")
            headers = {"Authorization": f"Bearer {TOKEN}"}
            assert [
                each["call"] for each in (await client.get(server.url("/calls", "http"), headers=headers)).json()
            ] == ["watched"]
            async with client.stream("GET", server.url("/calls/watched/log", "http"), headers=headers) as lines:
                await gateway.send(*gateway.end.stop())
                await gateway.until(is_over)
                return await lines.aread()

    log = asyncio.run(follow())
    assert read(log).entries == read((named(server, "watched") / LOG).read_bytes()).entries
    assert b"138****5678" in log


# --- coming to an end ------------------------------------------------------------------------------------------------


def test_a_server_that_is_stopped_says_for_whom_it_waits_and_lets_its_calls_say_goodbye(tmp_path: Path) -> None:
    async def talk(server: LiveServer) -> Gateway:
        async with calling(server, "last") as gateway:
            await gateway.say("你好")
            server.loop.call_soon_threadsafe(server.server.handle_exit, 15, None)
            return await gateway.until(is_over)

    with capture_logs() as logs, serving(tmp_path, drain_seconds=0.2) as server:
        gateway = asyncio.run(talk(server))
        told = summary_of(server, "last")
    (stopping,) = [each for each in logs if each["event"] == "stopping"]
    assert (stopping["calls"], stopping["most_seconds"]) == (1, 0.2)
    assert gateway.hung_up
    assert (told["trouble"], told["ended_by"]) == ("the server is stopping", "bot")
    turns = told["turns"]
    assert isinstance(turns, list)
    assert "再见" in turns[-1]["bot"]


class Deaf:
    """A recogniser that hears nothing, and may die."""

    name, streaming, alive = "deaf", False, True

    def open(self, on_reading: OnReading) -> Deaf:  # noqa: ARG002
        return self

    def know(self, phrases: Iterable[str]) -> None: ...
    def begin(self, expected: Sequence[str] = ()) -> None: ...
    def push(self, pcm: bytes) -> None: ...
    def end(self) -> None: ...
    def drop(self) -> None: ...
    def close(self) -> None: ...


def test_a_recogniser_that_dies_ends_its_calls_politely_and_takes_no_more(tmp_path: Path) -> None:
    ears = Deaf()

    async def talk(server: LiveServer) -> Gateway:
        async with calling(server, "unheard") as gateway:
            await gateway.say("你好")
            ears.alive = False
            return await gateway.until(is_over)

    prompts = Prompts(Hum(), tmp_path / "prompts")
    with serving(tmp_path, speech=Speech(ears, EnergyDetector, prompts)) as server:
        gateway = asyncio.run(talk(server))
        assert httpx.get(server.url("/ready", "http")).json()["why"] == "the recogniser has died"
        told = summary_of(server, "unheard")
    prompts.close()
    assert gateway.hung_up
    assert (told["trouble"], told["ended_by"]) == ("the recogniser has died", "bot")


class Learning(Deaf):
    """A recogniser that remembers what it is told."""

    known: frozenset[str] = frozenset()

    def know(self, phrases: Iterable[str]) -> None:
        self.known = frozenset(phrases)


def test_the_recogniser_knows_what_scripts_wait_for(tmp_path: Path) -> None:
    folder, ears = furnish(tmp_path / "content") / "scripts", Learning()
    prompts = Prompts(Hum(), tmp_path / "prompts")
    with serving(tmp_path, scripts=folder, script="shop", speech=Speech(ears, EnergyDetector, prompts)):
        wait_for(lambda: ears.known)
    prompts.close()
    assert {"多少钱", "没问题啊"} <= ears.known, "of its own grammar, and of one stage"


class Refusing(Deaf):
    """A recogniser that breaks when it is told words, once it may."""

    breaks = False

    def know(self, phrases: Iterable[str]) -> None:  # noqa: ARG002
        if self.breaks:
            raise AttributeError("no such method")


def test_a_part_that_fails_lets_calls_end_takes_no_more_and_ends_the_server(tmp_path: Path) -> None:
    folder, ears = furnish(tmp_path / "content") / "scripts", Refusing()

    async def talk(server: LiveServer) -> tuple[Gateway, InvalidStatus]:
        async with calling(server, "lasting") as gateway:
            await gateway.until(lambda gateway: gateway.spoken > 0)
            ears.breaks = True
            file = folder / "shop.yaml"
            file.write_text(file.read_text() + "\n# a remark\n")
            await asyncio.to_thread(wait_for, server.desk.failed.is_set)
            async with httpx.AsyncClient() as client:
                ready = await client.get(server.url("/ready", "http"))
            assert (ready.status_code, ready.json()["why"]) == (503, "a part of the server has failed")
            with pytest.raises(InvalidStatus) as refused:
                await connect(server.url(f"/huashu?token={TOKEN}"))
            assert server.runs
            await gateway.send(*gateway.end.stop())
            return await gateway.until(is_over), refused.value

    prompts = Prompts(Hum(), tmp_path / "prompts")
    with serving(tmp_path, scripts=folder, script="shop", speech=Speech(ears, EnergyDetector, prompts)) as server:
        gateway, refused = asyncio.run(talk(server))
        wait_for(lambda: not server.runs)
        told = summary_of(server, "lasting")
    prompts.close()
    assert refused.response.status_code == 503
    assert (gateway.hung_up, told["trouble"], told["ended_by"]) == (None, "", "caller")


def test_a_server_that_fails_ends_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ears = Refusing()
    ears.breaks = True
    speech = Speech(ears, EnergyDetector, Prompts(Hum(), tmp_path / "prompts"))
    monkeypatch.setattr("server.serving.provide", lambda _: speech)
    folder = furnish(tmp_path / "content") / "scripts"
    settings = Settings(port=0, data=tmp_path, scripts=folder, script="shop", token=SecretStr(TOKEN))
    assert run(settings) == 1


def test_a_changed_script_is_taken_up_and_a_bad_one_is_not(tmp_path: Path) -> None:
    folder = furnish(tmp_path / "content") / "scripts"
    with serving(tmp_path, scripts=folder, script="shop") as server:
        file = folder / "shop.yaml"
        first = server.desk.shelf.scripts["shop"].script.sha256
        file.write_text(file.read_text() + "\n# a remark\n")
        wait_for(lambda: server.desk.shelf.scripts["shop"].script.sha256 != first)
        second = server.desk.shelf.scripts["shop"].script.sha256
        file.write_text("script: shop\nstages: nothing\n")
        wait_for(lambda: "shop" in server.desk.shelf.problems)
        assert server.desk.shelf.scripts["shop"].script.sha256 == second


def test_a_script_that_cannot_be_kept_is_not_taken_up_and_the_server_goes_on(tmp_path: Path) -> None:
    folder = furnish(tmp_path / "content") / "scripts"
    with serving(tmp_path, scripts=folder, script="shop") as server:
        shelf, file = server.desk.shelf, folder / "shop.yaml"
        first = shelf.scripts["shop"].script.sha256
        (tmp_path / "no-folder").touch()
        shelf.kept = tmp_path / "no-folder"
        with capture_logs() as told:
            file.write_text(file.read_text() + "\n# a remark\n")
            wait_for(lambda: any(each["event"] == "scripts_not_kept" for each in told))
        assert shelf.scripts["shop"].script.sha256 == first
        assert not server.desk.failed.is_set()
        shelf.kept = tmp_path / "kept"
        file.write_text(file.read_text() + "\n# another one\n")
        wait_for(lambda: shelf.scripts["shop"].script.sha256 != first)


def test_a_call_whose_sound_cannot_be_kept_takes_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.live.desk.RECORDING", "nowhere/recording.wav")
    with serving(tmp_path) as server:
        asyncio.run(call(server, "a-call", "你好", "别再打了"))
        told = summary_of(server, "a-call")
    assert (told["ended_by"], told["disposition"]) == ("bot", "completed")
    assert str(told["trouble"]).endswith("recording.wav': no such file or directory")


def test_a_recording_says_which_call_it_is_of(server: LiveServer) -> None:
    asyncio.run(call(server, "tel-13800001234", "你好", "别再打了"))
    summary_of(server, "tel-13800001234")
    head = (named(server, "tel-13800001234") / RECORDING).read_bytes()[:600]
    assert b'"ProduceID": "tel-138****1234"' in head


def test_each_call_is_inspected_when_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path, inspection="compliance") as running:
        asyncio.run(call(running, "a-call", "你好", "别再打了"))
        held = summary_of(running, "a-call")["inspection"]
    assert isinstance(held, dict)
    in_hours = 8 <= int(str(summary_time(tmp_path))) < 21
    assert held["inspection"] == "compliance"
    assert [each["rule"] for each in held["violations"]] == ([] if in_hours else ["within-hours"])


def summary_time(folder: Path) -> str:
    (path,) = folder.rglob(SUMMARY)
    return str(json.loads(path.read_text())["started_at"])[11:13]
