"""What a call has amounted to so far, in named facts: the only thing that grades and script conditions read.

Facts are a fold over the log (`engine.grading.fold`), and so are the same live, in replay and when an old call is
graded again. Every fact keeps the evidence that made it: the step, and the words said there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Self, get_args

from engine.calls.events import ToneKind
from engine.grading.outcome import Source
from engine.grading.words import Disposition

AnsweredBy = Literal["none", "human", "machine"]
InvitationState = Literal["none", "pending", "success", "fail"]
ContactState = Literal["none", "passive", "requested", "given", "declined"]
TransferState = Literal["none", "ok", "failed"]
HoldState = Literal["none", "ok", "failed"]
EndedBy = Literal["", "caller", "bot", "network"]
End = Literal["", "caller", "network", "bot", "silence", "limit", "transfer"]


class Evidence(NamedTuple):
    """What made a fact."""

    fact: str
    """Name of the field of `Facts`; `negated` for an intent that was heard but denied, and so counts for nothing."""
    seq: int
    """The step in the log."""
    words: str = ""
    """What was said in it; or the code, key or stage that decided."""
    value: str = ""
    """What the fact became or gained: `success`, or the intent heard."""
    phrase: str = ""
    """The phrase of the grammar that hit."""
    span: tuple[int, int] | None = None
    """Where in the words it stands, start and end in characters."""
    instead: str = ""
    """Where the words are another reading of the recogniser: its best one."""


@dataclass(frozen=True)  # no slots: a copy is then one dict update, 1 µs where `replace` needs 20
class Facts:
    """Everything known about a call; the defaults are a call that has not begun. Times in milliseconds."""

    # --- the line
    answered_by: AnsweredBy = "none"
    """A human until a machine is recognised, also when nobody says a word."""
    disposition: Disposition = "unknown"
    """What it would be if the call ended now."""
    known_by: Source = ""
    """What told it."""
    sip: int | None = None
    q850: int | None = None
    talk_ms: int = 0
    """From the answer to the end or to the latest event."""
    ended_by: EndedBy = ""
    end: End = ""
    """How an answered call ended."""
    ended_in_stage: str = ""
    ended_in_role: str = ""
    ended_in_opening: bool = False
    """The caller hung up at once: before the opening was over, and without a word beyond a greeting."""
    played_ms: int | None = None
    """How much of the prompt in progress was heard when the call ended; None when no prompt was cut by it."""
    transfer: TransferState = "none"
    hold: HoldState = "none"

    # --- where the script has been
    stages: tuple[str, ...] = ()
    """In order, with returns."""
    roles: tuple[str, ...] = ()
    """Reached, each once."""
    recoveries: int = 0
    no_input: int = 0
    barge_ins: int = 0
    bot_turns: int = 0
    """Prompts begun since the answer."""

    # --- what the caller said and did
    turns: int = 0
    """Utterances acted on."""
    spoke: bool = False
    """Something beyond a back-channel word or a greeting."""
    heard: tuple[str, ...] = ()
    """Intents in the order of hearing, once for each utterance that has them; negated ones never."""
    interest: tuple[str, ...] = ()
    """The distinct interest questions, in the order asked."""
    invitation: InvitationState = "none"
    refusals: int = 0
    """Utterances that refuse the offer."""
    tail_refusals: int = 0
    """Refusals since the last positive act."""
    affirmations: int = 0
    negations: int = 0
    hesitations: int = 0
    sms: ContactState = "none"
    wechat: ContactState = "none"
    busy: bool = False
    callback_at: str = ""
    """RFC 3339 time or date of the call asked for."""
    do_not_call: bool = False
    complaint: bool = False
    abuse: bool = False
    peer: bool = False
    wrong_person: bool = False
    referral: bool = False
    asked_for_human: bool = False
    filled: tuple[str, ...] = ()
    """Names of the slots told."""
    no_match: int = 0
    not_heard: int = 0
    """Utterances for which the recogniser had no words."""

    # --- kept for the next step
    over: bool = False
    """The call has ended; what comes now was told late."""
    header: str = ""
    word: str = ""
    means: str = ""
    """Told together with `sip` and `q850`, as in `engine.grading.outcome.Signs`."""
    evidence: tuple[Evidence, ...] = ()
    """In the order of the log."""
    announcement: Disposition | Literal[""] = ""
    """The strongest one heard."""
    tones: frozenset[ToneKind] = frozenset()
    """Heard before the answer."""
    rang: bool = False
    rang_out: bool = False
    """Our ring time ran out."""
    answered_ms: int | None = None
    """`at_ms` of the answer."""
    role: str = ""
    """Of the present stage."""
    prompt: int = 0
    """`ref` of the prompt in progress, 0 for none."""
    prompt_ms: int = 0
    """`at_ms` of its start."""
    prompt_words: str = ""
    opened_ms: int | None = None
    """From the answer to the first voice."""
    opening_ms: int = 0
    """Length of the first utterance."""
    voice_ms: int = 0
    """Length of the latest stretch of voice."""
    referral_turn: int = 0
    """The turn in which the caller last said not to be the one who decides; 0 for none."""

    @property
    def interest_questions(self) -> int:
        return len(self.interest)

    @property
    def talk_seconds(self) -> float:
        return self.talk_ms / 1000

    def evidence_of(self, fact: str) -> tuple[Evidence, ...]:
        """What made this fact (a name of `FACTS`), in the order of the log; of a state, what made the present one."""
        if fact == "tail_refusals":
            return self.evidence_of("refusals")[-self.tail_refusals :] if self.tail_refusals else ()
        field, latest = MADE[fact]
        found = tuple([one for one in self.evidence if one.fact == field])
        return found[-1:] if latest else found

    def but(self, proof: tuple[Evidence, ...] = (), /, **changes: object) -> Self:
        """A copy with these fields changed and this evidence added."""
        made = object.__new__(type(self))
        values = made.__dict__
        values.update(self.__dict__)
        values.update(changes)
        if proof:
            values["evidence"] = self.evidence + proof
        return made


MADE_WITH = {"interest_questions": "interest", "known_by": "disposition"}
"""Facts that the evidence of another field makes."""

# --- for authors ---------------------------------------------------------------------------------------------------

Kind = Literal["number", "duration", "word", "text", "flag", "set"]


@dataclass(frozen=True, slots=True)
class About:
    """A fact as authors know it."""

    kind: Kind
    doc: str
    values: tuple[str, ...] = ()
    """Of a word."""
    field: str = ""
    """Of `Facts`, where it is named otherwise."""


def _word(doc: str, values: object) -> About:
    return About("word", doc, tuple(value for value in get_args(values) if value))


ROLES = ("greeting", "opening", "pitch", "discovery", "invitation", "closing", "recovery")

FACTS: dict[str, About] = {
    # the line
    "answered_by": _word("Who answered; a human until a machine is recognised.", AnsweredBy),
    "disposition": _word("What became of the call technically.", Disposition),
    "known_by": _word("What told the disposition.", Source),
    "sip": About("number", "Final SIP status of a call that failed."),
    "q850": About("number", "Q.850 cause, when one was given."),
    "talk_seconds": About("duration", "Time since the answer.", field="talk_ms"),
    "ended_by": _word("Who ended the call.", EndedBy),
    "end": _word("How an answered call ended.", End),
    "ended_in_stage": About("text", "The stage in which the call ended."),
    "ended_in_role": About("word", "The role of that stage.", ROLES),
    "ended_in_opening": About("flag", "The caller hung up before the opening was over, with no word but a greeting."),
    "played_seconds": About("duration", "How much was heard of the prompt cut by the end.", field="played_ms"),
    "transfer": _word("Whether a person has taken over.", TransferState),
    "hold": _word("Whether the caller was put on hold, the last time it was tried.", HoldState),
    # where the script has been
    "visited": About("set", "Stages visited.", field="stages"),
    "reached": About("set", "Roles of the stages visited.", ROLES, "roles"),
    "recoveries": About("number", "Refusals answered by another offer."),
    "no_input": About("number", "Times nothing was said."),
    "no_match": About("number", "Utterances that fitted nothing."),
    "not_heard": About("number", "Utterances the recogniser had no words for."),
    "barge_ins": About("number", "Prompts the caller cut short."),
    "bot_turns": About("number", "Prompts of the bot since the answer."),
    # what the caller said
    "turns": About("number", "Utterances of the caller."),
    "spoke": About("flag", "The caller said more than a greeting or a back-channel word."),
    "heard": About("set", "Intents heard."),
    "asked": About("set", "Interest questions asked.", field="interest"),
    "interest_questions": About("number", "Different interest questions asked."),
    "invitation": _word("What became of the invitation.", InvitationState),
    "refusals": About("number", "Utterances that refused the offer."),
    "tail_refusals": About("number", "Refusals since the last positive act."),
    "affirmations": About("number", "Utterances with a strong yes."),
    "negations": About("number", "Utterances that answered no."),
    "hesitations": About("number", "Utterances that hesitated."),
    "sms": _word("The caller's wish for material by SMS.", ContactState),
    "wechat": _word("The caller's wish to be added on WeChat.", ContactState),
    "busy": About("flag", "The caller is busy."),
    "callback_at": About("text", "The time at which the caller wants to be called."),
    "do_not_call": About("flag", "The caller must not be called again."),
    "complaint": About("flag", "The caller complained."),
    "abuse": About("flag", "The caller was abusive."),
    "peer": About("flag", "The caller is in the same trade."),
    "wrong_person": About("flag", "The number is not this person's."),
    "referral": About("flag", "The caller named the person who decides."),
    "asked_for_human": About("flag", "The caller asked for a person."),
    "filled": About("set", "Slots told."),
}


MADE = {
    name: (MADE_WITH.get(name) or about.field or name, about.kind in ("word", "text")) for name, about in FACTS.items()
}
"""For each fact: the field whose evidence makes it, and whether only the latest does."""
