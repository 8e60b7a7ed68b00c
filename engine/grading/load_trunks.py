"""What codes mean on a line. Carriers use the same code for different things, and only their customers find out which.

    trunks:
      mobile-gz:
        title: 广州移动
        sip: {480: powered_off, 486: rejected}
        q850: {31: no_answer}
        words: {E-77: barred}

Whoever reports that a call has failed on such a line looks the codes up here (`Trunks.means`) and tells the meaning
together with them, so that a log says by itself how its call was judged, also when the table has changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from engine.calls.events import Failed, HungUp
from engine.content.shape import Field, Fields, Id, MapOf, OneOf, Record, Words, read
from engine.content.source import Node, Problem
from engine.grading.outcome import STRENGTH, Signs

_STATE = OneOf(STRENGTH)
TRUNK = Record(
    "trunk",
    {
        "title": Field(Words(), "What people call the line."),
        "q850": Field(MapOf(_STATE), "Q.850 cause → what it means here."),
        "sip": Field(MapOf(_STATE), "Final SIP status → what it means here."),
        "words": Field(MapOf(_STATE), "The gateway's or carrier's own word or code → what it means here."),
    },
    "A line, and what its codes mean where that is not what the book says.",
    aliases={"cause": "q850", "status": "sip", "word": "words"},
)
TRUNKS = Record(
    "trunks",
    {"trunks": Field(MapOf(TRUNK, Id("trunk")), "The lines, by name.", required=True)},
    "Lines and their codes.",
)

_RANGES = {"sip": range(300, 700), "q850": range(1, 128)}


@dataclass(frozen=True, slots=True)
class Trunks:
    """The table, by line and by kind of code."""

    lines: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def judged(self, told: Failed | HungUp, trunk: str) -> Failed | HungUp:
        """The same, with its line and with what the codes mean there."""
        on_line = replace(told, trunk=trunk)
        return replace(on_line, means=self.means(on_line))

    def means(self, told: Failed | HungUp) -> str:
        """The disposition that these codes have on their line; empty where the table says nothing of them."""
        line = self.lines.get(told.trunk, {})
        signs = Signs(q850=told.q850)
        if isinstance(told, Failed):
            signs = Signs(q850=told.q850, header=told.header, sip=told.sip, word=told.reason)
        codes = (("words", signs.word.strip().lower()), ("q850", str(signs.cause)), ("sip", str(signs.status)))
        return next((line[kind][code] for kind, code in codes if code in line.get(kind, {})), "")


def trunks_from(node: Node, problems: list[Problem]) -> Trunks:
    """The table of this document, as far as it could be read; everything wrong with it is added to `problems`."""
    fields = cast("Fields | None", read(TRUNKS, node, problems)) or Fields()
    lines = cast("Fields", fields.get("trunks", Fields()))
    return Trunks({str(name): _line(cast("Fields", line), problems) for name, line in lines.items()})


def _line(fields: Fields, problems: list[Problem]) -> dict[str, dict[str, str]]:
    line: dict[str, dict[str, str]] = {}
    for kind in ("q850", "sip", "words"):
        codes = cast("Fields", fields.get(kind, Fields()))
        line[kind] = {}
        for code, state in codes.items():
            if kind in _RANGES and not (code.isdecimal() and int(code) in _RANGES[kind]):
                low, high = _RANGES[kind].start, _RANGES[kind].stop - 1
                wrong = f"'{code}' is no code of {kind}"
                problems.append(Problem(codes.key_marks[code], wrong, f"a number from {low} to {high}"))
            else:
                line[kind][str(code).lower()] = str(state)
    return line
