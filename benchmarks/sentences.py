"""The labelled sentences of the scorecard."""

from __future__ import annotations

import json
from pathlib import Path

from engine.understanding.score import Sentence, sentence_from

FOLDER = Path(__file__).parent / "scorecard"


def sentences() -> list[Sentence]:
    """All of them, each with its file and line."""
    return [
        sentence_from(json.loads(line), f"{file.name}:{number}")
        for file in sorted(FOLDER.glob("*.jsonl"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]
