from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from server.audio.g711 import from_pcm
from server.speech.recordings import MOST_BYTES, UnplayableError, load
from server.speech.sound import as_pcm, as_samples

HUM = (0.5 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype(np.float32)


def write(path: Path, code: int, bits: int, data: bytes, *, rate_hz: int = 8000, channels: int = 1) -> Path:
    """As an editor might: with a chunk that nobody knows before the samples."""
    size = bits // 8 * channels
    form = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * size, size, bits)
    if code == 0xFFFE:
        form += struct.pack("<HHI", 22, bits, 0) + struct.pack("<H", 1) + bytes(14)
    body = b"WAVE" + b"".join(
        name + struct.pack("<I", len(part)) + part
        for name, part in ((b"fmt ", form), (b"cue ", b"1234"), (b"data", data))
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


FORMS = {
    "8 bit": (1, 8, (HUM * 127 + 128).astype(np.uint8).tobytes()),
    "16 bit": (1, 16, as_pcm(HUM)),
    "24 bit": (1, 24, (HUM * (2**31 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()),
    "32 bit": (1, 32, (HUM.astype(np.float64) * (2**31 - 1)).astype("<i4").tobytes()),
    "float": (3, 32, HUM.astype("<f4").tobytes()),
    "double": (3, 64, HUM.astype("<f8").tobytes()),
    "A-law": (6, 8, from_pcm(as_pcm(HUM), "alaw")),
    "mu-law": (7, 8, from_pcm(as_pcm(HUM), "ulaw")),
    "extensible": (0xFFFE, 16, as_pcm(HUM)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_samples(tmp_path: Path, form: str) -> None:
    loaded = as_samples(load(write(tmp_path / "a.wav", *FORMS[form])))
    assert len(loaded) == len(HUM)
    assert np.abs(loaded - HUM).max() < 0.03


@pytest.mark.parametrize("rate_hz", [11025, 16000, 44100, 48000])
def test_every_rate(tmp_path: Path, rate_hz: int) -> None:
    hum = (0.5 * np.sin(2 * np.pi * 300 * np.arange(rate_hz) / rate_hz)).astype(np.float32)
    loaded = as_samples(load(write(tmp_path / "a.wav", 1, 16, as_pcm(hum), rate_hz=rate_hz)))
    assert len(loaded) == pytest.approx(8000, abs=2)
    assert np.abs(loaded[500:7500] - HUM[500:7500]).max() < 0.02


def test_both_channels_are_heard(tmp_path: Path) -> None:
    both = np.stack([HUM, np.zeros_like(HUM)], axis=1)
    loaded = as_samples(load(write(tmp_path / "a.wav", 1, 16, as_pcm(both.ravel()), channels=2)))
    assert np.abs(loaded - HUM / 2).max() < 0.01


def test_a_file_that_was_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", 1, 16, as_pcm(HUM))
    path.write_bytes(path.read_bytes()[:-8001])
    assert len(load(path)) == 7998


@pytest.mark.parametrize(
    ("samples", "line", "why"),
    [
        ((2, 4), {}, "samples of code 2 with 4 bits"),
        ((1, 16), {"rate_hz": 6000}, "6000 samples a second"),
        ((1, 16), {"rate_hz": 96000}, "96000 samples a second"),
        ((1, 16), {"channels": 6}, "6 channels"),
    ],
)
def test_what_cannot_be_played(tmp_path: Path, samples: tuple[int, int], line: dict[str, int], why: str) -> None:
    path = write(tmp_path / "a.wav", *samples, bytes(4000), **line)
    with pytest.raises(UnplayableError, match=f"a.wav: {why}; save it as WAV"):
        load(path)


def test_no_file_no_wav_no_sound(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"ID3 an mp3 in truth")
    with pytest.raises(UnplayableError, match=r"no recording .*gone\.wav"):
        load(tmp_path / "gone.wav")
    with pytest.raises(UnplayableError, match="cannot read"):
        load(tmp_path)
    with pytest.raises(UnplayableError, match="not a WAV file"):
        load(tmp_path / "song.wav")
    with pytest.raises(UnplayableError, match="no sound in it"):
        load(write(tmp_path / "a.wav", 1, 16, b""))
    with (tmp_path / "huge.wav").open("wb") as huge:
        huge.truncate(MOST_BYTES + 1)
    with pytest.raises(UnplayableError, match="larger than"):
        load(tmp_path / "huge.wav")
