from __future__ import annotations

import wave
from pathlib import Path

import pytest

from server.calling.scenario import PlayWav, Press, Say
from server.calling.sounds import SoundError, sounds, unspoken
from server.speech.ports import Voice, VoiceError
from tests.server.calling.bots import tone


class Whistle:
    """A voice that whistles 100 ms for each character."""

    name = "whistle"

    def speak(self, text: str, rate: float = 1.0) -> bytes:
        if text == "!":
            raise VoiceError("nobody whistles that")
        return bytes(3200) + tone(round(100 * len(text) / rate)) + bytes(3200)


def voice() -> Voice:
    return Whistle()


def no_voice() -> Voice:
    raise AssertionError("no voice is needed")


def record(path: Path, samples: bytes, rate_hz: int = 8000) -> str:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(samples)
    return str(path)


def test_words_are_spoken_once_for_each_wording_without_the_silence_around() -> None:
    made = sounds([Say("喂"), Press("1"), Say("你好"), Say("喂")], voice)
    assert {step: len(pcm) for step, pcm in made.items()} == {Say("喂"): 1600, Say("你好"): 3200}


def test_without_words_no_voice_is_loaded(tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav", bytes(800) + tone(100))
    assert list(sounds([PlayWav(path), Press("1")], no_voice)) == [PlayWav(path)]


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_a_recording_of_any_rate_is_as_long_on_the_line(tmp_path: Path, rate_hz: int) -> None:
    path = record(tmp_path / "a.wav", tone(500, rate_hz), rate_hz)
    assert len(sounds([PlayWav(path)], no_voice)[PlayWav(path)]) / 16 == pytest.approx(500, abs=20)


def test_what_cannot_be_heard_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello, I am a text")
    told = {
        "gone.wav": "no recording",
        "text.wav": "not a WAV file; save it as WAV",
        record(tmp_path / "silent.wav", bytes(1000)): "there is no voice in",
    }
    for name, why in told.items():
        with pytest.raises(SoundError, match=why):
            sounds([PlayWav(str(tmp_path / name))], no_voice)
    with pytest.raises(SoundError, match="'!' cannot be spoken: nobody whistles that"):
        sounds([Say("!")], voice)


def test_words_that_go_as_text_take_as_long_as_they_would_be_spoken() -> None:
    assert {step: len(pcm) // 16 for step, pcm in unspoken([Say("喂"), Say("你好"), Press("1")]).items()} == {
        Say("喂"): 220,
        Say("你好"): 440,
    }
    with pytest.raises(SoundError, match=r"'a.wav' is a recording: words alone can go as text"):
        unspoken([PlayWav("a.wav")])
