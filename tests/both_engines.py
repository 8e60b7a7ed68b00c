"""Everything the engine makes of the labelled sentences and of the conversations, and of the logs of these, a line each;
and what another process is sent of the rules of grades. The same lines, whichever engine this runs on; the first line
says which.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.sentences import FREER, UNSEEN, sentences
from engine.calls.log import Header, entry_line, header_line, read
from engine.grading.grade import Scheme, grade
from engine.trial import conversation, transcript
from engine.trial.compare import facts_of
from engine.understanding.lexicon import Lexicon
from engine.understanding.utterances import NOW
from engine.version import COMPILED
from server.content import Files, shipped_grammars
from server.grading import find_scheme
from server.scale.grading import packed, unpacked

HEADER = Header("c", "", "", "", "")
CONVERSATIONS = sorted(path for path in (Path(__file__).parent / "scripts").glob("*.yaml"))


SCHEMES = sorted((Path(__file__).parent.parent / "scripts" / "schemes").glob("*.yaml"))


def usable_scheme(path: Path) -> Scheme:
    scheme = find_scheme(str(path))
    assert scheme is not None, path
    return scheme


def main() -> None:
    print("compiled" if COMPILED else "pure")  # noqa: T201
    lexicon = Lexicon(shipped_grammars())
    for sentence in (*sentences(), *sentences(UNSEEN), *sentences(FREER)):
        print(sentence.place, lexicon.understand(sentence.say, role=sentence.role, now=NOW))  # noqa: T201
    for path in CONVERSATIONS:
        for tested in conversation.run(str(path), Files()).tested:
            print(tested.name, tested.entries, tested.grade)  # noqa: T201
            log = read("".join([header_line(HEADER), *map(entry_line, tested.entries)]).encode())
            facts = facts_of(log)
            print(tested.name, log.entries, transcript.summary("c", log.entries, facts, grade(Scheme(""), facts)))  # noqa: T201
    for path in SCHEMES:
        print(path.name, unpacked(packed((usable_scheme(path), frozenset("a")))))  # noqa: T201


if __name__ == "__main__":
    main()
