"""How a call begins: the upgrade, who is let in, and what may come before the first message."""

from __future__ import annotations

import asyncio
from statistics import median

from websockets.exceptions import InvalidStatus

from server.conformance.case import Case, FailedError, SkippedError
from server.conformance.dial import dial
from server.conformance.line import How, Line, Messages
from server.conformance.peers import ALL, BY_WEBSOCKET
from server.conformance.site import Address, Site, gateway_of
from server.conformance.wires import Opening, open_websocket

UPGRADE_MS = 300
WRONG = "this-token-is-wrong"
SILENT_MS = 1_500
"""Somebody who may not call must hear nothing for so long."""


async def plain_call(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        first_ms = await line.bot()
        await line.pause(1_000)
        line.lawful()
        if line.closed:
            raise FailedError(f"the line was closed with {line.closed} while the bot spoke")
        await line.send(*line.far.stop())
        await line.pause(100)
        began_ms = line.now_ms
        await line.wire.close()
        took_ms = line.now_ms - began_ms
        if took_ms > 1_900:
            raise FailedError("the close was not answered within 2 s")
        return f"the bot speaks after {first_ms:.0f} ms, and the caller hangs up in order"


async def upgrade(site: Site, name: str) -> str:
    """The best of several, so that a busy machine is not taken for a slow server, which is slow each time."""
    loop, took = asyncio.get_running_loop(), []
    for _ in range(5):
        address = site.address(gateway_of(name))
        began = loop.time()
        wire = await open_websocket(address, Opening(gateway_of(name).subprotocols[:1]))
        took.append((loop.time() - began) * 1000)
        wire.drop()
    if min(took) > UPGRADE_MS:
        raise FailedError(f"the upgrade was answered after {min(took):.0f} ms, {UPGRADE_MS} ms are a third of what "
                          "Asterisk waits by default")  # fmt: skip
    return f"answered after {median(took):.0f} ms"


async def subprotocol(site: Site, name: str) -> str:
    told = []
    for offered in gateway_of(name).subprotocols:
        wire = await open_websocket(site.address(gateway_of(name)), Opening([offered]))
        found = wire.socket.subprotocol
        wire.drop()
        if found != offered:
            raise FailedError(f"{offered} was offered, and {found or 'none'} came back")
        told.append(offered)
    return f"{' and '.join(told)} came back"


async def extensions(site: Site, name: str) -> str:
    wire = await open_websocket(
        site.address(gateway_of(name)), Opening(gateway_of(name).subprotocols[:1], deflate=True)
    )
    response = wire.socket.response
    found = response.headers.get("Sec-WebSocket-Extensions") if response else None
    wire.drop()
    if found:
        raise FailedError(f"no extension may be agreed on, and the server wants {found}")
    return "none is agreed on"


async def wrong_token(site: Site, name: str) -> str:
    if not site.token:
        raise SkippedError("give --token: without one nobody is turned away")
    try:
        wire = await open_websocket(site.address(gateway_of(name), WRONG, at_once=True), Opening())
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status in (401, 403):
            return f"refused with HTTP {status} before the stream"
        raise FailedError(f"a wrong token should be refused with HTTP 401 or 403, and it was with {status}") from None
    wire.drop()
    raise FailedError("a wrong token should be refused with HTTP 401 or 403, and the socket was opened")


async def no_token(site: Site, name: str) -> str:
    """Refused at once, or after the first message: but the bot may not speak."""
    if not site.token:
        raise SkippedError("give --token: without one nobody is turned away")
    bare = Address(site.url or site.base + gateway_of(name).path, params=site.params)
    try:
        async with dial(site, name, How(address=bare)) as line:
            await line.until(lambda: bool(line.sound) or line.closed is not None, SILENT_MS)
            if line.sound:
                raise FailedError("somebody without a token should hear nothing, and the bot speaks to them")
            return f"the line is closed with {line.closed}" if line.closed else "nothing is said to them"
    except InvalidStatus as refused:
        return f"refused with HTTP {refused.response.status_code} before the stream"


async def late_start(site: Site, name: str) -> str:
    async with dial(site, name, How(starts=False)) as line:
        await line.pause(1_500)
        return await _begun(line, line.far.open_messages(line.call_id, _address(site, name).params))


async def early_sound(site: Site, name: str) -> str:
    """Asterisk under load sends sound before MEDIA_START."""
    async with dial(site, name, How(starts=False)) as line:
        for _ in range(5):
            await line.silence(20)
        return await _begun(line, line.far.open_messages(line.call_id, _address(site, name).params))


async def no_metadata(site: Site, name: str) -> str:
    """The dialplan may give a fork no metadata: then there is sound alone."""
    gateway = gateway_of(name)
    address = site.address(gateway, at_once=True).asking({"script": site.script} if site.script else {})
    async with dial(site, name, How(starts=False, address=address)) as line:
        return await _begun(line, line.far.audio(line.far.format.silence * line.far.format.frame_bytes))


async def start_twice(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.send(*line.far.open_messages(line.call_id, _address(site, name).params))
        return await line.orderly()


async def fragments(site: Site, name: str) -> str:
    """Asterisk and FreeSWITCH do not fragment, but whoever stands between may."""
    async with dial(site, name, How(starts=False)) as line:
        for message in line.far.open_messages(line.call_id, _address(site, name).params):
            half = len(message) // 2
            await line.websocket.send([message[:half], message[half:]])
        return await _begun(line, ())


async def _begun(line: Line, messages: Messages) -> str:
    """Begin a call that was opened but not begun; the bot must speak."""
    await line.send(*messages)
    line.begin()
    await line.bot()
    return "the bot speaks"


def _address(site: Site, name: str) -> Address:
    return site.address(gateway_of(name))


_WITH_SUBPROTOCOL = frozenset(name for name in BY_WEBSOCKET if gateway_of(name).subprotocols)
_STRICT = frozenset({"asterisk", "fork", "jambonz", "audiostream"})

CASES = (
    Case("plain-call", "a call is begun, the bot speaks as this gateway needs it, the caller hangs up",
         "the gateway's own page", plain_call, ALL),
    Case("upgrade-time", "the upgrade is answered within 300 ms, before any slow work",
         "Asterisk, websocket_client.conf: connection_timeout, 500 ms by default", upgrade, BY_WEBSOCKET),
    Case("subprotocol", "the subprotocol that was offered comes back",
         "RFC 6455 section 4.2.2; Asterisk: media; mod_audio_fork: audio.drachtio.org", subprotocol, _WITH_SUBPROTOCOL),
    Case("no-extensions", "compression is not agreed on, though it is offered",
         "Asterisk, res_http_websocket, and FreeSWITCH's modules know no extensions", extensions, _STRICT),
    Case("wrong-token", "a wrong token is refused before the stream",
         "RFC 6455 section 4.2.2: refuse with an HTTP status", wrong_token, BY_WEBSOCKET),
    Case("no-token", "the bot does not speak to somebody without a token",
         "RFC 6455 section 10.5", no_token, BY_WEBSOCKET),
    Case("late-start", "a start that comes 1.5 s after the socket is in time",
         "Genesys and Twilio begin as soon as they can, under load that is later", late_start, BY_WEBSOCKET),
    Case("sound-before-start", "sound that comes before the start is no mistake",
         "asterisk issue 1712: 10 to 15 % of calls under load", early_sound, frozenset({"asterisk"})),
    Case("no-metadata", "a fork without metadata is a call",
         "mod_audio_fork and mod_audio_stream: metadata is optional", no_metadata, frozenset({"fork", "audiostream"})),
    Case("start-twice", "a second start is ignored or ends that call in order",
         "RFC 6455 section 7.4.1: 1011 is for errors of the server", start_twice, BY_WEBSOCKET),
    Case("fragments", "a message in fragments is one message",
         "RFC 6455 section 5.4", fragments, BY_WEBSOCKET),
)  # fmt: skip
