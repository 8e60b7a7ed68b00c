"""Vendors by HTTP and by WebSocket: who may ask, what is answered, and what is kept of what they tell."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook
from websockets.asyncio.client import connect

from server.gateways.credentials import twilio_signature
from server.gateways.far.stream import StreamEnd
from server.gateways.signatures import plivo_signature
from server.gateways.vendors import VENDORS
from server.live.record import SUMMARY
from server.logs import ACTIONS, LEAD, NETWORK
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
            await gateway.until(lambda each: each.spoken > 0)
            await gateway.send(*gateway.end.stop())
            return await gateway.until(lambda each: each.closed is not None)

    assert asyncio.run(stream()).spoken
    assert asyncio.run(stream()).closed == (1008, "no valid credential")


def test_a_signed_upgrade_needs_no_ticket(server: LiveServer) -> None:
    async def stream() -> Gateway:
        signed = {"X-Twilio-Signature": twilio_signature(SECRET, "wss://bot.example/twilio")}
        async with connect(server.url("/twilio"), additional_headers=signed) as socket:
            gateway = Gateway(server, socket)
            gateway.end = StreamEnd()  # type: ignore[assignment]
            await gateway.send(*gateway.end.open_messages("CA8", {}))
            return await gateway.until(lambda each: each.spoken > 0)

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
    (line,) = (folder / NETWORK).read_text().splitlines()
    assert json.loads(line)["said"] == {"CallStatus": status, "SipResponseCode": code}


def test_without_a_signature_the_token_will_do(server: LiveServer) -> None:
    answer = httpx.post(server.url(f"/twilio/voice?token={TOKEN}", "http"), data=CALL)
    assert "<Stream" in answer.text
    assert TOKEN not in answer.text


def test_a_form_without_a_call_is_told_so(server: LiveServer) -> None:
    answer = post(server, "/twilio/voice", {"CallStatus": "ringing"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "CallSid is missing"})


# --- the other vendors -----------------------------------------------------------------------------------------------

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OWN = "own-secret"
WHSEC = "whsec_" + b64encode(b"an outcome's own secret").decode()


def now_s() -> int:
    return int(datetime.now(UTC).timestamp())


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    secrets = dict.fromkeys(("signalwire_signing_key", "plivo_auth_token", "vonage_signature_secret"), SecretStr(OWN))
    key = SecretStr(b64encode(KEY.public_key().public_bytes_raw()).decode())
    folder = tmp_path_factory.mktemp("vendors")
    given = {**secrets, "telnyx_public_key": key, "outcome_secret": SecretStr(WHSEC)}
    with serving(folder, public_url=PUBLIC, **given) as running:
        yield running


def by_signalwire(path: str, body: bytes) -> dict[str, str]:
    form = parse_qsl(body.decode(), keep_blank_values=True)
    return {"X-SignalWire-Signature": twilio_signature(OWN, PUBLIC + path, form)}


def by_telnyx(path: str, body: bytes) -> dict[str, str]:
    at = str(now_s())
    signed = KEY.sign(at.encode() + b"|" + body)
    return {"Telnyx-Timestamp": at, "Telnyx-Signature-Ed25519": b64encode(signed).decode()}


def by_plivo(path: str, body: bytes) -> dict[str, str]:
    nonce, form = uuid4().hex, parse_qsl(body.decode(), keep_blank_values=True)
    signed = plivo_signature(OWN, PUBLIC + path, form, nonce)
    return {"X-Plivo-Signature-V3": signed, "X-Plivo-Signature-V3-Nonce": nonce}


def by_vonage(path: str, body: bytes) -> dict[str, str]:
    claims = {"iat": now_s(), "jti": uuid4().hex, "payload_hash": sha256(body).hexdigest()}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signed = urlsafe_b64encode(hmac.digest(OWN.encode(), text, "sha256")).rstrip(b"=")
    return {"Authorization": f"Bearer {(text + b'.' + signed).decode()}"}


def by_standard(path: str, body: bytes) -> dict[str, str]:
    at, name = datetime.now(UTC), f"msg_{uuid4().hex}"
    signed = Webhook(WHSEC).sign(name, at, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signed}


OUTBOUND = {"from": "+862161234567", "to": "+8613800001234"}
"""Our own number, and that of the person."""


def telnyx(call_id: str, **payload: str) -> dict[str, object]:
    told = {"call_control_id": call_id, "direction": "outgoing", **OUTBOUND, **payload}
    return {"data": {"event_type": "call.hangup", "payload": told}}


Sign = Callable[[str, bytes], dict[str, str]]
FAILED: dict[str, tuple[str, Sign, Callable[[str], dict[str, object]], str]] = {
    "signalwire": (
        "/signalwire/status?trunk=gz",
        by_signalwire,
        lambda call_id: {
            "CallSid": call_id,
            "CallStatus": "busy",
            "SipResultCode": "486",
            "Direction": "outbound-api",
            "From": OUTBOUND["from"],
            "To": OUTBOUND["to"],
        },
        "busy",
    ),
    "telnyx": (
        "/telnyx/status",
        by_telnyx,
        lambda call_id: telnyx(call_id, hangup_cause="not_found", sip_hangup_cause="404"),
        "invalid_number",
    ),
    "texml": (
        "/telnyx/status",
        by_telnyx,
        lambda call_id: {
            "CallSid": call_id,
            "CallStatus": "no-answer",
            "HangupSource": "callee",
            "Direction": "outbound-api",
            "From": OUTBOUND["from"],
            "To": OUTBOUND["to"],
        },
        "no_answer",
    ),
    "plivo": (
        "/plivo/status?trunk=gz",
        by_plivo,
        lambda call_id: {
            "CallUUID": call_id,
            "CallStatus": "busy",
            "HangupCauseName": "Busy Line",
            "Direction": "outbound",
            "From": "862161234567",
            "To": "8613800001234",
        },
        "busy",
    ),
    "vonage": (
        "/vonage/status",
        by_vonage,
        lambda call_id: {
            "uuid": call_id,
            "status": "rejected",
            "detail": "declined",
            "direction": "outbound",
            "from": "862161234567",
            "to": "8613800001234",
        },
        "rejected",
    ),
    "outcome": (
        "/outcome",
        by_standard,
        lambda call_id: {"call_id": call_id, "sip": 480, "header": "Q.850;cause=20", "caller": OUTBOUND["to"]},
        "unreachable_or_off",
    ),
}
FORMS = ("signalwire", "texml", "plivo")
each_vendor = pytest.mark.parametrize("vendor", FAILED)


def webhook(vendor: str, call_id: str) -> tuple[str, bytes, dict[str, str]]:
    path, sign, told, _ = FAILED[vendor]
    form = vendor in FORMS
    body = (urlencode(told(call_id)) if form else json.dumps(told(call_id))).encode()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    return path, body, {"Content-Type": kind, **sign(path, body)}


def send(server: LiveServer, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    return httpx.post(server.url(path, "http"), content=body, headers=dict(headers)).status_code


def named(server: LiveServer, call_id: str) -> list[Path]:
    return [path for path in server.records if path.name == call_id]


@each_vendor
def test_each_vendor_tells_that_nobody_answered(vendors: LiveServer, vendor: str) -> None:
    assert send(vendors, *webhook(vendor, f"{vendor}-1")) == 204
    (folder,) = named(vendors, f"{vendor}-1")
    told = json.loads((folder / SUMMARY).read_text())
    assert told["disposition"] == FAILED[vendor][3]
    assert told["gateway"] == ("telnyx" if vendor == "texml" else vendor)
    kept = "".join(path.read_text() for path in folder.iterdir() if path.name not in (LEAD, ACTIONS))
    assert "13800001234" not in kept
    assert json.loads((folder / LEAD).read_text())["number"].lstrip("+") == "8613800001234"


@each_vendor
def test_a_webhook_that_is_played_again_changes_nothing(
    vendors: LiveServer, vendor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request = webhook(vendor, f"{vendor}-2")
    assert [send(vendors, *request) for _ in range(2)] == [204, 204], "a vendor who repeats himself need not try again"
    (folder,) = named(vendors, f"{vendor}-2")
    assert len((folder / NETWORK).read_text().splitlines()) == 1
    assert "webhook_repeated" in capsys.readouterr().out


@each_vendor
@pytest.mark.parametrize("forged", ["unsigned", "changed", "elsewhere"])
def test_a_forged_webhook_of_any_vendor_changes_nothing(
    vendors: LiveServer, vendor: str, forged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, body, headers = webhook(vendor, f"{vendor}-3")
    if forged == "unsigned":
        headers = {"Content-Type": headers["Content-Type"]}
    elif forged == "changed":
        body = body.replace(b"-3", b"-4")
    elif vendor in ("telnyx", "texml", "vonage", "outcome"):  # they sign no address, so the name of another will not do
        path = "/plivo/status"
    else:
        path += "&trunk=bj"
    assert send(vendors, path, body, headers) == 401
    assert not named(vendors, f"{vendor}-3")
    assert not named(vendors, f"{vendor}-4")
    assert "webhook_refused" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/outcome", b"[]", "application/json", 400),
        ("/outcome", b"{", "application/json", 400),
        ("/outcome", b"{}", "application/json", 400),
        ("/telnyx/status", b'{"data": {}}', "application/json", 400),
        ("/twilio/status", b"CallStatus=busy", "application/x-www-form-urlencoded", 400),
        ("/plivo/status", b'{"CallUUID": "x"}', "application/json", 415),
        ("/vonage/status", b"x" * 70_000, "application/json", 413),
        ("/twilio/status", b"&".join([b"a=1"] * 300), "application/x-www-form-urlencoded", 400),
        ("/plivo/voice", b"To=1", "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_cannot_be_used_is_refused(vendors: LiveServer, path: str, body: bytes, kind: str, status: int) -> None:
    token = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    assert send(vendors, path, body, token) == status


def test_telnyx_is_given_a_stream_that_opens_once(vendors: LiveServer) -> None:
    path = "/telnyx/voice?script=phone-robot&name=%E7%8E%8B%E6%80%BB"
    body = urlencode({"CallSid": "v3:t", "From": "+8613812345678", "Direction": "inbound"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", **by_telnyx(path, body)}
    answer = httpx.post(vendors.url(path, "http"), content=body, headers=headers)
    stream = ET.fromstring(answer.text).find("Connect/Stream")  # noqa: S314  our own XML
    assert stream is not None
    address = urlsplit(str(stream.get("url")))
    told = dict(parse_qsl(address.query))
    assert (address.netloc, address.path) == ("bot.example", "/telnyx")
    assert (told["script"], told["name"], told["caller"]) == ("phone-robot", "王总", "+8613812345678")

    async def opened(call_id: str) -> tuple[int, str] | None:
        async with connect(vendors.url(f"/telnyx?{address.query}")) as socket:
            gateway = Gateway(vendors, socket)
            gateway.end = StreamEnd(VENDORS["telnyx"])  # type: ignore[assignment]
            await gateway.send(*gateway.end.open_messages(call_id, {}))
            await gateway.until(lambda each: each.spoken > 0)
            return gateway.closed

    assert asyncio.run(opened("v3:another")) == (1008, "no valid credential"), "and so it is spent"
    answer = httpx.post(vendors.url(path, "http"), content=body, headers={**headers, **by_telnyx(path, body)})
    found = re.search(r'url="wss://bot\.example/telnyx\?([^"]+)"', answer.text)
    assert found
    address = urlsplit("wss://bot.example/telnyx?" + unescape(found[1]))
    assert asyncio.run(opened("v3:t")) is None


def test_plivo_is_given_a_stream(vendors: LiveServer) -> None:
    path, body = "/plivo/voice?script=phone-robot", b"CallUUID=u9&From=8613812345678&To=86101&Direction=inbound"
    headers = {"Content-Type": "application/x-www-form-urlencoded", **by_plivo(path, body)}
    answer = httpx.post(vendors.url(path, "http"), content=body, headers=headers)
    (stream,) = ET.fromstring(answer.text)  # noqa: S314
    told = dict(parse_qsl(urlsplit(str(stream.text)).query))
    assert (told["script"], told["caller"]) == ("phone-robot", "8613812345678")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_vonage_is_given_a_socket(vendors: LiveServer, method: str) -> None:
    told = {"from": "8613812345678", "to": "86101", "uuid": f"u-{method}", "conversation_uuid": "CON-1"}
    path = "/vonage/voice?script=phone-robot" + (f"&{urlencode(told)}" if method == "GET" else "")
    body = json.dumps(told).encode() if method == "POST" else b""
    headers = {"Content-Type": "application/json", **by_vonage(path, body)}
    answer = httpx.request(method, vendors.url(path, "http"), content=body, headers=headers)
    (action,) = answer.json()
    given = action["endpoint"][0]["headers"]
    assert (given["uuid"], given["script"], given["caller"]) == (f"u-{method}", "phone-robot", "8613812345678")
    assert "conversation_uuid" not in given


def test_where_no_line_is_free_each_is_told_in_its_own_way(tmp_path: Path) -> None:
    with serving(tmp_path) as full:
        full.desk.draining = True
        token = {"Authorization": f"Bearer {TOKEN}"}
        asked = {
            "twilio": ("CallSid", '<Reject reason="busy" />'),
            "telnyx": ("CallSid", '<Reject reason="busy" />'),
            "plivo": ("CallUUID", '<Hangup reason="busy" />'),
        }
        for vendor, (name, answer) in asked.items():
            assert answer in httpx.post(full.url(f"/{vendor}/voice", "http"), data={name: "1"}, headers=token).text
        assert httpx.post(full.url("/vonage/voice", "http"), json={"uuid": "1"}, headers=token).json() == []


@pytest.mark.parametrize(
    "path",
    ["/outcome", "/twilio/status", "/smartivr", "/audiosocket/ticket", "/asterisk/connect", "/asterisk/originate"],
)
def test_no_request_is_read_beyond_what_it_may_hold(vendors: LiveServer, path: str) -> None:
    """Not even one that does not say how long it is."""
    pieces = (b"a=%d&" % number + b"x" * 10_000 for number in range(8))
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(vendors.url(path, "http"), content=pieces, headers=headers).status_code == 413


def test_what_a_stranger_sends_is_not_kept_in_memory(vendors: LiveServer) -> None:
    pieces = (b" " * 10_000 for _ in range(8))
    assert httpx.post(vendors.url("/freeswitch/originate", "http"), content=pieces).status_code == 413
