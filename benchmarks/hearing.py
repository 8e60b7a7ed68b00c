"""How much of what is spoken is understood: recordings in, intents out, compared with those of the true words.

python -m benchmarks.hearing [FOLDER...]

Each FOLDER holds 8 kHz WAV files and `phrases.jsonl`, a line `{"file": ..., "text": ...}` for each.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from engine.understanding.lexicon import Lexicon
from server.content import shipped_grammars
from server.speech.recordings import load
from server.speech.vocabulary import Vocabulary, phrases_of
from server.speech.whisper_model import WhisperModel

DEFAULT = Path("tests/audio/phrases")


def main(folders: list[Path]) -> None:
    grammars = shipped_grammars()
    lexicon, known, model = Lexicon(grammars), Vocabulary(phrases_of(grammars)), WhisperModel(1)

    def meant(text: str) -> tuple[str, ...]:
        understood = lexicon.understand(text)
        ids = {hit.id for hit in understood.hits if not (hit.negated or hit.weak)}
        return (understood.disposition, *sorted(ids))

    for folder in folders:
        phrases = [json.loads(line) for line in (folder / "phrases.jsonl").read_text(encoding="utf-8").splitlines()]
        first, any_ = 0, 0
        began, cpu = time.perf_counter(), time.process_time()
        for phrase in phrases:
            reading = model.read(load(folder / phrase["file"]), known=known)
            right = meant(phrase["text"])
            texts = (reading.text, *(text for text, _ in reading.alternatives))
            said = next((text for text in texts if any(meant(text))), reading.text)
            first += meant(reading.text) == right
            any_ += meant(said) == right
        count = len(phrases)
        told = {
            "folder": folder.name,
            "phrases": count,
            "right": round(first / count, 3),
            "right_with_alternatives": round(any_ / count, 3),
            "cpu_ms": round(1000 * (time.process_time() - cpu) / count),
            "wall_ms": round(1000 * (time.perf_counter() - began) / count),
        }
        print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]] or [DEFAULT])
