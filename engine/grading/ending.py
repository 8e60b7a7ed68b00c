"""How a call ends, as facts: who ended it, in which stage, and, of one that nobody answered, what became of it.

The network may tell more when all is over, twice, or in another order than it happened. What was told first stays,
unless it says nothing; what was missing is filled in, and the disposition is decided again from all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.calls.events import Failed, HungUp
from engine.grading.facts import End, Facts
from engine.grading.outcome import CAUSES, Outcome, Signs, decide, of_status, of_word
from engine.grading.step import Step

INSTANT_MS = 5_000
"""A caller who is gone within this time of the answer has heard no offer."""


def failed(step: Step, event: Failed) -> None:
    facts = step.facts
    codes = {"sip": event.sip, "q850": event.q850, "header": event.header, "word": event.reason, "means": event.means}
    if facts.over:
        return _learn(step, codes)
    side = facts.ended_by or "network"
    step.set(step.proof("ended_by", event.reason, side), ended_by=side, over=True, **_news(facts, codes))
    return unanswered(step) if facts.answered_ms is None else end(step, "network")


def hung_up(step: Step, event: HungUp) -> None:
    facts = step.facts
    codes = {"q850": event.q850, "means": event.means}
    if facts.over:
        if event.by == "caller":
            _by_the_caller(step)
        return _learn(step, codes)
    if event.by == "unknown":  # a recording shows that a call ends, and not always by whom
        return step.set(over=True, **_news(facts, codes))
    # A network that only confirms our order to hang up has not ended the call.
    side = facts.ended_by if facts.ended_by and event.by != "caller" else event.by
    step.set(step.proof("ended_by", value=side), ended_by=side, over=True, **_news(facts, codes))
    return unanswered(step) if facts.answered_ms is None else end(step, event.by)


def unanswered(step: Step) -> None:
    """What became of a call that nobody answered."""
    outcome = _outcome(step.facts)
    if outcome.source == "phrase":  # its words are the evidence
        return
    proof = step.proof("disposition", outcome.because, outcome.disposition)
    step.set(proof, disposition=outcome.disposition, known_by=outcome.source)


def _outcome(facts: Facts) -> Outcome:
    return decide(
        Signs(
            facts.announcement, facts.tones, facts.means, facts.q850, facts.header, facts.sip, facts.word, facts.rang,
            facts.rang_out,
        )
    )  # fmt: skip


def end(step: Step, end: End) -> None:
    """The call is over, or will be as soon as the network has heard; whoever ends it first tells how."""
    facts = step.facts
    if facts.end:
        return
    stage = facts.stages[-1] if facts.stages else ""
    proof = step.proof("end", stage, end) + step.proof("ended_in_stage", stage, stage)
    proof += step.proof("ended_in_role", stage, facts.role)
    played_ms = step.event.at_ms - facts.prompt_ms if facts.prompt else None
    if played_ms is not None:
        proof += step.proof("played_ms", facts.prompt_words, f"{played_ms / 1000:g} s")
    at_once = end == "caller" and _in_opening(facts)
    if at_once:
        proof += step.proof("ended_in_opening", f"{facts.talk_seconds:g} s")
    step.set(
        proof, end=end, ended_in_stage=stage, ended_in_role=facts.role, ended_in_opening=at_once,
        prompt=0, played_ms=played_ms,
    )  # fmt: skip


def _in_opening(facts: Facts) -> bool:
    cut = facts.prompt != 0 or facts.played_ms is not None
    early = facts.talk_ms <= INSTANT_MS or (cut and not facts.no_input)
    return early and facts.role in ("", "greeting", "opening") and not facts.spoke


# --- told late -------------------------------------------------------------------------------------------------------


def _learn(step: Step, codes: Mapping[str, int | str | None]) -> None:
    facts = step.facts
    news = _news(facts, codes)
    if not news:
        return
    step.set(**news)
    if facts.answered_ms is not None:
        return
    again = _outcome(facts)
    if (again.disposition, again.source) != (facts.disposition, facts.known_by):
        unanswered(step)


def _news(facts: Facts, codes: Mapping[str, int | str | None]) -> dict[str, object]:
    """Of these codes, those that were not known: what was told first stays, unless it says nothing and this does."""
    return {name: code for name, code in codes.items() if _is_news(name, getattr(facts, name), code)}


def _is_news(name: str, known: int | str | None, code: int | str | None) -> bool:
    if code in (None, ""):
        return False
    return known in (None, "") or bool(_SAYS[name](code) and not _SAYS[name](known))


_SAYS: Mapping[str, Callable[..., object]] = {
    "sip": lambda sip: of_status(sip, rang=True),
    "q850": CAUSES.get,
    "header": bool,
    "word": of_word,
    "means": bool,
}
"""Does a code say anything?"""


def _by_the_caller(step: Step) -> None:
    """A line that was lost without a word turns out to have been hung up by the caller."""
    facts = step.facts
    if facts.end != "network" or facts.ended_by != "network":
        return
    at_once = _in_opening(facts)
    proof = step.proof("ended_by", value="caller") + step.proof("end", facts.ended_in_stage, "caller")
    if at_once:
        proof += step.proof("ended_in_opening", f"{facts.talk_seconds:g} s")
    step.set(proof, ended_by="caller", end="caller", ended_in_opening=at_once)
