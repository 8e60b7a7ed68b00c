from __future__ import annotations

import io
import json
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.speech.wav import chunks, marked, pcm_of

PCM = bytes(range(200))


def test_any_program_can_read_it() -> None:
    with wave.open(io.BytesIO(marked(PCM, "kokoro/zf_xiaoxiao", "您好"))) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 100)
        assert file.readframes(100) == PCM


def test_it_says_that_it_is_synthetic() -> None:
    info = dict(chunks(b"RIFF\0\0\0\0WAVE" + dict(chunks(marked(PCM, "plain", "您好！")))[b"LIST"][4:]))
    assert "AI-generated" in info[b"ICMT"].decode()
    assert json.loads(info[b"AIGC"].rstrip(b"\0"))["Label"] == "1"
    assert info[b"INAM"].rstrip(b"\0").decode() == "您好！"


def test_it_comes_back() -> None:
    assert pcm_of(marked(PCM, "plain", "您")) == PCM


@given(st.integers(0, 200))
def test_half_a_file_is_none(length: int) -> None:
    assert pcm_of(marked(PCM, "plain", "您")[:length]) == b""


@given(st.binary(max_size=200))
def test_anything_else_is_no_file(data: bytes) -> None:
    assert pcm_of(data) == b""
    with pytest.raises(ValueError, match="not a WAV"):
        list(chunks(b"\xff" + data))
