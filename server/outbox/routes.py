"""What can be asked of the outbox while the server runs, by those who bring the token: what waits and what was given
up, and whether a number may be called. Numbers are masked.
"""

from __future__ import annotations

import sqlite3

from fastapi import APIRouter, Depends, HTTPException

from server.live.doorman import Doorman
from server.outbox.number import plain
from server.outbox.outbox import Outbox
from server.outbox.shown import shown
from server.outbox.store import Store

MOST_ROWS = 100


def router(outbox: Outbox, doorman: Doorman) -> APIRouter:
    """`GET /outbox` and `GET /do-not-call`."""
    routes = APIRouter(dependencies=[Depends(doorman.let_in)])

    @routes.get("/outbox")
    async def state() -> dict[str, object]:
        """How many messages there are of each state, and the first of those that need a look."""
        try:
            counts = await outbox.ask(Store.counts)
            rows = await outbox.ask(Store.open, ("dead", "withdrawn", "pending"), MOST_ROWS)
        except (sqlite3.Error, OSError) as problem:
            raise HTTPException(503, f"the outbox cannot be read: {problem}") from None
        receivers = [
            {"receiver": lane.receiver.name, "types": lane.receiver.types, "gone": lane.gone} for lane in outbox.lanes
        ]
        return {"messages": counts, "receivers": receivers, "trouble": outbox.trouble, "open": list(map(shown, rows))}

    @routes.get("/do-not-call")
    async def listed(number: str) -> dict[str, bool]:
        """Must this number not be called? A dialler asks before each call."""
        if not plain(number):
            raise HTTPException(400, "not a telephone number")
        try:
            return {"do_not_call": await outbox.listed(number)}
        except (sqlite3.Error, OSError) as problem:
            raise HTTPException(503, f"the list cannot be read: {problem}") from None

    return routes
