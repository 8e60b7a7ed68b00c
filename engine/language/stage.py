"""What a script is made of: its stages with their rules and prompts, variables and slots.

A rule is the one construct for "when this is heard, do that"; it stands in a stage's `expect`, in `always`, or in
`answers`, and its `path` says where. Every turn reads some of these objects, so their classes stand apart from the
script's: they are compiled, as a class with cached properties cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.calls.actions import ContactState, Part
from engine.content.source import Mark
from engine.grading.condition import Condition

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
