"""A call is placed: the right wire is opened, the far end speaks first as its gateway does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx

from server.conformance.case import SkippedError
from server.conformance.line import How, Line
from server.conformance.peers import PEERS, Peer
from server.conformance.site import Address, Site, gateway_of
from server.conformance.wires import Wire, open_tcp, open_websocket
from server.gateways.audiosocket import PORT
from server.gateways.far.audiosocket import AudioSocketEnd
from server.gateways.far.port import FarEnd
from server.gateways.far.table import FAR_ENDS
from server.gateways.table import AUDIOSOCKET

BUNCH_MS = 1_000
"""Frames of AudioSocket may come together, since a kit that plays many calls is late itself. Their pace is a case."""


@asynccontextmanager
async def dial(site: Site, name: str, how: How | None = None) -> AsyncIterator[Line]:
    """A call to the server, begun as the gateway begins one."""
    how, peer = how or How(), PEERS[name]
    far, wire, address = await _open(site, peer, how)
    line = Line(wire, peer, far, how, site.voice)
    try:
        if how.starts:
            line.begin()
            await line.send(*far.open_messages(line.call_id, address.params))
        yield line
    finally:
        await line.finish()


async def _open(site: Site, peer: Peer, how: How) -> tuple[FarEnd, Wire, Address]:
    gateway = gateway_of(peer.name)
    address = how.address or site.address(gateway)
    if peer.name == AUDIOSOCKET.name:
        call, place = await ticket(site)
        if not place:
            raise SkippedError("give --audiosocket HOST:PORT: it comes by TCP, and the server does not tell where")
        return how.far or AudioSocketEnd(how.call or call, BUNCH_MS), await open_tcp(place, how.opening), address
    far = how.far or FAR_ENDS[peer.name]()
    opening = how.opening if how.opening.subprotocols else replace(how.opening, subprotocols=gateway.subprotocols[:1])
    return far, await open_websocket(address.asking(_named(far, address)), opening), address


def _named(far: FarEnd, address: Address) -> dict[str, str]:
    """Params that belong into the query, unless they are there."""
    return {key: value for key, value in far.query(address.params).items() if f"{key}=" not in address.url}


async def ticket(site: Site) -> tuple[UUID, str]:
    """Where the server sells tickets for AudioSocket, as ours does, one of them; else any UUID. And `host:port`."""
    place = site.audiosocket
    if site.base:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            headers = {"Authorization": f"Bearer {site.token}"}
            answer = await client.post(site.http("/audiosocket/ticket"), data=site.params, headers=headers)
            if answer.status_code == httpx.codes.OK:
                port = int(answer.headers.get(PORT, "0"))
                return UUID(answer.text.strip()), place or (f"{urlsplit(site.base).hostname}:{port}" if port else "")
    return uuid4(), place
