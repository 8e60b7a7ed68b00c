"""Platforms that ask by HTTP what to do next: calls of each of them, and requests that none should send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx

from server.conformance.case import Case, FailedError, SkippedError
from server.conformance.line import LETTERS
from server.conformance.site import Site, with_query
from server.gateways.far.platforms import FAR_PLATFORMS
from server.gateways.far.turns import Entered, Fact, FarCall, Left, Over, Request, Said
from server.gateways.platforms import PLATFORMS
from server.gateways.turns import Bye
from server.gateways.wire import WireError

ANSWER_MS = 1_000
"""A person waits for each answer, on top of what the platform needs to speak."""
LATE_SECONDS = 10
HTTP = "RFC 9110 section 15: 5xx is an error of the server"
ALL = frozenset(PLATFORMS)
KINDS = ("notify", "method", "content_type", "input_type", "action")
"""Where a platform says what kind of request it sends."""


class Asking:
    """One platform at work in one call."""

    def __init__(self, client: httpx.AsyncClient, name: str, url: str, params: dict[str, str]) -> None:
        self.client, self.url, self._params = client, url, params
        self._far, self._by_form = FAR_PLATFORMS[name], PLATFORMS[name].by_form
        self._call = FarCall(uuid4().hex.translate(LETTERS), params)
        self._call.url = with_query(url, params) if name == "xswitch" else ""
        self.took_ms: list[float] = []
        self.over = False

    async def post(self, path: str = "", **how: Any) -> httpx.Response:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await self.client.post(with_query(self.url + path, self._params), **how)
        except httpx.TimeoutException:
            raise FailedError(f"no answer came within {LATE_SECONDS} s") from None
        except httpx.TransportError as broken:
            raise FailedError(f"an answer was expected, and the connection broke: {broken}") from None
        self.took_ms.append((loop.time() - began) * 1000)
        return answer

    async def send(self, request: Request, more: dict[str, Any] | None = None) -> httpx.Response:
        body = request.whole if request.whole is not None else {**request.told, **(more or {})}
        if self._by_form and request.whole is None:
            return await self.post(request.path, data=body)
        return await self.post(request.path, content=json.dumps(body, ensure_ascii=False).encode())

    def request(self, fact: Fact) -> Request | None:
        return self._far.ask(fact, self._call)

    async def tell(self, *facts: Fact, more: dict[str, Any] | None = None) -> None:
        """What happens in the call; each answer must be an order. Raises `FailedError`."""
        for fact in facts:
            request = self.request(fact)
            if request is None or self.over:
                continue
            answer = await self.send(request, more)
            if answer.status_code != httpx.codes.OK:
                raise FailedError(f"a request was refused with HTTP {answer.status_code}")
            if isinstance(fact, Left):
                return
            self._obey(answer)

    def _obey(self, answer: httpx.Response) -> None:
        try:
            told = answer.json()
            order = self._far.orders(told, self._call) if isinstance(told, dict) else None
        except (WireError, ValueError) as error:
            why = error.reason if isinstance(error, WireError) else "it is not JSON"
            raise FailedError(f"an answer orders something that the platform can do, and this did not: {why}") from None
        if order is None:
            raise FailedError("an answer is a JSON object, and this was none")
        self.over = isinstance(order, Bye)


@asynccontextmanager
async def asking(site: Site, name: str, token: str | None = None) -> AsyncIterator[Asking]:
    token = site.token if token is None else token
    params = site.params | ({"token": token} if token else {})
    async with httpx.AsyncClient(trust_env=False, timeout=LATE_SECONDS) as client:
        yield Asking(client, name, site.http(PLATFORMS[name].path), params)


_CALL: Sequence[Fact] = (Entered(), Over(), Said("你好"), Over(), Said("不用了"), Left())


async def call(site: Site, name: str) -> str:
    async with asking(site, name) as platform:
        await platform.tell(*_CALL)
        most_ms = max(platform.took_ms)
        if most_ms > ANSWER_MS:
            raise FailedError(f"an answer should come within {ANSWER_MS} ms, and one took {most_ms:.0f} ms")
        return f"{len(platform.took_ms)} answers, the slowest after {most_ms:.0f} ms"


async def again(site: Site, name: str) -> str:
    """A platform that heard no answer asks once more, word by word."""
    async with asking(site, name) as platform:
        for fact in (Entered(), Over(), Said("你好"), Left()):
            request = platform.request(fact)
            for _ in range(2 if request else 0):
                _no_error(await platform.send(request or Request({})), "a request that comes twice")
        return "each is answered"


async def unknown(site: Site, name: str) -> str:
    async with asking(site, name) as platform:
        await platform.tell(Entered(), more={"x_new": "1"})
        request = platform.request(Said("你好")) or Request({})
        kinds = {key: "x_new" for key in KINDS if key in request.told}
        _no_error(await platform.send(request, kinds), "a request of an unknown kind")
        await platform.tell(Said("你好"), Left(), more={"x_new": ""})
        return "the call goes on"


async def stranger(site: Site, name: str) -> str:
    async with asking(site, name) as platform:
        request = platform.request(Said("你好"))
        answer = await platform.send(request or Request({}))
        _no_error(answer, "a request in a call that does not exist")
        if leave := platform.request(Left()):
            await platform.send(leave)
        return f"answered with HTTP {answer.status_code}"


async def wrong_token(site: Site, name: str) -> str:
    if not site.token:
        raise SkippedError("give --token: without one nobody is turned away")
    async with asking(site, name, "this-token-is-wrong") as platform:
        answer = await platform.post(json={})
        if answer.status_code not in (401, 403):
            raise FailedError(f"a wrong token should be refused with 401 or 403, and it was with {answer.status_code}")
        return f"refused with HTTP {answer.status_code}"


BROKEN: Sequence[bytes] = (
    b"", b'{"notify": ', b"[]", b"5", b"\xff\xfe", b"[" * 50_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"{}",
    b'{"callid": {"a": 1}, "uuid": [], "call_id": 5, "notify": 7, "method": {}, "content": 5, "content_type": []}',
    b'{"callid": "' + b"x" * 5_000 + b'"}', b'{"callid": "\\ud83d", "call_id": "\\ud83d", "notify": "\\ud83d"}',
    b"call_id=%ff&content=%7B&content_type=%00", b"=&=&&;", b'{"callid": "a", "method": "input", "privatedata": {}}',
)  # fmt: skip


async def broken(site: Site, name: str) -> str:
    """No body that can be sent is an error of the server's own."""
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")
    async with asking(site, name) as platform:
        for kind in kinds:
            for body in BROKEN:
                answer = await platform.post(content=body, headers={"content-type": kind})
                _no_error(answer, f"{body[:30]!r} as {kind}")
        return f"{len(BROKEN) * len(kinds)} broken bodies are refused or ignored"


async def huge(site: Site, name: str) -> str:
    async with asking(site, name) as platform:
        answer = await platform.post(content=b'{"callid": "' + b"x" * (4 << 20) + b'"}')
        _no_error(answer, "a body of 4 MB")
        if answer.status_code == httpx.codes.OK:
            raise FailedError("a body of 4 MB should be refused, and it was answered with an action")
        return f"refused with HTTP {answer.status_code}"


async def other_methods(site: Site, name: str) -> str:
    async with asking(site, name) as platform:
        for method in ("GET", "PUT", "DELETE"):
            answer = await platform.client.request(method, platform.url, params=site.params)
            _no_error(answer, method)
        return "refused or ignored"


def _no_error(answer: httpx.Response, what: str) -> None:
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise FailedError(f"{what} came to HTTP {answer.status_code}, which is an error of the server's own")


CASES = (
    Case("turn-call", "a call is entered, heard out, spoken to and left; each answer is an action, and comes soon",
         "the platform's own page", call, ALL),
    Case("turn-again", "a request that comes twice is answered twice", "platforms ask again after a time-out", again,
         ALL),
    Case("turn-unknown", "kinds of requests and fields that nobody knows end nothing",
         "vendors add fields without a new version", unknown, ALL),
    Case("turn-stranger", "a request in a call that does not exist is answered", HTTP, stranger, ALL),
    Case("turn-wrong-token", "a wrong token is refused", "RFC 9110 section 15.5.2", wrong_token, ALL),
    Case("turn-broken", "broken bodies are refused or ignored, and no error of the server's own", HTTP, broken, ALL),
    Case("turn-huge", "a body of 4 MB is refused", "RFC 9110 section 15.5.14", huge, ALL),
    Case("turn-methods", "other methods than POST are no error of the server's own", HTTP, other_methods, ALL),
)  # fmt: skip
