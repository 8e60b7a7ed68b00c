"""The labelled sentences: those of the scorecard, and two sets by which no grammar was mended."""

from __future__ import annotations

import json
from pathlib import Path

from engine.understanding.score import Sentence, sentence_from

FOLDER = Path(__file__).parent / "scorecard"
UNSEEN = Path(__file__).parent / "unseen"
FREER = Path(__file__).parent / "freer"
"""Unseen as well, and spoken as people speak."""


def sentences(folder: Path = FOLDER) -> list[Sentence]:
    """All of a folder, each with its file and line."""
    return [
        sentence_from(json.loads(line), f"{file.name}:{number}")
        for file in sorted(folder.glob("*.jsonl"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]
