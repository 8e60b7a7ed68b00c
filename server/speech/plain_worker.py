"""The process in which the plain voice speaks: `python -m server.speech.plain_worker`.

A line of JSON in (`text`, `rate`, `file`), a line out: `{"ok": true}` when the file is written, `{"error": ...}` when
not. espeak keeps state in its library, cannot be used by two threads, cannot be ended without risk, and prints; so it
has this process to itself, and whoever is tired of waiting kills it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import re
import sys
from importlib.util import find_spec
from typing import Any, TextIO

WORDS_PER_MINUTE = 170
READS_PINYIN = (1, 51)
"""espeak-ng up to this version turns characters into pinyin, which its voice `cmn` then reads as if it were English."""


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    engine: Any = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            engine = engine or _engine()
            _set_rate(int(WORDS_PER_MINUTE * order["rate"]))
            engine.save_to_file(order["text"], order["file"])
            engine.runAndWait()
        except Exception as error:  # noqa: BLE001 whatever it is, the other side decides what to do
            _answer(answers, error=f"{type(error).__name__}: {error}")
        else:
            _answer(answers, ok=True)


def _engine() -> Any:
    if find_spec("espeakng_loader"):
        loader = importlib.import_module("espeakng_loader")
        os.environ["ESPEAK_DATA_PATH"] = loader.get_data_path()  # before the library is loaded
        ctypes.CDLL(loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)  # pyttsx3 then finds it by its own name
    import pyttsx3  # noqa: PLC0415  it looks for the library at once

    engine = pyttsx3.init("espeak")
    engine.setProperty("voice", "sit/cmn-latn-pinyin" if _version() <= READS_PINYIN else "sit/cmn")
    return engine


def _set_rate(words_per_minute: int) -> None:
    """The library takes it up some time later, so wait for that: else the next text would have it, not this one."""
    library = importlib.import_module("pyttsx3.drivers._espeak")
    library.SetParameter(library.RATE, words_per_minute, 0)
    library.Synchronize()


def _version() -> tuple[int, ...]:
    """Of the library in use."""
    tell = importlib.import_module("pyttsx3.drivers._espeak").dll.espeak_Info
    tell.restype = ctypes.c_char_p
    version = re.match(rb"\d+\.\d+", tell(None) or b"")
    return tuple(map(int, version[0].split(b"."))) if version else READS_PINYIN


def _answer(answers: TextIO, **what: object) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
