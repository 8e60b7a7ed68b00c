"""Calls through a FreeSWITCH with its event socket, over real sockets: from the first ring to the record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.control import esl, keeping
from server.gateways.far.audiostream import AudioStreamEnd
from server.gateways.far.fork import ForkEnd
from tests.server.control.freeswitch import PASSWORD, FreeSwitch, freeswitch
from tests.server.control.hotline import hotline_beside
from tests.server.live.remains import events_of, left_behind
from tests.server.live.serving import TOKEN, Gateway, LiveServer

Scene = Callable[[FreeSwitch, LiveServer], Awaitable[None]]
PERSON, DIALPLAN, REFERRED = "desk=user/6001", "desk=600@agents", "desk=sip:desk@pbx.example"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(keeping, "LONGEST_SECONDS", 0.2)


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., tuple[list[dict[str, Any]], LiveServer]]:
    """Plays a scene with a FreeSWITCH and a server; returns the summaries of its calls."""

    def play(scene: Scene, **given: Any) -> tuple[list[dict[str, Any]], LiveServer]:
        async def run() -> tuple[list[dict[str, Any]], LiveServer]:
            async with freeswitch() as there:
                settings = {
                    "esl_address": f"127.0.0.1:{there.port}", "esl_password": SecretStr(PASSWORD), "transfers": PERSON,
                }  # fmt: skip
                async with hotline_beside(tmp_path, **{**settings, **given}) as server:
                    await there.until(lambda each: each.listened or each.refused)
                    await scene(there, server)
                    return await asyncio.to_thread(left_behind, server), server

        return asyncio.run(run())

    return play


@asynccontextmanager
async def fork(server: LiveServer, uuid: str, end: Any = None, **metadata: str) -> AsyncIterator[Gateway]:
    """A fork of a channel's sound."""
    end = end or ForkEnd()
    path = "/audiostream" if isinstance(end, AudioStreamEnd) else "/fork"
    told = {"uuid": uuid, "caller": "13812345678", "script": "shop", **metadata}
    async with connect(server.url(f"{path}?token={TOKEN}")) as socket:
        gateway = Gateway(server, socket)
        gateway.end = end
        await gateway.send(json.dumps(told))
        yield gateway


async def wants_a_person(gateway: Gateway) -> None:
    await gateway.until(lambda each: each.spoken > 0)
    await gateway.until(Gateway.is_quiet)
    await gateway.send('{"event":"dtmf","dtmf":"0"}')


async def over(gateway: Gateway) -> None:
    await gateway.until(lambda each: each.closed is not None)


def events(server: LiveServer, record: int = 0) -> list[dict[str, Any]]:
    return events_of(server.records[record])


def kinds(server: LiveServer) -> list[str]:
    return [event["type"] for event in events(server)]


def test_a_caller_who_asks_for_a_person_is_connected(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        there.first_events = True  # among the answers to commands
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await wants_a_person(gateway)
            await over(gateway)
            assert gateway.hung_up is None, "no hook must end the call now"
        ((_, _, *bridged),) = [line.split(" ") for line in there.was_told("uuid_bridge")]
        assert bridged[0] == uuid
        variables = there.channels[bridged[1]]
        summary = json.loads(unquote(variables["variable_huashu_summary"]))
        assert (summary["caller"], summary["script"]) == ("138****5678", "shop")
        assert not there.was_told("uuid_kill")

    (told,), _ = play(scene)
    assert (told["grade"], told["rule"], told["gateway"], told["ended_by"]) == ("A", "A1", "fork", "bot")


@pytest.mark.parametrize(
    ("to", "command"),
    [(DIALPLAN, "uuid_transfer {} 600 XML agents"), (REFERRED, "uuid_deflect {} sip:desk@pbx.example")],
)
def test_the_dialplan_or_the_callers_exchange_takes_the_call_over(play: Any, to: str, command: str) -> None:
    uuids: list[str] = []

    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuids.append(there.channel())
        async with fork(server, uuids[0]) as gateway:
            await wants_a_person(gateway)
            await over(gateway)
        assert there.done[-1] == "api " + command.format(uuids[0])
        assert there.was_told("uuid_setvar")[0].startswith(f"api uuid_setvar {uuids[0]} huashu_summary %7B%22")

    (told,), _ = play(scene, transfers=to)
    assert told["rule"] == "A1"


def test_a_person_who_is_busy_leaves_the_caller_to_the_bot(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        there.busy.add("user/6001")
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await wants_a_person(gateway)
            await gateway.until(lambda _: "transfer_failed" in kinds(server))
            await there.answers(uuid)
            await there.hangs_up(uuid, sip_hangup_disposition="recv_bye", hangup_cause_q850="16")
            await over(gateway)
        await there.until(lambda each: each.was_told("uuid_break"))
        held, taken_back = there.was_told("uuid_broadcast"), there.was_told("uuid_break")
        assert held == [f"api uuid_broadcast {uuid} local_stream://moh aleg"], "on hold while the person is rung"
        assert taken_back == [f"api uuid_break {uuid} all"], "and back with the bot"
        assert there.done.index(held[0]) < there.done.index(taken_back[0])

    (told,), server = play(scene)
    (failed,) = [event for event in events(server) if event["type"] == "transfer_failed"]
    assert failed["reason"] == "FreeSWITCH: USER_BUSY"
    assert (told["ended_by"], events(server)[-1]["q850"]) == ("caller", 16)


def test_a_caller_who_goes_while_a_person_is_rung(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await wants_a_person(gateway)
            await gateway.until(lambda _: bool(there.was_told("originate")))
            await there.hangs_up(uuid)
            await over(gateway)
        await there.until(lambda each: each.was_told("uuid_kill"))
        assert "ORIGINATOR_CANCEL" in there.was_told("uuid_kill")[-1]

    (told,), _ = play(scene, transfers="desk=user/rings")
    assert told["ended_by"] == "caller"


def test_the_bot_hangs_up_and_so_does_the_channel(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await over(gateway)  # nobody says anything
        await there.until(lambda each: each.was_told("uuid_kill"))
        assert there.done[-1] == f"api uuid_kill {uuid} NORMAL_CLEARING"

    assert play(scene)[0][0]["ended_by"] == "bot"


def test_a_script_hangs_up_with_a_cause(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            await gateway.until(Gateway.is_quiet)
            await gateway.send('{"event":"dtmf","dtmf":"8"}')
            await over(gateway)
        await there.until(lambda each: each.was_told("uuid_kill"))
        assert there.done[-1] == f"api uuid_kill {uuid} USER_BUSY"

    (told,), _ = play(scene)
    assert (told["grade"], told["ended_by"]) == ("D", "bot")


async def presses(gateway: Gateway, key: str) -> None:
    await gateway.until(lambda each: each.spoken > 0)
    await gateway.until(Gateway.is_quiet)
    await gateway.send(json.dumps({"event": "dtmf", "dtmf": key}))


def test_a_caller_is_put_on_hold_and_taken_off_it(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await presses(gateway, "7")
            await gateway.until(lambda _: len(there.was_told("uuid_hold")) == 2)
            await gateway.until(lambda _: "hold_ended" in kinds(server))
            await there.hangs_up(uuid)
        hold = [each.removeprefix("api ") for each in there.done if uuid in each and "uuid_dump" not in each]
        assert hold[:4] == [
            f"uuid_hold {uuid}", f"uuid_broadcast {uuid} local_stream://moh aleg", f"uuid_break {uuid} all",
            f"uuid_hold off {uuid}",
        ]  # fmt: skip

    (told,), _ = play(scene)
    assert (told["facts"]["hold"], told["facts"]["visited"][-1]) == ("ok", "day")


def test_a_hold_that_the_network_ends_goes_on_at_once(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await presses(gateway, "6")
            await gateway.until(lambda _: "hold_began" in kinds(server))
            await there.tell("CHANNEL_UNHOLD", uuid)
            await gateway.until(lambda _: "hold_ended" in kinds(server))
            await there.hangs_up(uuid)

    (told,), _ = play(scene)
    assert told["facts"]["visited"][-1] == "day"


def test_a_channel_that_cannot_be_held_leaves_it_to_the_script(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        there.holds = False
        async with fork(server, uuid) as gateway:
            await presses(gateway, "6")
            await over(gateway)

    (told,), _ = play(scene)
    assert (told["facts"]["hold"], told["facts"]["visited"][-1]) == ("failed", "bye")


def test_keys_of_a_script_are_sent_by_freeswitch(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            await gateway.until(Gateway.is_quiet)
            await there.tell("DTMF", uuid, DTMF_Digit="9")
            await gateway.until(lambda _: bool(there.was_told("uuid_send_dtmf")))
            await there.hangs_up(uuid)
        assert there.was_told("uuid_send_dtmf") == [f"api uuid_send_dtmf {uuid} 12#@100"]

    assert play(scene)[0][0]["oddities"] == []


def test_keys_that_the_person_presses_come_by_the_event_socket(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            await gateway.until(Gateway.is_quiet)
            await there.tell("DTMF", uuid, DTMF_Digit="0")
            await over(gateway)
        assert not (server.records[0] / "network.jsonl").exists()

    assert play(scene)[0][0]["rule"] == "A1"


def test_a_number_that_is_busy_has_its_record_without_any_sound(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        there.times = 2
        stranger = there.channel(sip_to_user="100")
        await there.hangs_up(stranger, "USER_BUSY")
        uuid = there.channel(huashu_script="shop", huashu_trunk="gz", huashu_name="王总")
        await there.tell("CHANNEL_CREATE", uuid)
        await there.tell("CHANNEL_PROGRESS", uuid)
        await there.hangs_up(
            uuid, "USER_BUSY", proto_specific_hangup_cause="sip:486", sip_term_status="486", hangup_cause_q850="17",
            sip_hangup_phrase="Busy Here",
        )  # fmt: skip
        await there.until(lambda _: len(server.records) == 1)

    (told,), server = play(scene)
    assert (told["disposition"], told["grade"], told["gateway"]) == ("busy", "E", "fork")
    failed = events(server)[-1]
    assert (failed["sip"], failed["reason"], failed["trunk"], "q850" in failed) == (486, "USER_BUSY", "gz", False)
    assert '"phrase": "Busy Here"' in (server.records[0] / "network.jsonl").read_text(encoding="utf-8")


def test_an_early_fork_is_told_that_nobody_answers(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid, early="true") as gateway:
            await there.until(lambda _: server.desk.sessions)
            await there.tell("CHANNEL_PROGRESS", uuid)
            await there.hangs_up(
                uuid, "NO_USER_RESPONSE", proto_specific_hangup_cause="sip:480", sip_reason="Q.850;cause=20",
            )  # fmt: skip
            await over(gateway)

    (told,), server = play(scene)
    assert (told["disposition"], events(server)[-1]["header"]) == ("unreachable_or_off", "Q.850;cause=20")


def test_what_happened_while_the_events_were_lost_is_caught_up_with(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid, early="true") as gateway:
            await there.until(lambda _: server.desk.sessions)
            there.break_off()
            there.channels[uuid]["Answer-State"] = "answered"  # nobody hears it
            await gateway.until(lambda each: each.spoken > 0)
            there.break_off()
            del there.channels[uuid]  # nor that it goes
            await over(gateway)
        assert there.connections == 3

    (told,), _ = play(scene)
    assert (told["disposition"], told["ended_by"]) == ("silent", "network")


def test_a_command_while_freeswitch_is_away_fails_and_the_bot_goes_on(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            there.away = True
            there.break_off()
            await wants_a_person(gateway)
            await gateway.until(lambda _: "transfer_failed" in kinds(server))
            there.away = False
            await there.until(lambda each: each.listened)
            await there.hangs_up(uuid)
            await over(gateway)

    _, server = play(scene)
    (failed,) = [event for event in events(server) if event["type"] == "transfer_failed"]
    assert failed["reason"] == "FreeSWITCH is not connected"


def test_a_wrong_password_is_told_in_one_line_and_stops_nothing(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        await there.until(lambda each: each.refused >= 3)
        async with httpx.AsyncClient() as client:
            assert (await client.get(server.url("/health", "http"))).status_code == 200

    with capture_logs() as logs:
        assert play(scene, esl_password=SecretStr("wrong"))[0] == []
    (told,) = [each for each in logs if each["event"] == "control_lost"]
    assert told["why"] == "FreeSWITCH refuses: wrong HUASHU_ESL_PASSWORD"


def test_the_files_of_mod_audio_stream_are_played(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = there.channel()
        async with fork(server, uuid, AudioStreamEnd()) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            subclass = {"Event_Subclass": "mod_audio_stream::play"}
            await there.tell("CUSTOM", uuid, body='{"file":"/tmp/1.r8"}', **subclass)
            await there.tell("CUSTOM", uuid, body='{"file":"/tmp/1.r8 aleg\\nuuid_kill all"}', **subclass)
            await there.tell("CUSTOM", uuid, body='{"type":"killAudio"}', Event_Subclass="mod_audio_stream::json")
            await there.until(lambda each: each.was_told("uuid_break"))
        assert there.was_told("uuid_broadcast") == [f"api uuid_broadcast {uuid} /tmp/1.r8 aleg"]
        await there.hangs_up(uuid)

    play(scene)


# --- calls that we place ---------------------------------------------------------------------------------------------

DIALLED = "sofia/gateway/gz/13812345678"


async def place(server: LiveServer, **more: object) -> httpx.Response:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        told = {"endpoint": DIALLED, "caller": "13812345678", "shows": "02012345678", "trunk": "gz", **more}
        return await client.post(server.url("/freeswitch/originate", "http"), json=told)


@asynccontextmanager
async def forked(there: FreeSwitch, server: LiveServer) -> AsyncIterator[Gateway]:
    """What FreeSWITCH does when it is told to fork."""
    await there.until(lambda each: each.was_told("uuid_audio_fork"))
    (line,) = there.was_told("uuid_audio_fork")
    _, _, _, start, url, mix, rate, _, metadata, *ways = line.split(" ")
    assert (start, mix, rate, ways) == ("start", "mono", "8k", ["true", "true", "8000"])
    async with connect(url) as socket:
        gateway = Gateway(server, socket)
        gateway.end = ForkEnd()
        await gateway.send(metadata)
        yield gateway


def test_a_call_is_placed_and_heard_before_its_answer(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        placed = await place(server, variables={"name": "王 总"})
        assert placed.status_code == 202
        uuid = placed.json()["call_id"]
        (line,) = there.was_told("originate")
        assert line == (
            f"bgapi originate {{origination_uuid={uuid},originate_timeout=60,origination_caller_id_number=02012345678}}"
            f"{DIALLED} &endless_playback(silence_stream://-1)"
        )
        await there.tell("CHANNEL_PROGRESS_MEDIA", uuid)
        async with forked(there, server) as gateway:
            await there.until(lambda _: bool(server.records))
            await there.answers(uuid)
            await gateway.until(lambda each: each.spoken > 0)
            await there.hangs_up(uuid, sip_hangup_disposition="recv_bye")
            await over(gateway)

    (told,), server = play(scene)
    assert (told["ended_by"], told["gateway"]) == ("caller", "fork")
    assert [each["type"] for each in events(server)][:2] == ["early_media", "answered"]
    assert told["turns"][0]["bot"].startswith("王 总好")


def test_a_call_without_early_media_is_heard_from_its_answer_on(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = (await place(server)).json()["call_id"]
        await there.tell("CHANNEL_PROGRESS", uuid)
        await there.answers(uuid)
        async with forked(there, server) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            await there.hangs_up(uuid)

    (told,), _ = play(scene)
    assert told["ended_by"] == "caller"


def test_a_call_that_nobody_answers_has_its_record(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = (await place(server)).json()["call_id"]
        await there.hangs_up(uuid, "USER_BUSY", proto_specific_hangup_cause="sip:486")
        await there.until(lambda _: bool(server.records) and (server.records[0] / "summary.json").exists())

    (told,), _ = play(scene)
    assert (told["disposition"], told["grade"]) == ("busy", "E")


def test_what_cannot_be_dialled_is_told_at_once(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        there.busy = {"sofia/gateway/none/1"}
        nobody = await place(server, endpoint="sofia/gateway/none/1")
        assert (nobody.status_code, nobody.json()["detail"]) == (502, "FreeSWITCH: USER_BUSY")
        many = await place(server, endpoint="sofia/gateway/gz/1,user/6001")
        assert many.status_code == 502
        assert "one leg at a time" in many.json()["detail"]
        assert len(there.was_told("originate")) == 1
        assert not server.desk.dialled, "no line is kept for it"

    assert play(scene)[0] == []


def test_a_call_that_is_being_dialled_keeps_a_line_until_it_is_over(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = (await place(server)).json()["call_id"]
        another = await place(server)
        assert (another.status_code, another.json()["detail"]) == (503, "all 1 lines are taken")
        with pytest.raises(InvalidStatus, match="503"):
            await connect(server.url(f"/fork?token={TOKEN}"))
        assert len(there.was_told("originate")) == 1
        await there.hangs_up(uuid, "USER_BUSY", proto_specific_hangup_cause="sip:486")
        await there.until(lambda _: not server.desk.why_not())
        assert (await place(server)).status_code == 202

    play(scene, max_calls=1)


def test_the_line_of_a_call_that_was_dialled_is_taken_by_its_stream(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        uuid = (await place(server)).json()["call_id"]
        await there.answers(uuid)
        async with forked(there, server) as gateway:
            await gateway.until(lambda each: each.spoken > 0)
            assert (await place(server)).status_code == 503
            await there.hangs_up(uuid)
            await over(gateway)
        await there.until(lambda _: not server.desk.why_not())

    (told,), _ = play(scene, max_calls=1)
    assert told["ended_by"] == "caller"


def test_a_line_is_not_kept_for_ever_where_freeswitch_tells_nothing(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(esl, "STREAM_SECONDS", -4.9)

    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        assert (await place(server, ring_seconds=5)).status_code == 202
        there.away = True
        there.break_off()
        await there.until(lambda _: not server.desk.why_not())

    assert play(scene, max_calls=1)[0] == []


def test_a_fork_that_fails_ends_the_call(play: Any) -> None:
    async def scene(there: FreeSwitch, server: LiveServer) -> None:
        there.forks = False
        uuid = (await place(server)).json()["call_id"]
        await there.tell("CHANNEL_PROGRESS_MEDIA", uuid)
        await there.until(lambda each: each.was_told("uuid_kill"))
        assert there.done[-1] == f"api uuid_kill {uuid} NORMAL_TEMPORARY_FAILURE"

    play(scene)
