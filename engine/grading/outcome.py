"""What became of a call technically: one decision over all that is known, the most telling evidence first.

The words of an announcement name the state of the far end, so they beat everything. A tone is the exchange's own, but
knows few states. What the operator of a line has found a code to mean there (`engine.grading.load_trunks`) beats what
the book says of it. A `Reason: Q.850` header comes from the exchange that knows; the SIP status is what gateways made
of it, and several of them mean the same 480. Then come a gateway's own words, and last our own ring timer. In doubt the
milder disposition is taken, because the others stop a number from being dialled again.

The tables give each code's meaning in the words of this project; the codes themselves are those of ITU-T Q.850
table 1, RFC 3261 section 21, RFC 8197 (607) and RFC 8688 (608).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.calls.events import ToneKind
from engine.grading.words import WORDS, Disposition

STRENGTH: tuple[Disposition, ...] = (
    "caller_fault", "invalid_number", "number_changed", "suspended", "unreachable_or_off", "powered_off", "barred",
    "blocked", "busy", "rejected", "no_answer", "forward_failed", "unreachable", "fax", "switchboard", "assistant",
    "screening", "reminder", "voicemail", "congestion", "unknown",
)  # fmt: skip
"""What can be announced, the most telling first: a line that says 正在通话中 and then 请稍后再拨 is busy."""

_RANK = {disposition: rank for rank, disposition in enumerate(STRENGTH)}

SPEAKING_MACHINES = frozenset({"assistant", "screening", "switchboard"})
"""Machines that go on talking, so that a polite word is no sign of a human."""

TEMPORARY = frozenset({"busy", "rejected", "no_answer", "forward_failed", "unreachable", "congestion", "unknown"})
"""Why nobody answers just now. A machine that answers says so by the way: 无人接听，请留言 is a mailbox."""

CAUSES: dict[int, Disposition] = {
    1: "invalid_number",  # unallocated (unassigned) number
    2: "congestion",  # no route to the transit network
    3: "unreachable",  # no route to destination: the number may well exist
    17: "busy",  # user busy
    18: "no_answer",  # no user responding
    19: "no_answer",  # no answer from user: it did ring
    20: "unreachable_or_off",  # subscriber absent: switched off or out of coverage
    21: "rejected",  # call rejected
    22: "number_changed",  # number changed
    27: "unreachable",  # destination out of order
    28: "caller_fault",  # invalid number format (address incomplete): we dialled it wrongly
    34: "congestion",  # no circuit available
    38: "congestion",  # network out of order
    41: "congestion",  # temporary failure
    42: "congestion",  # switching equipment congestion
    44: "congestion",  # requested circuit not available
    47: "congestion",  # resource unavailable
    50: "caller_fault",  # requested facility not subscribed
    52: "caller_fault",  # outgoing calls barred
    54: "barred",  # incoming calls barred
    55: "barred",  # incoming calls barred within the closed user group
    57: "caller_fault",  # bearer capability not authorised
    58: "caller_fault",  # bearer capability not available
    65: "caller_fault",  # bearer capability not implemented
    88: "caller_fault",  # incompatible destination: our media offer
}
"""ITU-T Q.850 cause values. 16 (normal clearing), 31 (unspecified) and 127 (interworking) say nothing."""

STATUSES: dict[int, Disposition] = {
    401: "caller_fault",  # Unauthorized: our account at the carrier
    402: "caller_fault",  # Payment Required
    403: "barred",  # Forbidden: a policy of the carrier or of the person called
    404: "invalid_number",  # Not Found
    407: "caller_fault",  # Proxy Authentication Required
    410: "number_changed",  # Gone
    415: "caller_fault",  # Unsupported Media Type
    484: "caller_fault",  # Address Incomplete: the prefix is wrong
    485: "invalid_number",  # Ambiguous
    486: "busy",  # Busy Here
    488: "caller_fault",  # Not Acceptable Here: our media offer
    600: "busy",  # Busy Everywhere
    603: "rejected",  # Decline
    604: "invalid_number",  # Does Not Exist Anywhere
    606: "caller_fault",  # Not Acceptable
    607: "blocked",  # Unwanted
    608: "blocked",  # Rejected by an analysis of the call
}
"""Final SIP statuses with one meaning."""

AFTER_RINGING: dict[int, tuple[Disposition, Disposition | None]] = {
    408: ("no_answer", "congestion"),  # Request Timeout: without a ring the network never reached the phone
    480: ("no_answer", None),  # Temporarily Unavailable: not answered, switched off, out of reach, or filtered
    487: ("no_answer", None),  # Request Terminated: we gave up waiting
}
"""Final SIP statuses whose meaning depends on whether it had rung: (it had, it had not). None: it says nothing."""

TONES: dict[ToneKind, Disposition] = {
    "fax": "fax",
    "busy": "busy",
    "congestion": "congestion",
    "dial": "caller_fault",  # our own exchange still waits for the number
}
"""Tones that tell the state of a line, the most telling first. Those of a ring, a beep and music do not; special
information tones only say that an announcement follows.
"""
RINGING: frozenset[ToneKind] = frozenset({"ringback", "music"})
"""What is heard while it rings: the ring-back tone, or a melody in its place (彩铃)."""

Source = Literal["", "phrase", "tone", "trunk", "q850", "sip", "word", "timer", "answer", "opening", "speech"]
"""What told the disposition: an announcement, a tone, the table of the line, a Q.850 cause, a SIP status, the gateway's
own word, our ring time; of answered calls the answer itself, how the call opened (`engine.grading.answerer`), speech.
"""


@dataclass(frozen=True, slots=True)
class Signs:
    """All that is known of a call that came to nothing, in whatever order it was learnt."""

    said: str = ""
    """The state announced, the strongest where there were several."""
    tones: frozenset[ToneKind] = frozenset()
    means: str = ""
    """What the table of the line has for one of the codes."""
    q850: int | None = None
    header: str = ""
    """The raw `Reason` header; its causes count where `q850` and `sip` are missing."""
    sip: int | None = None
    word: str = ""
    """The gateway's own."""
    rang: bool = False
    timed_out: bool = False
    """Our ring time ran out."""

    @property
    def cause(self) -> int | None:
        return self.q850 if self.q850 is not None else _in_header(self.header, "q.850")

    @property
    def status(self) -> int | None:
        return self.sip if self.sip is not None else _in_header(self.header, "sip")

    @property
    def codes(self) -> str:
        """Everything raw, for people: `SIP 480, Q.850 127, NORMAL_UNSPECIFIED`."""
        told = (("SIP", self.status), ("Q.850", self.cause))
        return ", ".join([*(f"{name} {code}" for name, code in told if code is not None), *filter(None, (self.word,))])


@dataclass(frozen=True, slots=True)
class Outcome:
    disposition: Disposition
    source: Source = ""
    because: str = ""
    """The code, tone or word that decided, such as `Q.850 17`; empty where words of an announcement did."""


def decide(signs: Signs) -> Outcome:
    """What became of a call that nobody answered."""
    for judge in _JUDGES:
        if found := judge(signs):
            return found
    return Outcome("unknown", "", signs.codes)


def _by_words(signs: Signs) -> Outcome | None:
    known = announced(signs.said)
    return (
        Outcome(known, "phrase") if known and known != "unknown" else None
    )  # 请稍后再拨 alone says less than any code


def _by_tone(signs: Signs) -> Outcome | None:
    return next((Outcome(TONES[kind], "tone", f"{kind} tone") for kind in TONES if kind in signs.tones), None)


def _by_trunk(signs: Signs) -> Outcome | None:
    known = announced(signs.means)
    return Outcome(known, "trunk", signs.codes) if known else None


def _by_cause(signs: Signs) -> Outcome | None:
    known = CAUSES.get(signs.cause) if signs.cause is not None else None
    return Outcome(known, "q850", f"Q.850 {signs.cause}") if known else None


def _by_status(signs: Signs) -> Outcome | None:
    known = of_status(signs.status, rang=signs.rang) if signs.status is not None else None
    return Outcome(known, "sip", f"SIP {signs.status}") if known else None


def _by_gateway(signs: Signs) -> Outcome | None:
    known = of_word(signs.word)
    return Outcome(known, "word", signs.word) if known else None


def _by_timer(signs: Signs) -> Outcome | None:
    return Outcome("no_answer", "timer", "ring time") if signs.timed_out else None


_JUDGES: tuple[Callable[[Signs], Outcome | None], ...] = (
    _by_words, _by_tone, _by_trunk, _by_cause, _by_status, _by_gateway, _by_timer
)  # fmt: skip
"""The order of precedence."""


def _in_header(header: str, protocol: str) -> int | None:
    """The cause for one protocol in a `Reason` header (RFC 3326): `SIP;cause=480, Q.850;cause=20;text="absent"`."""
    found = re.search(
        rf"(?:^|[,\s]){re.escape(protocol)}\s*;[^,]*?cause\s*=\s*(\d{{1,3}})(?!\d)", header, re.IGNORECASE
    )
    return int(found[1]) if found else None


def announced(disposition: str) -> Disposition | None:
    """The disposition if it is one that an announcement or a machine can state."""
    return STRENGTH[_RANK[disposition]] if disposition in _RANK else None


def stronger(known: str, heard: str) -> Disposition:
    """Two announcements of one call together. 不在服务区 and 已关机 said apart are still the one mixed state."""
    if {known, heard} == {"unreachable", "powered_off"}:
        return "unreachable_or_off"
    ranked = [found for found in (announced(known), announced(heard)) if found]
    return min(ranked, key=_RANK.__getitem__, default="unknown")


def of_machine(known: str, heard: str) -> Disposition:
    """Two announcements of one call that a machine has answered."""
    machines = [found for found in (announced(known), announced(heard)) if found and found not in TEMPORARY]
    return stronger(machines[0], machines[0]) if len(machines) == 1 else stronger(known, heard)


def of_word(word: str) -> Disposition | None:
    """A gateway's own word: `no-answer`, `USER_BUSY`, `Busy Line`."""
    key = word.strip().lower().replace("-", "_").replace(" ", "_")
    return announced(key) or WORDS.get(key)


def of_status(sip: int, *, rang: bool) -> Disposition | None:
    """A final SIP status; None where it says nothing about the far end (other 3xx, 4xx and 6xx)."""
    if sip in AFTER_RINGING:
        return AFTER_RINGING[sip][0 if rang else 1]
    return STATUSES.get(sip) or ("congestion" if 500 <= sip <= 599 else None)
