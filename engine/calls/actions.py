"""What the engine decided: orders to the outside, and notes on why.

Orders are imperatives that somebody carries out (`ORDERS`: play this, start that timer, send an SMS). Notes
(`NOTES`) are carried out by nobody: they say what was understood and decided, and are what grading, replay, tests
and people read. An order that will be answered by an event carries a `ref`, an integer unique within the call; the
event returns it. So a timer that fires just after it was cancelled is told from a live one for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.understanding.grammar import Hit


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a prompt; exactly one of text, pause and keys is given (audio replaces the synthesis of text)."""

    text: str = ""
    """Words to speak."""
    audio: str = ""
    """Path of a recording of these words, relative to the script."""
    pause_ms: int = 0
    """Silence."""
    keys: str = ""
    """DTMF keys to send."""


@dataclass(frozen=True, slots=True)
class Play:
    ref: int
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The words of the prompt, as a transcript shows them."""
        return "".join([part.text for part in self.parts])


@dataclass(frozen=True, slots=True)
class StopPlayback:
    ref: int
    """The `ref` of the `Play` to stop; it is answered by `PlaybackFinished(completed=False)`."""


TimerKind = Literal["ring", "call", "no_input", "transfer", "hold", "unhold", "hang_up"]


@dataclass(frozen=True, slots=True)
class StartTimer:
    ref: int
    timer: TimerKind
    delay_ms: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    ref: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller to a person; answered by `TransferSucceeded` or `TransferFailed`."""

    ref: int
    to: str
    """A name that the gateway's configuration knows, such as `sales`."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the caller on hold, with music; answered by `HoldBegan` or `HoldFailed`, and at any time by `HoldEnded`."""

    ref: int
    most_ms: int
    """`Unhold` follows within this time."""


@dataclass(frozen=True, slots=True)
class Unhold:
    """Take the caller off hold; answered by `HoldEnded`."""

    ref: int
    """The `ref` of the `Hold`."""


NORMAL = 16
RELEASES: Mapping[str, int] = {
    "normal": NORMAL,
    "busy": 17,
    "no_answer": 19,
    "rejected": 21,
    "unobtainable": 1,
    "out_of_order": 27,
    "congestion": 42,
}
"""With what a call is hung up (ITU-T Q.850), by the words of scripts."""


@dataclass(frozen=True, slots=True)
class HangUp:
    reason: str
    """Why, in a word: `goodbye`, `no_answer`, `time_limit` ..."""
    q850: int = NORMAL
    """The cause told to the far end, where the gateway can."""


@dataclass(frozen=True, slots=True)
class Sms:
    """Send a text message."""

    text: str
    """The message or the name of its template."""
    to: str = ""
    """Another number than the one called, where the caller told one."""


@dataclass(frozen=True, slots=True)
class Wechat:
    """Add the caller on WeChat."""

    to: str = ""
    """The number or account told; empty means the number called."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Call again. Ordered when the call is over, since until then the caller may take it back (`Appointment`)."""

    at: str = ""
    """RFC 3339 time or date, an interval `FROM/TO` of two times, or empty when the caller named no time."""
    said: str = ""
    """The caller's words for it."""


@dataclass(frozen=True, slots=True)
class DoNotCall:
    """Take this number off every list before anything else is dialled."""

    reason: str = ""
    """The intent that asked for it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Mark the lead."""

    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark for the people who follow up."""

    text: str


# --- notes: why it was decided -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Matched:
    """What the words of this event mean, strongest intent first; negated hits are kept as an explanation."""

    text: str
    hits: tuple[Hit, ...]
    disposition: str = ""
    """Set when the words are an announcement or a machine's (`engine.understanding.grammar.DISPOSITIONS`)."""
    contested: str = ""
    """Another reading of the recogniser that says no where these words say yes, which makes the yes a doubtful one."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The words fit nothing (no-match)."""

    text: str


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nothing was said although the bot waited for it."""

    count: int
    """How many times in a row."""


@dataclass(frozen=True, slots=True)
class Entered:
    stage: str
    role: str
    visit: int
    """1 for the first visit."""


@dataclass(frozen=True, slots=True)
class Took:
    """The rule that decided this step."""

    rule: str
    """Where it stands, such as `opening.expect.2`, `always.1`, `answers.3`, `opening.recover.1` or `silence`."""
    line: int = 0
    """Its line in the file that defines it."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A refusal was answered by another offer."""

    stage: str
    count: int
    """How many times in this call."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot was told."""

    slot: str
    value: str
    """Time as RFC 3339, date or interval, number, name, quantity, or the words themselves."""
    said: str
    """As the caller said it."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The key pressed is kept for a slot."""

    place: int
    """Its place among those kept, from 1."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The state of the invitation changed."""

    state: Literal["pending", "success", "fail"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """Another call was agreed, or taken back; the latest counts, and is ordered as a `Callback` at the end."""

    at: str = ""
    """As in `Callback`."""
    said: str = ""
    off: bool = False
    """Taken back."""


ContactState = Literal["passive", "requested", "given", "declined"]


@dataclass(frozen=True, slots=True)
class Contact:
    """The caller's wish for material or a contact; the latest of a channel counts."""

    channel: Literal["sms", "wechat"]
    state: ContactState
    """passive: let us send it; requested: asked for it; given: confirmed or told the number."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that changed nothing."""

    event: str
    """Its type."""
    why: str


Order = (
    Play | StopPlayback | StartTimer | CancelTimer | Transfer | Hold | Unhold | HangUp
    | Sms | Wechat | Callback | DoNotCall | Tag | Note
)  # fmt: skip
Remark = (
    Matched
    | Unmatched
    | NoInput
    | Entered
    | Took
    | Recovered
    | Filled
    | Keyed
    | Invitation
    | Appointment
    | Contact
    | Ignored
)
Action = Order | Remark

FOLLOW_UPS: tuple[type, ...] = (Sms, Wechat, Transfer, Callback, DoNotCall, Tag, Note)
"""Actions that reach beyond the call; `simulate` lists them."""
