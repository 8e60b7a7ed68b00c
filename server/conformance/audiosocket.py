"""What AudioSocket alone asks of a server: frames in any pieces, a pace of its own, a UUID as credential."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from uuid import uuid4

from server.conformance.case import Case, FailedError, SkippedError
from server.conformance.dial import dial
from server.conformance.line import How, Line, raw
from server.conformance.site import Site
from server.gateways.audiosocket import CALL, ERROR, HANG_UP, KEY, SOUND, frame
from server.gateways.wire import HangUp

ONLY = frozenset({"audiosocket"})
PAGE = "Asterisk, res_audiosocket"
LISTENS_MS = 2_000
AT_MOST = 0.15
"""More frames than time has room for by so much come too fast."""


async def pace(site: Site, name: str) -> str:
    """The far end has no queue: what comes early is played early."""
    async with dial(site, name) as line:
        await line.bot()
        await line.pause(LISTENS_MS)
        line.lawful()
        came = [each.at_ms for each in line.sound]
        sound_ms = sum(each.sound_bytes for each in line.sound) * 20 / line.far.format.frame_bytes
        passed_ms = came[-1] - came[0] + 20
        if sound_ms > passed_ms * (1 + AT_MOST) + 200:
            raise FailedError(f"sound must come as it is to be heard, and {sound_ms:.0f} ms came in {passed_ms:.0f} ms")
        widest_ms = max((later - earlier for earlier, later in pairwise(came)), default=0.0)
        return f"{sound_ms:.0f} ms of sound in {passed_ms:.0f} ms, at most {widest_ms:.0f} ms between two frames"


async def pieces(site: Site, name: str) -> str:
    """TCP knows no frames: they come byte by byte, or many at a time."""
    async with dial(site, name, How(beats=False)) as line:
        sound = frame(SOUND, bytes(320)) + frame(KEY, b"5") + frame(SOUND, bytes(320))
        for byte in sound:
            raw(line).writer.write(bytes([byte]))
            await asyncio.sleep(0.001)
        raw(line).writer.write(sound * 20)
        return await line.goes_on()


async def _survives(site: Site, name: str, *frames: bytes) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.send(*frames)
        found = await line.orderly()
    await _next(site, name)
    return f"{found}; the next call is taken"


async def _next(site: Site, name: str) -> None:
    async with dial(site, name) as after:
        await after.bot()


async def empty(site: Site, name: str) -> str:
    return await _survives(site, name, frame(SOUND), frame(KEY), frame(ERROR))


async def strange(site: Site, name: str) -> str:
    return await _survives(
        site, name, frame(0x42, b"?"), frame(ERROR, b"\x01"), frame(KEY, b"\xff"), frame(SOUND, b"x")
    )


async def cut_off(site: Site, name: str) -> str:
    """A frame that says more than ever comes."""
    async with dial(site, name, How(beats=False)) as line:
        await line.bot()
        raw(line).writer.write(frame(SOUND, bytes(320))[:100])
        await line.pause(200)
        line.wire.drop()
    await _next(site, name)
    return "the next call is taken"


async def hang_up(site: Site, name: str) -> str:
    """Asterisk closes the connection without it; others say it first."""
    async with dial(site, name, How(beats=False)) as line:
        await line.bot()
        await line.send(HANG_UP)
        ended_ms = line.now_ms
        await line.until(lambda: line.closed is not None, 1_500)
        late = [each for each in line.sound if each.at_ms > ended_ms + 200]
        if late:
            raise FailedError(f"after a hang-up nothing should be played, and {len(late)} frames of sound came")
        return f"nothing more is played, and the line is {'closed' if line.closed else 'left to the gateway'}"


async def no_uuid(site: Site, name: str) -> str:
    async with dial(site, name, How(starts=False)) as line:
        await line.send(frame(SOUND, bytes(320)) * 10)
        line.begin()
        await line.until(lambda: line.closed is not None or bool(line.sound), 2_000)
        return _nothing_said(line, "a call without a UUID")


async def unknown_uuid(site: Site, name: str) -> str:
    if not site.token:
        raise SkippedError("give --token: without one any UUID may call")
    async with dial(site, name, How(call=uuid4())) as line:
        await line.until(lambda: line.over or bool(line.sound), 2_000)
        return _nothing_said(line, "an unknown UUID")


def _nothing_said(line: Line, whom: str) -> str:
    if line.sound:
        raise FailedError(f"to {whom} nothing should be said, and the bot speaks")
    if line.times(HangUp):
        return "it hangs up"
    return f"the line is closed with {line.closed}" if line.closed else "nothing is said"


async def uuid_twice(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.send(frame(CALL, uuid4().bytes))
        return await line.orderly()


CASES = (
    Case("frame-pace", "frames come at the pace of speech, since nobody keeps a queue",
         "Asterisk, AudioSocket: each frame is written to the channel at once", pace, ONLY),
    Case("frame-pieces", "frames that come in pieces are put together", "RFC 9293: TCP is a stream", pieces, ONLY),
    Case("frame-empty", "frames without payload do no harm", PAGE, empty, ONLY),
    Case("frame-strange", "frames of unknown kinds, errors and half samples do no harm", PAGE, strange, ONLY),
    Case("frame-cut-off", "a frame that ends in the middle does no harm", PAGE, cut_off, ONLY),
    Case("frame-hang-up", "nothing is played after a hang-up frame", PAGE, hang_up, ONLY),
    Case("no-uuid", "nothing is said to a call that does not begin with its UUID", PAGE, no_uuid, ONLY),
    Case("unknown-uuid", "nothing is said to an unknown UUID", "the UUID is AudioSocket's only credential",
         unknown_uuid, ONLY),
    Case("uuid-twice", "a second UUID does no harm", PAGE, uuid_twice, ONLY),
)  # fmt: skip
