"""Everything the engine makes of the labelled sentences and of the conversations, a line each: the same lines, whichever
engine this runs on. The first line says which.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.sentences import UNSEEN, sentences
from engine.trial import conversation
from engine.understanding.lexicon import Lexicon
from engine.understanding.utterances import NOW
from engine.version import COMPILED
from server.content import Files, shipped_grammars

CONVERSATIONS = sorted(path for path in (Path(__file__).parent / "scripts").glob("*.yaml"))


def main() -> None:
    print("compiled" if COMPILED else "pure")  # noqa: T201
    lexicon = Lexicon(shipped_grammars())
    for sentence in (*sentences(), *sentences(UNSEEN)):
        print(sentence.place, lexicon.understand(sentence.say, role=sentence.role, now=NOW))  # noqa: T201
    for path in CONVERSATIONS:
        for tested in conversation.run(str(path), Files()).tested:
            print(tested.name, tested.entries, tested.grade)  # noqa: T201


if __name__ == "__main__":
    main()
