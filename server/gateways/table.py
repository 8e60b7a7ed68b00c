"""The gateways: at which path each connects, which codec it speaks, and how it can prove that it may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from server.gateways.asterisk import Asterisk
from server.gateways.audiosocket import AudioSocket
from server.gateways.audiostream import AudioStream
from server.gateways.fork import Fork
from server.gateways.genesys import Genesys
from server.gateways.plain import Plain
from server.gateways.stream import Stream
from server.gateways.vendors import VENDORS
from server.gateways.vonage import Vonage
from server.gateways.wire import Codec

Credential = Literal["signature", "message signature", "basic", "bearer", "query", "path", "param", "ticket"]
"""X-Twilio-Signature; the HTTP message signature of Genesys; `Authorization: Basic` or `Bearer`; or a token: in the
query (`?token=`), behind the path (`/twilio/<token>`), or among the params of `Started` (`token`); or a ticket of
AudioSocket."""


@dataclass(frozen=True, slots=True)
class Gateway:
    name: str
    path: str
    codec: Callable[[Mapping[str, str]], Codec]
    """A codec for a new socket, from the query of its URL. Raises `WireError` for a query that cannot be."""
    subprotocols: tuple[str, ...]
    """That it may offer; the one it offered is echoed, none is needed."""
    credentials: tuple[Credential, ...]
    """That it can bring. All but `param` are there before the socket opens."""
    lead_ms: int = 0
    """Silence before what is said into a silent line: where the gateway sends none by itself, phones clip the onset."""
    parting_seconds: float = 0
    """The gateway closes its socket itself, after a last exchange of words, and has this long for it."""


GATEWAYS: Mapping[str, Gateway] = {
    gateway.name: gateway
    for gateway in (
        Gateway("twilio", "/twilio", partial(Stream, VENDORS["twilio"]), (), ("signature", "path", "param")),
        Gateway("telnyx", "/telnyx", partial(Stream, VENDORS["telnyx"]), (), ("bearer", "query", "path", "param")),
        Gateway("plivo", "/plivo", partial(Stream, VENDORS["plivo"]), (), ("query", "path", "param")),
        Gateway("signalwire", "/signalwire", partial(Stream, VENDORS["signalwire"]), (), ("bearer", "path", "param")),
        Gateway("exotel", "/exotel", partial(Stream, VENDORS["exotel"]), (), ("basic", "query", "path")),
        Gateway("asterisk", "/asterisk", Asterisk, ("media",), ("basic", "query", "path"), lead_ms=60),
        Gateway(
            "fork", "/fork", Fork, ("audio.drachtio.org", "audio.jambonz.org"), ("basic", "query", "path", "param")
        ),
        Gateway(
            "jambonz",
            "/jambonz",
            partial(Fork, tells_play_done=True),
            ("audio.jambonz.org", "audio.drachtio.org"),
            ("basic", "query", "path", "param"),
        ),
        Gateway("audiostream", "/audiostream", AudioStream, (), ("basic", "bearer", "query", "path", "param")),
        Gateway("vonage", "/vonage", Vonage, (), ("bearer", "query", "path", "param")),
        Gateway("genesys", "/genesys", Genesys, (), ("message signature", "query", "path"), parting_seconds=2),
        Gateway("huashu", "/huashu", Plain, (), ("bearer", "query", "path", "param")),
    )
}
"""By name. Which script a call follows is told in the params of its `Started` as `script`, without `.yaml`."""


AUDIOSOCKET = Gateway("audiosocket", "", AudioSocket, (), ("ticket",), lead_ms=60)
"""Comes by TCP, at a port of its own."""


def at(path: str) -> tuple[Gateway, str] | None:
    """The gateway whose path this is, and the token that may stand behind it."""
    head, _, token = path.removeprefix("/").partition("/")
    gateway = GATEWAYS.get(head)
    return (gateway, token) if gateway and "/" not in token else None


def subprotocol(gateway: Gateway, offered: list[str]) -> str | None:
    """The one to echo, of those a client offered."""
    return next((name for name in offered if name in gateway.subprotocols), None)
