"""What a far end is to whoever drives it: the part of the gateway, message by message, on a clock that is passed in.

The driver has a socket and a clock, the far end neither. It sends what `open_messages`, `audio`, `digit` and `stop`
return; it hands each message from the bot to `receive`; and after each of those, and again when `next_ms` comes, it
sends what `due` returns: marks that were reached, marks a clear threw away, flow control. All times are milliseconds on
one clock that never goes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from server.gateways.far.playout import Playout
from server.gateways.wire import Format, Outgoing


class FarEnd(Protocol):
    """One call on one socket."""

    format: Format
    """Of all payloads, both ways. The driver converts: a far end knows no samples."""
    playout: Playout
    """What the bot has sent and the caller has not yet heard; `playout.ends_ms` is when the bot falls silent."""

    def query(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """Those of the params that belong into the query of the URL, because no message carries them."""

    def open_messages(self, call_id: str, params: Mapping[str, str]) -> tuple[str | bytes, ...]:
        """The first messages on the socket. `caller`, `script` and `token` among the params go where they belong."""

    def audio(self, payload: bytes) -> tuple[str | bytes, ...]:
        """The caller's voice, usually 20 ms of it; also when silent, since gateways send silence."""

    def digit(self, digit: str) -> tuple[str | bytes, ...]:
        """The caller presses a key."""

    def stop(self) -> tuple[str | bytes, ...]:
        """The caller hangs up. The driver closes the socket afterwards."""

    def receive(self, message: str | bytes, now_ms: float) -> tuple[Outgoing, ...]:
        """What the bot orders. Raises `WireError` where the real gateway would report an error."""

    def due(self, now_ms: float) -> tuple[str | bytes, ...]:
        """What is to be told the bot by now."""

    @property
    def next_ms(self) -> float | None:
        """When `due` will have more; None while nothing is awaited."""
