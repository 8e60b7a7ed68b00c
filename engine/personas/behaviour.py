"""What would this caller do now? A choice by weights, out of what makes sense where the call stands.

The place is read off the call's own state, as the bot has it; nothing here decides what the bot does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.dialogue.state import State
from engine.language.script import Script
from engine.language.stage import Rule, Stage
from engine.personas.chance import Chance
from engine.personas.persona import DEEDS, Persona, Weights
from engine.personas.words import Vocabulary, tell

LEAVING = frozenset({"refuse", "do_not_call", "complain", "abuse", "wrong_number", "peer", "goodbye"})
"""Intents of somebody who wants the call to be over."""
OVER: Weights = {"hang_up": 4, "goodbye": 1, "silence": 2}
"""After the bot's goodbye, for a persona that has nothing of its own there."""
MOST_REPEATED = 2
"""How often somebody brings up the same question."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is done in one turn."""

    deed: str = "say"
    """`say`, or one of those that are no intents."""
    meant: tuple[str, ...] = ()
    text: str = ""
    """Words or keys."""


@dataclass(slots=True)
class Mind:
    """What a caller remembers of the call."""

    persona: Persona
    vocabulary: Vocabulary
    machine: str = ""
    said: dict[str, int] = field(default_factory=dict)
    """How often each intent was brought up."""

    def act(self, state: State, chance: Chance) -> Act:
        """What to do in this state."""
        script = self.vocabulary.script
        stage = script.stages[state.stage]
        weights = dict(weights_at(self.persona, place_of(script, state)))
        while any(weight > 0 for weight in weights.values()):
            name = chance.weighted(weights)
            made = self._make(name, state, stage, chance)
            if made:
                for each in made.meant:
                    self.said[each] = self.said.get(each, 0) + 1
                return made
            weights[name] = 0
        return Act("silence")

    def _make(self, name: str, state: State, stage: Stage, chance: Chance) -> Act | None:
        """The act of this name, or None when it makes no sense here."""
        words = self.vocabulary
        if name in ("silence", "hang_up"):
            return Act(name)
        if name == "other":
            return Act(text=words.free_words(chance))
        if name == "announcement":
            text = words.announcement(self.machine, chance)
            return Act(meant=(f"announced:{self.machine}",), text=text) if text else None
        if name == "answer":
            return self._answer(state, stage, chance)
        if name == "tell":
            slot = next((each for each in (state.focus.slot, *stage.fill) if each and each not in state.slots), "")
            return Act(text=tell(words.script.slots[slot].type, chance)) if slot else None
        return self._say(words.meant(name, stage, self.said, chance), stage, chance)

    def _say(self, meant: tuple[str, ...], stage: Stage, chance: Chance) -> Act | None:
        if not meant or any(self.said.get(each, 0) >= MOST_REPEATED for each in meant if each.startswith("ask_")):
            return None
        return Act(meant=meant, text=self.vocabulary.say(meant, stage, self.persona.talks, chance))

    def _answer(self, state: State, stage: Stage, chance: Chance) -> Act | None:
        """Something that one of the rules for the open question waits for."""
        for rule in chance.shuffled(_open_rules(state, stage)):
            if rule.press and not rule.hear:
                return Act("press", text=chance.one_of(rule.press))
            for name in chance.shuffled(sorted(rule.hear)):
                also = chance.one_of(sorted(rule.also)) if rule.also else ""
                act = self._say(
                    self.vocabulary.meant(f"{name}+{also}" if also else name, stage, (), chance), stage, chance
                )
                if act:
                    return act
        return None


def place_of(script: Script, state: State) -> str:
    """The kind of place where the call stands: one of `PLACES`."""
    if state.after.kind == "hang_up":
        return "goodbye"
    return _BY_FOCUS.get(state.focus.kind) or script.stages[state.stage].role


_BY_FOCUS = {"recover": "recovery", "confirm": "confirm", "slot": "slot"}


def weights_at(persona: Persona, place: str) -> Weights:
    found = persona.does.get(place)
    if found is None and place == "goodbye" and not persona.machine:
        return OVER
    return persona.does.get("any", {}) if found is None else found


def _open_rules(state: State, stage: Stage) -> list[Rule]:
    own = stage.recover[state.focus.step].expect if state.focus.kind == "recover" else ()
    return [rule for rule in (*own, *stage.expect) if rule.hear or rule.press]


def unknown_acts(personas: dict[str, Persona], vocabulary: Vocabulary) -> list[tuple[Persona, str]]:
    """Acts in which something means nothing to the script."""
    return [
        (persona, act)
        for persona in personas.values()
        for act in dict.fromkeys(act for acts in persona.does.values() for act in acts)
        if act not in DEEDS and not vocabulary.knows(act)
    ]
