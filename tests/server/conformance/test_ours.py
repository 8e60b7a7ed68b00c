"""The kit against this server, no faster than time and over real sockets: every case that applies is green."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.ports import held_port
from server.conformance.case import Verdict
from server.conformance.running import play
from server.conformance.site import Site
from server.conformance.table import CASES, GATEWAYS
from server.gateways.platforms import PLATFORMS
from server.gateways.table import GATEWAYS as BY_WEBSOCKET
from server.speech.detector import EnergyDetector
from server.speech.prompts import Prompts
from server.speech.provide import Speech
from tests.server.desk import furnish
from tests.server.live.clocks import Clock, run
from tests.server.live.serving import TOKEN, Hum, LiveServer, serving
from tests.server.live.test_vosk import Counting


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Its script lets a key cut in."""
    folder = furnish(tmp_path_factory.mktemp("live"))
    speech = Speech(Counting(), EnergyDetector, Prompts(Hum(), folder / "prompts"))
    given = {"scripts": folder / "scripts", "script": "shop", "drain_seconds": 1}
    with held_port() as port, serving(folder, speech=speech, clock=Clock(), audiosocket_port=port, **given) as running:
        yield running
    speech.close()


def test_every_case_is_green_on_us(server: LiveServer) -> None:
    site = Site(server.url(""), "", TOKEN, "shop")
    told: list[Verdict] = []
    found = run(server.clock, play(site, GATEWAYS, CASES, told.append))
    odd = {(each.gateway, each.case.name): each.why for each in found if each.status in ("fail", "skip")}
    odd.pop(("audiosocket", "barge-in-frames"), "")  # frames have no names: a bot that answers at once leaves no gap
    assert odd == {}
    assert len(told) == len(found) == len(CASES) * len(GATEWAYS)
    assert {each.gateway for each in found if each.status == "pass"} == set(GATEWAYS)


def test_whoever_can_connect_is_played() -> None:
    assert set(GATEWAYS) == {*BY_WEBSOCKET, "audiosocket", "vosk", *PLATFORMS}
    for name in GATEWAYS:
        assert len([case for case in CASES if name in case.gateways]) > 3
    assert len({case.name for case in CASES}) == len(CASES)
