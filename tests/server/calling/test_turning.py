"""Test calls a turn at a time, over real HTTP to a real server, on a clock that is turned by those who wait."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from server.calling import following
from server.calling.lines import UnreachableError
from server.calling.notes import Note
from server.calling.scenario import HangUp, Press, Say, Scenario, Silence, Step, WaitPrompt
from server.calling.turning import TurnCaller
from server.gateways.platforms import PLATFORMS
from tests.server.live.clocks import ByHand
from tests.server.live.remains import events_of, named, summary_of
from tests.server.live.serving import PATIENCE_SECONDS, TOKEN, LiveServer, serving

PARAMS = {"token": TOKEN, "script": "phone-robot", "caller": "13812345678"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(tmp_path_factory.mktemp("data"), clock=ByHand()) as running:
        yield running


def called(
    server: LiveServer, name: str, *steps: Step, call: str = "", follow: bool = False, pace: Any = None, **more: Any
) -> list[Note]:
    """Place a call, and tell what happened in it."""
    notes: list[Note] = []
    caller = TurnCaller(
        name,
        server.url(PLATFORMS[name].path, "http"),
        PARAMS,
        Scenario(steps=steps, patience_ms=20_000, **more),
        notes.append,
        pace=pace or server.clock,
    )
    asyncio.run(caller.carry(call or f"call-{name}", follow=follow))
    return notes


def events(server: LiveServer, call_id: str) -> list[str]:
    return [event["type"] for event in events_of(named(server, call_id))]


def said(summary: dict[str, Any]) -> list[str]:
    return [turn["caller"].rstrip("。") for turn in summary["turns"] if turn["caller"]]


WORDS = (
    "喂，你好",
    "行，你说",
    "这个多少钱一个月",
    "是这样的",
    "我们有十几个人打电话",
    "没用过",
    "效果怎么样",
    "可以，明天下午三点吧",
)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_whole_call_comes_to_its_grade(server: LiveServer, name: str) -> None:
    notes = called(server, name, *map(Say, WORDS))
    ended = notes[-1]
    assert (ended.kind, ended.by, ended.in_order) == ("ended", "bot", True)
    summary = summary_of(server, f"call-{name}")
    assert (summary["gateway"], summary["grade"], summary["ended_by"]) == (name, "A", "bot")
    assert said(summary) == list(WORDS)
    assert summary["oddities"] == []
    assert [note.kind for note in notes].count("bot speaks") >= len(WORDS)


def test_who_follows_is_told_the_grade(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, read = threading.Event(), following.steps

    def steps(log: Iterable[bytes]) -> Iterator[str]:
        reads.set()
        yield from read(log)

    async def until(at_ms: float) -> None:
        await asyncio.to_thread(reads.wait, PATIENCE_SECONDS)  # a call that nobody waits for is over before it is found
        await server.clock.until(at_ms)

    monkeypatch.setattr(following, "steps", steps)
    monkeypatch.setattr(following, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    pace = SimpleNamespace(now_ms=server.clock.now_ms, until=until)
    notes = called(server, "smartivr", *map(Say, WORDS), call="followed", follow=True, pace=pace)
    (ended,) = [place for place, note in enumerate(notes) if note.kind == "ended"]
    (told,) = [note.text for note in notes[ended + 1 :]]
    assert "grade A" in told
    assert summary_of(server, "followed")["grade"] == "A"


@pytest.mark.parametrize("name", PLATFORMS)
def test_who_says_nothing_is_asked_after_the_time_of_the_script_and_let_go(server: LiveServer, name: str) -> None:
    notes = called(server, name, call=f"silent-{name}")
    assert notes[-1].by == "bot"
    assert summary_of(server, f"silent-{name}")["disposition"] in ("silent", "completed")
    silences = [
        later.at_ms - note.at_ms
        for note, later in pairwise(notes)
        if (note.kind, later.kind) == ("bot silent", "bot speaks")
    ]
    assert silences
    assert min(silences) >= 3_400, "nobody is hurried"


@pytest.mark.parametrize("name", PLATFORMS)
def test_words_over_a_prompt_are_answered_and_the_rest_of_it_is_not_heard(server: LiveServer, name: str) -> None:
    called(server, name, Say("喂你好"), Say("不需要，别再打了", barge_in_ms=1_000), call=f"cut-{name}")
    summary = summary_of(server, f"cut-{name}")
    assert summary["grade"] == "D"
    assert "do_not_call" in summary["turns"][1]["intents"]


@pytest.mark.parametrize("name", ["cti_robot", "smartcall"])
def test_a_short_question_over_a_prompt_does_not_wait_for_silence_to_be_told(server: LiveServer, name: str) -> None:
    notes = called(server, name, Say("喂你好"), Say("多少钱", barge_in_ms=1_000), call=f"over-{name}")
    answer = next(place for place, note in enumerate(notes) if "按坐席按月收费" in note.text)
    before = next(note for note in reversed(notes[:answer]) if note.kind in ("bot silent", "bot cut"))
    assert notes[answer].at_ms - before.at_ms < 1_600


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("ok", [True, False])
def test_a_person_takes_the_call_or_does_not(server: LiveServer, name: str, ok: bool) -> None:
    call = f"transfer-{name}-{'yes' if ok else 'no'}"
    notes = called(server, name, Say("喂你好"), Say("转人工"), HangUp(15_000), call=call, transfer_ok=ok)
    assert [note.text for note in notes if note.kind == "transfer"] == ["sales"]
    summary_of(server, call)
    happened = events(server, call)
    assert happened.count("transfer_succeeded") == ok
    assert happened.count("transfer_failed") == (not ok)


@pytest.mark.parametrize("name", PLATFORMS)
def test_who_hangs_up_has_hung_up(server: LiveServer, name: str) -> None:
    notes = called(server, name, Say("喂你好"), Press("1"), Silence(500), WaitPrompt(), HangUp(), call=f"gone-{name}")
    assert (notes[-1].by, notes[-1].text) == ("caller", "hung up")
    assert summary_of(server, f"gone-{name}")["ended_by"] == "caller"


def test_what_is_refused_is_told_in_a_sentence_without_the_token(server: LiveServer) -> None:
    url = server.url("/smartivr", "http")
    caller = TurnCaller("smartivr", url, {"token": "wrong-token"}, Scenario(), lambda _: None)
    with pytest.raises(UnreachableError, match="refuses: HTTP 401") as refused:
        asyncio.run(caller.carry("call-refused"))
    assert "wrong-token" not in str(refused.value)
    nobody = TurnCaller("smartivr", "http://127.0.0.1:9/smartivr", PARAMS, Scenario(), lambda _: None)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        asyncio.run(nobody.carry("call-nobody"))


def test_a_call_that_nobody_answered_is_reported_and_has_its_record(server: LiveServer) -> None:
    report = [{"call_id": "call-off", "status_code": "200010", "smart_status_code": "POWER_OFF"}]
    answer = httpx.post(server.url(f"/smartcall/report?token={TOKEN}", "http"), json=report)
    assert answer.json() == {"code": 0, "msg": "success"}
    assert [path for path in server.records if path.name == "call-off"]  # before it is thanked for
    summary = summary_of(server, "call-off")
    assert (summary["gateway"], summary["disposition"], summary["grade"]) == ("smartcall", "powered_off", "F")
    assert httpx.post(server.url("/smartcall/report", "http"), json=report).status_code == 401
    assert httpx.post(server.url(f"/smartcall/report?token={TOKEN}", "http"), json="x").status_code == 400
    half = [{"call_id": "call-half", "status_code": "200010"}, "x"]
    assert httpx.post(server.url(f"/smartcall/report?token={TOKEN}", "http"), json=half).status_code == 400
    assert not [path for path in server.records if path.name == "call-half"]


def test_an_announcement_before_the_answer_is_no_conversation(server: LiveServer) -> None:
    content = {"words": "您拨打的电话已关机，请稍后再拨", "current_media_code": "early_media"}
    form = {"call_id": "call-early", "content_type": "normal", "content": json.dumps(content, ensure_ascii=False)}
    url = server.url(f"/smartcall?token={TOKEN}&script=phone-robot", "http")
    answer = httpx.post(url, data=form).json()
    assert answer["data"]["action"] in ("donothing", "hangup")
    for _ in range(20):
        if answer["data"]["action"] == "hangup":
            break
        server.clock.go_on(2_000)
        quiet = {"dynamic_id": answer["data"]["dynamic_id"]}
        answer = httpx.post(url, data={**form, "content_type": "mute", "content": json.dumps(quiet)}).json()
    assert answer["data"]["action"] == "hangup"
    summary = summary_of(server, "call-early")
    assert (summary["disposition"], summary["grade"]) == ("powered_off", "F")


def test_a_refused_call_has_no_record(server: LiveServer) -> None:
    before = len(server.records)
    answer = httpx.post(
        server.url(f"/xswitch?token={TOKEN}&script=no-such", "http"), json={"uuid": "u1", "call_status": "ringing"}
    )
    assert answer.json()["action"] == "hangup"
    assert len(server.records) == before
