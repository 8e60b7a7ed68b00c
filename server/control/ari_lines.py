"""Our calls on Asterisk, as channels and bridges: made, carried, and hung up whole.

Each call is a mixing bridge with two channels in it: the caller's, by whose id the call is known, and one that carries
the sound to us, a `WebSocket/INCOMING` to which we connect. So the sound of a call that we place flows before the
answer, and a person is connected by taking a third channel into the bridge.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.calls.actions import NORMAL
from server.control.ari_client import Ari
from server.control.port import ControlError
from server.control.progress import Progress
from server.gateways import wire
from server.gateways.table import GATEWAYS
from server.live.desk import Desk
from server.live.dialling import OpenError, open_media
from server.live.sockets import ClientSocket

GATEWAY = GATEWAYS["asterisk"]
CONNECTION = "MEDIA_WEBSOCKET_CONNECTION_ID"
OF_A_CALL = re.compile("-(media|person-[0-9]+)$")
"""How the channels that we add to a caller's are named."""
NO_CIRCUIT = 34
"""Q.850 cause with which we hang up a call for which there is no line."""


@dataclass(eq=False, slots=True)
class Line:
    """A call of ours."""

    call_id: str
    """The id of the caller's channel."""
    params: Mapping[str, str]
    progress: Progress
    handed_over: bool = False
    """A person has the call, or the dialplan."""
    on_hold: bool = False
    person: str = ""
    """The channel of the person with whom the caller is to be connected, or is."""
    person_progress: Progress = field(default_factory=Progress)
    person_came: asyncio.Future[None] | None = None
    persons: int = 0

    @property
    def media(self) -> str:
        return f"{self.call_id}-media"

    @property
    def bridge(self) -> str:
        return f"{self.call_id}-bridge"

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Being handed over: its channel may be gone before that is answered, and has not hung up then."""
        self.handed_over = True
        try:
            yield
        except BaseException:
            self.handed_over = False
            raise

    def call_in(self) -> asyncio.Future[None]:
        """Another person gets a channel, and his coming is awaited."""
        self.persons += 1
        self.person, self.person_progress = f"{self.call_id}-person-{self.persons}", Progress()
        self.person_came = asyncio.get_running_loop().create_future()
        return self.person_came


class Lines:
    def __init__(self, desk: Desk, ari: Ari) -> None:
        self.of: dict[str, Line] = {}
        """By the id of each channel that belongs to one."""
        self._desk = desk
        self._ari = ari

    def open(self, call_id: str, params: Mapping[str, str], *, answered: bool) -> Line:
        line = Line(call_id, params, Progress(answered=answered))
        self.of |= {call_id: line, line.media: line}
        return line

    async def carry(self, line: Line, begun: Callable[[], object]) -> None:
        """Join the caller's channel to a stream of ours, and carry the call on it to its end; `begun` is called when
        the call has its record. Raises `ControlError`.
        """

        def allowed(_: wire.Started) -> bool:
            begun()
            return True

        if why := self._desk.why_not():
            raise ControlError(why)
        with self._desk.place():
            try:
                await self._carry(line, allowed)
            except (OpenError, wire.WireError) as problem:
                raise ControlError(str(problem)) from None
            finally:
                if not line.handed_over:
                    await self.end(line)

    async def _carry(self, line: Line, allowed: Callable[[wire.Started], bool]) -> None:
        codec = GATEWAY.codec({**line.params, "call_id": line.call_id})
        async with await open_media(self._ari.media_url(await self._media(line))) as connection:
            named: dict[str, str | int] = {"type": "mixing", "bridgeId": line.bridge, "name": "huashu"}
            await self._ari.ask("POST", "bridges", query=named)
            both = f"{line.call_id},{line.media}"
            await self._ari.ask("POST", "bridges", line.bridge, "addChannel", query={"channel": both})
            await self._desk.take(GATEWAY, codec, ClientSocket(connection), allowed)

    async def _media(self, line: Line) -> str:
        """A channel for the sound; the id by which we connect to it."""
        query: dict[str, str | int] = {
            "app": self._ari.app,
            "channelId": line.media,
            "external_host": "INCOMING",
            "transport": "websocket",
            "encapsulation": "none",
            "connection_type": "server",
            "format": "slin",
        }
        made = (await self._ari.ask("POST", "channels", "externalMedia", query=query)).get("channelvars")
        found = made.get(CONNECTION) if isinstance(made, dict) else None
        if not found:
            asked = await self._ari.ask("GET", "channels", line.media, "variable", query={"variable": CONNECTION})
            found = asked.get("value")
        if not found:
            raise ControlError("Asterisk has no chan_websocket that waits for connections (20.16, 22.6, 23.0 or later)")
        return str(found)

    async def end(self, line: Line, cause: int = NORMAL) -> None:
        """Hang up all that is left of the call. Its end may still be told, and is kept with its record then."""
        if self.of.get(line.media) is not line:
            return
        for channel in (line.media, line.person):
            self.of.pop(channel, None)
        if not await self._ari.drop("channels", line.call_id, query={"reason_code": cause}) or line.progress.over:
            self.of.pop(line.call_id, None)
        for channel in filter(None, (line.media, line.person)):
            await self._ari.drop("channels", channel)
        await self._ari.drop("bridges", line.bridge)

    async def let_go(self, line: Line) -> None:
        """The dialplan has the call: what was ours of it goes."""
        for channel in (line.call_id, line.media):
            self.of.pop(channel, None)
        await self._ari.drop("channels", line.media)
        await self._ari.drop("bridges", line.bridge)
