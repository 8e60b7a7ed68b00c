"""The platforms' side of calls by HTTP: what can happen in a call, and what a platform is to whoever drives it.

What happens is told in the words below; the answer comes back in those of the server's side (`server.gateways.turns`).
No clock and no socket: whoever drives a call knows when a prompt is over. The platforms are in
`server.gateways.far.platforms`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.gateways.turns import Next


@dataclass(frozen=True, slots=True)
class Entered:
    """The call is there, and answered."""


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    final: bool = True


@dataclass(frozen=True, slots=True)
class Keyed:
    keys: str


@dataclass(frozen=True, slots=True)
class Over:
    """The prompt, or the time to wait, and `ms` of silence behind it."""

    ms: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """How the transfer went."""

    ok: bool


@dataclass(frozen=True, slots=True)
class Left:
    """The caller has hung up."""


Fact = Entered | Said | Keyed | Over | Joined | Left


@dataclass(slots=True)
class FarCall:
    """One call, as the platform remembers it."""

    call_id: str
    params: Mapping[str, str]
    url: str = ""
    playing: bool = False
    """A prompt is being played."""
    played_ms: int = 0
    waiting: bool = False
    """For time to pass, not for the end of a prompt."""
    listen_ms: int | None = None
    """After what silence it asks now, where an answer has changed that alone."""
    echo: Any = None
    """What the last answer gave us to give back."""
    app: int = 0

    @property
    def caller(self) -> str:
        return self.params.get("caller", "")


@dataclass(frozen=True, slots=True)
class Request:
    told: Mapping[str, Any]
    path: str = ""
    """Behind the platform's own."""
    whole: object = field(default=None)
    """The body, where it is no object."""


@dataclass(frozen=True, slots=True)
class FarPlatform:
    ask: Callable[[Fact, FarCall], Request | None]
    """None for what it does not tell."""
    orders: Callable[[Mapping[str, Any], FarCall], Next]
    """Raises `WireError` for an answer that it could not carry out."""
    partial: bool = True
    """It tells words while the caller still speaks."""
    tells_end: bool = False
    """It tells at once that a prompt is over; the others listen first."""
