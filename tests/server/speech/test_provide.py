"""Which ears and which voice a server gets, and what it says when they are not here."""

from __future__ import annotations

import pytest

from server.settings import load
from server.speech import provide as providing
from server.speech.models import Available
from server.speech.provide import ProviderError, choose, provide


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine on which nothing is installed."""
    monkeypatch.setattr(providing, "available", lambda _: Available("", "", "energy"))
    return monkeypatch


def test_auto_takes_the_best_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    best = Available("whisper", "kokoro", "silero")
    monkeypatch.setattr(providing, "available", lambda _: best)
    assert choose(load()) == best
    assert choose(load(None, voice="none", recogniser="vosk:models/cn")) == Available(
        "vosk:models/cn", "none", "silero"
    )


def test_a_server_that_cannot_hear_does_not_start(here: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProviderError, match=r"there is no recogniser here: pip install 'huashu\[speech\]'"):
        choose(load())


def test_nor_one_that_cannot_speak(here: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProviderError, match=r"there is no voice here: pip install 'huashu\[speech\]'"):
        choose(load(None, recogniser="none"))


def test_what_is_named_and_missing_is_told(here: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProviderError, match="HUASHU_DETECTOR=silero is not installed"):
        provide(load(None, recogniser="none", voice="none", detector="silero"))


def test_a_folder_that_is_no_vosk_model() -> None:
    with pytest.raises(ProviderError, match="nowhere"):
        provide(load(None, recogniser="vosk:nowhere", voice="none", detector="energy"))


def test_a_gateway_that_recognises_speech_needs_no_ears() -> None:
    speech = provide(load(None, recogniser="none", voice="none", detector="energy"))
    assert speech.listen(lambda _: None) is None
    assert speech.alive
    speech.close()
