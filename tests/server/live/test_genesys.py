"""Genesys over a real socket: who signs, what a probe is told, and how a session is left."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.gateways.credentials import SIGNED
from server.gateways.far.genesys import GenesysEnd
from server.live.doorman import wall_s
from tests.server.live.remains import left_behind
from tests.server.live.serving import TOKEN, Gateway, LiveServer, serving

KEY = "genesys-key"
SECRET = b"genesys-client-secret"
HOST = "bot.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("data")
    secret = SecretStr(base64.b64encode(SECRET).decode())
    with serving(
        folder, genesys_api_key=KEY, genesys_secret=secret, public_url=f"https://{HOST}", max_call_seconds=10
    ) as running:
        yield running


def signed(target: str = "/genesys", *, nonce: str = "nonce-of-22-characters!", age_s: int = 0) -> dict[str, str]:
    """What Genesys sends along when it opens `target`."""
    ids = {name: f"id-of-{name}" for name in SIGNED if name.startswith("audiohook")}
    values = {**ids, "@request-target": target, "@authority": HOST, "x-api-key": KEY}
    covered = " ".join(f'"{name}"' for name in SIGNED)
    params = f'({covered});keyid="{KEY}";nonce="{nonce}";alg="hmac-sha256";created={int(wall_s()) - age_s}'
    lines = [*(f'"{name}": {values[name]}' for name in SIGNED), f'"@signature-params": {params}']
    digest = base64.b64encode(hmac.new(SECRET, "\n".join(lines).encode(), hashlib.sha256).digest()).decode()
    return {**ids, "x-api-key": KEY, "signature-input": f"sig1={params}", "signature": f"sig1=:{digest}:"}


async def until_greeted(server: LiveServer, path: str, headers: dict[str, str], end: GenesysEnd) -> Gateway:
    async with connect(server.url(path), additional_headers=headers) as socket:
        gateway = Gateway(server, socket)
        gateway.end = end  # type: ignore[assignment]
        await gateway.send(*end.open_messages("g-one", {"script": "phone-robot"}))
        await gateway.until(lambda each: each.spoken > 0)
        await gateway.send(*end.stop())
        await gateway.until(lambda _: end.closed)
    return gateway


def test_a_signed_session_is_a_call_and_its_signature_is_good_once(server: LiveServer) -> None:
    headers = signed(nonce="nonce-that-is-used-twice")
    assert asyncio.run(until_greeted(server, "/genesys", headers, GenesysEnd())).spoken
    with pytest.raises(InvalidStatus, match="401"):
        asyncio.run(until_greeted(server, "/genesys", headers, GenesysEnd()))


@pytest.mark.parametrize(
    "headers",
    [
        dict,
        lambda: signed("/genesys?script=other", nonce="nonce-of-another-target"),
        lambda: signed(nonce="nonce-of-an-hour-ago....", age_s=3600),
        lambda: {**signed(nonce="nonce-of-another-caller"), "audiohook-session-id": "other"},
        lambda: {**signed(nonce="nonce-of-another-key...."), "x-api-key": "other"},
    ],
    ids=["unsigned", "another target", "an hour ago", "another caller", "another key"],
)
def test_nobody_else_is_let_in(server: LiveServer, headers: Callable[[], dict[str, str]]) -> None:
    """Signed just before: what was signed when the tests were collected would be too old by now."""
    with pytest.raises(InvalidStatus, match="401"):
        asyncio.run(until_greeted(server, "/genesys", headers(), GenesysEnd()))


def test_the_query_is_signed_too(server: LiveServer) -> None:
    target = "/genesys?script=phone-robot"
    assert asyncio.run(
        until_greeted(server, target, signed(target, nonce="nonce-of-a-whole-target"), GenesysEnd())
    ).spoken


def test_a_probe_is_answered_and_leaves_nothing_behind(server: LiveServer) -> None:
    before, end = set(server.records), GenesysEnd(probe=True)

    async def probe() -> None:
        async with connect(server.url(f"/genesys/{TOKEN}")) as socket:
            gateway = Gateway(server, socket)
            gateway.end = end  # type: ignore[assignment]
            await gateway.send(*end.open_messages("nobody", {}))
            await gateway.until(lambda _: end.opened)
            await gateway.send(*end.audio(bytes(1600)), *end.stop())  # silence, from nobody
            await gateway.until(lambda _: end.closed)

    asyncio.run(probe())
    assert end.closed
    assert left_behind(server, before) == []


def test_the_flow_is_given_what_the_call_came_to_and_closes_the_socket(server: LiveServer) -> None:
    before, end = set(server.records), GenesysEnd()

    async def call() -> Gateway:
        async with connect(server.url(f"/genesys/{TOKEN}")) as socket:
            gateway = Gateway(server, socket)
            gateway.end = end  # type: ignore[assignment]
            await gateway.send(*end.open_messages("g-left", {"script": "phone-robot"}))
            return await gateway.until(lambda _: end.closed)

    gateway = asyncio.run(call())
    assert gateway.hung_up is not None
    assert gateway.closed is None
    (summary,) = left_behind(server, before)
    assert end.output["grade"] == (summary["grade"] or "")
    assert end.output["disposition"] == summary["disposition"]
    assert summary["socket"] == ""


def test_a_call_that_is_not_taken_is_told_why_in_the_words_of_the_protocol(server: LiveServer) -> None:
    async def call() -> Gateway:
        end = GenesysEnd()
        async with connect(server.url(f"/genesys/{TOKEN}")) as socket:
            gateway = Gateway(server, socket)
            gateway.end = end  # type: ignore[assignment]
            await gateway.send(*end.open_messages("g-none", {"script": "no-such-script"}))
            return await gateway.until(lambda _: end.closed)

    assert "no-such-script" in str(asyncio.run(call()).hung_up)
