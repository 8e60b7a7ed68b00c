"""Carrying out a rule, in three moves.

`take` counts it; `advance` makes sure that what it stands on is there (a doubtful acceptance is confirmed, a missing
slot is asked for) and comes back once it is; `perform` says, does and goes.
"""

from __future__ import annotations

from engine.calls.actions import Contact, Invitation, Part, Took
from engine.dialogue.decide import Reply, answers_to, doubtful
from engine.dialogue.effects import carry_out, fill_slots
from engine.dialogue.moves import go, listen, say
from engine.dialogue.state import LISTEN, After, Focus
from engine.dialogue.turn import Turn
from engine.language.prompts import asks, last_sentence
from engine.language.stage import Rule

ANSWERS_AT_ONCE = 2
"""How many questions of one breath are answered together."""


def take(turn: Turn, rule: Rule, reply: Reply | None = None) -> None:
    times = turn.count("fired", rule.path)
    turn.do(Took(rule.path, rule.mark.line))
    turn.set(misses=0)
    if times <= rule.ignore:
        return listen(turn)
    if rule.limit and times > rule.limit:
        return go(turn, f"{rule.path}.over")
    if reply:
        fill_slots(turn, rule.fill, reply)
    return advance(turn, rule, reply)


def advance(turn: Turn, rule: Rule, reply: Reply | None, *, confirmed: bool = False, asked: str = "") -> None:
    """`asked` is the slot asked for last: told by now or given up, as are those before it."""
    confirm = turn.stage.confirm
    if rule.accept and confirm and reply and not confirmed and doubtful(rule, reply):
        turn.set(focus=Focus("confirm", rule=rule.path))
        return turn.play(turn.words(confirm.say, f"{turn.state.stage}.confirm"))
    needed = rule.need[rule.need.index(asked) + 1 :] if asked else rule.need
    missing = next((name for name in needed if name not in turn.state.slots), "")
    if missing:
        lead = _answered(turn, reply, reply.common) if reply and not asked else ()
        return ask_slot(turn, rule, missing, lead)
    return perform(turn, rule, reply)


def ask_slot(turn: Turn, rule: Rule, slot: str, lead: tuple[Part, ...] = ()) -> None:
    """`lead` answers what was asked along the way."""
    focus = turn.state.focus
    asked = focus.asked + 1 if focus.slot == slot else 1
    turn.set(focus=Focus("slot", rule=rule.path, slot=slot, asked=asked))
    question = turn.words(turn.script.slots[slot].ask, f"slots.{slot}")
    turn.play((*lead, *question))
    turn.set(question=question)


def perform(turn: Turn, rule: Rule, reply: Reply | None) -> None:
    if rule.accept is not None:
        turn.do(Invitation("success" if rule.accept else "fail"))
    if rule.contact:
        turn.do(Contact(turn.state.channel, rule.contact))
    carry_out(turn, rule.do, reply)
    parts = _spoken(turn, rule, reply)
    if rule.hold_ms:
        return say(turn, parts, After("hold", rule.path), keep_question=True)
    if rule.go:
        return go(turn, rule.path, parts)
    if rule.repeat:
        return say(turn, (*parts, *turn.state.question), _meanwhile(turn))
    if rule.transfer:
        return say(turn, parts, After("transfer", rule.path))
    if rule.end:
        return say(turn, parts, After("hang_up", q850=rule.end))
    if rule.wait_ms:
        turn.set(wait_ms=rule.wait_ms)
        return say(turn, parts, _meanwhile(turn), keep_question=True)
    return lead_back(turn, rule, parts)


def go_on(turn: Turn, *, failed: bool = False) -> None:
    """The hold is over, or has `failed`: go on as its rule says."""
    rule = turn.script.rules[turn.state.after.rule]
    turn.cancel_timer()
    turn.set(hold=0)
    if failed and rule.otherwise:
        return go(turn, f"{rule.path}.else")
    return go(turn, rule.path) if rule.go else lead_back(turn, rule, ())


def _spoken(turn: Turn, rule: Rule, reply: Reply | None) -> tuple[Part, ...]:
    own = turn.words(rule.say, rule.path)
    if rule.answer and reply:
        return (*_answered(turn, reply, reply.ids), *own)
    if (rule.accept or rule.need) and reply:
        return (*_answered(turn, reply, reply.common), *own)
    if rule.path.startswith("answers.") and reply:
        return (*own, *_answered(turn, reply, reply.common, besides=rule))
    return own


def _answered(turn: Turn, reply: Reply, ids: frozenset[str], besides: Rule | None = None) -> tuple[Part, ...]:
    """The answers to the questions in these words, as far as `ids` has them; `besides` one that is being given."""
    parts: list[Part] = []
    room = ANSWERS_AT_ONCE - (besides is not None)
    rules = [rule for rule in answers_to(turn, reply, ids) if rule is not besides][:room]
    for rule in rules:
        turn.count("fired", rule.path)
        turn.do(Took(rule.path, rule.mark.line))
        carry_out(turn, rule.do, reply)
        parts += turn.words(rule.say, rule.path)
    return tuple(parts)


def lead_back(turn: Turn, rule: Rule, parts: tuple[Part, ...]) -> None:
    """Back to the stage's question: by the rule's tail, by the stage's reprompt, or by its last sentence. An answer
    that itself ends with a question leads back already.
    """
    if rule.then == "return" and not asks(parts):
        tail = turn.words(rule.tail, f"{rule.path}.tail")
        parts = (*parts, *(tail or reprompt(turn)))
    say(turn, parts, _meanwhile(turn))


def _meanwhile(turn: Turn) -> After:
    """What follows a reply that leads nowhere else: listening, or the end where the call was closing already."""
    return turn.state.after if turn.closing else LISTEN


def reprompt(turn: Turn) -> tuple[Part, ...]:
    stage, focus = turn.stage, turn.state.focus
    if focus.kind == "stage" and stage.reprompt:
        return turn.words(stage.reprompt, f"{stage.name}.reprompt")
    return last_sentence(turn.state.question)
