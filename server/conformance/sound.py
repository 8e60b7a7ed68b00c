"""Sound in both directions: its form and pace from the bot, and any size and order of it from the caller."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from server.conformance.case import Case, FailedError, SkippedError
from server.conformance.dial import dial
from server.conformance.line import How, Line, Messages
from server.conformance.peers import ALL, BY_WEBSOCKET, PEERS
from server.conformance.site import Site
from server.gateways.far.stream import StreamEnd
from server.gateways.vendors import VENDORS

LISTENS_MS = 3_000
"""How long the pace of the bot's sound is judged."""
PROMPT_MS = 15_000
QUIET_MS = 300
"""Its form is judged until the first prompt is over, since its last message is the one that is odd."""
XOFF_MS = 2_000
GRACE_MS = 300
"""For what was under way."""


async def form(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.until(lambda: line.closed is not None or line.is_quiet(QUIET_MS), PROMPT_MS)
        line.lawful()
        if line.closed:
            raise FailedError(f"the line was closed with {line.closed} while the bot spoke")
        sizes = sorted({each.sound_bytes for each in line.sound})
        return f"{len(line.sound)} messages of sound, {sizes[0]} to {sizes[-1]} bytes each"


async def pace(site: Site, name: str) -> str:
    """Never further ahead than the gateway can hold."""
    async with dial(site, name) as line:
        await line.bot()
        await line.pause(LISTENS_MS)
        most_ms, ahead_ms = PEERS[name].ahead_ms, line.most_ahead_ms
        if most_ms and ahead_ms > most_ms:
            raise FailedError(f"the gateway holds {most_ms / 1000:g} s, and {ahead_ms / 1000:.1f} s were under way")
        return f"at most {ahead_ms / 1000:.1f} s ahead" + (f" of {most_ms / 1000:g} s" if most_ms else "")


async def rest_between_packets(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.pause(LISTENS_MS)
        sizes = [each.sound_bytes for each in line.sound]
        mean = sum(sizes) / len(sizes)
        if len(sizes) > 2 and mean < 1_000:
            raise FailedError(f"packets should hold 1600 bytes or more, and {len(sizes)} held {mean:.0f} on average")
        return f"{mean:.0f} bytes in a packet on average"


async def xoff(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        await line.bot()
        await line.pause(200)
        await line.send(json.dumps({"event": "MEDIA_XOFF", "channel_id": line.call_id}))
        await line.pause(GRACE_MS)
        before = len(line.sound)
        await line.pause(XOFF_MS)
        late = len(line.sound) - before
        await line.send(json.dumps({"event": "MEDIA_XON", "channel_id": line.call_id}))
        if late:
            raise FailedError(f"after MEDIA_XOFF nothing more should come, and {late} messages of sound came")
        if not await line.until(lambda: len(line.sound) > before, 2_000):
            raise SkippedError("the bot had nothing more to say when it was asked to wait; a longer prompt would tell")
        return "it waits, and goes on after MEDIA_XON"


# --- the caller ------------------------------------------------------------------------------------------------------


async def _tiny(line: Line) -> None:
    format_ = line.far.format
    for _ in range(100):
        await line.send(*line.far.audio(format_.silence * format_.sample_bytes))
    for _ in range(20):
        await line.send(*line.far.audio(format_.silence * (format_.frame_bytes // 2)))


async def _odd_sizes(line: Line) -> None:
    format_ = line.far.format
    for ms in (30, 7, 100, 1, 45, 20):
        samples = format_.rate_hz * ms // 1000
        await line.send(*line.far.audio(format_.silence * (samples * format_.sample_bytes)))


async def _huge(line: Line) -> None:
    await line.silence(4_000 if line.peer.name == "audiosocket" else 5_000)


async def _burst(line: Line) -> None:
    for _ in range(100):
        await line.silence(20)


async def _nothing(line: Line) -> None:
    for _ in range(3):
        await line.send(*line.far.audio(b""))


async def _gap(line: Line) -> None:
    await line.pause(1_000)


def _goes_on(does: Callable[[Line], Awaitable[None]], *, beats: bool = True) -> Callable[[Site, str], Awaitable[str]]:
    """The caller does this with their sound, and the call goes on."""

    async def play(site: Site, name: str) -> str:
        async with dial(site, name, How(beats=beats)) as line:
            await does(line)
            return await line.goes_on()

    return play


async def reordered(site: Site, name: str) -> str:
    async with dial(site, name, How(far=StreamEnd(VENDORS[name], swapped=True))) as line:
        await line.bot()
        return await line.goes_on(1_000)


def _doubled(messages: Messages) -> Messages:
    return [each for message in messages for each in ((message, message) if '"media"' in str(message) else (message,))]


async def duplicated(site: Site, name: str) -> str:
    async with dial(site, name, How(alter=_doubled)) as line:
        await line.bot()
        return await line.goes_on(1_000)


CASES = (
    Case("sound-form", "every message of sound has a form and size that the gateway plays", "the gateway's own page",
         form, ALL),
    Case("sound-pace", "sound is never further ahead than the gateway can hold",
         "Twilio error 31931, Asterisk's 1000 frames, Vonage's 3072 messages, Plivo's 40 s", pace, BY_WEBSOCKET),
    Case("packet-rate", "sound comes in packets that are not too small",
         "Genesys, Audio Connector: small packets are answered by 429", rest_between_packets, frozenset({"genesys"})),
    Case("xoff", "after MEDIA_XOFF nothing is sent until MEDIA_XON",
         "Asterisk, chan_websocket: beyond 1000 frames sound is dropped", xoff, frozenset({"asterisk"})),
    Case("tiny-frames", "frames of a sample and of 10 ms are taken", "Twilio: 20 ms are observed, not promised; "
         "Asterisk: the size follows the far peer", _goes_on(_tiny), ALL),
    Case("odd-frames", "frames of 1 to 100 ms, none like the other, are taken",
         "mod_audio_fork: what is late comes together", _goes_on(_odd_sizes), ALL),
    Case("huge-frame", "5 s of sound in one message are taken", "RFC 6455 section 5.2: up to 2^63 bytes; "
         "a gateway that hung sends what it has", _goes_on(_huge), ALL),
    Case("burst", "2 s of sound that come at once are taken", "asterisk issue 2115: a late burst", _goes_on(_burst),
         ALL),
    Case("empty-frames", "frames without sound are ignored", "RFC 6455 section 5.2: a payload may be empty",
         _goes_on(_nothing), BY_WEBSOCKET - {"fork", "jambonz"}),
    Case("no-frames", "a caller who sends no sound for 1 s is not lost",
         "Asterisk since 22.9: silence is not generated", _goes_on(_gap, beats=False), ALL),
    Case("reordered", "chunks that overtake each other are put in order or taken as they come",
         "Telnyx, media streaming: order is not guaranteed", reordered, frozenset({"telnyx"})),
    Case("duplicated", "a chunk that comes twice does no harm", "Telnyx, media streaming: chunk numbers", duplicated,
         frozenset(VENDORS)),
)  # fmt: skip
