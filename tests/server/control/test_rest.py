"""Commands to vendors by REST: what each is asked, and what its answers mean. The vendor is a small server of ours."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr
from websockets.asyncio.client import connect

from engine.calls.events import Answered, Dialed, Event, Failed, HungUp, Ringing
from server.control import rest as control
from server.control.port import Command, ControlError
from server.control.rest import VENDORS, RestControl, vendors
from server.gateways import wire
from server.gateways.far.stream import StreamEnd
from server.gateways.statuses import leg_of
from server.gateways.vendors import VENDORS as STREAMS
from server.settings import Settings
from tests.server.control.vendor import Asked, Rest, rest
from tests.server.live.remains import left_behind
from tests.server.live.serving import TOKEN, Gateway, serving

PRIVATE = generate_private_key(65537, 2048)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
DIAL = '<?xml version="1.0" encoding="UTF-8"?><Response><Dial><Number>+861088886666</Number></Dial></Response>'
CALL = "v3:a/b"
BASIC = "Basic " + b64encode(b"me:own").decode()


@pytest.fixture
def there() -> Iterator[Rest]:
    with rest() as running:
        yield running


def settings(url: str) -> Settings:
    own = SecretStr("own")
    return Settings.model_validate({
        "public_url": "https://bot.example/",
        "transfers": "sales=+861088886666,desk=sip:600@pbx.example",
        "twilio_api": url, "twilio_account": "me", "twilio_auth_token": own,
        "signalwire_api": url, "signalwire_project": "me", "signalwire_token": own,
        "telnyx_api": url, "telnyx_api_key": own,
        "plivo_api": url, "plivo_auth_id": "me", "plivo_auth_token": own,
        "vonage_api": url, "vonage_application": "me", "vonage_private_key": SecretStr(PEM),
    })  # fmt: skip


def order(there: Rest, gateway: str, command: Command) -> Asked:
    asyncio.run(RestControl(gateway, settings(there.url)).carry_out(wire.Started(CALL), command))
    return there.asked[-1]


NAME = "v3%3Aa%2Fb"
PATHS = {
    "twilio": f"/2010-04-01/Accounts/me/Calls/{NAME}.json",
    "signalwire": f"/api/laml/2010-04-01/Accounts/me/Calls/{NAME}.json",
    "telnyx": f"/v2/calls/{NAME}/actions",
    "plivo": f"/v1/Account/me/Call/{NAME}/",
    "vonage": f"/v1/calls/{NAME}",
}
VONAGE_TRANSFER = {
    "action": "transfer",
    "destination": {
        "type": "ncco",
        "ncco": [
            {
                "action": "connect",
                "endpoint": [{"type": "phone", "number": "861088886666"}],
                "eventUrl": ["https://bot.example/vonage/status?leg=person"],
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("gateway", "command", "method", "path", "body"),
    [
        ("twilio", wire.HangUp("goodbye"), "POST", "", {"Status": "completed"}),
        ("twilio", wire.Transfer("sales"), "POST", "", {"Twiml": DIAL}),
        ("signalwire", wire.HangUp("goodbye"), "POST", "", {"Status": "completed"}),
        (
            "signalwire",
            wire.Transfer("sales"),
            "POST",
            "",
            {"Url": "https://bot.example/signalwire/transfer?to=sales", "Method": "POST"},
        ),
        ("telnyx", wire.HangUp("goodbye"), "POST", "/hangup", {}),
        ("telnyx", wire.Keys("12#"), "POST", "/send_dtmf", {"digits": "12#"}),
        (
            "telnyx",
            wire.Transfer("desk"),
            "POST",
            "/transfer",
            {"to": "sip:600@pbx.example", "target_leg_client_state": leg_of(CALL), "timeout_secs": 20},
        ),
        ("plivo", wire.HangUp("goodbye"), "DELETE", "", {}),
        (
            "plivo",
            wire.Transfer("sales"),
            "POST",
            "",
            {"legs": "aleg", "aleg_url": "https://bot.example/plivo/transfer?to=sales", "aleg_method": "POST"},
        ),
        ("vonage", wire.HangUp("goodbye"), "PUT", "", {"action": "hangup"}),
        ("vonage", wire.Keys("12#"), "PUT", "/dtmf", {"digits": "12#"}),
        ("vonage", wire.Transfer("sales"), "PUT", "", VONAGE_TRANSFER),
    ],
)
def test_each_vendor_is_asked_in_its_own_way(
    there: Rest, gateway: str, command: Command, *, method: str, path: str, body: dict[str, Any]
) -> None:
    asked = order(there, gateway, command)
    assert (asked.method, asked.path, asked.body) == (method, PATHS[gateway] + path, body)
    if gateway in ("twilio", "signalwire", "plivo"):
        assert asked.authorization == BASIC


def test_telnyx_is_shown_the_key_and_vonage_a_token_of_a_minute(there: Rest) -> None:
    assert order(there, "telnyx", wire.HangUp()).authorization == "Bearer own"
    scheme, _, token = order(there, "vonage", wire.HangUp()).authorization.partition(" ")
    claims = jwt.decode(token, PRIVATE.public_key(), ["RS256"])
    assert (scheme, claims["application_id"], claims["exp"] - claims["iat"]) == ("Bearer", "me", 60)


OVER: dict[str, tuple[int, object]] = {
    "twilio": (404, {"code": 20404, "message": "not found"}),
    "signalwire": (404, {"code": "20404"}),
    "telnyx": (422, {"errors": [{"code": "90018", "title": "Call has already ended"}]}),
    "plivo": (404, {"error": "call not found"}),
    "vonage": (404, {"type": "https://developer.nexmo.com", "title": "Not found"}),
}


@pytest.mark.parametrize("gateway", OVER)
def test_a_call_that_is_over_is_hung_up_already_but_cannot_be_transferred(there: Rest, gateway: str) -> None:
    there.status, there.answer = OVER[gateway]
    order(there, gateway, wire.HangUp("goodbye"))
    with pytest.raises(ControlError, match="the call is over"):
        order(there, gateway, wire.Transfer("sales"))


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (401, {"code": 20003}, r"Twilio does not take our credentials \(401\)"),
        (400, {"code": 21205, "message": "to +8613800001234"}, r"Twilio answered 400 \(21205\)$"),
        (500, ["?"], "Twilio answered 500$"),
        (503, "busy", "Twilio answered 503$"),
    ],
)
def test_what_a_vendor_refuses_is_told_without_its_words(there: Rest, status: int, answer: object, why: str) -> None:
    there.status, there.answer = status, answer
    with pytest.raises(ControlError, match=why):
        order(there, "twilio", wire.HangUp("goodbye"))


def test_a_vendor_that_does_not_answer_is_not_waited_for(there: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "ASK_SECONDS", 0.1)
    there.go_on.clear()
    with pytest.raises(ControlError, match=r"Twilio did not answer within 0\.1 s"):
        order(there, "twilio", wire.HangUp("goodbye"))


def test_a_vendor_that_is_not_there() -> None:
    with pytest.raises(ControlError, match="Plivo cannot be reached"):
        order(Rest("http://127.0.0.1:9"), "plivo", wire.HangUp("goodbye"))


def test_who_is_unknown_is_not_called(there: Rest) -> None:
    with pytest.raises(ControlError, match="HUASHU_TRANSFERS does not say who 'nobody' is"):
        order(there, "telnyx", wire.Transfer("nobody"))
    assert not there.asked


def test_only_whose_credentials_are_set_is_there() -> None:
    assert set(vendors(settings("https://api.example"))) == set(VENDORS)
    assert vendors(Settings()) == {}
    assert set(vendors(Settings(telnyx_api_key=SecretStr("own")))) == {"telnyx"}
    assert vendors(Settings(twilio_auth_token=SecretStr("own"))) == {}, "which checks webhooks, and no more"


def transferred(there: Rest, *said: Event, of: str = CALL) -> str:
    """What becomes of a transfer by Telnyx, whose webhooks say this of the person; empty when he has the call."""
    key = SecretStr("a2V5")
    telnyx = RestControl("telnyx", settings(there.url).model_copy(update={"telnyx_public_key": key}))

    async def say() -> None:
        for event in said:
            telnyx.person_said(of, event)

    async def run() -> str:
        order = telnyx.carry_out(wire.Started(CALL), wire.Transfer("sales"))
        (problem, _) = await asyncio.gather(order, say(), return_exceptions=True)
        return str(problem or "")

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ((Ringing(0), Answered(0)), ""),
        ((Answered(0), HungUp(0)), ""),
        ((Dialed(0), Failed(0, 486, reason="user_busy")), "user_busy (486)"),
        ((Failed(0, reason="timeout"), Answered(0)), "timeout"),
        ((HungUp(0),), "no answer"),
    ],
)
def test_a_person_whom_telnyx_calls_is_waited_for(there: Rest, said: tuple[Event, ...], why: str) -> None:
    assert transferred(there, *said) == why


def test_a_vendor_who_tells_nothing_of_the_person_has_connected_him(
    there: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "PERSON_SECONDS", 0.1)
    assert transferred(there, Failed(0, 486), of="another call") == ""


def test_what_can_be_ordered() -> None:
    can = {name: each.can(wire.Started("c1")) for name, each in vendors(settings("https://api.example")).items()}
    assert {name for name, kinds in can.items() if wire.Keys in kinds} == {"telnyx", "vonage"}
    assert all({wire.Transfer, wire.HangUp} <= kinds for kinds in can.values())
    assert RestControl("vonage", settings("https://api.example")).can(wire.Started("")) == frozenset()


def test_a_private_key_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "private.key").write_text(PEM)
    told = Settings.model_validate({"vonage_private_key": str(tmp_path / "private.key")})
    assert told.vonage_private_key.get_secret_value() == PEM
    with pytest.raises(ValueError, match="should be a private key"):
        Settings.model_validate({"vonage_private_key": str(tmp_path / "no.key")})


def test_a_key_that_is_none_is_told(there: Rest) -> None:
    wrong = settings(there.url).model_copy(update={"vonage_private_key": SecretStr("-----BEGIN NOTHING-----")})
    with pytest.raises(ControlError, match="the private key of Vonage is none"):
        asyncio.run(RestControl("vonage", wrong).carry_out(wire.Started(CALL), wire.HangUp()))


# --- on a running server ---------------------------------------------------------------------------------------------


def test_a_caller_who_wants_a_person_is_transferred_and_the_rest_of_another_call_is_hung_up(
    there: Rest, tmp_path: Path
) -> None:
    given = {"twilio_api": there.url, "twilio_account": "me", "twilio_auth_token": SecretStr("own")}
    with serving(tmp_path, transfers="sales=+861088886666", **given) as server:

        async def call(call_id: str, presses: str) -> None:
            async with connect(server.url(f"/twilio/{TOKEN}")) as socket:
                gateway = Gateway(server, socket)
                gateway.end = StreamEnd()  # type: ignore[assignment]
                await gateway.send(*gateway.end.open_messages(call_id, {}))
                await gateway.until(lambda each: each.spoken > 0)
                session = next(iter(server.desk.sessions.values()))
                if presses:
                    server.loop.call_soon_threadsafe(session.told, wire.Text("转人工", 0.9))
                else:
                    server.loop.call_soon_threadsafe(server.desk.wind_up, "the test is over")
                await gateway.until(lambda each: each.closed is not None)

        asyncio.run(call("CA-person", "转人工"))
        (told,) = left_behind(server)
        assert (told["facts"]["transfer"], told["gateway"]) == ("ok", "twilio")
        assert [each.body for each in there.asked] == [{"Twiml": DIAL}]
        asyncio.run(call("CA-bye", ""))
        left_behind(server)
        assert there.asked[-1].path.endswith("/Calls/CA-bye.json")
        assert there.asked[-1].body == {"Status": "completed"}


def test_a_person_who_does_not_take_the_call_gives_it_back_to_the_bot(there: Rest, tmp_path: Path) -> None:
    key = SecretStr(b64encode(bytes(32)).decode())
    given = {"telnyx_api": there.url, "telnyx_api_key": SecretStr("own"), "telnyx_public_key": key}
    busy = {"call_control_id": "v3:leg", "hangup_cause": "user_busy", "client_state": leg_of("v3:c")}
    with serving(tmp_path, transfers="sales=+861088886666", **given) as server:

        async def call() -> None:
            async with connect(server.url(f"/telnyx/{TOKEN}")) as socket:
                gateway = Gateway(server, socket)
                gateway.end = StreamEnd(STREAMS["telnyx"])  # type: ignore[assignment]
                await gateway.send(*gateway.end.open_messages("v3:c", {}))
                await gateway.until(lambda each: each.spoken > 0)
                session = next(iter(server.desk.sessions.values()))
                server.loop.call_soon_threadsafe(session.told, wire.Text("转人工", 0.9))
                await gateway.until(lambda _: bool(there.asked))
                async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
                    told = {"data": {"event_type": "call.hangup", "payload": busy}}
                    assert (await client.post(server.url("/telnyx/status", "http"), json=told)).status_code == 204
                await gateway.until(lambda each: each.closed is not None)

        asyncio.run(call())
        (told,) = left_behind(server)
        assert (told["facts"]["transfer"], told["gateway"], told["ended_by"]) == ("failed", "telnyx", "bot")
        assert "nobody took the call: user_busy" in (server.records[0] / "transcript.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("gateway", "kind"), [("signalwire", "Sip"), ("plivo", "User")])
def test_a_vendor_asks_whom_to_connect_the_call_to(tmp_path: Path, gateway: str, kind: str) -> None:
    with serving(tmp_path, transfers="desk=sip:600@pbx.example") as server:
        token = {"Authorization": f"Bearer {TOKEN}"}
        url = server.url(f"/{gateway}/transfer?to=", "http")
        answer = httpx.post(url + "desk", headers=token, data={"CallSid": "1"})
        assert f"<Dial><{kind}>sip:600@pbx.example</{kind}></Dial>" in answer.text
        assert httpx.post(url + "nobody", headers=token).status_code == 404
        assert httpx.post(url + "desk").status_code == 401


def test_the_leg_of_a_person_is_no_call_of_ours(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        token = {"Authorization": f"Bearer {TOKEN}"}
        told = {"uuid": "leg-1", "status": "busy"}
        url = server.url("/vonage/status?leg=person", "http")
        assert httpx.post(url, headers=token, json=told).status_code == 204
        assert not server.records
