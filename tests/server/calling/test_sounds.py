from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from server.calling.scenario import PlayWav, Press, Say
from server.calling.sounds import SoundError, read_wav, sounds, unspoken
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


def record(path: Path, samples: bytes, rate_hz: int = 8000, channels: int = 1, width: int = 2) -> str:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(samples)
    return str(path)


def test_words_are_spoken_once_for_each_wording_without_the_silence_around() -> None:
    made = sounds([Say("喂"), Press("1"), Say("你好"), Say("喂")], voice)
    assert {step: len(pcm) for step, pcm in made.items()} == {Say("喂"): 1600, Say("你好"): 3200}


def test_without_words_no_voice_is_loaded(tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav", bytes(800) + tone(100))
    assert list(sounds([PlayWav(path), Press("1")], no_voice)) == [PlayWav(path)]


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000, 44100])
def test_a_recording_of_any_rate_is_as_long_on_the_line(tmp_path: Path, rate_hz: int) -> None:
    pcm = read_wav(Path(record(tmp_path / "a.wav", tone(500, rate_hz), rate_hz)))
    assert len(pcm) / 16 == pytest.approx(500, abs=2)
    spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, np.int16)[:4000]))
    assert np.argmax(spectrum) / len(pcm[:8000]) * 2 * 8000 == pytest.approx(440, abs=4)


def test_channels_are_mixed(tmp_path: Path) -> None:
    left = np.frombuffer(tone(100), np.int16)
    stereo = np.column_stack([left, np.zeros_like(left)]).tobytes()
    mixed = np.frombuffer(read_wav(Path(record(tmp_path / "a.wav", stereo, channels=2))), np.int16)
    assert np.allclose(mixed, left / 2, atol=1)


def test_what_cannot_be_heard_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello, I am a text")
    (tmp_path / "empty.wav").write_bytes(b"")
    told = {
        "gone.wav": "no such file or directory",
        "text.wav": "is no WAV file of plain samples: file does not start with RIFF id",
        "empty.wav": "is no WAV file of plain samples: it ends too early",
        record(tmp_path / "narrow.wav", bytes(100), width=1): "has samples of 8 bits, 16 are needed",
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
