"""What becomes of what was sent: marks that come back, late, twice or never, and a caller who cuts in.

What a server makes of a mark is not on the wire. So it is played twice, once with the marks and once without, and what
the server does next is compared: that a clear gave a mark back must change nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from server.conformance.case import Case, FailedError, SkippedError
from server.conformance.dial import dial
from server.conformance.line import YIELDS_MS, How, Line
from server.conformance.peers import ALL, PEERS
from server.conformance.site import Site
from server.gateways.wire import Clear, Mark

INTO_MS = 500
"""So far into a prompt the caller cuts in."""
BY_VOICE_MS = 1_500
BY_KEY_MS = 500
"""A bot that yields does so within this time; one that judges words has to hear them out."""
NEXT_MS = 15_000
"""A bot that does nothing for so long waits for the caller."""
LATER_MS = 4_000
"""How long what follows a clear is watched."""
CLEARLY_MS = 1_500
PROMPT_MS = 25_000
NO_KEY = "the bot does not yield to a key; --wav lets the caller cut in by voice"


async def _cut(line: Line, ready: Callable[[], bool] | None = None, *, by_voice: bool = True) -> tuple[str, float]:
    """Cut in; how, and after how many ms the bot fell silent. Raises `SkippedError` where it does not yield."""
    await line.bot()
    await line.pause(INTO_MS)
    if not line.is_playing or (ready and not await line.until(ready, PROMPT_MS)):
        raise SkippedError("the bot's prompt is over before the caller can cut in")
    cleared, began_ms = len(line.times(Clear)), line.now_ms
    how = await line.cut_in(by_voice=by_voice)
    patience_ms = YIELDS_MS + line.voice_ms
    if not await line.until(lambda: len(line.times(Clear)) > cleared or line.closed is not None, patience_ms):
        raise SkippedError(NO_KEY if how == "a key" and by_voice else f"the bot does not yield to {how} in this prompt")
    if len(line.times(Clear)) == cleared:
        raise FailedError(f"the caller cut in, and the line was closed with {line.closed}")
    return how, line.times(Clear)[-1] - began_ms


async def barge_in(site: Site, name: str) -> str:
    async with dial(site, name) as line:
        how, after_ms = await _cut(line)
        most_ms = BY_VOICE_MS + line.voice_ms if how == "a voice" else BY_KEY_MS
        if after_ms > most_ms:
            raise FailedError(f"{how} should stop the bot within {most_ms:.0f} ms, and it took {after_ms:.0f} ms")
        await line.pause(500)
        line.lawful()
        return f"{how} stops the bot after {after_ms:.0f} ms"


async def falls_silent(site: Site, name: str) -> str:
    """Without a queue at the gateway, a bot that yields sends nothing more for a moment."""
    async with dial(site, name) as line:
        await line.bot()
        await line.pause(INTO_MS)
        how = await line.cut_in()
        await line.pause(YIELDS_MS + line.voice_ms)
        came = [each.at_ms for each in line.sound]
        gap_ms = max((later - earlier for earlier, later in pairwise(came)), default=0.0)
        if gap_ms < 60:
            raise SkippedError(f"the frames go on: the bot answers {how} at once, or does not yield to it")
        line.lawful()
        return f"{how} stops the frames at once, {gap_ms:.0f} ms of silence follow"


@dataclass(frozen=True, slots=True)
class _Next:
    """What a server does after a moment."""

    sound_ms: float | None = None
    closed_ms: float | None = None
    marks: int = 0


async def _after_clear(site: Site, name: str, how: How) -> _Next:
    async with dial(site, name, how) as line:
        # Genesys knows no marks: it tells when all has been played. A voice would stop the bot too late for this.
        await _cut(line, lambda: bool(line.times(Mark)) or name == "genesys", by_voice=False)
        at_ms, marks = line.times(Clear)[-1], len(line.times(Mark))
        await line.until(lambda: line.over, LATER_MS)
        sound = next((each.at_ms - at_ms for each in line.sound if each.at_ms > at_ms), None)
        return _Next(sound, line.now_ms - at_ms if line.over else None, len(line.times(Mark)) - marks)


async def returned_by_clear(site: Site, name: str) -> str:
    with_marks = await _after_clear(site, name, How())
    without = await _after_clear(site, name, How(marks="never"))
    expected = "a mark that a clear gives back was not heard"
    if with_marks.closed_ms is not None and (
        without.closed_ms is None or without.closed_ms - with_marks.closed_ms > CLEARLY_MS
    ):
        raise FailedError(f"{expected}, and with them the server hung up after {with_marks.closed_ms:.0f} ms")
    if with_marks.sound_ms is not None and (without.sound_ms or LATER_MS) - with_marks.sound_ms > CLEARLY_MS:
        raise FailedError(f"{expected}, and with them the bot spoke on after {with_marks.sound_ms:.0f} ms")
    if with_marks.marks - without.marks >= 2:
        raise FailedError(f"{expected}, and with them {with_marks.marks} prompts followed instead of {without.marks}")
    return "with and without them the server does the same"


async def _after_prompt(site: Site, name: str, how: How) -> float | None:
    """When the bot does something after its first prompt; None where it waits for the caller."""
    async with dial(site, name, how) as line:
        await line.bot()
        quiet = await line.until(lambda: line.over or line.is_quiet(400), PROMPT_MS)
        if not quiet:
            raise SkippedError(f"the bot's first prompt lasts longer than {PROMPT_MS / 1000:g} s")
        at_ms, before = line.far.playout.ends_ms, len(line.sound)
        if not await line.until(lambda: line.over or len(line.sound) > before, NEXT_MS):
            return None
        return line.now_ms - at_ms


async def never_come(site: Site, name: str) -> str:
    usual_ms, without_ms = await asyncio.gather(
        _after_prompt(site, name, How()), _after_prompt(site, name, How(marks="never"))
    )
    if usual_ms is None:
        raise SkippedError(f"the bot waits for the caller longer than {NEXT_MS / 1000:g} s")
    if without_ms is None:
        raise FailedError(
            f"the bot goes on {usual_ms / 1000:.1f} s after its prompt, and never where the mark of its end is lost"
        )
    return f"it goes on after {without_ms / 1000:.1f} s without them, {usual_ms / 1000:.1f} s with them"


async def come_twice(site: Site, name: str) -> str:
    async with dial(site, name, How(marks="twice")) as line:
        await line.bot()
        await line.until(lambda: bool(line.times(Mark)) or line.closed is not None, PROMPT_MS)
        if not line.times(Mark) and not line.closed:
            raise SkippedError("the server sends no mark")
        await line.until(lambda: line.is_quiet(0) or line.closed is not None, PROMPT_MS)
        return await line.goes_on(1_000)


async def in_flight(site: Site, name: str) -> str:
    """FreeSWITCH puts a mark among the samples as one of value -1, and drops more than thirty."""
    async with dial(site, name) as line:
        await line.bot()
        await line.until(lambda: bool(line.times(Mark)), PROMPT_MS)
        if not line.times(Mark):
            raise SkippedError("the server sends no mark")
        own = sum(int(np.count_nonzero(np.frombuffer(_whole(each.message), "<i2") == -1)) for each in line.sound)
        behind = [each for each in line.sound if each.at_ms > line.times(Mark)[0]]
        await line.until(lambda: bool(behind) or line.far.playout.queued_ms(line.now_ms) == 0, 2_000)
        if own and line.times(Mark):
            raise FailedError(f"{own} samples of value -1 were streamed, each of which calls a mark too early")
        return "no sample of the sound is taken for a mark"


def _whole(message: str | bytes) -> bytes:
    return message[: len(message) & ~1] if isinstance(message, bytes) else b""


_CLEARS = ALL - {"audiosocket"}
_RETURNED = frozenset(name for name in ALL if PEERS[name].returned)
_ANSWERED = frozenset(name for name in ALL if PEERS[name].marks)

CASES = (
    Case("barge-in", "a caller who cuts in stops the bot: by a clear, and soon",
         "the gateway's own page: clear, FLUSH_MEDIA, killAudio, barge_in", barge_in, _CLEARS, speaks=True),
    Case("barge-in-frames", "a caller who cuts in stops the frames", "Asterisk, AudioSocket: stop sending",
         falls_silent, frozenset({"audiosocket"}), speaks=True),
    Case("marks-cleared", "marks that a clear gives back are not taken for played",
         "Twilio, clear message: all outstanding marks are returned", returned_by_clear, _RETURNED),
    Case("marks-lost", "where marks never come, the clock decides",
         "Asterisk, FLUSH_MEDIA forgets marks; mod_audio_fork drops more than 30", never_come, _ANSWERED),
    Case("marks-twice", "a mark that comes twice does no harm", "the gateway's own page", come_twice,
         _ANSWERED - {"genesys"}),
    Case("marks-in-sound", "no sample of the sound is taken for a mark",
         "mod_audio_fork, lws_glue.cpp: a mark is a sample 0xFFFF", in_flight, frozenset({"fork"})),
)  # fmt: skip
