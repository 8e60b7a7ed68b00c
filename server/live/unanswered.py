"""Calls that never had a stream: dialled, and busy, or failed, or not answered. They have a record and a grade too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine import VERSION
from engine.calls.events import Dialed, Event
from engine.calls.log import Entry, Header
from engine.dialogue.step import begin, step
from engine.language.script import Script
from server.live.private import Private, Tell, lead_of, no_one
from server.live.record import Record, folder_for


def keep_unanswered(
    calls: Path,
    script: Script,
    told: Sequence[Event],
    *,
    call_id: str,
    moment: str,
    variables: Mapping[str, str],
    gateway: str,
    brought: Mapping[str, str],
    tell: Tell = no_one,
) -> dict[str, object]:
    """Write the record of such a call, which began at that moment, and return its summary with its `folder`. Raises
    `LeadError` and `RecordError`.
    """
    state = begin(script, call_id, moment, variables)
    header = Header(call_id, script.name, script.sha256, VERSION, moment, state.variables)
    folder = folder_for(calls, header)
    record = Record(folder, header, Private(folder, lead_of(folder, header, brought.get("caller", ""), brought), tell))
    for event in (Dialed(0), *told):
        seq = state.seq
        state, actions = step(script, state, event)
        record.append(Entry(seq, event, actions))
    return {**record.close(script, state.facts, {"gateway": gateway}), "folder": record.folder}
