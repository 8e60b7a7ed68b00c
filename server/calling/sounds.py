"""The voice of a test caller: its words and recordings as samples, made before the call so that nothing waits in it."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from engine.trial.pace import speech_ms
from server.audio.resample import Resampler
from server.calling.hearing import is_loud
from server.calling.scenario import PlayWav, Say, Step
from server.speech.ports import FRAME_BYTES, FRAME_MS, RATE_HZ, Voice, VoiceError


class SoundError(Exception):
    """A step cannot be made audible; the message says which and why."""


def sounds(steps: Iterable[Step], voice: Callable[[], Voice]) -> dict[Step, bytes]:
    """The samples of each step that has a voice, without the silence around them. The voice is loaded only if there is
    something to say. Raises SoundError.
    """
    made: dict[Step, bytes] = {}
    for step in dict.fromkeys(steps):
        if isinstance(step, Say):
            made[step] = _spoken(step.words, voice())
        elif isinstance(step, PlayWav):
            made[step] = read_wav(Path(step.path))
        else:
            continue
        made[step] = trimmed(made[step])
        if not made[step]:
            raise SoundError(f"there is no voice in '{step.words if isinstance(step, Say) else step.path}'")
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


def read_wav(path: Path) -> bytes:
    """Samples of a WAV file, its channels mixed into one. Raises SoundError."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except OSError as error:
        raise SoundError(f"cannot read '{path}': {(error.strerror or 'unknown error').lower()}") from None
    except (wave.Error, EOFError) as error:
        raise SoundError(f"'{path}' is no WAV file of plain samples: {str(error) or 'it ends too early'}") from None
    if width != 2:
        raise SoundError(f"'{path}' has samples of {8 * width} bits, 16 are needed")
    samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    resampler = Resampler(rate_hz, RATE_HZ)
    return resampler.push(samples.mean(axis=1).astype(np.int16).tobytes()) + resampler.flush()


def trimmed(pcm: bytes) -> bytes:
    """Without silence at either end, so that a turn begins and ends where its voice does."""
    loud = [start for start in range(0, len(pcm), FRAME_BYTES) if is_loud(pcm[start : start + FRAME_BYTES])]
    return pcm[loud[0] : loud[-1] + FRAME_BYTES] if loud else b""
