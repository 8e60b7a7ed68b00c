from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.g711 import Law, from_pcm, to_pcm
from server.gateways.wire import Format

EVERY_SAMPLE = np.arange(-32768, 32768, dtype="<i2")
EVERY_BYTE = bytes(range(256))

both = pytest.mark.parametrize("law", ["ulaw", "alaw"])


def samples(pcm: bytes) -> list[int]:
    return np.frombuffer(pcm, "<i2").tolist()


def pcm(*values: int) -> bytes:
    return np.array(values, "<i2").tobytes()


@pytest.mark.parametrize(
    ("law", "byte", "sample"),
    [
        ("ulaw", 0xFF, 0),
        ("ulaw", 0x7F, 0),
        ("ulaw", 0xFE, 8),
        ("ulaw", 0x7E, -8),
        ("ulaw", 0xF0, 120),
        ("ulaw", 0xEF, 132),
        ("ulaw", 0x80, 32124),
        ("ulaw", 0x00, -32124),
        ("alaw", 0xD5, 8),
        ("alaw", 0x55, -8),
        ("alaw", 0xD4, 24),
        ("alaw", 0xC5, 264),
        ("alaw", 0xF5, 528),
        ("alaw", 0xAA, 32256),
        ("alaw", 0x2A, -32256),
    ],
)
def test_what_a_byte_is_worth(law: Law, byte: int, sample: int) -> None:
    assert samples(to_pcm(bytes([byte]), law)) == [sample]


@pytest.mark.parametrize(
    ("law", "sample", "byte"),
    [
        ("ulaw", 0, 0xFF),
        ("ulaw", 3, 0xFF),
        ("ulaw", 4, 0xFE),
        ("ulaw", 123, 0xF0),
        ("ulaw", 124, 0xEF),
        ("ulaw", 32767, 0x80),
        ("ulaw", -32768, 0x00),
        ("alaw", 0, 0xD5),
        ("alaw", -1, 0x55),
        ("alaw", 15, 0xD5),
        ("alaw", 16, 0xD4),
        ("alaw", 511, 0xCA),
        ("alaw", 512, 0xF5),
        ("alaw", 32767, 0xAA),
        ("alaw", -32768, 0x2A),
    ],
)
def test_the_byte_of_a_sample(law: Law, sample: int, byte: int) -> None:
    assert from_pcm(pcm(sample), law) == bytes([byte])


@both
def test_a_byte_survives_the_way_there_and_back(law: Law) -> None:
    there = from_pcm(to_pcm(EVERY_BYTE, law), law)
    changed = {byte for byte in range(256) if there[byte] != byte}
    assert changed == ({0x7F} if law == "ulaw" else set())  # mu-law has two zeros


@both
def test_a_sample_comes_back_within_half_a_step(law: Law) -> None:
    back = np.frombuffer(to_pcm(from_pcm(EVERY_SAMPLE.tobytes(), law), law), "<i2").astype(int)
    magnitude = np.abs(EVERY_SAMPLE.astype(int))
    # Steps double with each segment, so half a step is a 32nd of the magnitude; the lowest are of one size, and mu-law
    # counts its magnitudes from 132 on. The very largest are clipped.
    allowed = (magnitude + 132) // 32 if law == "ulaw" else np.maximum(magnitude // 32, 8)
    inside = magnitude <= 32256 if law == "alaw" else magnitude <= 32635
    assert (np.abs(back - EVERY_SAMPLE)[inside] <= allowed[inside]).all()
    assert (np.diff(back) >= 0).all()


@both
def test_the_companding_of_python_itself_agrees(law: Law) -> None:
    if sys.version_info >= (3, 13):
        pytest.skip("Python has none any more")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop  # noqa: PLC0415 - it warns on import
    expand, compress = (audioop.ulaw2lin, audioop.lin2ulaw) if law == "ulaw" else (audioop.alaw2lin, audioop.lin2alaw)
    assert to_pcm(EVERY_BYTE, law) == expand(EVERY_BYTE, 2)
    ours = np.frombuffer(from_pcm(EVERY_SAMPLE.tobytes(), law), np.uint8)
    theirs = np.frombuffer(compress(EVERY_SAMPLE.tobytes(), 2), np.uint8)
    differ = ours != theirs
    assert (EVERY_SAMPLE[differ] < 0).all()  # Python rounds negative samples towards the larger magnitude for mu-law
    worth = np.frombuffer(to_pcm(EVERY_BYTE, law), "<i2").astype(int)
    assert (np.abs(worth[ours] - EVERY_SAMPLE) <= np.abs(worth[theirs] - EVERY_SAMPLE))[differ].all()
    assert differ.mean() < (0.01 if law == "ulaw" else 1e-9)


@pytest.mark.parametrize("encoding", ["ulaw", "alaw", "l16"])
def test_silence_is_silent(encoding: Law) -> None:
    assert all(abs(sample) <= 8 for sample in samples(to_pcm(Format(encoding).silence * 160, encoding)))


@given(st.binary(max_size=400))
def test_linear_samples_pass_untouched(sound: bytes) -> None:
    assert to_pcm(sound, "l16") == from_pcm(sound, "l16") == sound
