"""From settings to ears and a voice: which of the providers installed here are used.

`auto` takes the best there is. What is asked for by name and missing is an error that names the command which installs
it: a server that cannot hear or speak must not start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.settings import Settings
from server.speech.detector import EnergyDetector, detectors
from server.speech.listening import Listening
from server.speech.models import Available, available
from server.speech.packaged import SPEECH, ModelError
from server.speech.ports import Detector, OnReading, Recogniser, Voice, VoiceError
from server.speech.prompts import Prompts


class ProviderError(Exception):
    """What the settings ask for is not here; the message says which command installs it."""


@dataclass(frozen=True)
class Speech:
    """What all calls share."""

    recogniser: Recogniser | None
    """None where gateways recognise speech themselves."""
    detector: Callable[[], Detector]
    prompts: Prompts

    def listen(self, on_reading: OnReading) -> Listening | None:
        """The ears of one call."""
        if self.recogniser is None:
            return None
        return Listening(self.recogniser.open(on_reading), self.detector())

    @property
    def alive(self) -> bool:
        return self.recogniser is None or self.recogniser.alive

    def close(self) -> None:
        self.prompts.close()
        if self.recogniser:
            self.recogniser.close()


def choose(settings: Settings) -> Available:
    """The names of what would be used. Raises `ProviderError` where `auto` finds nothing."""
    best = available(settings.data)
    recogniser = best.recogniser if settings.recogniser == "auto" else settings.recogniser
    voice = best.voice if settings.voice == "auto" else settings.voice
    if not recogniser:
        raise ProviderError(
            f"there is no recogniser here: {SPEECH}, or name a Vosk model: HUASHU_RECOGNISER=vosk:FOLDER"
        )
    if not voice:
        raise ProviderError(f"there is no voice here: {SPEECH}; or, if all prompts are recorded, HUASHU_VOICE=none")
    return Available(recogniser, voice, best.detector if settings.detector == "auto" else settings.detector)


def provide(settings: Settings) -> Speech:
    """Load it all; this takes seconds. Raises `ProviderError`."""
    chosen = choose(settings)
    if chosen.detector == "silero" != available(settings.data).detector:
        raise ProviderError(f"HUASHU_DETECTOR=silero is not installed: {SPEECH}")
    try:
        voice = speaker(chosen.voice)
        recogniser = listener(chosen.recogniser, settings.speech_threads)
    except (ModelError, VoiceError) as problem:
        raise ProviderError(str(problem)) from None
    detector = EnergyDetector if chosen.detector == "energy" else detectors()
    return Speech(recogniser, detector, Prompts(voice, settings.data / "prompts"))


def listener(name: str, threads: int) -> Recogniser | None:
    """The recogniser of this name, loaded. Raises `ModelError`."""
    kind, _, rest = name.partition(":")
    if kind == "vosk":
        from server.speech.vosk_ear import Vosk  # noqa: PLC0415  each provider's library is loaded only when used

        return Vosk(Path(rest), threads=threads)
    if kind == "whisper":
        from server.speech.whisper import Whisper  # noqa: PLC0415

        return Whisper(threads)
    return None


def speaker(name: str) -> Voice | None:
    """The voice of this name, loaded. Raises `ModelError` and `VoiceError`."""
    kind, _, rest = name.partition("/")
    if kind == "kokoro":
        from server.speech.kokoro import Kokoro  # noqa: PLC0415

        return Kokoro(rest) if rest else Kokoro()
    if kind == "plain":
        from server.speech.plain_voice import PlainVoice  # noqa: PLC0415

        return PlainVoice()
    return None
