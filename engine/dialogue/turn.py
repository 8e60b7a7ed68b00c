"""The workbench of one step: the state being made and the actions decided so far.

A step is pure seen from outside; inside it works on a private copy of the state, which nobody else has seen yet and
which is frozen again for everyone once the step returns.
"""

from __future__ import annotations

from typing import Any

from engine.calls.actions import (
    Action,
    CancelTimer,
    HangUp,
    Matched,
    Part,
    Play,
    StartTimer,
    StopPlayback,
    TimerKind,
    Unhold,
)
from engine.calls.events import Event
from engine.calls.lifecycle import LIFECYCLE, Phase
from engine.dialogue.state import LISTEN, After, State, Timer
from engine.grading.facts import Facts
from engine.grading.fold import fold_on, folded
from engine.grading.step import Step
from engine.language.prompts import choose, has_gaps
from engine.language.script import Script
from engine.language.stage import Prompt, Stage

LONGEST_UTTERANCE_MS = 20_000
"""Nobody talks to a bot longer than this in one go; other engines cut off at 13 to 15 s."""


class Turn:
    def __init__(self, script: Script, state: State, event: Event) -> None:
        self.script = script
        self.event = event
        self.state = _copy_of(state)
        self._fields: dict[str, Any] = self.state.__dict__
        self.actions: list[Action] = []
        self._before = state
        self._step: Step | None = None
        """The facts being made by this step, once words have been matched in it."""
        self._folded = 0
        """How many of the actions these know."""

    def set(self, **changes: Any) -> None:
        """Change the copy. Only this step holds it, so that writing past the frozen dataclass is safe, and it spares
        making thirty fields anew for each of a dozen changes.
        """
        self._fields.update(changes)

    def do(self, action: Action) -> None:
        self.actions.append(action)

    def count(self, field: str, key: str) -> int:
        """Add one to a counter of the state; returns the new value."""
        counts: dict[str, int] = self._fields[field]
        number = counts.get(key, 0) + 1
        self._fields[field] = {**counts, key: number}
        return number

    def finish(self) -> tuple[State, tuple[Action, ...]]:
        self.set(seq=self._before.seq + 1, facts=self.facts())
        made, before = self._fields, self._before.__dict__
        assert len(made) == len(before), f"no such field: {made.keys() - before.keys()}"  # noqa: S101  for tests
        return self.state, tuple(self.actions)

    def facts(self) -> Facts:
        """The facts as they stand now, this step's part included; whoever keeps them waits for `finish`. Once words
        have been matched, which every evidence of the step quotes, only what has been added since is folded.
        """
        before, actions = self._before, self.actions
        if self._step is not None:
            fold_on(self._step, actions[self._folded :])
            self._folded = len(actions)
            return self._step.result()
        step = folded(before.facts, before.seq, self.event, actions, self.script.interest)
        if any(isinstance(note, Matched) for note in actions):
            self._step, self._folded = step, len(actions)
        return step.result()

    # --- what is where ---------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        return self.script.stages[self.state.stage]

    @property
    def closing(self) -> bool:
        """The bot is saying its last words, or has said them."""
        return self.state.after.kind == "hang_up"

    @property
    def waiting(self) -> bool:
        """The caller waits, or is about to: for a person, or on hold."""
        return self.state.after.kind in ("transfer", "hold")

    @property
    def speaking(self) -> bool:
        """Is the caller making a sound that may still become words? A voice whose end was never reported is not."""
        since_ms = self.state.voice_since_ms
        return since_ms is not None and self.event.at_ms - since_ms < LONGEST_UTTERANCE_MS

    def known(self) -> dict[str, str]:
        """Variables and slots as they are spoken."""
        return {**self.state.variables, **{name: slot.said for name, slot in self.state.slots.items()}}

    def words(self, prompt: Prompt, name: str) -> tuple[Part, ...]:
        """The wording of this prompt whose turn it is; `name` tells its counter."""
        if not prompt:
            return ()
        times = self.state.said.get(name, 0)
        self.count("said", name)
        if not has_gaps(prompt):  # as most
            return prompt[times % len(prompt)]
        return choose(prompt, times, self.known(), self.script.sure)

    # --- orders ----------------------------------------------------------------------------------------------------

    def ref(self) -> int:
        self.set(refs=self.state.refs + 1)
        return self.state.refs

    def play(self, parts: tuple[Part, ...], after: After | None = None) -> None:
        """Say this; a prompt in progress is stopped first."""
        self.hush()
        self.cancel_timer()
        ref = self.ref()
        self.do(Play(ref, parts))
        self.set(playing=ref, after=after or LISTEN, question=parts)

    def hush(self) -> None:
        if self.state.playing:
            self.do(StopPlayback(self.state.playing))
            self.set(playing=0)

    def start_timer(self, kind: TimerKind, delay_ms: int) -> None:
        """Start the timer that waits for the caller, a transfer, a hold or the end; the former one is cancelled."""
        self.cancel_timer()
        ref = self.ref()
        self.do(StartTimer(ref, kind, delay_ms))
        self.set(timer=Timer(ref, kind))

    def cancel_timer(self) -> None:
        if self.state.timer:
            self.do(CancelTimer(self.state.timer.ref))
            self.set(timer=None)

    def off_hold(self) -> None:
        """What comes next does not wait for the hold to end."""
        if self.state.hold:
            self.cancel_timer()
            self.do(Unhold(self.state.hold))
            self.set(hold=0)

    def start_clock(self, kind: TimerKind, delay_ms: int) -> None:
        """Start the ring time or the call time."""
        if self.state.clock:
            self.do(CancelTimer(self.state.clock.ref))
        ref = self.ref()
        self.do(StartTimer(ref, kind, delay_ms))
        self.set(clock=Timer(ref, kind))

    def hang_up(self, reason: str) -> None:
        """Nothing is said or timed after this; the network's answer ends the call."""
        self.hush()
        self.cancel_timer()
        if self.state.clock:
            self.do(CancelTimer(self.state.clock.ref))
        self.do(HangUp(reason, self.state.after.q850))
        self.move("hang_up")
        self.set(clock=None, held=(), transfer=0, hold=0)

    def move(self, trigger: str) -> bool:
        """Advance the call's lifecycle; False when the event does not fit its phase."""
        phase = LIFECYCLE.next(self.state.phase, trigger)
        if phase is None:
            return False
        self.set(phase=_as_phase(phase))
        return True


def _copy_of(state: State) -> State:
    """The same state again. Every step makes one, and a dict is copied whole, many times faster than thirty fields are
    set, which is why the class has no slots.
    """
    made: State = object.__new__(State)
    object.__setattr__(made, "__dict__", state.__dict__.copy())
    return made


def _as_phase(name: str) -> Phase:
    return name  # type: ignore[return-value]  # the lifecycle's graph holds phases only
