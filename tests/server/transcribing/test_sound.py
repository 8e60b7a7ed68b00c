from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from server.audio.g711 import from_pcm
from server.transcribing.sound import Look, SoundError, look_through, seconds_of
from tests.server.transcribing.tones import side, write

TONE = [(0.5, 1.5, "x")]
FORMS = [
    ("a.wav", {}, 8000), ("a.wav", {"subtype": "ULAW"}, 8000), ("a.wav", {"subtype": "ALAW"}, 8000),
    ("a.wav", {"subtype": "FLOAT"}, 44100), ("a.wav", {"subtype": "PCM_24"}, 48000), ("a.flac", {}, 16000),
    ("a.ogg", {}, 22050), ("a.mp3", {}, 16000),
]  # fmt: skip


def tone(rate_hz: int = 8000) -> np.ndarray:
    return side(TONE, ["x"], 2.0, rate_hz)


def hear(path: Path, rate_hz: int = 8000) -> tuple[Look, list[np.ndarray]]:
    look = look_through(path, rate_hz)
    seconds = list(seconds_of(path, look, rate_hz))
    return look, [np.frombuffer(b"".join(each), "<i2") for each in zip(*seconds, strict=True)]


def loud_ms(pcm: np.ndarray) -> tuple[int, int]:
    """From when to when there is sound."""
    found = np.nonzero(np.abs(pcm.astype(int)) > 3000)[0]
    return int(found[0]) // 8, int(found[-1]) // 8


@pytest.mark.parametrize(("name", "form", "rate_hz"), FORMS)
def test_every_form_at_any_rate(tmp_path: Path, name: str, form: dict[str, str], rate_hz: int) -> None:
    path = write(tmp_path / name, tone(rate_hz), np.zeros(2 * rate_hz, np.float32), rate_hz=rate_hz, **form)
    look, (left, right) = hear(path)
    assert (look.channels, look.rate_hz) == (2, rate_hz)
    assert loud_ms(left) == pytest.approx((500, 1500), abs=40)
    assert np.abs(right).max() < 500
    assert len(left) == pytest.approx(16_000, abs=1000)


@pytest.mark.parametrize(("ending", "law"), [(".ulaw", "ulaw"), (".al", "alaw")])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_g711_without_a_header(tmp_path: Path, ending: str, law: str, rate_hz: int) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(from_pcm((tone(rate_hz) * 32767).astype("<i2").tobytes(), law))  # type: ignore[arg-type]
    look, (pcm,) = hear(path, rate_hz)
    assert (look.channels, look.length_ms) == (1, 2000)
    assert loud_ms(pcm) == pytest.approx((500, 1500), abs=20)


def test_two_channels_that_say_the_same_are_one(tmp_path: Path) -> None:
    assert look_through(write(tmp_path / "a.wav", tone(), tone()), 8000).channels == 1


@pytest.mark.parametrize("name", ["a.wav", "a.ulaw"])
def test_a_wrong_name_does_not_matter(tmp_path: Path, name: str) -> None:
    made = write(tmp_path / "b.flac", tone())
    path = made.rename(tmp_path / name)
    assert look_through(path, 8000).form == "FLAC"


def bad(tmp_path: Path, data: bytes, name: str = "a.wav") -> str:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SoundError) as found:
        look_through(path, 8000)
    return str(found.value)


def test_what_is_no_recording(tmp_path: Path) -> None:
    assert bad(tmp_path, b"") == "is empty"
    assert bad(tmp_path, b"", "a.ulaw") == "is empty"
    assert bad(tmp_path, "不是录音".encode()).startswith("is no recording that can be read (")
    assert bad(tmp_path, b"RIFF\x00\x00\x00\x00WAVE").startswith("is no recording that can be read (")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3"])
def test_a_recording_that_was_cut_off(tmp_path: Path, name: str) -> None:
    whole = write(tmp_path / f"whole-{name}", side([(0.2, 9.0, "x")], ["x"], 10.0)).read_bytes()
    why = bad(tmp_path, whole[: len(whole) // 3], name)
    assert why.startswith(("is cut off after ", "is damaged after ", "is no recording that can be read"))


def test_no_sound_in_it(tmp_path: Path) -> None:
    assert bad(tmp_path, write(tmp_path / "b.wav", np.zeros(0, np.float32)).read_bytes()) == "there is no sound in it"


def test_more_than_two_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "b.wav", tone(), tone() * 0.5, tone())
    assert bad(tmp_path, path.read_bytes()) == "has 3 channels: one or two can be told apart"


def test_a_wav_whose_writer_did_not_know_its_length_is_whole(tmp_path: Path) -> None:
    data = bytearray(write(tmp_path / "b.wav", tone()).read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert look_through(path, 8000).length_ms == 2000


def test_soundfile_reads_the_forms_that_are_promised() -> None:
    assert {"WAV", "MP3", "OGG", "FLAC", "RAW"} <= set(soundfile.available_formats())
