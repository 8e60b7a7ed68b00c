"""What the pages about gateways show is what the codecs do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from fastapi.routing import APIRoute

from server.gateways import turns, vosk
from server.gateways.asterisk import Asterisk
from server.gateways.audiostream import AudioStream
from server.gateways.far.plain import PlainEnd
from server.gateways.hooks import HOOKS
from server.gateways.plain import NEEDS, RATES_HZ, Plain
from server.gateways.platforms import PLATFORMS
from server.gateways.smartivr import _NOTIFIED
from server.gateways.table import GATEWAYS
from server.gateways.vendors import VENDORS
from server.gateways.wire import Answered, Audio, Clear, Ended, Failed, HangUp, Mark, Oddity, Send, Started
from server.live import audiosocket, webhooks
from server.live import vosk as server_vosk
from server.live.doorman import Doorman
from server.settings import Settings

DOCS = Path(__file__).parents[3] / "docs"
PROTOCOL = (DOCS / "reference" / "gateway.md").read_text(encoding="utf-8")
KINDS = {*Plain._READ, "mark", "clear", "keys", "transfer", "hold", "unhold", "hangup", "error"}
GUIDES = {
    "twilio": "twilio", "telnyx": "telnyx", "plivo": "plivo", "signalwire": "signalwire", "exotel": "exotel",
    "asterisk": "asterisk", "fork": "freeswitch", "jambonz": "jambonz", "audiostream": "audiostream",
    "vonage": "vonage", "genesys": "genesys",
}  # fmt: skip
PLATFORM_GUIDES = {"smartivr": "smartivr", "cti_robot": "cti-robot", "xswitch": "xswitch", "smartcall": "smartcall"}


def guide(name: str) -> str:
    return (DOCS / "howto" / f"{name}.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def message(line: str) -> str | bytes:
    size = re.fullmatch(r"(\d+) bytes", line)
    return bytes(int(size[1])) if size else line


def test_the_example_of_our_own_protocol_is_a_call() -> None:
    codec, gateway = Plain(), PlainEnd()
    heard, done = [], []
    example, *early = blocks(PROTOCOL, "text")
    for line in example.splitlines():
        shown = message(line[2:])
        if line.startswith(">"):
            heard += codec.receive(shown)
            continue
        for order in gateway.receive(shown, 0):
            assert codec.send(order) == (shown,)
            done.append(order)
    assert isinstance(heard[0], Started)
    assert heard[0].params == {"company": "星河科技", "script": "phone-robot"}
    assert not [each for each in heard if isinstance(each, Oddity)]
    assert sum(isinstance(each, Audio) for each in heard) == 4
    assert sum(isinstance(each, Send) for each in done) == 4
    assert (heard[-1], done[-1]) == (Ended(), HangUp("goodbye"))
    assert set(re.findall(r'"type":"(\w+)"', "".join([example, *early]))) | {"text", "error"} == KINDS


def test_the_examples_of_calls_before_their_answer_tell_what_became_of_them() -> None:
    _, *examples = blocks(PROTOCOL, "text")
    told = []
    for example in examples:
        codec = Plain()
        told.append([each for line in example.splitlines() for each in codec.receive(message(line[2:]))])
    assert [[type(each) for each in heard] for heard in told] == [
        [Started, Audio, Answered, Ended], [Started, Audio, Failed]
    ]  # fmt: skip
    assert all(heard[0].early for heard in told if isinstance(heard[0], Started))
    assert told[1][-1] == Failed(480, 20, "NO_USER_RESPONSE")


def test_every_message_of_our_own_protocol_is_described() -> None:
    assert set(re.findall(r"^### (\w+)$", PROTOCOL, re.MULTILINE)) == KINDS | {"Sound"}
    assert all(f"`{name}`" in PROTOCOL for name in NEEDS.values())
    assert " or ".join(map(str, RATES_HZ)) in PROTOCOL


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_names_the_path_and_how_to_try(name: str) -> None:
    page = guide(GUIDES[name])
    assert f"8787{GATEWAYS[name].path}" in page
    assert f"huashu call --gateway {name}" in page.replace("\n", " ")
    for protocol in GATEWAYS[name].subprotocols:
        assert protocol in page or name != "asterisk"


@pytest.mark.parametrize("page", sorted({*GUIDES.values(), *PLATFORM_GUIDES.values(), "audiosocket", "vosk"}))
def test_the_readme_leads_to_the_guide_of_every_gateway(page: str) -> None:
    assert f"](docs/howto/{page}.md)" in (DOCS.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HOOKS)
def test_a_guide_names_the_webhooks_of_its_vendor_and_their_secret(name: str) -> None:
    page = guide(name)
    served = {  # nobody asks, so nobody need answer
        route.path for route in webhooks.router(None, None).routes if isinstance(route, APIRoute)
    }
    named = set(re.findall(rf"https://bot\.example(/{name}/\w+)", page))
    assert named == {path for path in served if path.startswith(f"/{name}/")}
    assert f"HUASHU_{HOOKS[name].secret.upper()}" in page


def test_the_guide_to_twilio_has_sound_twiml() -> None:
    page = guide("twilio")
    (twiml,) = blocks(page, "xml")
    stream = fromstring(twiml.split("?>", 1)[1])[0][0]  # noqa: S314
    assert stream.get("url") == "wss://bot.example" + GATEWAYS["twilio"].path
    assert {each.get("name") for each in stream} >= {"token", "script", "caller"}


@pytest.mark.parametrize("name", ["plivo", "signalwire"])
def test_the_xml_of_a_guide_leads_to_the_stream(name: str) -> None:
    (answer,) = blocks(guide(name), "xml")
    stream = next(each for each in fromstring(answer.split("?>", 1)[1]).iter() if each.tag == "Stream")  # noqa: S314
    assert f"wss://bot.example{GATEWAYS[name].path}" in (stream.get("url") or stream.text or "")


def test_the_command_to_telnyx_asks_for_what_the_codec_takes() -> None:
    asked = json.loads(blocks(guide("telnyx"), "json")[0])
    assert asked["stream_url"].startswith("wss://bot.example/telnyx?")
    assert asked["stream_bidirectional_mode"] == "rtp"
    assert asked["stream_codec"] == asked["stream_bidirectional_codec"] in VENDORS["telnyx"].encodings


def test_the_dialplan_for_audiosocket_buys_a_ticket_and_uses_it() -> None:
    (dialplan,) = blocks(guide("audiosocket"), "ini")
    bought = re.search(r"CURL\(http://127.0.0.1:8787([a-z/]+)\?token=…,(.*)\)\}\)", dialplan)
    assert bought
    sold = audiosocket.router(Doorman(Settings(), lambda: 0.0), audiosocket.Tickets(lambda: 0.0), 0)
    served = [route.path for route in sold.routes if isinstance(route, APIRoute)]
    assert served == [bought[1]]
    params = dict(pair.split("=", 1) for pair in bought[2].split("&"))
    assert params["script"] == "phone-robot"
    assert set(params) == {"script", "caller", "call_id"}
    assert "AudioSocket(${TICKET},127.0.0.1:8788)" in dialplan


def test_the_client_for_vosk_asks_for_what_is_understood() -> None:
    page = guide("vosk")
    (client,) = blocks(page, "python")
    compile(client, "vosk.md", "exec")
    texts = [vosk.asked(text) for text in re.findall(r"send\('(\{.*\})'\)", client)]
    assert texts == [vosk.Config(8000), vosk.Eof()]
    assert f"8787{server_vosk.PATH}" in page


WHATS = (
    turns.Say(("好",), 3500, first=True),
    turns.Say(("好",), 3500),
    turns.Wait(1),
    turns.GoOn(),
    turns.Hush(),
    turns.Connect("sales"),
    turns.Bye(),
)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_guide_to_a_platform_names_its_path_and_actions(name: str) -> None:
    page, platform = guide(PLATFORM_GUIDES[name]), PLATFORMS[name]
    assert f"8787{platform.path}?" in page
    (first,) = [json.loads(told) for told in re.findall(rf"{platform.path}\?[^\n]* -d '(\{{.*\}})'", page)]
    asked = platform.read(first, {})
    assert isinstance(asked.told[0], Started)
    answers = [platform.write(what, asked, {}) for what in WHATS]
    for answer in answers:
        action = (answer["data"] if "result" in answer else answer).get("action")
        assert action is None or f"`{action}`" in page


def test_the_guide_to_smartivr_names_its_notifications() -> None:
    for name in _NOTIFIED.keys() - {"start_asr_result", "stop_asr_result"}:
        assert f"`{name}`" in guide("smartivr")


def test_the_ncco_of_a_guide_is_understood() -> None:
    ((connect,),) = (json.loads(block) for block in blocks(guide("vonage"), "json"))
    (endpoint,) = connect["endpoint"]
    assert endpoint["uri"].startswith("wss://bot.example/vonage?")
    first = {"event": "websocket:connected", "content-type": endpoint["content-type"], **endpoint["headers"]}
    (start,) = GATEWAYS["vonage"].codec({}).receive(json.dumps(first))
    assert isinstance(start, Started)
    assert start.call_id
    assert (start.caller, start.params["script"]) == ("8613800001234", "phone-robot")


def test_the_hooks_of_mod_audio_stream_know_our_words() -> None:
    page = guide("audiostream")
    codec = AudioStream()
    (start,) = codec.receive(re.findall(r"8k (\{.*\})$", page, re.MULTILINE)[0])
    assert isinstance(start, Started)
    (play, mark, clear, end) = (codec.send(order) for order in (Send(bytes(16000)), Mark("e0:1"), Clear(), HangUp()))
    assert not mark
    assert '"streamAudio"' in str(play[0])
    for word in (clear[0], end[0]):
        assert f"""find('"{json.loads(word)["type"]}"'""" in page


def test_the_dial_strings_of_asterisk_are_understood() -> None:
    page = guide("asterisk")
    dialled = re.findall(r"Dial\(WebSocket/huashu/c\((\w+)\)f\(json\)v\((.*)\)\)$", page, re.MULTILINE)
    assert len(dialled) == 2
    for codec, variables in dialled:
        query = dict(pair.split("=", 1) for pair in variables.split(","))
        (start,) = Asterisk(query).receive(f"MEDIA_START channel:c format:{codec} optimal_frame_size:320")
        assert isinstance(start, Started)
        assert start.params["script"] == "phone-robot"
        assert start.caller
        assert start.call_id == "${UNIQUEID}"


def test_the_fork_command_has_its_arguments_and_metadata() -> None:
    page = guide("freeswitch")
    (typed,) = [
        line for block in blocks(page, "text") for line in block.splitlines() if line.startswith("uuid_audio_fork")
    ]
    in_dialplan = re.search(r"\$\{uuid_audio_fork\((.*)\)\}", page)
    assert in_dialplan
    for command in (typed.removeprefix("uuid_audio_fork "), in_dialplan[1].replace("&quot;", '"')):
        _, *arguments = command.split(" ")
        assert len(arguments) == 9
        (start,) = GATEWAYS["fork"].codec({}).receive(arguments[5])
        assert isinstance(start, Started)
        assert start.call_id
        assert start.caller
        assert start.params["script"] == "phone-robot"


def test_the_verb_of_jambonz_asks_for_what_is_needed() -> None:
    (verbs,) = blocks(guide("jambonz"), "json")
    listen, last = json.loads(verbs)
    assert listen["bidirectionalAudio"] == {"enabled": True, "streaming": True, "sampleRate": listen["sampleRate"]}
    assert last == {"verb": "hangup"}
