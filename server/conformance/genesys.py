"""What Genesys alone asks of a server: an answer to the opening in time, a probe, numbers without a gap, last words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.conformance.case import Case, FailedError
from server.conformance.dial import dial
from server.conformance.line import How, Line
from server.conformance.site import Site
from server.gateways.far.genesys import GenesysEnd

OPENED_MS = 5_000
ANSWER_MS = 2_000
PAGE = "Genesys, AudioHook protocol version 2"
ONLY = frozenset({"genesys"})


def _told(line: Line) -> list[Mapping[str, Any]]:
    return [json.loads(each.message) for each in line.heard if isinstance(each.message, str)]


async def _answer(line: Line, type_: str, ms: float = ANSWER_MS) -> Mapping[str, Any]:
    """Wait for a message of this type. Raises `FailedError`."""

    def found() -> list[Mapping[str, Any]]:
        return [each for each in _told(line) if each.get("type") == type_]

    if not await line.until(lambda: bool(found()) or line.closed is not None, ms) or not found():
        came = ", ".join(str(each.get("type")) for each in _told(line)) or "nothing"
        raise FailedError(f"'{type_}' was expected within {ms / 1000:g} s, and there came {came}")
    return found()[-1]


async def opened(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        told = await _answer(line, "opened", OPENED_MS)
        at_ms = line.now_ms
        media = told.get("parameters", {}).get("media")
        if not isinstance(media, list) or len(media) != 1 or media[0].get("format") != "PCMU":
            raise FailedError("'opened' must name the one medium that was chosen of those offered")
        return f"after {at_ms:.0f} ms"


async def probe(site: Site, name: str) -> str:
    async with dial(site, name, How(far=GenesysEnd(probe=True))) as line:
        await _answer(line, "opened", OPENED_MS)
        await line.pause(500)
        if line.sound:
            raise FailedError("a probe has nobody on the line, and the bot speaks to it")
        await line.send(*line.far.stop())
        await _answer(line, "closed")
        line.lawful()
        return "opened and closed, and nothing is said to it"


async def pong(site: Site, name: str) -> str:
    far = GenesysEnd()
    async with dial(site, name, How(far=far)) as line:
        await _answer(line, "opened", OPENED_MS)
        for _ in range(3):
            await line.send(*far.ping())
        began_ms = line.now_ms
        await _answer(line, "pong")
        return f"answered after {line.now_ms - began_ms:.0f} ms"


async def numbers(site: Site, name: str) -> str:
    """The far end checks `seq`, `id` and `clientseq` of each message."""
    far = GenesysEnd()
    async with dial(site, name, How(far=far)) as line:
        await line.bot()
        for _ in range(3):
            await line.send(*far.ping(), *far.digit("1"))
            await line.pause(300)
        line.lawful()
        sent = [each.get("seq") for each in _told(line)]
        if sent != list(range(1, len(sent) + 1)):
            raise FailedError(f"seq must grow by one, and it was {sent}")
        return f"{len(sent)} messages are numbered without a gap"


async def closed(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.send(*line.far.stop())
        told = await _answer(line, "closed")
        line.lawful()
        if told.get("parameters") not in ({}, None):
            raise FailedError("'closed' has no parameters")
        return "'close' is answered by 'closed'"


async def asides(site: Site, name: str) -> str:
    """What Genesys tells beside a call: nothing of it is an error."""
    far = GenesysEnd()
    async with dial(site, name, How(far=far)) as line:
        await line.bot()
        for type_, parameters in _ASIDES:
            await line.send(*far.aside(type_, **parameters))
        return await line.goes_on()


_ASIDES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("paused", {}),
    ("resumed", {"start": "PT1S", "discarded": "PT1S"}),
    ("discarded", {"start": "PT1S", "discarded": "PT0.5S"}),
    ("update", {"language": "zh-CN"}),
    ("error", {"code": 429, "message": "Too Many Requests", "retryAfter": "PT2S"}),
)

CASES = (
    Case("genesys-opened", "'open' is answered by 'opened' within 5 s, with one medium", PAGE, opened, ONLY),
    Case("genesys-probe", "a connection probe is answered, and nothing is said to it", PAGE, probe, ONLY),
    Case("genesys-pong", "'ping' is answered by 'pong'", PAGE, pong, ONLY),
    Case("genesys-numbers", "messages are numbered without a gap", PAGE, numbers, ONLY),
    Case("genesys-closed", "'close' is answered by 'closed'", PAGE, closed, ONLY),
    Case("genesys-asides", "pauses, discarded sound and errors of Genesys end nothing", PAGE, asides, ONLY),
)
