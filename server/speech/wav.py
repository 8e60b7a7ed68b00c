"""WAV files as a list of chunks: what a machine has spoken says so, and any file is read.

Chinese rules (人工智能生成合成内容标识办法, in force since 2025-09-01; GB 45438-2025) ask for a label in the metadata
of generated sound. It stands in the LIST chunk, as words for people and as the standard's `AIGC` field for programs.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping

from engine import VERSION
from server.speech.ports import RATE_HZ

_FORM = struct.Struct("<HHIIHH")
_PCM = 1


def form(channels: int) -> bytes:
    """The chunk that says how 16-bit samples at `RATE_HZ` lie."""
    frame_bytes = 2 * channels
    return chunk(b"fmt ", _FORM.pack(_PCM, channels, RATE_HZ, RATE_HZ * frame_bytes, frame_bytes, 16))


def about(comment: str, producer: str, product: str, more: Mapping[bytes, str]) -> bytes:
    """The chunk that says what the sound is, who has made it, and under what name; `more` by names of RIFF."""
    label = {"Label": "1", "ContentProducer": producer, "ProduceID": product}
    told = {b"ICMT": comment, b"AIGC": json.dumps(label, ensure_ascii=False), **more}
    return chunk(b"LIST", b"INFO" + b"".join(chunk(name, text.encode() + b"\0") for name, text in told.items()))


def marked(pcm: bytes, voice: str, text: str) -> bytes:
    """A file of synthesised speech."""
    more = {b"ISFT": f"huashu {VERSION}, {voice}", b"INAM": text}
    said = about("AI-generated speech (人工智能合成语音)", "huashu", voice, more)
    return chunk(b"RIFF", b"WAVE" + form(1) + said + chunk(b"data", pcm))


def chunk(name: bytes, body: bytes) -> bytes:
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
