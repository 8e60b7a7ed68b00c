"""Twilio by HTTP and by WebSocket: who may ask, what is answered, and what is kept of what it tells."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect

from server.gateways.credentials import twilio_signature
from server.gateways.far.stream import StreamEnd
from server.live.record import SUMMARY
from server.logs import NETWORK
from tests.server.live.serving import TOKEN, Gateway, LiveServer, serving

SECRET = "twilio-account-secret"
PUBLIC = "https://bot.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("data")
    with serving(folder, twilio_auth_token=SecretStr(SECRET), public_url=PUBLIC) as running:
        yield running


def post(server: LiveServer, path: str, form: Mapping[str, str], signature: str | None = None) -> httpx.Response:
    """Twilio signs the public address, whatever address the proxy before us calls."""
    signed = twilio_signature(SECRET, PUBLIC + path, form.items()) if signature is None else signature
    return httpx.post(server.url(path, "http"), data=dict(form), headers={"X-Twilio-Signature": signed})


CALL = {"CallSid": "CA7", "From": "+8613812345678", "CallStatus": "in-progress"}


def test_an_answered_call_is_joined_to_a_stream_that_knows_its_script(server: LiveServer) -> None:
    answer = post(server, "/twilio/voice?script=phone-robot&name=%E7%8E%8B%E6%80%BB", CALL)
    stream = ET.fromstring(answer.text).find("Connect/Stream")  # noqa: S314  our own XML
    assert stream is not None
    assert stream.get("url") == "wss://bot.example/twilio"
    params = {each.get("name"): each.get("value") for each in stream}
    assert (params["script"], params["name"], params["caller"]) == ("phone-robot", "王总", "+8613812345678")
    assert len(str(params["token"])) > 20


@pytest.mark.parametrize("signature", ["", "wrong", "AAAA"])
def test_a_forged_webhook_changes_nothing(server: LiveServer, signature: str) -> None:
    before = len(server.records)
    failed = {"CallSid": "CA-forged", "CallStatus": "busy", "SipResponseCode": "486"}
    assert post(server, "/twilio/status", failed, signature).status_code == 401
    assert post(server, "/twilio/voice", CALL, signature).status_code == 401
    assert len(server.records) == before


def test_the_stream_brings_the_ticket_it_was_given_once(server: LiveServer) -> None:
    ticket = re.search(r'name="token" value="([^"]+)"', post(server, "/twilio/voice", CALL).text)
    assert ticket

    async def stream() -> Gateway:
        async with connect(server.url("/twilio")) as socket:
            gateway = Gateway(server, socket)
            gateway.end = StreamEnd()  # type: ignore[assignment]
            await gateway.send(*gateway.end.open_messages("CA7", {"token": ticket[1]}))
            await gateway.until(lambda each: each.spoken > 0, 5)
            await gateway.send(*gateway.end.stop())
            return await gateway.until(lambda each: each.closed is not None, 5)

    assert asyncio.run(stream()).spoken
    assert asyncio.run(stream()).closed == (1008, "no valid credential")


def test_a_signed_upgrade_needs_no_ticket(server: LiveServer) -> None:
    async def stream() -> Gateway:
        signed = {"X-Twilio-Signature": twilio_signature(SECRET, "wss://bot.example/twilio")}
        async with connect(server.url("/twilio"), additional_headers=signed) as socket:
            gateway = Gateway(server, socket)
            gateway.end = StreamEnd()  # type: ignore[assignment]
            await gateway.send(*gateway.end.open_messages("CA8", {}))
            return await gateway.until(lambda each: each.spoken > 0, 5)

    assert asyncio.run(stream()).spoken


@pytest.mark.parametrize(
    ("status", "code", "disposition", "grade"),
    [("busy", "486", "busy", "E"), ("no-answer", "480", "no_answer", "E"), ("failed", "404", "invalid_number", "F")],
)
def test_a_call_that_nobody_answered_has_its_grade(
    server: LiveServer, status: str, code: str, disposition: str, grade: str
) -> None:
    form = {"CallSid": f"CA-{status}", "CallStatus": status, "SipResponseCode": code}
    assert post(server, "/twilio/status", form).status_code == 204
    assert post(server, "/twilio/status", form).status_code == 204
    (folder,) = [path for path in server.records if path.name == f"CA-{status}"]
    told = json.loads((folder / SUMMARY).read_text())
    assert (told["disposition"], told["grade"]) == (disposition, grade)
    assert len((folder / NETWORK).read_text().splitlines()) == 2


def test_without_a_signature_the_token_will_do(server: LiveServer) -> None:
    answer = httpx.post(server.url(f"/twilio/voice?token={TOKEN}", "http"), data=CALL)
    assert "<Stream" in answer.text
    assert TOKEN not in answer.text


def test_a_form_without_a_call_is_told_so(server: LiveServer) -> None:
    answer = post(server, "/twilio/voice", {"CallStatus": "ringing"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "the form has no CallSid"})
