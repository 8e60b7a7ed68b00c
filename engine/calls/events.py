"""What happened on a call: facts from outside, in the past tense.

Every event carries `at_ms`, the milliseconds since the call was created, stamped by whoever queued it; within one
call it never goes backwards. The engine reads time nowhere else. An event is frozen plain data, so that a call is
nothing but its list of events, and `engine.calls.log` derives the JSON form from the fields below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["caller", "bot", "network"]
"""Who ended the call: the person called, we, or the telephone network between us."""
Ender = Literal["caller", "bot", "network", "unknown"]
"""The same where nobody may have told, as on a recording."""
KEYS = frozenset("0123456789*#ABCD")
"""Those of a telephone (DTMF, RFC 4733)."""
ToneKind = Literal["ringback", "busy", "congestion", "dial", "fax", "beep", "sit", "music"]
"""What a line tells without words: signals of an exchange, of a fax, of a mailbox; special information tones (SIT)
before an announcement; music, which before the answer means that it rings.
"""


@dataclass(frozen=True, slots=True)
class Event:
    at_ms: int
    """Milliseconds since the call was created."""


@dataclass(frozen=True, slots=True)
class Dialed(Event):
    """The number was dialled. A log begins here, or at `Answered` when somebody else did the dialling."""


@dataclass(frozen=True, slots=True)
class Ringing(Event):
    """The far end is alerting (SIP 180)."""


@dataclass(frozen=True, slots=True)
class EarlyMedia(Event):
    """Audio arrives before the answer (SIP 183, RFC 3960): announcements and ring-back tones of the carrier."""


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The call was answered (SIP 200)."""

    by: Literal["human", "machine", "unknown"] = "unknown"
    """What the gateway believes has answered."""


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The call could not be set up. Codes are kept raw, since gateways translate them differently."""

    sip: int | None = None
    """Final SIP status (RFC 3261 section 21)."""
    q850: int | None = None
    """Cause from a `Reason: Q.850` header or from ISDN (ITU-T Q.850)."""
    reason: str = ""
    """The gateway's own word."""
    header: str = ""
    """The `Reason` header as it came (RFC 3326)."""
    trunk: str = ""
    """The line on which it was dialled."""
    means: str = ""
    """The disposition that one of the codes has on that line, where its table says otherwise than the book."""


@dataclass(frozen=True, slots=True)
class HungUp(Event):
    """The call is over."""

    by: Ender = "caller"
    q850: int | None = None
    """Cause of the release (ITU-T Q.850); 16 is normal clearing."""
    trunk: str = ""
    """The line on which it was dialled."""
    means: str = ""
    """As in `Failed`."""


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """Voice was detected on the caller's side. Voice is not yet words: alone it stops no prompt and no timer."""


@dataclass(frozen=True, slots=True)
class SpeechStopped(Event):
    """The voice fell silent."""

    speech_ms: int = 0
    """How long it lasted."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of the same utterance by the recogniser."""

    text: str
    confidence: float | None = None
    """0..1, where the recogniser gives one."""


@dataclass(frozen=True)  # no slots: msgspec reads it in half the time where fields are left out
class Heard(Event):
    """The recogniser's words for what came from the far end; before the answer, words of an announcement."""

    text: str
    confidence: float | None = None
    """0..1, or None where the recogniser gives none."""
    final: bool = True
    """False for a partial result, which can stop a prompt but never answers a question."""
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Overheard(Event):
    """Words on a recording that are not the caller's, or not known to be; told when they begin. No live call has any:
    there the bot knows what it says.
    """

    by: Literal["bot", "unknown"]
    """Who says them."""
    text: str
    """As the recogniser heard them; of a prompt that is known, its `Play` has the words as they are written."""
    speech_ms: int = 0
    confidence: float | None = None
    """0..1, or None where the recogniser gives none."""
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Tone(Event):
    """A tone was recognised on the line, or music. Told once, when it is certain."""

    kind: ToneKind


@dataclass(frozen=True, slots=True)
class NotHeard(Event):
    """Somebody spoke, but the recogniser has no words for it."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pressed(Event):
    """A telephone key (DTMF, RFC 4733)."""

    digit: str
    """One of 0-9, *, #, A-D; `?` in a log, where it is not for everyone to read."""


@dataclass(frozen=True)  # no slots, as `Heard`
class PlaybackFinished(Event):
    """A prompt has ended."""

    ref: int
    """The `ref` of its `Play`."""
    played_ms: int = 0
    """How much of it the caller heard."""
    completed: bool = True
    """False when it was stopped."""


@dataclass(frozen=True, slots=True)
class TimerFired(Event):
    """A timer ran out."""

    ref: int
    """The `ref` of its `StartTimer`."""


@dataclass(frozen=True, slots=True)
class TransferSucceeded(Event):
    """A person has taken the call over."""

    ref: int
    """The `ref` of its `Transfer`."""


@dataclass(frozen=True, slots=True)
class TransferFailed(Event):
    """Nobody took the call; it is ours again."""

    ref: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HoldBegan(Event):
    """The caller is on hold."""

    ref: int
    """The `ref` of its `Hold`."""


@dataclass(frozen=True, slots=True)
class HoldEnded(Event):
    """The caller is off hold: as ordered (`Unhold`), or because the network has ended it."""

    ref: int


@dataclass(frozen=True, slots=True)
class HoldFailed(Event):
    """The caller could not be put on hold."""

    ref: int
    reason: str = ""
