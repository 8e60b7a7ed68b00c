"""The scorecard of every contender: the same sentences, the same labels.

python -m benchmarks.quality > benchmarks/results/scorecard.jsonl
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contenders import HEARERS, shipped
from benchmarks.sentences import sentences
from benchmarks.surroundings import surroundings, tell
from engine.understanding.grammar import Grammar
from engine.understanding.lexicon import Lexicon
from engine.understanding.score import Heard, Sentence, heard_by, score
from engine.understanding.utterances import NOW


def ears(grammars: tuple[Grammar, ...]) -> dict[str, Callable[[Sentence], Heard]]:
    """What each contender hears in a sentence; only huashu has a use for the role of the stage."""
    lexicon = Lexicon(grammars)
    peers = {name: build(grammars) for name, build in HEARERS.items()}
    return {
        "huashu": lambda sentence: heard_by(lexicon.understand(sentence.say, role=sentence.role, now=NOW)),
        **{name: lambda sentence, hear=hear: Heard(tuple(hear(sentence.say))) for name, hear in peers.items()},
    }


def main() -> None:
    grammars = shipped()
    tell(surroundings("scorecard", grammars))
    said = sentences()
    for name, hear in ears(grammars).items():
        card = score(said, hear)
        alarms = sum(
            bool(hear(sentence).ids) for sentence in said if not sentence.meant and sentence.kind == "neutral-talk"
        )
        tell(
            {
                "contender": name,
                "sentences": card.sentences,
                "opinionated": card.opinionated,
                "macro_recall": round(card.macro_recall, 4),
                "macro_precision": round(card.macro_precision, 4),
                "macro_f1": round(card.macro_f1, 4),
                "flips": len(card.flips),
                "invented": len(card.invented),
                "alarms": alarms,
            }
        )


if __name__ == "__main__":
    main()
