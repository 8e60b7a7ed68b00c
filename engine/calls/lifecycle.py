"""The phases of a call, as one table.

    new → dialled → ringing → early_media → answered → ending → ended

A gateway may skip phases, repeat itself or report late: what is not in the table changes nothing. `ending` begins
with our order to hang up and lasts until the network confirms; nothing is said in it any more.
"""

from __future__ import annotations

from typing import Literal

from engine.calls.machine import Edge, Graph

Phase = Literal["new", "dialled", "ringing", "early_media", "answered", "ending", "ended"]

PHASES: tuple[Phase, ...] = ("new", "dialled", "ringing", "early_media", "answered", "ending", "ended")
BEFORE_ANSWER: tuple[Phase, ...] = ("new", "dialled", "ringing", "early_media")

_EDGES: list[Edge] = [
    ("new", "dialed", "dialled"),
    *((phase, "ringing", "ringing") for phase in ("new", "dialled")),
    *((phase, "early_media", "early_media") for phase in ("new", "dialled", "ringing")),
    *((phase, "answered", "answered") for phase in BEFORE_ANSWER),
    *((phase, "hang_up", "ending") for phase in (*BEFORE_ANSWER, "answered")),
    *((phase, trigger, "ended") for phase in PHASES[:-1] for trigger in ("hung_up", "failed")),
]

LIFECYCLE = Graph(PHASES, _EDGES, initial="new")
