"""From settings to ears and a voice: which of the providers installed here are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.settings import Settings
from server.speech.listening import Listening
from server.speech.ports import Detector, OnReading, Recogniser
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


def choose(settings: Settings) -> str:
    raise ProviderError("not yet")


def provide(settings: Settings) -> Speech:
    raise ProviderError("not yet")
