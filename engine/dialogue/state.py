"""What the past of a call means for its future: frozen plain data, made anew by every step.

Dicts inside are never changed in place; a step that needs another value makes a new dict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.calls.actions import NORMAL, Callback, Part, TimerKind
from engine.calls.events import Heard, Side
from engine.calls.lifecycle import Phase
from engine.grading.facts import Facts


@dataclass(frozen=True, slots=True)
class SlotValue:
    value: str
    """As in `engine.understanding.grammar.Told`."""
    said: str


@dataclass(frozen=True, slots=True)
class Focus:
    """The question that is open, which is what the next words answer."""

    kind: Literal["stage", "recover", "confirm", "slot"] = "stage"
    step: int = 0
    """recover: which of the stage's recoveries was said, from 0."""
    rule: str = ""
    """confirm and slot: path of the rule that goes on once the answer is there."""
    slot: str = ""
    """slot: the one asked for."""
    asked: int = 0
    """slot: how often."""


@dataclass(frozen=True, slots=True)
class Timer:
    ref: int
    kind: TimerKind


@dataclass(frozen=True, slots=True)
class After:
    """What follows when the prompt in progress has been played."""

    kind: Literal["listen", "next", "hang_up", "transfer", "hold"] = "listen"
    rule: str = ""
    """transfer and hold: path of the rule that asked for it."""
    q850: int = NORMAL
    """hang_up: with this cause."""


ON_STAGE = Focus()
LISTEN, NEXT = After(), After("next")
"""Made once: they are the same in every turn."""


@dataclass(frozen=True)
class State:
    call_id: str
    now: str
    """RFC 3339 time at which the call was created; `at_ms` counts from it."""
    variables: Mapping[str, str]
    facts: Facts = field(default_factory=Facts)
    phase: Phase = "new"
    seq: int = 0
    """Number of the next step, which is its line in the log."""
    refs: int = 0
    """Refs given out so far."""

    stage: str = ""
    focus: Focus = ON_STAGE
    after: After = LISTEN
    playing: int = 0
    """`ref` of the prompt in progress; 0 for none."""
    timer: Timer | None = None
    """The one timer that waits for the caller, for a person to take over, on hold, or for the end."""
    clock: Timer | None = None
    """Ring time before the answer, call time after it."""
    transfer: int = 0
    """`ref` of the transfer in progress; 0 for none."""
    hold: int = 0
    """`ref` of the hold in progress; 0 for none."""
    voice_since_ms: int | None = None
    """Voice is detected since then; None for none."""
    held: tuple[Heard, ...] = ()
    """Said over a prompt that may not be cut; answered when it ends."""

    visits: Mapping[str, int] = field(default_factory=dict)
    recovered: Mapping[str, int] = field(default_factory=dict)
    fired: Mapping[str, int] = field(default_factory=dict)
    """How often each rule applied."""
    said: Mapping[str, int] = field(default_factory=dict)
    """How often each prompt was said, so that its wordings take turns."""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    keys: str = ""
    """DTMF keys pressed so far for a slot that takes digits."""
    callback: Callback | None = None
    """The call agreed on, which is ordered once this one is over."""
    channel: Literal["sms", "wechat"] = "sms"
    """The channel for material that the caller named last."""
    question: tuple[Part, ...] = ()
    """The prompt said last, for "say that again"."""
    turns: int = 0
    silences: int = 0
    """No-input prompts in a row."""
    misses: int = 0
    """No-matches in a row."""
    wait_ms: int = 0
    """How long to listen this time, when a rule said so."""
    reason: str = "goodbye"
    """Why the bot will have hung up."""
    ended_by: Side | Literal[""] = ""
