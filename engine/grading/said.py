"""What one utterance of the caller adds to the facts.

An intent counts once in an utterance, however often it is said in one breath; what was heard but denied by its
surroundings counts for nothing. Within an utterance the order of speaking decides, so that 可以可以，不用了 is a
refusal and 不用了，哎，多少钱 a question.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Literal

from engine.grading.facts import ContactState, Facts
from engine.grading.step import Step, evidence
from engine.understanding.grammar import Hit

INTEREST = frozenset(
    "ask_price ask_mode ask_effect ask_function ask_case ask_trial ask_address ask_company ask_line ask_data ask_deploy"
    " ask_service ask_time ask_contract".split()
)
"""Questions about the offer: the group `interest` of the shipped grammars."""
CHATTER = frozenset({"neutral", "greet"})
"""Sounds of somebody listening; alone they are no speech."""
QUIET = CHATTER | {"side_talk"}

COUNTS = {"refuse": "refusals", "affirm": "affirmations", "deny": "negations", "hesitate": "hesitations"}
FLAGS = {
    "busy": "busy", "do_not_call": "do_not_call", "complain": "complaint", "abuse": "abuse", "peer": "peer",
    "wrong_number": "wrong_person", "want_human": "asked_for_human",
}  # fmt: skip
Channel = Literal["sms", "wechat"]
WANTS: dict[str, Channel] = {"want_material": "sms", "want_wechat": "wechat"}
POSITIVE = frozenset({"affirm", "want_material", "want_wechat", "give_time", "give_number"})
"""Acts, besides interest questions, that break a row of refusals."""
TELLS_NUMBER = frozenset({"give_number", "this_number"})
TELLS_WHO = frozenset({"give_number", "give_name"})

WISHES: tuple[ContactState, ...] = ("none", "declined", "passive", "requested", "given")


def utterance(step: Step, text: str, hits: tuple[Hit, ...]) -> None:
    """These words of a human, and what they mean."""
    facts, seq = step.facts, step.seq
    counting = _counting(hits)
    turns = [evidence("turns", seq, text)]
    turns += [evidence("negated", seq, text, hit.id, hit.phrase, hit.span) for hit in hits if hit.negated]
    step.set(tuple(turns), turns=facts.turns + 1)
    speaks(step, text, aloud=_is_speech(text, hits))
    tail = _tail(facts.tail_refusals, counting, step.interest)
    first: dict[str, Hit] = {}
    for hit in counting:
        first.setdefault(hit.id, hit)
    for hit in first.values():
        _hear(step, text, hit)
    if tail != facts.tail_refusals:
        step.set(tail_refusals=tail)
    _told(step, text, first.keys())


def _is_speech(text: str, hits: tuple[Hit, ...]) -> bool:
    """More than a sound: words that mean something else, or words that no grammar knows."""
    for hit in hits:
        if hit.id not in QUIET:
            return True
    return not hits and sum([char.isalnum() for char in text]) >= 2


def speaks(step: Step, words: str, *, aloud: bool) -> None:
    """A human has shown to be there, and with `aloud` to have something to say."""
    facts = step.facts
    if facts.disposition != "completed":
        proof = evidence("disposition", step.seq, words, "completed")
        step.set((proof,), disposition="completed", known_by="speech")
    if aloud and not facts.spoke:
        # Words may come after the tone by which it was known that the caller has hung up; he said them before.
        step.set((evidence("spoke", step.seq, words),), spoke=True, ended_in_opening=False)


def wish(before: ContactState, now: ContactState) -> ContactState:
    """A contact asked for again. Asking takes nothing back, declining does."""
    return now if now == "declined" else max(before, now, key=WISHES.index)


def _counting(hits: tuple[Hit, ...]) -> list[Hit]:
    """The hits that count, in the order of speaking.

    A word that the present stage asked for is its answer and no refusal: 没有 after "do you have a team?".
    """
    found = [hit for hit in hits if not hit.negated]
    if len(found) > 1:
        found.sort(key=_SPAN)
    own = [hit.span for hit in found if hit.id == hit.phrase and not hit.reading]
    return [hit for hit in found if hit.id != "refuse" or not _within(hit.span, own)] if own else found


def _within(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


_SPAN = attrgetter("span")


def _hear(step: Step, text: str, hit: Hit) -> None:
    intent, phrase, span, reading = hit.id, hit.phrase, hit.span, hit.reading
    words, instead = (reading, text) if reading else (text, "")
    gained = _effect(step.facts, hit, step.interest)
    proof = [evidence("heard", step.seq, words, intent, phrase, span, instead)]
    for fact, value in gained.items():
        shown = value if isinstance(value, str) else intent
        proof.append(evidence(fact, step.seq, words, shown, phrase, span, instead))
    step.set(tuple(proof), heard=(*step.facts.heard, intent), **gained)


def _effect(facts: Facts, hit: Hit, interest: frozenset[str]) -> dict[str, object]:
    """The facts that follow from this intent alone, with their new values."""
    intent = hit.id
    if fact := COUNTS.get(intent):
        return {fact: getattr(facts, fact) + 1}
    if fact := FLAGS.get(intent):
        return {fact: True}
    if channel := WANTS.get(intent):
        before: ContactState = getattr(facts, channel)
        state = wish(before, "passive" if hit.weak else "requested")
        return {channel: state} if state != before else {}
    if intent == "decline_contact":
        return {channel: "declined" for channel in WANTS.values() if getattr(facts, channel) != "none"}
    if intent in interest and intent not in facts.interest:
        return {"interest": (*facts.interest, intent)}
    return {}


def _tail(tail: int, hits: list[Hit], interest: frozenset[str]) -> int:
    """Refusals in a row after this utterance, in which a yes before a no is only polite."""
    last_no = -1
    for place, hit in enumerate(hits):
        if hit.id == "refuse":
            last_no = place
    refused = False
    for place, hit in enumerate(hits):
        if hit.id == "refuse":
            tail += not refused
            refused = True
        elif (hit.id in POSITIVE and not (hit.id == "affirm" and place < last_no)) or hit.id in interest:
            tail, refused = 0, False
    return tail


def _told(step: Step, text: str, heard: AbstractSet[str]) -> None:
    """A number or name told: of the one who decides, when that is what was talked about, else for the material."""
    facts = step.facts
    if "not_decision_maker" in heard:
        step.set(referral_turn=facts.turns)
    if heard & TELLS_WHO and 0 <= facts.turns - facts.referral_turn <= 1 and facts.referral_turn:
        return step.set((evidence("referral", step.seq, text),), referral=True)
    if heard & TELLS_NUMBER:
        for channel in WANTS.values():
            if getattr(facts, channel) in ("passive", "requested"):
                step.set((evidence(channel, step.seq, text, "given"),), **{channel: "given"})
    return None
