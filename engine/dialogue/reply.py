"""What the bot makes of a reply, by the question that is open: the caller's words, keys, silence, or mere noise."""

from __future__ import annotations

from collections.abc import Callable

from engine.calls.actions import Filled, Keyed, NoInput, Took, Unmatched
from engine.dialogue.decide import (
    AGREEABLE,
    NO,
    YES,
    Reply,
    applies,
    common_rule,
    disputed,
    ends_in_refusal,
    fallback,
    first,
    in_force,
    rule_at,
    tells_time,
)
from engine.dialogue.effects import call_off, fill_slots, store
from engine.dialogue.moves import close_by_limit, go, listen, refuse, say
from engine.dialogue.rules import advance, ask_slot, reprompt, take
from engine.dialogue.state import LISTEN
from engine.dialogue.turn import Turn
from engine.language.prompts import asks, choose
from engine.language.stage import NOTHING, Rule


def answer(turn: Turn, reply: Reply) -> None:
    """The caller has said something to which the bot now reacts."""
    turn.cancel_timer()
    turn.set(turns=turn.state.turns + 1, silences=0, voice_since_ms=None)
    if turn.state.reason == "silence":
        turn.set(reason="goodbye")
    wanted = [name for name in (*turn.stage.fill, turn.state.focus.slot) if name]
    if wanted:
        fill_slots(turn, [name for name in wanted if turn.script.slots[name].type != "words"], reply)
    if turn.state.turns > turn.script.limits.turns:
        return close_by_limit(turn, "turn_limit")
    rule = common_rule(turn, reply)
    if rule:
        return take(turn, rule, reply)
    if wanted:  # free words answer the stage's own question, not one asked in between
        fill_slots(turn, [name for name in wanted if turn.script.slots[name].type == "words"], reply)
    return _BY_FOCUS[turn.state.focus.kind](turn, reply)


def answer_goodbye(turn: Turn, reply: Reply) -> None:
    """Words after or over the bot's goodbye: what changes the outcome still counts, the rest is let go."""
    rule = common_rule(turn, reply)
    leaves = rule is not None and rule.do.do_not_call
    if turn.state.facts.do_not_call and not leaves:  # who wants to be left alone is offered nothing more
        return None
    if _takes_back(turn, reply):
        call_off(turn)
        if not leaves:
            return go(turn, "refused")
    if rule and _reopens(turn, rule, reply):
        return answer(turn, reply)
    return None


def _takes_back(turn: Turn, reply: Reply) -> bool:
    """Does somebody who had agreed to something say no to it? 没有了，再见 does not, nor does another time."""
    agreed = turn.facts().invitation == "success" or turn.state.callback is not None
    denied = "deny" in reply.ids and not reply.ids & {"goodbye", "affirm"} and not tells_time(reply)
    return agreed and ("refuse" in reply.ids or denied)


def answer_waiting(turn: Turn, reply: Reply) -> None:
    """Words while a person is being called, or on hold: only the wish to be left alone is acted on, and ends that."""
    rule = common_rule(turn, reply)
    if rule and rule.do.do_not_call:
        turn.off_hold()
        turn.set(transfer=0, after=LISTEN)
        answer(turn, reply)


def _reopens(turn: Turn, rule: Rule, reply: Reply) -> bool:
    """Does this rule do more than say goodbye again? With another time than before even the same goodbye is news."""
    if rule.limit and turn.state.fired.get(rule.path, 0) >= rule.limit:  # past it the rule only leads to `over`
        return not rule.over or not turn.script.stages[rule.over].end
    if rule.do is not NOTHING or not rule.go:
        return not rule.end and (rule.go != turn.state.stage or _tells_news(turn, rule, reply))
    return not turn.script.stages[rule.go].end


def _tells_news(turn: Turn, rule: Rule, reply: Reply) -> bool:
    wanted = {turn.script.slots[name].type for name in rule.fill}
    known = {slot.value for slot in turn.state.slots.values()}
    return any(told.value and told.type in wanted and told.value not in known for told in reply.told)


# --- by the question that is open ------------------------------------------------------------------------------------


def _to_stage(turn: Turn, reply: Reply) -> None:
    stage = turn.stage
    rule = first(turn, stage.expect, reply)
    if rule:
        return take(turn, rule, reply)
    if reply.ids & stage.refusal:
        return refuse(turn)
    rule = fallback(turn, reply)
    if rule:
        return take(turn, rule, reply)
    if stage.go:
        return go(turn, "next")
    return miss(turn, reply.text)


def _to_recovery(turn: Turn, reply: Reply) -> None:
    recovery = turn.stage.recover[turn.state.focus.step]
    rule = first(turn, recovery.expect, reply)
    if rule:
        return take(turn, rule, reply)
    if reply.ids & (turn.stage.refusal | NO):
        return refuse(turn)
    rule = next((rule for rule in recovery.expect if rule.other and applies(turn, rule, reply)), None)
    if rule:
        return take(turn, rule, reply)
    if recovery.go:
        turn.do(Took(recovery.path, recovery.mark.line))
        return go(turn, recovery.path)
    return _to_stage(turn, reply)


def _to_confirmation(turn: Turn, reply: Reply) -> None:
    """Yes, or another time, accepts; no refuses, unless the stage has a rule for what it is said to; a second 嗯 leaves
    the invitation pending.
    """
    rule = rule_at(turn.script, turn.state)
    new_time = tells_time(reply) and not ends_in_refusal(rule, reply)
    if new_time or (_says_yes(reply) and not (reply.ids & NO or disputed(YES, reply))):
        return advance(turn, rule, reply, confirmed=True)
    other = first(turn, turn.stage.expect, reply)
    if other and other.path == rule.path:
        if reply.ids & rule.hear & turn.stage.words and not reply.ids & NO:  # the stage's own words for a yes
            return advance(turn, rule, reply, confirmed=True)
        other = None
    # 明天不行 says no to the day alone
    particular = other and not other.hear & (AGREEABLE | NO) and "refuse" not in reply.ids
    if reply.ids & (turn.stage.refusal | NO) and not particular:
        return refuse(turn)
    return take(turn, other, reply) if other else go(turn, "unsure")


def _says_yes(reply: Reply) -> bool:
    """有两个人 is a yes to some other question."""
    counts = any(told.type == "quantity" for told in reply.told)
    return bool(reply.ids & (YES - {"confirm"} if counts else YES))


def _to_slot_question(turn: Turn, reply: Reply) -> None:
    rule, focus = rule_at(turn.script, turn.state), turn.state.focus
    if "refuse" in reply.ids & turn.stage.refusal:
        return refuse(turn)
    settled = focus.slot in turn.state.slots or reply.ids & NO
    if settled or focus.asked >= turn.script.slots[focus.slot].tries:
        return advance(turn, rule, reply, confirmed=True, asked=focus.slot)
    return ask_slot(turn, rule, focus.slot)


_BY_FOCUS: dict[str, Callable[[Turn, Reply], None]] = {
    "stage": _to_stage,
    "recover": _to_recovery,
    "confirm": _to_confirmation,
    "slot": _to_slot_question,
}


# --- nothing heard, nothing understood -------------------------------------------------------------------------------


def silence(turn: Turn) -> None:
    """No-input: the prompts for it in turn, then the stage's way out."""
    if turn.speaking:
        return listen(turn)
    prompts, number = turn.stage.silence.say, turn.state.silences
    turn.set(silences=number + 1)
    turn.do(NoInput(number + 1))
    if number < len(prompts):
        turn.do(Took("silence"))
        return say(turn, choose(prompts[number : number + 1], 0, turn.known()), keep_question=True)
    turn.set(reason="silence")
    rule = next((rule for rule in turn.stage.expect if rule.silence and in_force(turn, rule)), None)
    if rule:
        return take(turn, rule)
    turn.do(Took("silence"))
    return go(turn, "silence")


def miss(turn: Turn, text: str) -> None:
    """No-match: ask back with the prompts for it in turn, then the stage's way out. Who has told what is wanted here
    has been understood, and hears the question alone.
    """
    if any(isinstance(note, Filled) and turn.script.slots[note.slot].type != "words" for note in turn.actions):
        turn.do(Took("no_match"))
        return say(turn, reprompt(turn))
    turn.do(Unmatched(text))
    turn.set(misses=turn.state.misses + 1)
    prompts, number = turn.stage.no_match.say, turn.state.misses
    turn.do(Took("no_match"))
    if number > len(prompts):
        return go(turn, "no_match")
    parts = choose(prompts[number - 1 : number], 0, turn.known())
    return say(turn, parts if asks(parts) else (*parts, *reprompt(turn)))


def keys(turn: Turn, key: str) -> bool:
    """Collect keys for a slot that takes them; `#` ends the number. False when no slot does."""
    wanted = (*turn.stage.fill, turn.state.focus.slot)
    name = next((name for name in wanted if name and turn.script.slots[name].type in ("digits", "number")), "")
    if not name:
        return False
    if key != "#":
        turn.set(keys=turn.state.keys + key)
        turn.do(Keyed(len(turn.state.keys)))
        if not turn.state.playing:
            listen(turn)
        return True
    pressed = turn.state.keys
    turn.set(keys="")
    if pressed:
        store(turn, name, pressed, pressed)
    answer(turn, Reply(pressed, (), frozenset({"give_number"}), frozenset(), ()))
    return True
