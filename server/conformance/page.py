"""The reference of the kit: every case, what must hold, who says so, and by whom it is played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from server.conformance import audiosocket, ending, genesys, oddities, opening, playback, sound, turns, vosk
from server.conformance.case import Case
from server.conformance.peers import ALL, BY_WEBSOCKET, IN_BINARY, TEXT_ONLY
from server.conformance.table import GATEWAYS
from server.reference_text import table, title

GROUPS: Mapping[str, Sequence[Case]] = {
    "How a call begins": opening.CASES,
    "Sound": sound.CASES,
    "Marks and interruptions": playback.CASES,
    "Odd and broken messages": oddities.CASES,
    "How a call ends": ending.CASES,
    "Genesys": genesys.CASES,
    "AudioSocket": audiosocket.CASES,
    "Vosk": vosk.CASES,
    "Turns by HTTP": turns.CASES,
}
SETS: Mapping[frozenset[str], str] = {
    TEXT_ONLY: "those that send JSON alone",
    IN_BINARY: "those whose sound is binary",
    BY_WEBSOCKET: "all by WebSocket",
    ALL: "all with sound",
    turns.ALL: "all by HTTP",
}

_INTRO = """
What `huashu conformance` plays ([how to use it](../howto/conformance.md)). A case has failed when what its second
column says does not hold; the third says who wants it so.
"""


def conformance_page() -> str:
    return "".join(_page())


def _page() -> Iterator[str]:
    yield title("Cases of the conformance kit")
    yield _INTRO
    for group, cases in GROUPS.items():
        yield f"\n## {group}\n\n"
        rows = ((f"`{case.name}`", case.title, case.source, _whom(case)) for case in cases)
        yield table(("case", "what must hold", "who says so", "played by"), rows)


def _whom(case: Case) -> str:
    """The shortest way to name the gateways of a case."""
    if case.gateways in SETS:
        return SETS[case.gateways]
    for whole, name in SETS.items():
        missing = [gateway for gateway in GATEWAYS if gateway in whole - case.gateways]
        if case.gateways < whole and len(missing) < 4 and len(case.gateways) > len(missing):
            return f"{name} but {', '.join(missing)}"
    return ", ".join(gateway for gateway in GATEWAYS if gateway in case.gateways)
