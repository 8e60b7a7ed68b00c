"""What the bot orders of the line besides talking: a person for the caller, and the caller on hold.

Where the gateway can, the order goes to it, and what it tells is an event. Where it cannot, a transfer has failed at
once, and hold is music of our own in the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.calls import actions, events
from engine.calls.events import Event
from engine.dialogue.state import State
from server.gateways import wire
from server.live.media import Media

Done = tuple[tuple[wire.Outgoing, ...], Event | None]
"""Orders to the gateway, and what has happened already."""


class Beside:
    """Of one call; `can` are the orders that its gateway carries out. Times are in milliseconds of the call, but for
    `now_ms`, the server's.
    """

    def __init__(self, media: Media, can: frozenset[type]) -> None:
        self._media = media
        self._can = can
        self._is_held = False
        """The gateway has put the caller on hold."""

    def order(self, order: actions.Action, at_ms: int, now_ms: int) -> Done:
        return _ORDERED[type(order)](self, order, at_ms, now_ms)

    def told(self, told: wire.TransferResult | wire.Held, state: State, at_ms: int) -> Event | None:
        """What the gateway tells; nothing where it tells of the end of a hold before the one that is in progress."""
        if isinstance(told, wire.TransferResult):
            if told.ok:
                return events.TransferSucceeded(at_ms, state.transfer)
            return events.TransferFailed(at_ms, state.transfer, told.reason)
        was_held, self._is_held = self._is_held, told.state == "began"
        if told.state == "began":
            return events.HoldBegan(at_ms, state.hold)
        if told.state == "failed":
            return events.HoldFailed(at_ms, state.hold, told.reason)
        return events.HoldEnded(at_ms, state.hold) if was_held else None

    def transfer(self, order: actions.Transfer, at_ms: int, _: int) -> Done:
        if wire.Transfer in self._can:
            return (wire.Transfer(order.to),), None
        return (), events.TransferFailed(at_ms, order.ref, "this gateway cannot transfer calls")

    def hold(self, order: actions.Hold, at_ms: int, _: int) -> Done:
        self._is_held = False
        if wire.Hold in self._can:
            return (wire.Hold(),), None
        self._media.music(order.ref, order.most_ms)
        return (), events.HoldBegan(at_ms, order.ref)

    def unhold(self, order: actions.Unhold, at_ms: int, now_ms: int) -> Done:
        if wire.Hold in self._can:
            return (wire.Unhold(),), None
        return self._media.stop(order.ref, now_ms)[0], events.HoldEnded(at_ms, order.ref)


_ORDERED: Mapping[type, Callable[[Beside, Any, int, int], Done]] = {
    actions.Transfer: Beside.transfer,
    actions.Hold: Beside.hold,
    actions.Unhold: Beside.unhold,
}
