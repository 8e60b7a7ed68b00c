"""`huashu conformance` as it is typed: whom it plays, what it tells, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console
from structlog.testing import capture_logs

from benchmarks.ports import held_port
from server.conformance.case import Verdict
from server.conformance.report import show
from server.conformance.table import BY_NAME, CASES, GATEWAYS
from tests.server.desk import furnish, huashu
from tests.server.live.clocks import Clock, run
from tests.server.live.serving import TOKEN, LiveServer, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = furnish(tmp_path_factory.mktemp("live"))
    with (
        capture_logs(),
        held_port() as port,
        serving(folder, clock=Clock(), scripts=folder / "scripts", script="shop", audiosocket_port=port) as running,
    ):
        yield running


@pytest.fixture(autouse=True)
def _by_its_clock(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit judges times, and both may be late."""
    monkeypatch.setattr(asyncio, "run", partial(run, server.clock))


def test_one_gateway_of_a_server(server: LiveServer, tmp_path: Path) -> None:
    ran = huashu(
        tmp_path, "conformance", "--token", TOKEN, "--gateway", "twilio", "--case", "plain-call", "--case", "xoff",
        server.url(""),
    )  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    (verdict, summary) = ran.lines
    assert verdict.startswith("pass  twilio       plain-call        the bot speaks after ")
    assert summary == "1 pass"


def test_one_endpoint_as_json(server: LiveServer, tmp_path: Path) -> None:
    ran = huashu(tmp_path, "conformance", "--json", "--token", TOKEN, "--case", "ping", server.url("/vonage"))
    assert ran.code == 0
    (told,) = ran.json
    assert (told["gateway"], told["case"], told["verdict"]) == ("vonage", "ping", "pass")
    assert told["source"] == "RFC 6455 section 5.5.2"


def test_an_endpoint_under_another_name(server: LiveServer, tmp_path: Path) -> None:
    """Whose protocol is spoken there is for the user to say."""
    url = server.url(f"/signalwire/{TOKEN}")
    ran = huashu(tmp_path, "conformance", "--gateway", "twilio", "--case", "plain-call", url)
    assert (ran.code, ran.lines[-1]) == (0, "1 pass")


def test_audiosocket_by_its_own_address(server: LiveServer, tmp_path: Path) -> None:
    """Ours tells with its ticket where that is."""
    place = f"127.0.0.1:{server.desk.settings.audiosocket_port}"
    chosen = ("--token", TOKEN, "--gateway", "audiosocket", "--case", "plain-call", server.url(""))
    assert huashu(tmp_path, "conformance", "--audiosocket", place, *chosen).code == 0
    ran = huashu(tmp_path, "conformance", *chosen)
    assert (ran.code, ran.lines[-1]) == (0, "1 pass")
    ran = huashu(tmp_path, "conformance", "--case", "no-uuid", f"tcp://{place}")
    assert (ran.code, ran.lines[-1]) == (0, "1 pass")


def test_what_fails_is_told_with_its_source(server: LiveServer, tmp_path: Path) -> None:
    ran = huashu(tmp_path, "conformance", "--token", "wrong", "--case", "plain-call", server.url("/asterisk"))
    assert ran.code == 1
    assert ran.lines[0].startswith("fail  asterisk     plain-call        the call is refused with HTTP 401")
    assert "is --token right?" in ran.lines[0]
    assert ran.lines[0].endswith("[the gateway's own page]")


def test_a_gateway_that_the_server_does_not_have_is_not_judged(server: LiveServer, tmp_path: Path) -> None:
    url = server.url("/other/endpoint")
    ran = huashu(tmp_path, "conformance", "--token", TOKEN, "--gateway", "fork", "--case", "plain-call", url)
    assert ran.code == 0
    assert ran.lines[0].startswith("skip  fork         plain-call        the server does not have this gateway")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--gateway", "skype", "ws://127.0.0.1:1"], "no gateway 'skype': there are twilio, telnyx"),
        (["--case", "luck", "ws://127.0.0.1:1"], "no case 'luck': there are plain-call, upgrade-time"),
        ([], "'' is no address: write ws://host:port"),
        (["127.0.0.1:8787"], "'127.0.0.1:8787' is no address: write ws://host:port"),
        (["ws://127.0.0.1:1"], "127.0.0.1:1 cannot be reached: "),
        (["ws://127.0.0.1:1/media"], "whose endpoint is /media? Say so with --gateway, once"),
        (["--wav", "nothing.wav", "ws://127.0.0.1:1"], "nothing.wav"),
    ],
)
def test_what_cannot_be_played_is_one_line(tmp_path: Path, words: list[str], why: str) -> None:
    ran = huashu(tmp_path, "conformance", *words)
    assert ran.code == 2
    assert ran.err.startswith("huashu: ")
    assert why in ran.err
    assert ran.err.count("\n") == 1


def test_the_cases_are_told_without_a_server(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "conformance", "--list")
    assert ran.code == 0
    assert len(ran.lines) == 2 * len(CASES)
    (told,) = huashu(tmp_path, "conformance", "--list", "--json", "--case", "genesys-probe").json
    assert told["gateways"] == ["genesys"]
    assert set(GATEWAYS) > set(told["gateways"])


def test_the_table_for_people() -> None:
    case, other = BY_NAME["plain-call"], BY_NAME["xoff"]
    console = Console(width=100)
    with console.capture() as captured:
        show(
            [
                Verdict("twilio", case, "pass", "fine"),
                Verdict("asterisk", case, "fail", "1001 came"),
                Verdict("twilio", other, "n/a", ""),
                Verdict("asterisk", other, "skip", "too short"),
            ],
            console,
        )
    text = captured.get()
    assert " plain-call    ✓        ✗" in text
    assert "✗ asterisk plain-call: " in text
    assert "– too short: asterisk xoff" in text
    assert text.rstrip().endswith("1 pass, 1 fail, 1 skipped")
