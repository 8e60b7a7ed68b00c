"""`huashu call` as it is typed, to a bot of tones."""

from __future__ import annotations

import re
import wave
from pathlib import Path

import pytest

from server.commands.live import GATEWAYS as CHOICES
from server.gateways.far.platforms import FAR_PLATFORMS
from server.gateways.far.table import FAR_ENDS
from server.gateways.platforms import PLATFORMS
from server.gateways.table import GATEWAYS
from tests.server.calling.bots import tone
from tests.server.calling.peers import in_background
from tests.server.desk import huashu, put


@pytest.fixture
def wav(tmp_path: Path) -> str:
    with wave.open(str(tmp_path / "hello.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(tone(200))
    return "hello.wav"


def test_every_gateway_can_be_called() -> None:
    assert set(GATEWAYS) <= set(FAR_ENDS)
    assert set(PLATFORMS) == set(FAR_PLATFORMS)
    assert set(CHOICES) == set(FAR_ENDS) | set(PLATFORMS)


def test_a_call_is_told_as_it_happens(tmp_path: Path, wav: str) -> None:
    with in_background("asterisk", prompts=(300, 200)) as (url, bots):
        ran = huashu(tmp_path, "call", "--wav", wav, "--script", "shop", "--record", "call.wav", url)
    assert (ran.code, ran.err) == (0, "")
    assert [re.sub(r"\d+(\.\d+)?", "N", line.strip()) for line in ran.lines] == [
        "N  connected    asterisk",
        "N  bot          begins to speak",
        "N  bot          spoke for N s",
        "N  caller       hello.wav (N s)",
        "N  bot          begins to speak",
        "N  bot          spoke for N s",
        "N  ended        by the bot: hung up",
        "",
        "call         N s",
        "voice        bot N s, caller N s",
        "first voice  after N ms",
        "answers      after N ms",
        "own pace     frames late by N ms, N % within N ms, most N ms",
    ]
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert file.getnchannels() == 2
    assert [bot.ended for bot in bots] == [True]


def test_a_call_as_json(tmp_path: Path, wav: str) -> None:
    with in_background("huashu", prompts=(100, 100)) as (url, bots):
        ran = huashu(tmp_path, "call", "--json", "--token", "t0", "--var", "name=王", "--wav", wav, url)
    assert ran.code == 0
    assert [told["type"] for told in ran.json] == [
        "connected", "bot_speaks", "bot_silent", "caller_speaks", "caller_silent", "bot_speaks", "bot_silent", "ended",
        "summary",
    ]  # fmt: skip
    assert ran.json[-1]["ended_by"] == "bot"
    assert bots[0].started
    assert bots[0].started.params == {"token": "t0", "name": "王"}


def test_a_scenario_is_followed(tmp_path: Path, wav: str) -> None:
    put(tmp_path, "caller.yaml", f"scenario: cuts in\nsteps: [{{wav: {wav}, barge_in_ms: 200}}, {{hangup: yes}}]\n")
    with in_background("twilio", prompts=(2000, 200)) as (url, bots):
        ran = huashu(tmp_path, "call", "--json", "--scenario", "caller.yaml", url)
    assert ran.code == 0
    assert [told["type"] for told in ran.json][-4:] == ["bot_cut", "caller_silent", "ended", "summary"]
    assert ran.json[-1]["ended_by"] == "caller"
    assert [mark.cleared for mark in bots[0].played] == [True]


def test_many_calls_are_told_as_one(tmp_path: Path, wav: str) -> None:
    with in_background("twilio", prompts=(100, 100)) as (url, bots):
        ran = huashu(tmp_path, "call", "--calls", "5", "--stagger", "20", "--json", "--wav", wav, url)
    (told,) = ran.json
    assert (ran.code, told["calls"], told["in_order"], told["answers"], len(bots)) == (0, 5, 5, 5, 5)


def test_words_may_follow_each_other_after_one_option(tmp_path: Path, wav: str) -> None:
    with in_background("twilio", prompts=(100, 100, 100)) as (url, _):
        ran = huashu(tmp_path, "call", "--json", "--wav", wav, wav, url)
    assert [told["text"] for told in ran.json if told["type"] == "caller_speaks"] == [wav, wav]


def test_a_call_that_ends_out_of_order_is_a_failure(tmp_path: Path) -> None:
    with in_background("twilio", code=1013, prompts=(100,)) as (url, _):
        ran = huashu(tmp_path, "call", url)
    assert ran.code == 1
    assert ran.err == "huashu: the call did not end in order: closed with 1013: all lines are taken\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["8787"], 2, "call where? One address such as ws://127.0.0.1:8787/twilio is needed, not '8787'"),
        (["--gateway", "fork", "x"], 2, "call where? One address such as ws://127.0.0.1:8787/fork is needed, not 'x'"),
        (["ws://a", "ws://b"], 2, "call where? One address such as ws://127.0.0.1:8787/twilio is needed, 2 are given"),
        (["ws://127.0.0.1:878787/twilio"], 2, "the address is none: port out of range 0-65535 (write it as ws://127.0.0.1:8787/twilio)"),
        (["ws://127.0.0.1:port/fork"], 2, "the address is none: port could not be cast to integer value as 'port' (write it as ws://127.0.0.1:8787/twilio)"),
        (["--text", "ws://[::1/huashu"], 2, "the address is none: invalid IPv6 URL (write it as ws://127.0.0.1:8787/twilio)"),
        (["ws://127.0.0.1:1/twilio"], 1, "ws://127.0.0.1:1/twilio cannot be reached: connection refused (is `huashu serve` running there?)"),
        (["ws://a..b/twilio"], 1, "'ws://a..b/twilio' is no WebSocket address: write ws://host:port/path"),
        (["hello", "ws://a"], 2, "what is 'hello'? Words go with --say, recordings with --wav"),
        (["--say", "a", "--wav", "b", "ws://a"], 2, "--say, --wav and --scenario exclude each other: put words and recordings into a scenario"),
        (["--text", "ws://a/fork"], 2, "--text goes with --gateway huashu, fork carries no words"),
        (["--record", "a.wav", "--calls", "2", "ws://a"], 2, "--record goes with one call, not with --calls"),
        (["--var", "name", "ws://a"], 2, "--var name: write it as NAME=VALUE"),
        (["--wav", "gone.wav", "ws://a"], 1, "no recording 'gone.wav'"),
        (["--record", "no/call.wav", "ws://a"], 1, "cannot record to 'no/call.wav': no such file or directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_told_in_one_line(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    ran = huashu(tmp_path, "call", *arguments)
    assert (ran.code, ran.out, ran.err) == (code, "", f"huashu: {told}\n")


def test_a_scenario_with_mistakes_calls_nobody(tmp_path: Path) -> None:
    put(tmp_path, "caller.yaml", "scenario: odd\nsteps: [{digits: x}]\n")
    ran = huashu(tmp_path, "call", "--scenario", "caller.yaml", "ws://127.0.0.1:1/twilio")
    assert (ran.code, ran.lines) == (
        1,
        ["caller.yaml:2:18: 'x' are not telephone keys (use 0-9, *, # and A-D)"],
    )


def test_words_are_spoken_by_the_plain_voice(tmp_path: Path) -> None:
    with in_background("twilio", prompts=(100, 100, 100)) as (url, _):
        ran = huashu(tmp_path, "call", "--json", "--voice", "plain", "--say", "你好", "多少钱", url)
    (hello, price) = [told for told in ran.json if told["type"] == "caller_speaks"]
    assert (hello["text"], price["text"]) == ("你好", "多少钱")
    assert 200 < hello["ms"] < price["ms"] < 2000


def test_a_voice_nobody_has_is_told(tmp_path: Path) -> None:
    ran = huashu(tmp_path, "call", "--voice", "kokoro/nobody", "--say", "你好", "ws://127.0.0.1:1/twilio")
    assert ran.code == 1
    assert ran.err.startswith("huashu: words need a voice, recordings (--wav) do not: no voice 'nobody'; there are ")
    ran = huashu(tmp_path, "call", "--voice", "mary", "--say", "你好", "ws://127.0.0.1:1/twilio")
    assert ran.err == "huashu: no voice 'mary': there are auto, kokoro, kokoro/NAME and plain\n"


def test_on_the_machine_of_the_server_its_own_token_is_used(tmp_path: Path) -> None:
    put(tmp_path, "huashu-data/token", "t1\n")
    with in_background("huashu", prompts=(100,)) as (url, bots):
        huashu(tmp_path, "call", url)
        huashu(tmp_path, "call", "--token", "t2", url)
    assert [bot.started.params for bot in bots if bot.started] == [{"token": "t1"}, {"token": "t2"}]
