"""One model for all gateways: what comes in from the line, and what we order it to do.

A codec translates between this and the messages of one protocol, in both directions, and does nothing else: no
socket, no clock, no thread. So a call is the same call whatever gateway brought it, and a protocol is tested message by
message. What becomes of a call that was never answered does not come on a media socket at all: webhooks tell that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.calls.actions import NORMAL

Encoding = Literal["ulaw", "alaw", "l16"]


@dataclass(frozen=True, slots=True)
class Format:
    """How samples travel on one socket, one channel."""

    encoding: Encoding = "ulaw"
    """G.711 mu-law or A-law, a byte a sample, or 16-bit little endian linear samples."""
    rate_hz: int = 8000

    @property
    def frame_bytes(self) -> int:
        """Size of 20 ms."""
        return self.rate_hz // 50 * self.sample_bytes

    @property
    def sample_bytes(self) -> int:
        return 2 if self.encoding == "l16" else 1

    @property
    def silence(self) -> bytes:
        """A byte of it; any number of them is silent."""
        return {"ulaw": b"\xff", "alaw": b"\xd5", "l16": b"\x00"}[self.encoding]


# --- from the gateway ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The stream is there. Audio that came before it was no mistake: some gateways send it first."""

    call_id: str
    """The gateway's own name for the call, by which webhooks know it too."""
    stream_id: str = ""
    caller: str = ""
    """Number of the person called or calling, where the gateway tells it."""
    format: Format = field(default_factory=Format)
    """Both ways."""
    params: Mapping[str, str] = field(default_factory=dict)
    """What the dialplan or webhook passed along: script, variables of the script, token, the line (`trunk`)."""
    early: bool = False
    """The call is not answered yet: `Answered` or `Failed` follows."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call whose stream began before the answer rings at the far end."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A call whose stream began before has been answered."""

    by: Literal["human", "machine", "unknown"] = "unknown"
    """What the gateway believes has answered."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A call whose stream began before will not be answered. All codes as the gateway has them."""

    sip: int | None = None
    q850: int | None = None
    reason: str = ""
    """The gateway's own word."""
    header: str = ""
    """The `Reason` header as it came."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Some of the far end's voice, any length, in the format of `Started`."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Digit:
    """A telephone key (RFC 4733): one of 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class Played:
    """A mark of ours was reached, or was thrown away by our `Clear` (`cleared`; None where nobody can tell)."""

    mark: str
    cleared: bool | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """The gateway asks for a pause (`on` is False) or for more (`on`)."""

    on: bool


@dataclass(frozen=True, slots=True)
class Text:
    """Words from a gateway that recognises speech itself (huashu's own protocol)."""

    text: str
    confidence: float | None = None
    final: bool = True


@dataclass(frozen=True, slots=True)
class TransferResult:
    """How an ordered transfer went."""

    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What became of an ordered hold, and that one is over: as ordered, or because the network has ended it."""

    state: Literal["began", "failed", "ended"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The far end closed the stream in order."""

    reason: str = ""
    """The gateway's own word."""
    by: Literal["caller", "network", ""] = ""
    """Who ended the call, where the gateway tells."""
    q850: int | None = None
    """Cause of the release, where it tells that."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A message that changes nothing but is worth a line in the log: unknown event, warning of the gateway."""

    what: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The protocol itself wants this message back at once; it is none of the call's business."""

    message: str | bytes


Incoming = (
    Started | Ringing | Answered | Failed | Audio | Digit | Played | Flow | Text | TransferResult | Held | Ended
    | Oddity | Answer
)  # fmt: skip

# --- to the gateway --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Play these samples after what is queued. Whole frames, except at the end of an utterance."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """An utterance ends here: tell when all sent so far has been played; answered by `Played`, where the gateway can.
    Short ASCII, `e<epoch>:<number>`.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Throw away what is queued and not yet played."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Send DTMF keys to the far end, where the gateway can."""

    digits: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the far end to a person, where the gateway can, or its control (`server.control`)."""

    to: str
    """The script's name for whom, such as `sales`."""
    summary: Mapping[str, object] = field(default_factory=dict)
    """What the person should see of the call, in short."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the far end on hold, with music, where the gateway can, or its control; answered by `Held`."""


@dataclass(frozen=True, slots=True)
class Unhold:
    """Take it off hold; answered by `Held`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the call has come to, told right before `HangUp` to a gateway that passes it on: `grade`, `disposition`."""

    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call. The socket is closed after what this becomes has been sent."""

    reason: str = ""
    q850: int = NORMAL
    """The cause for the far end, where the gateway can tell it, or its control."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call is not taken, or cannot go on, through no doing of the caller: wrong token, unknown script, a message
    that breaks the protocol. Says so in the gateway's own way and ends the call; the socket is closed after it.
    """

    reason: str


Outgoing = Send | Mark | Clear | Keys | Transfer | Hold | Unhold | Outcome | HangUp | Refuse


class WireError(Exception):
    """A message that breaks the protocol. The socket is closed with `code` (RFC 6455 section 7.4) and this reason."""

    def __init__(self, reason: str, code: int = 1002) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Codec(Protocol):
    """One protocol on one socket. May remember ids and formats, so each socket has its own."""

    marks: bool
    """Does the gateway answer marks? If not, the clock says when a prompt has been played."""
    can: frozenset[type]
    """The orders beyond `Send`, `Mark`, `Clear`, `HangUp` and `Refuse` that it can carry out: `Keys`, `Transfer`,
    `Hold` and `Unhold`, `Outcome`.
    """

    def receive(self, message: str | bytes) -> tuple[Incoming, ...]:
        """What a message of the gateway means. Raises `WireError` for one that no sound gateway sends."""

    def send(self, order: Outgoing) -> tuple[str | bytes, ...]:
        """The messages that order becomes; none where the protocol has no word for it."""
