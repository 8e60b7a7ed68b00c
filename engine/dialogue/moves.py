"""How a call moves: saying and what follows it, listening, going to a stage, closing.

A stage is only ever reached along an edge of the script's graph (`go`), except the first.
"""

from __future__ import annotations

from engine.calls.actions import Entered, Hold, Invitation, Part, Recovered, Took, Transfer
from engine.dialogue.effects import call_off, carry_out
from engine.dialogue.state import LISTEN, NEXT, ON_STAGE, After, Focus
from engine.dialogue.turn import Turn
from engine.language.stage import Recovery

TRANSFER_MS = 30_000
"""Longest wait for a person to take over: about six rings."""
UNHOLD_MS = 2_000
"""Longest wait for the caller to be off hold before the bot speaks."""
GRACE_MS = 30_000
"""Longest time for the last words, whatever the gateway reports of them; then the bot hangs up."""
LAST_WORD_MS = 1500
"""The bot waits this long after its goodbye, so that it does not hang up on somebody who is answering it."""


def say(turn: Turn, parts: tuple[Part, ...], after: After | None = None, *, keep_question: bool = False) -> None:
    """Say this and go on with `after`; with nothing to say, go on at once."""
    if not parts:
        return follow(turn, after or LISTEN)
    question = turn.state.question
    turn.play(parts, after)
    if keep_question:
        turn.set(question=question)
    if after and after.kind == "hang_up":
        turn.start_timer("hang_up", GRACE_MS)
    return None


def follow(turn: Turn, after: After) -> None:
    turn.set(after=after)
    if after.kind == "listen":
        listen(turn)
    elif after.kind == "next":
        go(turn, "next")
    elif after.kind == "hang_up":
        turn.start_timer("hang_up", LAST_WORD_MS)
    elif after.kind == "hold":
        ref, most_ms = turn.ref(), turn.script.rules[after.rule].hold_ms
        turn.do(Hold(ref, most_ms))
        turn.start_timer("hold", most_ms)
        turn.set(hold=ref)
    else:
        ref = turn.ref()
        turn.do(Transfer(ref, turn.script.rules[after.rule].transfer))
        turn.start_timer("transfer", TRANSFER_MS)
        turn.set(transfer=ref, held=())


def listen(turn: Turn) -> None:
    turn.start_timer("no_input", turn.state.wait_ms or turn.stage.silence.after_ms)
    turn.set(wait_ms=0)


def go(turn: Turn, trigger: str, lead: tuple[Part, ...] = ()) -> None:
    """Follow an edge of the script's graph; `lead` is said before the next stage's prompt, in one breath."""
    target = turn.script.graph.next(turn.state.stage, trigger)
    if target is None:
        raise LookupError(f"{turn.state.stage}: no edge {trigger!r}")  # a loaded script has every edge it names
    enter(turn, target, lead)


def enter(turn: Turn, name: str, lead: tuple[Part, ...] = ()) -> None:
    visit = turn.count("visits", name)
    while visit <= turn.script.limits.visits:
        facts = turn.facts() if turn.script.stages[name].skip else None
        skip = next((to for when, to in turn.script.stages[name].skip if facts and when.holds(facts)), "")
        if not skip:
            break
        name = skip
        visit = turn.count("visits", name)
    if visit > turn.script.limits.visits:
        return close_by_limit(turn, "visit_limit")
    turn.set(stage=name, focus=ON_STAGE, keys="", misses=0)
    stage = turn.stage
    turn.do(Entered(name, stage.role, visit))
    if stage.role == "invitation" and turn.facts().invitation == "none":
        turn.do(Invitation("pending"))
    carry_out(turn, stage.do, None)
    after = After("hang_up", q850=stage.end) if stage.end else NEXT if stage.go else LISTEN
    return say(turn, (*lead, *turn.words(stage.say, f"{name}.say")), after)


def refuse(turn: Turn) -> None:
    """A refusal gets the stage's next offer while the limits allow one; then the call closes."""
    call_off(turn)
    limits, stage = turn.script.limits, turn.stage
    here, total = turn.state.recovered.get(stage.name, 0), sum(turn.state.recovered.values())
    allowed = min(len(stage.recover), limits.recoveries_per_stage)
    if here >= allowed or total >= limits.recoveries or turn.facts().do_not_call:
        turn.do(Took("refused"))
        return go(turn, "refused")
    recovery: Recovery = stage.recover[here]
    turn.count("recovered", stage.name)
    turn.do(Took(recovery.path, recovery.mark.line))
    turn.do(Recovered(stage.name, total + 1))
    carry_out(turn, recovery.do, None)
    turn.set(focus=Focus("recover", step=here), misses=0)
    return turn.play(turn.words(recovery.say, recovery.path))


def close_by_limit(turn: Turn, reason: str) -> None:
    """Say goodbye because a limit is reached; when that is under way already, hang up."""
    if turn.state.reason.endswith("_limit") or turn.closing:
        return turn.hang_up(reason)
    turn.set(reason=reason)
    turn.start_clock("call", GRACE_MS)
    turn.do(Took(reason))
    return go(turn, "limit")


def part(turn: Turn) -> None:
    """The wait for a last word is over; somebody who is speaking just now is heard out."""
    if turn.speaking:
        return turn.start_timer("hang_up", LAST_WORD_MS)
    return turn.hang_up(turn.state.reason)
