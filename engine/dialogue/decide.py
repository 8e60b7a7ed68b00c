"""Which rule answers these words? Pure choice, no effects.

The order is fixed and told to authors in one sentence: first what is true everywhere (`always`, then `answers`),
except what the present stage takes for itself; then the stage's own rules in the author's order; then a refusal;
then whatever fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter

from engine.dialogue.readings import ASSENT, DOUBTFUL_BELOW
from engine.dialogue.state import State
from engine.dialogue.turn import Turn
from engine.language.prompts import asks_yes_no
from engine.language.script import Script
from engine.language.stage import BargeIn, Rule, Stage
from engine.understanding.grammar import Hit, Told, Understanding, announced

WEAK_ANSWERS = frozenset({"neutral", "hesitate"})
"""Intents that do not commit to anything: alone they accept no invitation."""
_span = attrgetter("span")
YES = ASSENT | {"give_time"}
NO = frozenset({"deny", "refuse"})
POLITE = frozenset({"neutral", "greet"})
AGREEABLE = YES | POLITE
"""A short answer that means anything else does not go along."""


class Reply:
    """What the caller said, seen from the present stage; nobody changes it. No dataclass, as every turn makes one and
    that takes five times as long.
    """

    __slots__ = ("common", "confidence", "contested", "hits", "ids", "text", "told")

    def __init__(
        self,
        text: str,
        hits: tuple[Hit, ...],
        ids: frozenset[str],
        common: frozenset[str],
        told: tuple[Told, ...],
        *,
        confidence: float | None = None,
        contested: str = "",
    ) -> None:
        self.text = text
        self.hits = hits
        """Those that count: not negated."""
        self.ids = ids
        self.common = common
        """The ids that `always` and `answers` may act on; the others belong to the stage."""
        self.told = told
        self.confidence = confidence
        self.contested = contested
        """Another reading of the recogniser that says no."""

    @property
    def letters(self) -> int:
        """Length without punctuation and spaces."""
        return sum(char.isalnum() for char in self.text)


def reply_from(understood: Understanding, stage: Stage, confidence: float | None, contested: str = "") -> Reply:
    hits = tuple(hit for hit in understood.hits if not hit.negated)
    ids = frozenset(hit.id for hit in hits)
    if understood.disposition:
        ids |= {announced(understood.disposition)}
    claims = [hit.span for hit in hits if hit.id in stage.words and not hit.reading]
    free = ids - _claimed(hits, claims) if claims else ids
    return Reply(
        understood.text, hits, ids, free - stage.named, understood.told, confidence=confidence, contested=contested
    )


def _claimed(hits: tuple[Hit, ...], claims: list[tuple[int, int]]) -> set[str]:
    """The ids that lie in the stage's own words wherever they were heard."""
    free = {hit.id for hit in hits if hit.reading or not any(_covers(claim, hit.span) for claim in claims)}
    return {hit.id for hit in hits} - free


def _covers(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def common_rule(turn: Turn, reply: Reply) -> Rule | None:
    """The first rule of `always`, then of `answers`, that these words call for.

    Who tells what is asked for does not want the bot to wait (等一下，我报给你，幺三八…). Who accepts with a time gets
    his questions answered by the rule that takes it.
    """
    told = tells_slot(turn, reply)
    for rule in _called_for(turn.script.always, turn.script.always_for, reply.common):
        if applies(turn, rule, reply) and not (told and rule.wait_ms):
            return rule
    if reply.told:
        takers = (rule for rule in turn.stage.expect if (told and rule.accept) or _needs_told(turn, rule, reply))
        if first(turn, takers, reply):
            return None
    answers = answers_to(turn, reply)
    return answers[0] if answers else None


def _called_for(rules: tuple[Rule, ...], places: Mapping[str, tuple[int, ...]], ids: frozenset[str]) -> Iterable[Rule]:
    """The rules that hear any of these intents, in their own order; but nothing overtakes a wish to be left alone."""
    found = {place for name in ids for place in places.get(name, ())}
    return [rules[place] for place in sorted(found, key=lambda place: (not rules[place].do.do_not_call, place))]


def _needs_told(turn: Turn, rule: Rule, reply: Reply) -> bool:
    """Does this rule hear of a time, and need what else these words tell: 周六去，四个人，几点结束?"""
    return "give_time" in rule.hear & reply.ids and _tells(turn, reply, rule.need)


def tells_slot(turn: Turn, reply: Reply) -> bool:
    """Do these words tell a slot that is asked for?"""
    return bool(reply.told) and _tells(turn, reply, (*turn.stage.fill, turn.state.focus.slot))


def _tells(turn: Turn, reply: Reply, slots: Iterable[str]) -> bool:
    wanted = {turn.script.slots[name].type for name in slots if name}
    return any(told.value and told.type in wanted for told in reply.told)


def tells_time(reply: Reply) -> bool:
    return "give_time" in reply.ids and any(told.type == "time" and told.value for told in reply.told)


def ends_in_refusal(rule: Rule, reply: Reply) -> bool:
    """Is what this rule hears refused before the sentence is over: 明天下午……算了，先别约?"""
    heard = [hit.span[0] for hit in reply.hits if hit.id in rule.hear]
    refused = [hit.span[0] for hit in reply.hits if hit.id == "refuse"]
    return bool(refused) and max(refused) > max(heard, default=-1)


def answers_to(turn: Turn, reply: Reply, ids: frozenset[str] | None = None) -> list[Rule]:
    """The answers to all questions in these words, each once, in the order in which they were asked.

    `ids` are the intents that may be answered: without them those that the stage leaves to `answers`.
    """
    wanted = reply.common if ids is None else ids
    given: list[Rule] = []
    asked = [hit for hit in reply.hits if hit.id in wanted]
    for hit in sorted(asked, key=_span) if len(asked) > 1 else asked:
        for place in turn.script.answers_for.get(hit.id, ()):
            rule = turn.script.answers[place]
            if applies(turn, rule, reply):
                if not any(rule is each for each in given):
                    given.append(rule)
                break
    return given


def first(turn: Turn, rules: Iterable[Rule], reply: Reply) -> Rule | None:
    """The first of a stage's rules that hears something in these words."""
    refused = not turn.stage.refusal.isdisjoint(reply.ids)
    for rule in rules:
        heard = rule.hear & reply.ids
        if heard and not (refused and _only_polite(heard, reply)) and applies(turn, rule, reply):
            return rule
    return None


def _only_polite(heard: frozenset[str], reply: Reply) -> bool:
    """Is what a rule hears no more than the manners of a no: 哦，我不需要，谢谢; 可以可以，不用了?"""
    if heard <= POLITE:
        return True
    agreed = [hit.span[0] for hit in reply.hits if hit.id in heard and hit.id in ASSENT]
    refused = [hit.span[0] for hit in reply.hits if hit.id == "refuse"]
    return heard <= POLITE | ASSENT and bool(refused) and max(refused) > max(agreed, default=-1)


def applies(turn: Turn, rule: Rule, reply: Reply) -> bool:
    """Everything about a rule but what it hears."""
    if rule.also and not rule.also & reply.ids:
        return False
    if rule.accept and (ends_in_refusal(rule, reply) or (not turn.stage.confirm and disputed(rule.hear, reply))):
        return False
    if rule.answer and not answers_to(turn, reply, reply.ids):
        return False
    return in_force(turn, rule)


def in_force(turn: Turn, rule: Rule) -> bool:
    """What a rule asks of the call so far, whatever has been said or pressed."""
    if rule.stages and turn.state.stage not in rule.stages:
        return False
    if rule.limit and not rule.over and turn.state.fired.get(rule.path, 0) >= rule.limit:
        return False
    return rule.when is None or rule.when.holds(turn.facts())


def pressed(turn: Turn, key: str) -> Rule | None:
    rules = (*turn.stage.expect, *turn.script.always, *turn.script.answers)
    return next((rule for rule in rules if key in rule.press and in_force(turn, rule)), None)


def fallback(turn: Turn, reply: Reply) -> Rule | None:
    """What a stage makes of words that none of its rules hears: 嗯 to a yes/no question and short answers go along."""
    stage = turn.stage
    agreeing = (rule for rule in stage.expect if rule.hear & {"affirm", "confirm", "neutral"})
    going_along = next((rule for rule in agreeing if applies(turn, rule, reply)), None)
    if going_along and "neutral" in reply.ids and asks_yes_no(turn.state.question):
        return going_along
    other = next((rule for rule in stage.expect if rule.other and applies(turn, rule, reply)), None)
    if other:
        return other
    if going_along and reply.letters <= stage.no_match.short_chars and reply.ids <= AGREEABLE:
        return going_along
    return None


def disputed(ids: frozenset[str], reply: Reply) -> bool:
    """Has the best reading of the recogniser none of these intents, or another one a no?"""
    if tells_time(reply):
        return False
    return bool(reply.contested) or not any(hit.id in ids and not hit.reading for hit in reply.hits)


def doubtful(rule: Rule, reply: Reply) -> bool:
    """Is this too little to count as an acceptance? A back-channel word, a guess of the recogniser or of the matcher,
    or one bare syllable, whose negation may have been lost on the line.
    """
    if tells_time(reply):
        return False
    firm = [
        hit for hit in reply.hits
        if hit.id in rule.hear and hit.id not in WEAK_ANSWERS and hit.how in ("exact", "pattern")
        and not (hit.weak or hit.reading)
    ]  # fmt: skip
    unsure = reply.confidence is not None and reply.confidence < DOUBTFUL_BELOW
    return not firm or unsure or bool(reply.contested) or reply.letters <= 1


def cuts(policy: BargeIn, reply: Reply) -> bool:
    """Do these words, spoken over a prompt, stop it?"""
    if not reply.letters:
        return False
    if policy.only is not None:
        return bool(policy.only & reply.ids)
    if policy.always & reply.ids:
        return True
    if reply.ids and reply.ids <= policy.never:
        return False
    return reply.letters >= policy.after_chars


def backchannel(policy: BargeIn, reply: Reply) -> bool:
    """Only a sign of listening, which deserves no answer once the prompt has ended."""
    return not reply.letters or (bool(reply.ids) and reply.ids <= policy.never)


def rule_at(script: Script, state: State) -> Rule:
    """The rule that an open confirmation or slot question will go on with."""
    return script.rules[state.focus.rule]
