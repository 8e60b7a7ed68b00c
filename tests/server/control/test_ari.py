"""Calls through an Asterisk with its REST interface, over real sockets: from the first ring to the record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from server.control import keeping
from server.live.trunks import read_trunks
from tests.server.control.asterisk import PASSWORD, USER, Asterisk, Channel, asterisk
from tests.server.control.hotline import hotline_beside
from tests.server.desk import put
from tests.server.live.remains import events_of, left_behind
from tests.server.live.serving import TOKEN, LiveServer

PERSON, DIALPLAN, REFERRED = "desk=PJSIP/6001", "desk=600@agents", "desk=sip:desk@pbx.example"
DIALLED = "PJSIP/13812345678@gz"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(keeping, "LONGEST_SECONDS", 0.2)


Play = Callable[[Asterisk, LiveServer], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., tuple[list[dict[str, Any]], LiveServer]]:
    """Plays a scene with an Asterisk and a server; returns the summaries of its calls."""

    def play(scene: Play, **given: Any) -> tuple[list[dict[str, Any]], LiveServer]:
        async def run() -> tuple[list[dict[str, Any]], LiveServer]:
            async with asterisk() as there:
                settings = {
                    "ari_url": f"http://127.0.0.1:{there.port}", "ari_user": USER, "ari_password": SecretStr(PASSWORD),
                    "transfers": PERSON, **given,
                }  # fmt: skip
                async with hotline_beside(tmp_path, **settings) as server:
                    there.clock = server.clock
                    await there.until(lambda each: each.listened or each.refused)
                    await scene(there, server)
                    return await asyncio.to_thread(left_behind, server), server

        return asyncio.run(run())

    return play


async def in_call(there: Asterisk, id_: str = "c-1") -> Channel:
    """A caller whom the bot has asked something."""
    await there.comes(id_, "script=shop", "name=王总")
    return await asked(there, id_)


async def asked(there: Asterisk, id_: str) -> Channel:
    await there.until(lambda each: f"{id_}-media" in each.channels and each.channels[f"{id_}-media"].spoken)
    return there.channels[f"{id_}-media"]


async def wants_a_person(there: Asterisk, id_: str = "c-1") -> None:
    await there.press(await in_call(there, id_), "0")


async def place(server: LiveServer, **more: object) -> httpx.Response:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        told = {"endpoint": DIALLED, "caller": "13812345678", "shows": "02012345678", "trunk": "gz", **more}
        return await client.post(server.url("/asterisk/originate", "http"), json=told)


def events(server: LiveServer) -> list[dict[str, Any]]:
    return events_of(server.records[-1])


def kinds(server: LiveServer) -> list[str]:
    return [event["type"] for event in events(server)]


# --- a person is asked for -------------------------------------------------------------------------------------------


def test_a_caller_who_asks_for_a_person_is_connected(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda each: "c-1-person-1" in each.channels)
        assert there.music == {"c-1-bridge"}
        summary = json.loads(there.channels["c-1-person-1"].variables["HUASHU_SUMMARY"])
        assert (summary["caller"], summary["script"], summary["grade"]) == ("138****5678", "shop", "D")
        assert summary["turns"][0]["caller"] == "0"
        await there.answers("c-1-person-1")
        await there.until(lambda each: each.bridges["c-1-bridge"] == {"c-1", "c-1-person-1"})
        assert there.music == set()
        assert "c-1" in there.channels, "the caller is not hung up"
        await there.destroy("c-1-person-1")
        await there.until(lambda each: not each.channels and not each.bridges)

    (told,), server = play(scene)
    assert (told["grade"], told["rule"], told["ended_by"], told["gateway"]) == ("A", "A1", "bot", "asterisk")
    assert "transfer_succeeded" in kinds(server)
    assert told["turns"][0]["bot"].startswith("王总好")


def test_a_script_hangs_up_with_a_cause(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await there.press(await in_call(there), "8")
        await there.until(lambda each: not each.channels and not each.bridges)
        assert there.was_asked("DELETE", "channels/c-1") == [{"reason_code": "17"}]

    (told,), server = play(scene)
    assert (told["grade"], told["disposition"], told["ended_by"]) == ("D", "completed", "bot")
    assert '{"type":"hang_up","reason":"goodbye","q850":17}' in (server.records[-1] / "log.jsonl").read_text()


def test_a_caller_is_put_on_hold_and_taken_off_it(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        media = await in_call(there)
        await there.press(media, "7")
        await there.until(lambda each: each.held == {"c-1"})
        spoken = media.spoken
        await there.until(lambda each: not each.held)
        await there.until(lambda _: media.spoken > spoken)
        await there.destroy("c-1", 16)

    (told,), server = play(scene)
    asked = ("hold_began", "hold_ended", "no_input", "transfer_failed")
    assert [kind for kind in kinds(server) if kind in asked] == ["hold_began", "hold_ended"]
    lines = (server.records[-1] / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ordered = next(json.loads(line)["event"]["at_ms"] for line in lines if '"type":"hold",' in line)
    assert next(each["at_ms"] for each in events(server) if each["type"] == "hold_ended") - ordered >= 15_000
    assert (told["facts"]["hold"], told["facts"]["visited"][-1]) == ("ok", "day")
    assert "  > unhold" in (server.records[-1] / "transcript.txt").read_text(encoding="utf-8")


def test_a_caller_whose_phone_ends_the_hold_is_spoken_to_at_once(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        await there.press(await in_call(there), "6")
        await there.until(lambda each: each.held == {"c-1"})
        await there.until(lambda _: "hold_began" in kinds(server))
        await there.tell("ChannelUnhold", there.channels["c-1"])
        await there.until(lambda _: "hold_ended" in kinds(server))
        await there.until(lambda each: not each.held)
        await there.destroy("c-1", 16)

    (told,), server = play(scene)
    assert told["facts"]["visited"][-1] == "day"
    assert kinds(server).count("hold_ended") == 1


def test_an_asterisk_that_puts_nobody_on_hold_leaves_it_to_the_script(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        there.holds = False
        await there.press(await in_call(there), "6")
        await there.until(lambda _: "hold_failed" in kinds(server))
        await there.until(lambda each: not each.channels)

    (told,), server = play(scene)
    (failed,) = [each for each in events(server) if each["type"] == "hold_failed"]
    assert "409" in failed["reason"]
    assert (told["facts"]["hold"], told["facts"]["visited"][-1], told["ended_by"]) == ("failed", "bye", "bot")


def test_the_dialplan_takes_the_call_over(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda each: each.was_asked("POST", "channels/c-1/continue"))
        await there.until(lambda each: list(each.channels) == ["c-1"])
        (query,) = there.was_asked("POST", "channels/c-1/continue")
        assert query == {"context": "agents", "extension": "600", "priority": "1"}
        assert '"script":"shop"' in there.channels["c-1"].variables["HUASHU_SUMMARY"]

    (told,), _ = play(scene, transfers=DIALPLAN)
    assert (told["rule"], told["ended_by"]) == ("A1", "bot")


def test_the_callers_exchange_is_referred(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda each: each.was_asked("POST", "channels/c-1/redirect"))
        await there.destroy("c-1")

    (told,), _ = play(scene, transfers=REFERRED)
    assert told["rule"] == "A1"


def test_a_person_who_is_busy_leaves_the_caller_to_the_bot(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda each: "c-1-person-1" in each.channels)
        await there.dial("c-1-person-1", "BUSY")
        await there.destroy("c-1-person-1", 17, tech_cause=486)
        await there.until(lambda _: "transfer_failed" in kinds(server))
        await there.destroy("c-1", 16)

    (told,), server = play(scene)
    (failed,) = [event for event in events(server) if event["type"] == "transfer_failed"]
    assert failed["reason"] == "BUSY (486)"
    assert (told["ended_by"], events(server)[-1]) == ("caller", {**events(server)[-1], "q850": 16})


def test_a_caller_who_goes_while_a_person_is_rung(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda each: "c-1-person-1" in each.channels)
        await there.destroy("c-1")
        await there.until(lambda each: not each.channels and not each.bridges)

    (told,), _ = play(scene)
    assert told["ended_by"] == "caller"


def test_a_person_who_picks_up_when_it_is_over_is_no_caller(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda each: "c-1-person-1" in each.channels)
        person = there.channels["c-1-person-1"]
        await there.destroy("c-1")
        await there.until(lambda each: not each.channels)
        there.channels[person.id] = person
        await there.tell("StasisStart", person, args=["placed"])
        await there.until(lambda each: not each.channels)

    assert len(play(scene)[0]) == 1


def test_keys_of_a_script_are_sent_by_asterisk(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await there.press(await in_call(there), "9")
        await there.until(lambda each: each.was_asked("POST", "channels/c-1/dtmf"))
        assert there.was_asked("POST", "channels/c-1/dtmf") == [{"dtmf": "12#"}]
        await there.destroy("c-1")

    assert play(scene)[0][0]["oddities"] == []


def test_a_name_that_nobody_has(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        await wants_a_person(there)
        await there.until(lambda _: "transfer_failed" in kinds(server))
        await there.destroy("c-1")

    _, server = play(scene, transfers="sales=PJSIP/6001")
    (failed,) = [event for event in events(server) if event["type"] == "transfer_failed"]
    assert failed["reason"] == "HUASHU_TRANSFERS does not say who 'desk' is"


# --- calls that we place ---------------------------------------------------------------------------------------------


def test_a_number_that_is_busy(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        there.times = 2  # whatever is told, is told twice
        placed = await place(server)
        assert placed.status_code == 202, placed.text
        call_id = placed.json()["call_id"]
        assert there.was_asked("POST", f"channels/{call_id}/dial") == [{"timeout": "60"}]
        assert there.channels[call_id].variables == {"CALLERID(num)": "02012345678"}
        assert there.bridges[f"{call_id}-bridge"] == {call_id, f"{call_id}-media"}
        await there.becomes(call_id, "Ringing")
        await there.dial(call_id, "BUSY")
        await there.destroy(call_id, 17, tech_cause=486)
        await there.until(lambda each: not each.channels and not each.bridges)

    (told,), server = play(scene)
    assert (told["disposition"], told["grade"], told["rule"]) == ("busy", "E", "E1")
    assert kinds(server) == ["early_media", "ringing", "failed"]
    failed = events(server)[-1]
    assert (failed["sip"], failed["reason"], failed["trunk"], "q850" in failed) == (486, "BUSY", "gz", False)
    network = (server.records[0] / "network.jsonl").read_text(encoding="utf-8")
    assert '"tech_cause": "486"' in network


def test_a_number_that_answers_hears_the_bot(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        call_id = (await place(server, script="shop", variables={"name": "李总"})).json()["call_id"]
        await there.becomes(call_id, "Ringing")
        assert not there.channels[f"{call_id}-media"].spoken
        await there.answers(call_id)
        await asked(there, call_id)
        await there.destroy(call_id, 16)

    (told,), server = play(scene)
    assert (told["disposition"], told["ended_by"]) == ("silent", "caller")
    assert told["turns"][0]["bot"].startswith("李总好")
    assert kinds(server).count("answered") == 1


def test_what_a_code_means_on_the_line(play: Any, tmp_path: Path) -> None:
    trunks = put(tmp_path, "trunks.yaml", "trunks:\n  gz: {sip: {480: powered_off}}\n")

    async def scene(there: Asterisk, server: LiveServer) -> None:
        server.desk._trunks = read_trunks(trunks)  # as at the start of a server
        call_id = (await place(server)).json()["call_id"]
        await there.destroy(call_id, 19, tech_cause=480)

    (told,), _ = play(scene)
    assert told["disposition"] == "powered_off"


def test_why_a_call_is_not_placed(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        nowhere = await place(server, endpoint="PJSIP/nowhere")
        assert (nowhere.status_code, "Invalid endpoint specified" in nowhere.text) == (502, True)
        assert (await place(server, endpoint="13812345678")).status_code == 422
        assert (await place(server, script="no-such")).status_code == 400
        async with httpx.AsyncClient() as client:
            answer = await client.post(server.url("/asterisk/originate", "http"), json={"endpoint": DIALLED})
        assert answer.status_code == 401
        assert not there.channels

    assert play(scene)[0] == []


# --- what may go wrong on the way ------------------------------------------------------------------------------------


def test_what_happened_while_the_events_were_lost_is_caught_up_with(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        call_id = (await place(server)).json()["call_id"]
        await there.hang_up_events()
        await there.answers(call_id)  # nobody hears it
        await there.until(lambda each: each.listened)
        await asked(there, call_id)
        there.deaf = True
        await there.hang_up_events()
        gone = there.channels.pop(call_id)  # nor that it goes
        there.deaf = False
        await there.until(lambda each: not each.channels)
        assert gone.state == "Up"

    (told,), _ = play(scene)
    assert (told["disposition"], told["ended_by"]) == ("silent", "network")


def test_a_call_that_fails_while_nobody_listens_has_its_record(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        call_id = (await place(server)).json()["call_id"]
        there.deaf = True
        await there.hang_up_events()
        del there.channels[call_id]
        there.deaf = False
        await there.until(lambda each: not each.channels)

    (told,), _ = play(scene)
    assert (told["ended_by"], told["grade"]) == ("network", "E")


def test_a_wrong_password_is_told_in_one_line_and_stops_nothing(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        await there.until(lambda each: each.refused >= 3)
        assert (await place(server)).status_code == 502
        async with httpx.AsyncClient() as client:
            assert (await client.get(server.url("/health", "http"))).status_code == 200

    with capture_logs() as logs:
        assert play(scene, ari_password=SecretStr("wrong"))[0] == []
    (told,) = [each for each in logs if each["event"] == "control_lost"]
    assert told["why"] == "Asterisk refuses: wrong HUASHU_ARI_USER or HUASHU_ARI_PASSWORD (401)"


def test_an_asterisk_that_hides_its_variables_is_asked_for_the_connection(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        there.names_connection = False
        await in_call(there)
        await there.destroy("c-1")

    assert play(scene)[0][0]["ended_by"] == "caller"


def test_a_call_that_comes_when_no_line_is_free_is_sent_away(play: Any) -> None:
    async def scene(there: Asterisk, _: LiveServer) -> None:
        await in_call(there, "c-1")
        await there.comes("c-2")
        await there.until(lambda each: "c-2" not in each.channels)
        assert there.was_asked("DELETE", "channels/c-2") == [{"reason_code": "34"}]
        await there.destroy("c-1")

    assert len(play(scene, max_calls=1)[0]) == 1


def test_of_two_calls_that_are_placed_at_once_one_has_the_only_line(play: Any) -> None:
    async def scene(there: Asterisk, server: LiveServer) -> None:
        placed = await asyncio.gather(place(server), place(server))
        (call_id,) = [each.json()["call_id"] for each in placed if each.status_code == 202]
        (refused,) = [each.text for each in placed if each.status_code != 202]
        assert "all 1 lines are taken" in refused
        await there.until(lambda each: set(each.channels) == {call_id, f"{call_id}-media"})
        await there.destroy(call_id, 16)

    play(scene, max_calls=1)
