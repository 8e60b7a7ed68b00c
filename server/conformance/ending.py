"""How a call ends, in order or not: a late or a second stop, a line that breaks, a gateway that stops reading."""

from __future__ import annotations

import asyncio

from server.conformance.case import Case, FailedError
from server.conformance.dial import dial
from server.conformance.line import How
from server.conformance.peers import ALL
from server.conformance.site import Site
from server.conformance.wires import Opening

GRACE_MS = 400
"""For sound that was under way when the caller hung up."""
AFTER_MS = 1_200
DROPS = 5
HANGS_SECONDS = 5
"""A server that reads takes ten seconds of sound within this time."""
WITH_STOP = frozenset({"twilio", "telnyx", "signalwire", "exotel", "genesys", "huashu"})
"""Gateways that say that a call is over; the others close the line."""


async def nothing_after_stop(site: Site, name: str) -> str:
    async with dial(site, name, How(beats=False)) as line:
        await line.bot()
        await line.send(*line.far.stop())
        stopped_ms = line.now_ms
        await line.until(lambda: line.closed is not None, AFTER_MS)
        late = [each for each in line.sound if each.at_ms > stopped_ms + GRACE_MS]
        if late:
            raise FailedError(f"after the stop nothing should be played, and {len(late)} messages of sound came")
        return f"nothing more is played, and the line is {'closed' if line.closed else 'left to the gateway'}"


async def late_messages(site: Site, name: str) -> str:
    """A stop, and behind it what was already under way; then the stop once more."""
    async with dial(site, name, How(beats=False)) as line:
        await line.bot()
        await line.send(*line.far.stop())
        for _ in range(10):
            await line.silence(20)
        await line.send(*line.far.digit("1"), *line.far.stop())
        return await line.orderly()


async def stop_before_sound(site: Site, name: str) -> str:
    """Begun and ended in one breath."""
    async with dial(site, name, How(beats=False)) as line:
        await line.send(*line.far.stop())
        await line.pause(100)
    async with dial(site, name) as after:
        await after.bot()
    return "the next call is taken"


async def dropped(site: Site, name: str) -> str:
    for number in range(DROPS):
        async with dial(site, name) as line:
            await line.pause(60 * number)
            line.wire.drop()
            await line.pause(20)
    async with dial(site, name) as after:
        await after.bot()
    return f"after {DROPS} lines that broke the next call is taken"


async def not_read(site: Site, name: str) -> str:
    """A gateway that reads nothing more but goes on sending: the server must go on reading."""
    async with dial(site, name, How(opening=Opening(tight=True))) as line:
        await line.bot()
        line.reads = False
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                for _ in range(100):
                    await line.silence(100)
        except TimeoutError:
            raise FailedError(
                f"a server whose messages nobody reads should go on reading, and it took no 10 s of sound within "
                f"{HANGS_SECONDS} s"
            ) from None
        line.wire.drop()
    async with dial(site, name) as after:
        await after.bot()
    return "it goes on reading, and the next call is taken"


CASES = (
    Case("after-stop", "nothing is played after the caller has hung up", "the gateway's own page",
         nothing_after_stop, WITH_STOP),
    Case("late-stop", "sound behind the stop, and a second stop, do no harm", "Twilio, stop message; RFC 6455 7.4.1",
         late_messages, WITH_STOP),
    Case("stop-at-once", "a call that ends before the bot has spoken does no harm", "callers hang up at any time",
         stop_before_sound, ALL),
    Case("dropped-line", "a line that breaks without a word does no harm", "RFC 6455 section 7.1.7", dropped, ALL),
    Case("not-reading", "a gateway that reads nothing more does not stop the server from reading",
         "Asterisk, res_http_websocket: a write that waits 100 ms ends the call", not_read, ALL),
)  # fmt: skip
