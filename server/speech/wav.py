"""WAV files as a list of chunks: a sentence kept on disk, which says that it is synthetic, and reading any file."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from engine import VERSION
from server.speech.ports import RATE_HZ

_FORM = struct.Struct("<HHIIHH")
_PCM = 1


def marked(pcm: bytes, voice: str, text: str) -> bytes:
    """A file of synthesised speech, which says so: for people in the comment, for programs in `AIGC`, the label that
    the rules for synthetic content of 2025 ask for.
    """
    label = {"Label": "1", "ContentProducer": "huashu", "ProduceID": voice}
    about = {
        b"ISFT": f"huashu {VERSION}, {voice}",
        b"ICMT": "AI-generated speech (人工智能合成语音)",
        b"AIGC": json.dumps(label, ensure_ascii=False),
        b"INAM": text,
    }
    info = b"INFO" + b"".join(_chunk(name, value.encode() + b"\0") for name, value in about.items())
    form = _FORM.pack(_PCM, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    return _chunk(b"RIFF", b"WAVE" + _chunk(b"fmt ", form) + _chunk(b"LIST", info) + _chunk(b"data", pcm))


def _chunk(name: bytes, body: bytes) -> bytes:
    """Of even length, as RIFF wants."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk of a WAV file, the last one perhaps cut short. Raises `ValueError`."""
    if file[:4] not in (b"RIFF", b"RF64") or file[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    at = 12
    while at + 8 <= len(file):
        name, size = file[at : at + 4], int.from_bytes(file[at + 4 : at + 8], "little")
        yield name, file[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def pcm_of(file: bytes) -> bytes:
    """The samples of a file that `marked` made; empty when it is not whole."""
    try:
        found = dict(chunks(file))
    except ValueError:
        return b""
    whole = len(file) == 8 + int.from_bytes(file[4:8], "little")
    return found.get(b"data", b"") if whole else b""
