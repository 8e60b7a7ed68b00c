"""One simulated caller on one call: listens to the prompts, murmurs, cuts in, speaks, keeps silent, hangs up.

The call runs on the line of every simulated call (`engine.trial.simulate`). Whatever the caller does is a step of a
written call, so that the same call can be played again without any chance, also through another script.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.calls.actions import Matched, Play
from engine.calls.events import Heard
from engine.calls.log import Entry
from engine.grading.outcome import CAUSES, STATUSES
from engine.language.pace import prompt_ms
from engine.personas.behaviour import LEAVING, Act, Mind
from engine.personas.chance import Chance
from engine.personas.noise import Garbled, garble
from engine.personas.persona import Persona
from engine.personas.words import Vocabulary
from engine.trial import caller
from engine.trial.caller import Call, Step
from engine.trial.simulate import Line, Simulated, simulate
from engine.understanding.grammar import announced

MOST_STEPS = 80
"""Then even the most patient caller falls silent."""
GAP_MS = (250, 900)
"""Between the two pieces of an utterance that arrives as two."""
GOING_MS = (300, 1500)
"""From the wish to hang up to hanging up."""
ANNOUNCED_PERCENT = 85
"""Of the calls that nobody answers: the carrier says why."""
_CODES = {disposition: caller.Failure(sip) for sip, disposition in reversed(STATUSES.items())}
_CODES |= {disposition: caller.Failure(q850=code) for code, disposition in reversed(CAUSES.items())}


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance as it was meant and as it arrived."""

    seq: int
    """The step of the log in which it was heard."""
    stage: str
    meant: tuple[str, ...]
    said: str
    heard: Garbled
    understood: frozenset[str] | None = None
    """The intents found in it; None when the bot did not listen."""


@dataclass(frozen=True, slots=True)
class Made:
    """A simulated caller's call."""

    persona: str
    call: Call
    """As a written call, which anybody can play again."""
    played: Simulated
    spoken: tuple[Spoken, ...] = ()


def call_of(persona: Persona, vocabulary: Vocabulary, call: Call, chance: Chance) -> Made:
    """The call that this persona makes of it. `call` has no steps yet.

    Raises LeadError when its variables do not fit the script.
    """
    if persona.line:
        made = replace(call, steps=_not_reached(persona, vocabulary, chance))
        return Made(persona.name, made, simulate(vocabulary.script, made))
    machine = chance.weighted(persona.machine) if persona.machine else ""
    return _Live(Mind(persona, vocabulary, machine), call, chance).run()


def _not_reached(persona: Persona, vocabulary: Vocabulary, chance: Chance) -> tuple[Step, ...]:
    disposition = chance.weighted(persona.line)
    text = vocabulary.announcement(disposition, chance)
    code = _CODES.get(disposition)  # type: ignore[call-overload]  # a name out of the same list
    told = chance.happens(ANNOUNCED_PERCENT) or code is None  # what no code says is always announced
    media = (caller.EarlyMedia(text),) if text and told else ()
    return (*media, caller.Failed(code or caller.Failure(480)))


@dataclass
class _Live:
    mind: Mind
    call: Call
    chance: Chance
    steps: list[Step] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    since_ms: int = 0
    """When the last step was over."""
    turns: int = 0
    wishes: int = 0
    """How often the caller has wanted the call to be over."""
    murmured: set[int] = field(default_factory=set)
    """Prompts over which the caller has murmured."""

    def __post_init__(self) -> None:
        self.persona = self.mind.persona
        self.vocabulary = self.mind.vocabulary
        self.noise = self.persona.noise or self.vocabulary.table.noise
        first = caller.Answered(caller.Answer())
        self.line = Line(self.vocabulary.script, replace(self.call, steps=(first,)))
        self.patience = self._about(self.persona.patience)
        self.most_wishes = self._about(self.persona.refusals)
        self.line.begin()
        self.do(first)

    def _about(self, mean: int) -> int:
        return self.chance.between(max(1, mean // 2), max(1, mean + mean // 2))

    def run(self) -> Made:
        while not self.line.over and len(self.steps) < MOST_STEPS:
            chance = self.chance.fork("turn", len(self.steps))
            self.line.wait(0)
            if self.listen(chance.fork("listen")):
                continue
            if self.line.transfer:
                self.do(caller.TransferOk(chance.happens(50)))
            elif not self.line.over:
                self.act(self.mind.act(self.line.state, chance.fork("act")), None, chance.fork("say"))
        self.line.finish()
        made = replace(self.call, steps=tuple(self.steps))
        self.line.call = made
        return Made(self.persona.name, made, self.line.played(), tuple(self._understood()))

    def do(self, step: Step, replayed: Step | None = None) -> None:
        """Take a step; `replayed` is the same step as it is written, counted from the end of the one before."""
        self.steps.append(replayed or step)
        self.line.take(step)
        self.since_ms = self.line.now_ms

    # --- while the bot talks -----------------------------------------------------------------------------------------

    def listen(self, chance: Chance) -> bool:
        """Hear the prompts out; True when the caller has done something over one."""
        line, persona = self.line, self.persona
        while line.playing and not line.over:
            ref = max(line.playing)
            left_ms = line.playing[ref] + _length_ms(line.entries, ref) - line.now_ms
            if persona.leaves_ms and (leaves_ms := int(chance.wait(persona.leaves_ms))) < left_ms:
                self.hang_up(leaves_ms)
                return True
            at_ms = line.now_ms + left_ms * chance.between(15, 90) // 100
            into_ms = at_ms - line.bot_since_ms
            if chance.happens(persona.cuts_in):
                act = self.mind.act(line.state, chance.fork("act"))
                if act.deed == "say":
                    self.act(act, into_ms, chance.fork("say"))
                    return True
            if chance.happens(persona.murmurs) and ref not in self.murmured:
                self.murmured.add(ref)
                self.do(caller.Say(chance.one_of(self.vocabulary.table.murmurs), barge_in_ms=into_ms))
                return True
            while ref in line.playing and not line.over:
                line.next()
        line.wait(0)
        return False

    # --- the caller's turn -------------------------------------------------------------------------------------------

    def act(self, act: Act, into_ms: int | None, chance: Chance) -> None:
        if act.deed == "hang_up":
            return self.hang_up(chance.between(*GOING_MS))
        if act.deed == "silence":
            return self.do(caller.Silence(True))
        self.turns += 1
        if act.deed == "press":
            return self.do(caller.Dtmf(act.text, into_ms))
        self.say(act, into_ms, chance)
        self.wishes += bool(LEAVING.intersection(act.meant))
        if self.wishes >= self.most_wishes or self.turns >= self.patience:
            self.hang_up(chance.between(*GOING_MS))
        return None

    def say(self, act: Act, into_ms: int | None, chance: Chance) -> None:
        clear = bool(self.mind.machine)  # a machine's voice is always the same
        heard = Garbled((act.text,), 0.95) if clear else garble(act.text, self.noise, chance.fork("line"))
        stage, before = self.line.state.stage, len(self.line.entries)
        for number, text in enumerate(heard.finals):
            at_ms = into_ms if not number else chance.between(*GAP_MS)
            self.do(caller.Say(text, heard.confidence, at_ms))
        seq = next((e.seq for e in self.line.entries[before:] if isinstance(e.event, Heard)), -1)
        if seq >= 0:
            self.spoken.append(Spoken(seq, stage, act.meant, act.text, heard))

    def hang_up(self, after_ms: int) -> None:
        if not self.line.over:
            at_ms = self.line.now_ms + after_ms
            self.do(caller.Hangup(True, after_ms), caller.Hangup(True, at_ms - self.since_ms))

    # --- what was understood -----------------------------------------------------------------------------------------

    def _understood(self) -> list[Spoken]:
        return [replace(each, understood=_found(self.line.entries, each)) for each in self.spoken]


def _found(entries: list[Entry], spoken: Spoken) -> frozenset[str] | None:
    """The intents that were found in these words, wherever the bot got to them."""
    ids: set[str] = set()
    heard = False
    rest = [text for text in spoken.heard.finals if text.strip()]
    for entry in (entry for entry in entries if entry.seq >= spoken.seq):
        matched = next((each for each in entry.actions if isinstance(each, Matched)), None)
        if matched and rest and rest[0] in matched.text:
            heard = True
            ids |= {hit.id for hit in matched.hits if not hit.negated}
            ids |= {announced(matched.disposition)} if matched.disposition else set()
            rest = [text for text in rest[1:] if text not in matched.text]
        if not rest:
            break
    return frozenset(ids) if heard else None


def _length_ms(entries: list[Entry], ref: int) -> int:
    plays = (act for entry in reversed(entries) for act in entry.actions if isinstance(act, Play) and act.ref == ref)
    return prompt_ms(next(plays).parts)
