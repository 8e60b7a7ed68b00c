"""Models are large: each is loaded once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

import pytest

from server.speech.kokoro import Kokoro
from server.speech.whisper import Whisper


@pytest.fixture(scope="session")
def loaded_whisper() -> Iterator[Whisper]:
    recogniser = Whisper()
    yield recogniser
    recogniser.close()


@pytest.fixture
def whisper(loaded_whisper: Whisper) -> Whisper:
    """With nothing to do: what the test before did not wait for would keep it from glancing."""
    while not loaded_whisper.lanes.idle:
        sleep(0.01)
    return loaded_whisper


@pytest.fixture(scope="session")
def kokoro() -> Kokoro:
    return Kokoro()
