"""Models are large: each is loaded once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.speech.kokoro import Kokoro
from server.speech.whisper import Whisper


@pytest.fixture(scope="session")
def whisper() -> Iterator[Whisper]:
    recogniser = Whisper()
    yield recogniser
    recogniser.close()


@pytest.fixture(scope="session")
def kokoro() -> Kokoro:
    return Kokoro()
