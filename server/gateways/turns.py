"""Platforms that listen and speak themselves and ask by HTTP what to do next: requests in, one action out.

Each has a row in `server.gateways.platforms`: how its requests are read, how an action is written. Nothing here knows a
call; what is decided in one is in `server.live.turns`. What was asked of a platform is not remembered either: each has
a field that it gives back, and there it stands what its next request will answer (`Echo`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.calls.actions import NORMAL
from engine.calls.events import KEYS
from server.gateways.wire import Digit, Ended, Failed, Oddity, Played, Started, Text, TransferResult, WireError

LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Waited:
    """The time that was to be waited is over, or the platform only wants to know how to go on."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The prompt is over, and nothing has been heard since for so long."""

    ms: int = 0


Told = Started | Text | Played | Quiet | Digit | TransferResult | Failed | Ended | Oddity | Waited


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    call_id: str
    told: tuple[Told, ...]
    back: Mapping[str, str] = field(default_factory=dict)
    """What the answer to it needs to know."""


# --- what to do next -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Speak these texts, and play the recordings whose names end in `.wav`; then listen."""

    prompts: tuple[str, ...]
    listen_ms: int = 0
    """Ask again when nothing is heard for so long after the prompt; 0: as soon as it is over."""
    first: bool = False
    """The first of the call: the platform must begin to listen."""


@dataclass(frozen=True, slots=True)
class Hush:
    """Fall silent and go on listening."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """With what is being done."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Listen, and ask again after this time if nothing is heard."""

    ms: int


@dataclass(frozen=True, slots=True)
class Connect:
    """The caller to a person."""

    to: str


@dataclass(frozen=True, slots=True)
class Bye:
    """Hang up."""

    reason: str = ""
    q850: int = NORMAL
    """The cause for the far end, where the platform can tell it."""


Next = Say | Hush | GoOn | Wait | Connect | Bye


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    path: str
    read: Callable[[Mapping[str, Any], Mapping[str, str]], Asked]
    """From the request and the query of its URL. Raises `WireError` for a request that no sound platform sends."""
    write: Callable[[Next, Asked, Mapping[str, str]], dict[str, Any]]
    """The answer, from what is to be done, the request, and the query of its URL."""
    whole: bool = False
    """It takes all pieces of a prompt in one action."""
    mute_of_ends: bool = False
    """It does not tell when a prompt is over, only that nothing has been heard since."""
    by_form: bool = False
    """Its requests are forms, or nothing but a query; the others are JSON."""


# --- what platforms have in common -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Echo:
    """What the platform was asked to do, written into the field that it gives back: `say:3500`."""

    did: str = ""
    ms: int = 0

    def __str__(self) -> str:
        return f"{self.did}:{self.ms}" if self.did else ""

    @classmethod
    def of(cls, told: object) -> Echo:
        """As it came back; empty where it did not, or is not ours."""
        did, _, ms = str(told or "").partition(":")
        ours = did.isascii() and did.isalpha() and ms.isascii() and ms.isdecimal() and len(ms) < 8
        return cls(did, int(ms)) if ours else cls()


def echo_of(what: Next) -> Echo:
    match what:
        case Say(_, listen_ms):
            return Echo("say", listen_ms)
        case Wait(ms):
            return Echo("wait", ms)
        case Connect():
            return Echo("connect")
        case _:
            return Echo("pause")


def worded(text: str, *, final: bool = True, sure: float | None = None) -> tuple[Told, ...]:
    """Words, if there are any."""
    if len(text) > LONGEST_TEXT:
        raise WireError(f"the words must have {LONGEST_TEXT} characters at most")
    return (Text(text.strip(), sure, final),) if text.strip() else (Waited(),)


def keyed(keys: str) -> tuple[Told, ...]:
    return tuple(Digit(key) for key in keys[:32].upper() if key in KEYS) or (Waited(),)
