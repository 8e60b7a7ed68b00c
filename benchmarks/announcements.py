"""What becomes of spoken announcements: a synthetic voice over a noisy line, the real recogniser, the shipped grammars.

nice .venv/bin/python -m benchmarks.announcements          # a minute or two
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.understanding.lexicon import Lexicon
from server.audio.g711 import from_pcm, to_pcm
from server.content import shipped_grammars
from server.live.expected import ANNOUNCED
from server.speech.ports import Recogniser
from server.speech.recordings import load
from tests.server.speech.hearing import heard
from tests.server.speech.scenes import pink

FOLDER = Path(__file__).parent.parent / "tests" / "audio" / "announcements"
LINES = {"clean": None, "20 dB": 20.0, "10 dB": 10.0}
"""Pink noise so far below the voice."""
NUMBER_IS_LOST = frozenset({"invalid_number", "number_changed", "suspended", "powered_off"})
"""Graded F."""
NOW = "2026-11-26T10:00:00+08:00"


@dataclass(frozen=True)
class Announcement:
    path: Path
    state: str
    """The disposition that is right."""
    words: str


def announcements() -> Iterator[Announcement]:
    """As the table of the folder's README lists them."""
    rows = re.findall(
        r"^\| `(\w+\.wav)` \| \w+ \| (\w+) \| (.+?) \|$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    for name, state, words in rows:
        yield Announcement(FOLDER / name, state, words)


def lexicon() -> Lexicon:
    return Lexicon(shipped_grammars())


def over_a_line(path: Path, snr_db: float | None, seed: int) -> bytes:
    """The announcement as a telephone has it: over mu-law, in pink noise."""
    sound = np.frombuffer(load(path), "<i2").astype(float)
    levels = sound[: len(sound) // 160 * 160].reshape(-1, 160).std(axis=1)
    line = np.concatenate([np.zeros(2400), sound, np.zeros(1600)])
    if snr_db is not None:
        line += pink(len(line), seed) * levels[levels > levels.max() / 20].mean() / 10 ** (snr_db / 20)
    pcm = np.clip(line, -32768, 32767).astype("<i2").tobytes()
    return to_pcm(from_pcm(pcm, "ulaw"), "ulaw")


def understood(recogniser: Recogniser, known: Lexicon, sound: bytes) -> tuple[str, str]:
    """The disposition heard, and the words."""
    text = heard(recogniser, sound, ANNOUNCED).text
    return known.understand(text, now=NOW, role="early_media").disposition, text


def main() -> None:
    from server.speech.whisper import Whisper  # noqa: PLC0415  an extra

    recogniser, known, began = Whisper(), lexicon(), time.process_time()
    for name, snr_db in LINES.items():
        right = total = lost = 0
        for seed, each in enumerate(announcements()):
            found, text = understood(recogniser, known, over_a_line(each.path, snr_db, seed))
            total += 1
            right += found == each.state
            lost += each.state == "caller_fault" and found in NUMBER_IS_LOST
            if found != each.state:
                print(f"{name}: {each.words} → {text} → {found or 'nothing'}, not {each.state}", file=sys.stderr)
        print(f"{name}: {right} of {total} right, {lost} faults of our own line taken for a lost number")
    print(f"{time.process_time() - began:.0f} s of CPU", file=sys.stderr)
    recogniser.close()


if __name__ == "__main__":
    main()
