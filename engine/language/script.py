"""A call script as the engine runs it: frozen data, checked, with every reference resolved.

`engine.language.load` makes it from YAML. A rule is the one construct for "when this is heard, do that"; it stands in a
stage's `expect`, in `always`, or in `answers`, and its `path` says where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from engine.calls.actions import ContactState, Part
from engine.content.source import Mark
from engine.grading.condition import Condition
from engine.grading.grade import Scheme
from engine.understanding.grammar import Grammar, Matcher

if TYPE_CHECKING:
    from engine.calls.machine import Edge, Graph

Role = Literal["greeting", "opening", "pitch", "discovery", "invitation", "closing", "recovery"]

VariableType = Literal["text", "name", "number", "phone"]
SlotType = Literal["time", "number", "name", "quantity", "digits", "words"]

Wording = tuple[Part, ...]
"""One way to say a prompt; `{name}` in a part's text stands for a variable or a slot."""
Prompt = tuple[Wording, ...]
"""Several wordings, taken in turn."""


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    type: VariableType = "text"
    default: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    type: SlotType
    ask: Prompt = ()
    """The question for this slot alone, asked when a rule needs it and it is missing."""
    tries: int = 2
    """How often it is asked before the call goes on without it."""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """When the caller's words cut a prompt; judged for each utterance by itself."""

    after_chars: int = 4
    """An utterance at least this long cuts; 0 lets any utterance cut."""
    only: frozenset[str] | None = None
    """When given, nothing but these intents cuts. The empty set: nothing does (`off`)."""
    never: frozenset[str] = frozenset()
    """Intents that alone never cut: back-channel words."""
    always: frozenset[str] = frozenset()
    """Intents that cut however short they are."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a rule or a stage has done beyond talking; texts may hold `{name}`."""

    sms: str = ""
    wechat: str | None = None
    """Number or account to add; empty for the number called; None for nothing."""
    send: str = ""
    """Material to send by the channel the caller asked for, SMS when none was named."""
    callback: str | None = None
    """Name of the time slot that holds the time; empty for "again, some time"."""
    do_not_call: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""


NOTHING = Doing()


@dataclass(frozen=True, slots=True)
class Rule:
    path: str
    """`STAGE.expect.N`, `STAGE.recover.N.expect.M`, `always.N` or `answers.N`; N counts from 1 as people do."""
    mark: Mark
    hear: frozenset[str] = frozenset()
    """Intents and words; groups are spelled out. Any one is enough."""
    also: frozenset[str] = frozenset()
    """Intents, one of which must be heard in the same utterance too."""
    press: str = ""
    """DTMF keys, any of them."""
    other: bool = False
    """Takes whatever is said and fits nothing else."""
    silence: bool = False
    """Takes over when the no-input prompts are used up."""
    when: Condition | None = None
    say: Prompt = ()
    answer: bool = False
    """First answer the questions in the utterance, as `answers` has it."""
    go: str = ""
    then: Literal["return", "stay"] = "return"
    """Without `go`: return to the stage's question with its reprompt, or stay and listen."""
    tail: Prompt = ()
    """Said in place of the reprompt."""
    repeat: bool = False
    transfer: str = ""
    otherwise: str = ""
    """The stage to go to when the transfer or the hold fails."""
    hold_ms: int = 0
    """Put the caller on hold for so long before going on."""
    end: int = 0
    """Hang up, with this cause (Q.850)."""
    wait_ms: int = 0
    """How long to listen this time before silence counts."""
    ignore: int = 0
    """This rule does nothing the first N times."""
    limit: int = 0
    """How often it applies in a call; 0 is no limit."""
    over: str = ""
    """The stage to go to once the limit is reached; without it the rule just stops applying."""
    accept: bool | None = None
    """True: the invitation is accepted. False: it is taken back."""
    contact: ContactState | Literal[""] = ""
    """What this says about the channel (SMS or WeChat) asked for last."""
    fill: tuple[str, ...] = ()
    need: tuple[str, ...] = ()
    """Slots that must be told before the rule goes on."""
    do: Doing = NOTHING
    stages: frozenset[str] = frozenset()
    """Only in these stages; empty is everywhere."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """One more offer after a refusal."""

    path: str
    mark: Mark
    say: Prompt
    go: str = ""
    """Where anything but a refusal leads; empty: the stage's own rules read the reply."""
    expect: tuple[Rule, ...] = ()
    """Rules for the reply, before the stage's own."""
    do: Doing = NOTHING


@dataclass(frozen=True, slots=True)
class Confirm:
    """The closed question that a doubtful acceptance must pass before it counts."""

    say: Prompt
    unsure: str
    """The stage to go to when the answer is neither yes nor no."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No-input: how long to wait, what to say in turn, where to go in the end."""

    after_ms: int = 3500
    say: Prompt = ()
    then: str = ""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Words that fit nothing: a short answer is taken as going along, a longer one is asked back."""

    short_chars: int = 4
    say: Prompt = ()
    then: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    turns: int = 24
    seconds: int = 300
    visits: int = 3
    recoveries: int = 2
    recoveries_per_stage: int = 1
    then: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    role: Role
    mark: Mark
    say: Prompt = ()
    reprompt: Prompt = ()
    expect: tuple[Rule, ...] = ()
    refusal: frozenset[str] = frozenset()
    """Intents that count as a refusal here."""
    recover: tuple[Recovery, ...] = ()
    confirm: Confirm | None = None
    fill: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    """Intents that `always` and `answers` leave to this stage: those it names itself, and its exceptions."""
    words: frozenset[str] = frozenset()
    """Its own phrases."""
    skip: tuple[tuple[Condition, str], ...] = ()
    """On entering: the first condition that holds sends the call to that stage instead."""
    silence: Silence = field(default_factory=Silence)
    no_match: NoMatch = field(default_factory=NoMatch)
    barge_in: BargeIn = field(default_factory=BargeIn)
    go: str = ""
    """Go on there after the prompt, without listening."""
    end: int = 0
    """Hang up after the prompt, with this cause (Q.850)."""
    do: Doing = NOTHING


@dataclass(frozen=True)
class Script:
    name: str
    title: str
    language: str
    sha256: str
    """Over the script and everything it was made from; a call names it in its log."""
    start: str
    stages: Mapping[str, Stage]
    always: tuple[Rule, ...]
    answers: tuple[Rule, ...]
    variables: Mapping[str, Variable]
    slots: Mapping[str, Slot]
    limits: Limits
    refused: str
    """The stage where a refused call closes."""
    words: frozenset[str]
    """Phrases that `always` and `answers` listen for, beside the intents."""
    grammars: tuple[Grammar, ...]
    scheme: Scheme
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Every rule by its path."""

    @cached_property
    def sure(self) -> frozenset[str]:
        """The variables that have a value in every call."""
        return frozenset(name for name, each in self.variables.items() if each.required or each.default)

    @cached_property
    def listened(self) -> Mapping[str, frozenset[str]]:
        """The phrases that each stage listens for beside the intents: its own and those heard everywhere."""
        return {name: stage.words | self.words for name, stage in self.stages.items()}

    @cached_property
    def interest(self) -> frozenset[str]:
        """The intents that are interest questions."""
        return frozenset(
            intent.id for grammar in self.grammars for intent in grammar.intents if intent.group == "interest"
        )

    @cached_property
    def always_for(self) -> Mapping[str, tuple[int, ...]]:
        """Which rules of `always` hear an intent, by their places."""
        return _by_intent(self.always)

    @cached_property
    def answers_for(self) -> Mapping[str, tuple[int, ...]]:
        """The same of `answers`."""
        return _by_intent(self.answers)

    @cached_property
    def lexicon(self) -> Matcher:
        """What can be understood; built on first use, like the graph, since checking a script needs neither."""
        from engine.understanding.lexicon import Lexicon  # noqa: PLC0415  the matcher is a quarter of the start-up of a command

        words = self.words.union(*(stage.words for stage in self.stages.values()))
        return Lexicon(self.grammars, words=words)

    @cached_property
    def graph(self) -> Graph:
        """Where each rule leads from each stage."""
        from engine.calls.machine import Graph  # noqa: PLC0415  like the matcher, only calls need it

        return Graph(self.stages, self.edges(), self.start)

    def edges(self) -> list[Edge]:
        """(stage, trigger, stage) for everything that can move a call; the trigger is the rule's path or a word."""
        return (
            [edge for stage in self.stages.values() for edge in self._edges_of(stage)]
            + [("*", trigger, target) for rule in (*self.always, *self.answers) for trigger, target in _exits(rule)]
            + [("*", trigger, target) for trigger, target in (("limit", self.limits.then), ("refused", self.refused))]
        )

    def _edges_of(self, stage: Stage) -> list[Edge]:
        targets = [exit_ for rule in stage.expect for exit_ in _exits(rule)]
        for recovery in stage.recover:
            targets += [exit_ for rule in recovery.expect for exit_ in _exits(rule)]
            targets.append((recovery.path, recovery.go))
        targets += [(f"skip.{number}", target) for number, (_, target) in enumerate(stage.skip, 1)]
        targets += [("next", stage.go), ("silence", stage.silence.then), ("no_match", stage.no_match.then)]
        if stage.confirm:
            targets.append(("unsure", stage.confirm.unsure))
        return [(stage.name, trigger, target) for trigger, target in targets if target]


def _by_intent(rules: tuple[Rule, ...]) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for place, rule in enumerate(rules):
        for name in rule.hear:
            places[name] = (*places.get(name, ()), place)
    return places


def _exits(rule: Rule) -> list[tuple[str, str]]:
    """The triggers of one rule with the stages they lead to."""
    exits = ((rule.path, rule.go), (f"{rule.path}.else", rule.otherwise), (f"{rule.path}.over", rule.over))
    return [(trigger, target) for trigger, target in exits if target]
