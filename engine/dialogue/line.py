"""When the line itself has said what becomes of the call: there is nobody to talk to, and waiting costs time and money.

The same for every script. Before the answer, what was announced is believed once a breath has passed in which nothing
softened it (…已关机, …或不在服务区). After the answer only states in which nobody can pick up any more end the call,
and only where the script has no rule of its own for them; a busy tone then means that the far end has gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.calls.events import Tone
from engine.calls.lifecycle import BEFORE_ANSWER
from engine.dialogue.decide import Reply, common_rule, first
from engine.dialogue.turn import Turn
from engine.grading.outcome import TONES
from engine.understanding.grammar import Understanding, announced

CERTAIN = "announced"
"""Why the bot hangs up."""
SURE_MS = 1_500
"""The breath after an announcement."""
LATER_MS = 6_000
"""An announcement that may only be the beginning of one is given so long."""
HOLD_MS = 20_000
"""请不要挂机: the person is being asked whether to take a second call."""
WAITS_MS: Mapping[str, int] = {
    "reminder": LATER_MS, "forward_failed": LATER_MS, "congestion": LATER_MS, "unknown": LATER_MS,
    "assistant": HOLD_MS, "screening": HOLD_MS, "switchboard": HOLD_MS,
}  # fmt: skip
HOPELESS = frozenset(
    "invalid_number number_changed suspended powered_off unreachable_or_off barred blocked caller_fault congestion fax"
    .split()
)  # fmt: skip
"""Nobody picks up after these have been announced."""
_HOPELESS = frozenset(map(announced, HOPELESS))
_HOLD_ON = re.compile("(?:不要|勿|别|不用)挂|hold on|(?:not|n't) hang up", re.IGNORECASE)


def hear_announcement(turn: Turn, understood: Understanding) -> None:
    """Words before the answer. Once the outcome is certain, whatever is said next is the last that is waited for."""
    if turn.state.phase not in BEFORE_ANSWER:
        return
    turn.set(voice_since_ms=None)
    certain, state = turn.state.reason == CERTAIN, understood.disposition
    if state and _HOLD_ON.search(understood.text):
        _hang_up_in(turn, HOLD_MS, "waited")
    elif certain:
        turn.hang_up(CERTAIN)
    elif state:
        _hang_up_in(turn, WAITS_MS.get(state, SURE_MS), "waited" if state in WAITS_MS else CERTAIN)


def _hang_up_in(turn: Turn, wait_ms: int, reason: str) -> None:
    turn.set(reason=reason)
    turn.start_timer("hang_up", wait_ms)


def hear_tone(turn: Turn, event: Tone) -> None:
    if event.kind in TONES:
        turn.set(voice_since_ms=None)  # what sounded was not a voice
    if turn.state.phase in BEFORE_ANSWER:
        if event.kind in TONES and turn.state.reason != CERTAIN:  # words may still be on their way from the recogniser
            _hang_up_in(turn, SURE_MS, CERTAIN)
    elif event.kind == "beep" and turn.facts().known_by == "opening":  # a mailbox in words that no script knows
        turn.hang_up("voicemail")
    elif event.kind in TONES and (event.kind != "fax" or not turn.facts().spoke):
        turn.hang_up(event.kind)


def is_hopeless(turn: Turn, reply: Reply) -> bool:
    """Has a machine answered that tells of nobody to come, and does the script not know what to do about it?"""
    if _HOPELESS.isdisjoint(reply.ids) or turn.facts().answered_by != "machine":
        return False
    return common_rule(turn, reply) is None and first(turn, turn.stage.expect, reply) is None
