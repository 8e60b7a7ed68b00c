"""Where a recorded call stands in its script, as far as that can be told from what the bot says.

The engine is asked what this script would do, and is believed where the next words of the bot are what it would say:
then the rule it took, the stage it entered and whatever that meant for the invitation are facts of the call. Where the
bot says something else, the caller's words keep their meaning and nothing follows from them, until a prompt is known
again and tells its stage. Nothing that reaches beyond the call, as a text message, is ever taken for done: no recording
shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from engine.calls.actions import Action, Entered, HangUp, Invitation, Matched, Part, Play, Remark, StopPlayback
from engine.calls.events import Event, Heard, NotHeard, PlaybackFinished, TimerFired
from engine.dialogue.readings import others_of, read
from engine.dialogue.state import After, Focus, State
from engine.dialogue.step import step
from engine.grading.fold import fold
from engine.grading.said import INTEREST
from engine.language.prompts import GAP, fill_text
from engine.language.script import Script
from engine.recorded.prompts import EXPECTED, Known, KnownPrompts, is_like, says_no_more_than
from engine.recorded.utterance import Utterance
from engine.understanding.grammar import Matcher, Understanding

NOISE_LETTERS = 8
"""Words of the bot that are no prompt and shorter than this are a slip of the recogniser."""
MOST_AT_ONCE = 5
"""Prompts in one breath."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What it means that the bot begins to speak."""

    actions: tuple[Action, ...]
    """Ends with the `Play`."""
    texts: tuple[str, ...]
    """The prompts that are said in one breath; the first is that of the `Play`."""
    known: bool
    """Is it a prompt of the script?"""


class Course:
    """Of one call. Without a script there is no stage, and words mean what the lexicon says."""

    def __init__(
        self,
        call_id: str,
        now: str,
        lexicon: Matcher,
        script: Script | None = None,
        given: Mapping[str, str] | None = None,
    ) -> None:
        self._script = script
        self._lexicon = script.lexicon if script else lexicon
        wanted = script.variables if script else {}
        variables = {name: (given or {}).get(name, "") or each.default for name, each in wanted.items()}
        self._prompts = KnownPrompts(script, variables) if script else None
        unknown = {name: value or f"{{{name}}}" for name, value in variables.items()}
        self.state = State(call_id=call_id, now=now, variables=unknown)
        self._follows = script is not None
        """Is the state that of the bot on the recording?"""
        self._due: tuple[str, ...] = ()
        """What the bot is about to say."""

    @property
    def says_goodbye(self) -> bool:
        """The bot has said its last words."""
        return self.is_closing and not self.state.playing

    @property
    def is_closing(self) -> bool:
        """These are its last words, or they have been said."""
        return self._follows and self.state.after.kind == "hang_up"

    @property
    def is_known(self) -> bool:
        """It is known where the call stands."""
        return self._follows and bool(self.state.stage)

    def held(self) -> tuple[Matched, ...]:
        """What was kept until a prompt had ended, when the call is over."""
        return tuple(self._meaning(each) for each in self.state.held)

    def noted(self, event: Event, actions: tuple[Action, ...]) -> None:
        """A step of the log: the facts are always those that it tells."""
        interest = self._script.interest if self._script else INTEREST
        facts = fold(self.state.facts, self.state.seq, event, actions, interest)
        self.state = replace(self.state, facts=facts, seq=self.state.seq + 1)

    # --- what the caller says ----------------------------------------------------------------------------------------

    def answered(self, event: Event, next_of_bot: Utterance | None) -> tuple[Action, ...]:
        found = self._as_engine_has_it(event, next_of_bot)
        if found is None:
            self._follows = False
            self.state = replace(self.state, phase="answered")
        return found or ()

    def heard(self, event: Heard | NotHeard, next_of_bot: Utterance | None) -> tuple[Action, ...]:
        """What follows from the caller's words; `next_of_bot` are those that the bot says next."""
        found = None if self._due else self._as_engine_has_it(event, next_of_bot)
        if found is not None:
            return found
        if not self._due:
            self.state = replace(self.state, timer=None, turns=self.state.turns + 1)
        return (self._meaning(event),) if isinstance(event, Heard) else ()

    def _meaning(self, event: Heard) -> Matched:
        state, script = self.state, self._script
        stage = script.stages.get(state.stage) if script and self._follows else None
        words = (stage.words if stage else frozenset()) | (script.words if script else frozenset())

        def mean(text: str) -> Understanding:
            return self._lexicon.understand(text, now=state.now, role=stage.role if stage else "", words=words)

        others = [mean(each.text) for each in others_of(event)]
        reading = read(mean(event.text), others, event.confidence)
        understood = reading.understood
        return Matched(understood.text, understood.hits, understood.disposition, reading.contested)

    # --- what the bot says -------------------------------------------------------------------------------------------

    def begins(self, said: Utterance) -> Begun:
        """The bot begins to speak."""
        if self._due:
            return self._as_due(said, ())
        after_silence = self._after_silence(said)
        if after_silence:
            return after_silence
        known = self._prompts.find(said.text) if self._prompts else None
        if known is None:
            self._follows = self._follows and len(said.text) < NOISE_LETTERS
            return self._plays(said.text, known=False)
        return self._found(known, said)

    def _after_silence(self, said: Utterance) -> Begun | None:
        """The caller was silent, and the bot asks again as its script has it."""
        timer = self.state.timer
        if timer is None or timer.kind != "no_input" or self.state.playing:
            return None
        actions = self._as_engine_has_it(TimerFired(said.start_ms, timer.ref), said)
        return self._as_due(said, actions) if actions and self._due else None

    def _as_due(self, said: Utterance, actions: tuple[Action, ...]) -> Begun:
        due, self._due = self._due, ()
        if len(due) == 1 and GAP.search(due[0]):
            known = self._prompts.find(said.text) if self._prompts else None
            due = (said.text if known is None or known.has_gaps else known.text,)
        texts = tuple(fill_text(text, {}) for text in due)
        return Begun((*actions, Play(self.state.playing, (Part(texts[0]),))), texts, known=True)

    def _found(self, known: Known, said: Utterance) -> Begun:
        """A prompt that was not due tells where the call stands."""
        assert self._script is not None  # noqa: S101  its prompts are known
        text = said.text if known.has_gaps else known.text
        self._follows = self._follows or bool(known.stage)
        if not known.stage or (known.stage == self.state.stage and not known.opens):
            return self._plays(text, known=True)
        stage, before = self._script.stages[known.stage], self.state
        visits = {**before.visits, stage.name: before.visits.get(stage.name, 0) + 1}
        after = After("hang_up") if stage.end else After("next") if stage.go and known.opens else After()
        actions: list[Action] = [Entered(stage.name, stage.role, visits[stage.name])]
        if stage.role == "invitation" and before.facts.invitation == "none":
            actions.append(Invitation("pending"))
        prompt = f"{stage.name}.say"
        said_times = {**before.said, prompt: before.said.get(prompt, 0) + known.opens}
        self.state = replace(
            before, stage=stage.name, focus=Focus(), keys="", misses=0, visits=visits, said=said_times
        )  # fmt: skip
        begun = self._plays(text, known=True)
        self.state = replace(self.state, after=after)
        return Begun((*actions, *begun.actions), begun.texts, known=True)

    def _plays(self, text: str, *, known: bool) -> Begun:
        ref = self.state.refs + 1
        parts = (Part(text),)
        self.state = replace(
            self.state, refs=ref, playing=ref, after=After(), timer=None, question=parts, held=(), silences=0
        )  # fmt: skip
        return Begun((Play(ref, parts),), (text,), known)

    def ends(self, event: PlaybackFinished, next_of_bot: Utterance | None) -> tuple[Action, ...]:
        """A prompt has been said to its end."""
        held = self.held()
        found = self._as_engine_has_it(event, next_of_bot)
        if found is not None:
            return found
        self.state = replace(self.state, playing=0, held=(), timer=None)
        return held

    def goes_on(self, event: PlaybackFinished) -> tuple[Action, ...]:
        """The next prompt in the same breath."""
        assert self._script is not None  # noqa: S101  only a script has such
        state, actions = step(self._script, self.state, event)
        self._take(state)
        return tuple(each for each in actions if isinstance(each, (*_KEPT, Play)))

    def cut(self) -> None:
        """The caller has cut the bot off."""
        self.state = replace(self.state, playing=0, timer=None, held=())

    # --- the engine --------------------------------------------------------------------------------------------------

    def _as_engine_has_it(self, event: Event, next_of_bot: Utterance | None) -> tuple[Action, ...] | None:
        """What the script makes of this event, if the bot's next words show that it did."""
        if self._script is None or not self._follows:
            return None
        state, actions = step(self._script, self.state, event)
        play = next((each for each in actions if isinstance(each, Play)), None)
        due: tuple[str, ...] = ()
        if play is not None:
            due = self._heard_next(state, play, next_of_bot)
            if not due:
                return None
        elif any(isinstance(each, HangUp) for each in actions):
            return None
        self._take(state)
        self._due = due
        return tuple(each for each in actions if isinstance(each, _KEPT))

    def _take(self, state: State) -> None:
        """The state after a step, of which the log will tell its own part of the facts."""
        self.state = replace(state, facts=self.state.facts, seq=self.state.seq)

    def _heard_next(self, state: State, play: Play, said: Utterance | None) -> tuple[str, ...]:
        """The prompts, beginning with this one, that are said next; none where something else is."""
        if said is None:
            return ()
        texts: list[str] = []
        best, score = 0, EXPECTED
        for text in self._in_a_row(state, play):
            if texts and says_no_more_than("".join(texts), said.text):
                break
            texts.append(text)
            alike = is_like("".join(texts), said.text)
            if alike > score:
                best, score = len(texts), alike
        if not best and self._prompts and (known := self._prompts.find(said.text)):
            best = int(known.opens and known.stage == state.stage)
            texts = [said.text]
        return tuple(texts[:best])

    def _in_a_row(self, state: State, play: Play | None) -> Iterator[str]:
        assert self._script is not None  # noqa: S101  see above
        for _ in range(MOST_AT_ONCE):
            if play is None:
                return
            yield play.text
            if state.after.kind != "next":
                return
            state, actions = step(self._script, state, PlaybackFinished(0, state.playing))
            play = next((each for each in actions if isinstance(each, Play)), None)


_KEPT = (*get_args(Remark), StopPlayback)
"""What is true of the call when its script was followed: why it was decided. Orders were given by another program."""
