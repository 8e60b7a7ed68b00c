"""A codec and a far end wired back to back, on a clock that tests turn by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from server.gateways.far.port import FarEnd
from server.gateways.wire import Answer, Codec, Incoming, Outgoing


class Line:
    def __init__(self, codec: Codec, far: FarEnd) -> None:
        self.codec, self.far, self.now_ms = codec, far, 0.0

    def open(self, call_id: str, params: Mapping[str, str]) -> list[Incoming]:
        """What the bot is told of a new call."""
        return self.hear(self.far.open_messages(call_id, params))

    def hear(self, messages: Iterable[str | bytes]) -> list[Incoming]:
        """What the bot makes of messages of the gateway."""
        heard: list[Incoming] = []
        for told in (told for message in messages for told in self.codec.receive(message)):
            if isinstance(told, Answer):
                self.far.receive(told.message, self.now_ms)
            else:
                heard.append(told)
        return heard

    def order(self, *orders: Outgoing) -> list[Outgoing]:
        """What the gateway makes of orders of the bot."""
        messages = [message for order in orders for message in self.codec.send(order)]
        return [done for message in messages for done in self.far.receive(message, self.now_ms)]

    def wait(self, ms: float) -> list[Incoming]:
        """What the bot is told in that time, each thing when it is due."""
        until, told = self.now_ms + ms, []
        while (due := self.far.next_ms) is not None and due <= until:
            self.now_ms = max(self.now_ms, due)
            told += self.hear(self.far.due(self.now_ms))
        self.now_ms = until
        return told
