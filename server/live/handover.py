"""What a person who takes a call over should see of it at once: a few lines on the screen, made from the call so far.

Small, since it travels in channel variables; without whole telephone numbers, since it is shown and kept where nobody
asked for them; and of characters that switches leave alone on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from engine.calls.log import Entry
from engine.calls.mask import mask, mask_said
from engine.dialogue.state import State
from engine.grading.grade import grade
from engine.language.script import Script
from engine.trial.transcript import turns

MOST_BYTES = 2000
"""Of the summary in JSON; the oldest turns go first."""
LAST_TURNS = 4
MOST_CHARACTERS = 80
"""Of what was said in one turn."""
_PLAIN = str.maketrans({'"': "”", "'": "’", "\\": "＼", "$": "＄", ",": "，"})
"""Quotes, commas, dollars and backslashes have meanings of their own in dial strings."""
_UNSEEN = re.compile("[\x00-\x20\x7f]+")


def handover(script: Script, state: State, entries: Sequence[Entry], caller: str = "") -> dict[str, object]:
    """The call in short; what is not known is left out. `caller` is the number of the person."""
    facts, graded = state.facts, grade(script.scheme, state.facts)
    told: dict[str, object] = {
        "call_id": _plain(state.call_id),
        "caller": mask(_plain(caller)),
        "script": script.name,
        "stage": state.stage,
        "grade": graded.letter or "",
        "rule": graded.rule,
        "invitation": "" if facts.invitation == "none" else facts.invitation,
        "callback_at": facts.callback_at,
        "asked": list(facts.interest),
        "told": {name: _plain(mask(slot.value)) for name, slot in state.slots.items()},
    }
    last = [{"bot": _plain(said.bot), "caller": _plain(mask_said(said.caller))} for said in turns(entries)][
        -LAST_TURNS:
    ]
    while last and len(written({**told, "turns": last}).encode()) > MOST_BYTES:
        del last[0]
    return {name: value for name, value in {**told, "turns": last}.items() if value}


def written(summary: object) -> str:
    """As it travels."""
    return json.dumps(summary, ensure_ascii=False, separators=(",", ":"))


def _plain(text: str) -> str:
    short = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    return _UNSEEN.sub(" ", short).translate(_PLAIN)
