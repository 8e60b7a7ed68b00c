"""A Twilio that others wrote: streamdouble places calls to our endpoint and holds us to Twilio's protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamdouble.api import CallReport, run_scenario_sync
from streamdouble.chaos import Impairments
from streamdouble.scenario import parse
from streamdouble.session import SessionConfig

from server.speech.detector import detectors
from server.speech.prompts import Prompts
from server.speech.provide import Speech
from server.speech.whisper import Whisper
from tests.server.desk import SCRIPT, furnish, put
from tests.server.live.clocks import Real
from tests.server.live.remains import left_behind
from tests.server.live.serving import TOKEN, Hum, LiveServer, serving

YES = str(Path(__file__).parents[2] / "audio/phrases/k_yunyang_08.wav")
"""好的可以"""
LONG = "我是机器人，" + "给您打电话是想请您来我们店里看看，" * 4
"""Time enough to cut in, however long it takes to recognise the words."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = furnish(tmp_path_factory.mktemp("live"))
    with serving(folder, clock=Real(), scripts=folder / "scripts", script="shop") as running:
        yield running


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with ears: the real voice detector, the real recogniser."""
    folder = furnish(tmp_path_factory.mktemp("hearing"))
    put(
        folder,
        "scripts/talkative.yaml",
        SCRIPT.replace("script: shop", "script: talkative").replace("我是机器人，", LONG),
    )
    speech = Speech(Whisper(2), detectors(), Prompts(Hum(), folder / "prompts"))
    with serving(folder, speech=speech, clock=Real(), scripts=folder / "scripts", script="shop") as running:
        yield running
    speech.close()


def placed(server: LiveServer, *steps: object, token: str = TOKEN, script: str = "shop", **config: Any) -> CallReport:
    scenario = parse({"name": "a call", "steps": list(steps)})
    brought = {"token": token, "name": "王", "script": script}
    settings = SessionConfig(custom_parameters=brought, quiet_period_s=0.5, max_drain_s=60, **config)
    return run_scenario_sync(server.url("/twilio"), scenario, config=settings)


def test_a_call_with_a_key_that_cuts_in(server: LiveServer) -> None:
    report = placed(
        server,
        {"wait_for": "audio"},
        {"wait": 0.5},
        {"dtmf": "1"},
        {"wait_for": {"event": "clear", "timeout": 60}},
        {"wait_for": {"event": "quiet", "timeout": 60}},
        {"wait_for": {"event": "mark", "timeout": 60}},
        {"expect": "clear"},
        {"expect": "mark"},
        {"expect": "no_violations"},
    )
    assert report.to_dict()["exit_code"] == 0, report.to_dict()
    assert report.spoke
    assert report.result.closed_by is None
    assert report.result.unknown_events == []


def test_a_call_that_is_dropped_without_a_word(server: LiveServer) -> None:
    report = placed(server, {"wait_for": "audio"}, {"wait": 0.2}, "hangup")
    assert report.spoke
    assert report.violations == []


def test_a_call_on_a_bad_line(server: LiveServer) -> None:
    bad = Impairments(loss=0.1, jitter_ms=50)
    report = placed(server, {"wait_for": "audio"}, {"wait": 1}, {"expect": "no_violations"}, impairments=bad)
    assert report.passed
    assert report.result.frames_dropped


def test_without_the_token_nothing_is_said(server: LiveServer) -> None:
    report = placed(server, {"wait": 60}, token="another")  # which a server that closes cuts short
    assert not report.spoke
    assert report.result.closed_by == "agent"


def test_a_spoken_call_to_its_end(hearing: LiveServer) -> None:
    answer = [{"wait_for": {"event": "quiet", "timeout": 60}}, {"wait": 1.5}, {"say": YES}]
    report = placed(hearing, {"wait_for": "audio"}, *answer, {"wait": 2.5}, *answer, {"wait": 60}, {"expect": "mark"})
    assert report.violations == []
    assert report.result.closed_by == "agent"
    (summary,) = left_behind(hearing)
    assert summary["stages"] == ["ask", "day", "bye"]
    assert [turn["intents"][0] for turn in summary["turns"] if turn["caller"]] == ["affirm", "affirm"]


def test_a_caller_who_cuts_in(hearing: LiveServer) -> None:
    steps = ({"wait_for": "audio"}, {"wait": 0.5}, {"say": YES}, {"wait_for": {"event": "clear", "timeout": 60}})
    report = placed(hearing, *steps, {"expect": "clear"}, script="talkative")
    assert report.passed, report.to_dict()
