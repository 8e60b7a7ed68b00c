"""The voice of a test caller: its words and recordings as samples, made before the call so that nothing waits in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from engine.language.pace import speech_ms
from server.calling.hearing import is_loud
from server.calling.scenario import PlayWav, Say, Step
from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ, Voice, VoiceError
from server.speech.recordings import UnplayableError, load


class SoundError(Exception):
    """A step cannot be made audible; the message says which and why."""


def sounds(steps: Iterable[Step], voice: Callable[[], Voice]) -> dict[Step, bytes]:
    """The samples of each step that has a voice, without the silence around them. The voice is loaded only if there is
    something to say. Raises SoundError.
    """
    made: dict[Step, bytes] = {}
    for step in dict.fromkeys(steps):
        if isinstance(step, Say):
            made[step] = trimmed(_spoken(step.words, voice()), step.words)
        elif isinstance(step, PlayWav):
            made[step] = trimmed(_recorded(step.path), step.path)
    return made


def unspoken(steps: Iterable[Step]) -> dict[Step, bytes]:
    """Silence, as long as it would take to say each step's words: for a gateway that sends them as text. Raises
    SoundError.
    """
    made: dict[Step, bytes] = {}
    for step in steps:
        if isinstance(step, PlayWav):
            raise SoundError(f"'{step.path}' is a recording: words alone can go as text")
        if isinstance(step, Say):
            made[step] = bytes(max(speech_ms(step.words), FRAME_MS) * RATE_HZ // 1000 * 2)
    return made


def _spoken(words: str, voice: Voice) -> bytes:
    try:
        return voice.speak(words)
    except VoiceError as error:
        raise SoundError(f"'{words}' cannot be spoken: {error}") from None


def _recorded(path: str) -> bytes:
    try:
        return load(Path(path))
    except UnplayableError as error:
        raise SoundError(str(error)) from None


def trimmed(pcm: bytes, of: str) -> bytes:
    """Without silence at either end, so that a turn begins and ends where its voice does."""
    loud = [start for start in range(0, len(pcm), FRAME_BYTES) if is_loud(pcm[start : start + FRAME_BYTES])]
    if not loud:
        raise SoundError(f"there is no voice in '{of}'")
    return pcm[loud[0] : loud[-1] + FRAME_BYTES]
