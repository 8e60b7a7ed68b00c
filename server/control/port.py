"""Outcomes and commands travel beside the media: what a control must be, for a session to use it.

A media socket carries sound. That a call was busy, and the order to connect a person, go another way: a REST API, an
event socket. A control is that other way, for the calls of some gateways:

    session:  order that the codec cannot carry out  →  control.carry_out(call, order)   (a task of its own)
    control:  what the network tells                 →  tell(Told(call_id, …))                (`Desk.network_said`)

To add one, write a class with the four members of `Control` below in a module of its own, and give it its gateways in
`server.control.table`. What a gateway tells by webhooks needs no control: the route calls `Desk.network_said` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.calls.events import Event
from server.gateways import wire

Command = wire.Transfer | wire.Keys | wire.Hold | wire.Unhold | wire.HangUp
"""The orders that may travel beside the media.

`Transfer(to, summary)`: connect the far end to whom the script calls `to`; done when a person has answered, or when
    that cannot be known, when the gateway has taken the call over. The media may end before or after.
`Keys(digits)`: send DTMF. A control that can do it is asked although the media could carry the tones.
`Hold()`, `Unhold()`: the caller on hold, with music, and off it; both or neither. That the network has ended a hold is
    told as `HoldEnded`, whose `ref` nobody asks for.
`HangUp(reason, q850)`: the codec has closed the stream in order; end what is left of the call where that does not, with
    this cause where that can be told.
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a call: early, late, twice or never."""

    call_id: str
    gateway: str
    """Its name in `server.gateways.table`."""
    event: Event | None
    """For the engine: `Ringing`, `Answered`, `Failed`, `HungUp`, `Pressed` or `HoldEnded`, with `at_ms` 0; None is only
    kept.
    """
    raw: Mapping[str, str]
    """The network's own words and codes."""
    params: Mapping[str, str] = field(default_factory=dict)
    """What the call brings, as in `Started`: `trunk`, `script`, its variables. A failed call that never had a stream
    gets its record by them.
    """
    at: datetime | None = None
    """When it happened, where that is told; else it is now."""


Tell = Callable[[Told], object]


@dataclass(frozen=True, slots=True)
class Dial:
    """A call that we place (`server.control.placing`): returned from when it is being dialled, all else is told."""

    call_id: str
    endpoint: str
    """As the switch dials it."""
    params: Mapping[str, str]
    """As in `Started`."""
    shows: str = ""
    """The number that the person sees."""
    ring_seconds: int = 60
    stream: Callable[[], str] = lambda: ""
    """Where its sound goes, with a credential that is good once and for a minute; for a switch that connects to us."""


class ControlError(Exception):
    """A command was not carried out; the message says why, for a record that people read: no token, no whole number."""


class Control(Protocol):
    tells: bool
    """Does it tell how calls end? Then a stream that breaks off without a word waits a moment for that."""

    def can(self, call: wire.Started) -> frozenset[type]:
        """Which of the commands it can carry out for this call; none for one that it does not know."""

    async def carry_out(self, call: wire.Started, command: Command) -> None:
        """Returns when it is done. Raises `ControlError` when it is not; anything else that it raises is taken for one.

        It is cancelled when it takes too long, when the caller has gone, or when the engine no longer wants it; what it
        began to do, such as ringing a person, is to be undone then.
        """

    async def run(self, tell: Tell) -> None:
        """Listen to the network until cancelled, through all that may go wrong with the connection. A control that
        tells nothing, or by webhooks, returns at once.
        """


def destination(known: Mapping[str, str], name: str) -> str:
    """Whom a script calls `name`, as the gateway writes it (`Settings.destinations`). Raises `ControlError`."""
    if name not in known:
        raise ControlError(f"HUASHU_TRANSFERS does not say who '{name}' is")
    return known[name]
