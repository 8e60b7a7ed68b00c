"""The real voice."""

from __future__ import annotations

import pytest

from server.speech.kokoro import Kokoro, names
from server.speech.packaged import ModelError
from server.speech.ports import VoiceError
from server.speech.whisper import Whisper
from tests.server.speech.hearing import heard


def test_what_it_says_is_understood(kokoro: Kokoro, whisper: Whisper) -> None:
    pcm = kokoro.speak("我们公司在北京。")
    assert 1.2 < len(pcm) / 16000 < 3
    assert "公司在北京" in heard(whisper, pcm).text


def test_faster(kokoro: Kokoro) -> None:
    assert len(kokoro.speak("您好。", 1.5)) < len(kokoro.speak("您好。"))


def test_nothing_to_say(kokoro: Kokoro) -> None:
    with pytest.raises(VoiceError, match="nothing in"):
        kokoro.speak("……")
    with pytest.raises(VoiceError, match="nothing in"):
        kokoro.speak("한국")


def test_voices() -> None:
    assert names() == ["zf_xiaoxiao", "zm_yunyang"]
    with pytest.raises(ModelError, match="no voice 'xiaoxiao'; there are zf_xiaoxiao, zm_yunyang"):
        Kokoro("xiaoxiao")
