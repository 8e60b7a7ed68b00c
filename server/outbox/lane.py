"""The way to one receiver: so many messages at a time and no more, so that one that is slow or gone delays no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import structlog
from standardwebhooks import Webhook

from engine.calls.mask import mask
from server.metrics import METRICS
from server.outbox.sending import Receiver, Verdict, send, wait_s
from server.outbox.store import Row, State, Tried

log = structlog.get_logger()

PLACES = 64
"""Enough for 64 messages a second when each takes one, on a server that is late with every step."""


class Lane:
    def __init__(
        self,
        receiver: Receiver,
        keys: Sequence[Webhook],
        client: Callable[[], aiohttp.ClientSession],
        *,
        now_s: Callable[[], float],
        chance: Callable[[], float],
        settled: Callable[[Tried], Awaitable[object]],
    ) -> None:
        self.receiver = receiver
        self.under_way: dict[str, asyncio.Task[None]] = {}
        """By the id of the message."""
        self.gone = False
        """The receiver wants no more."""
        self._keys = keys
        self._client = client
        self._now_s = now_s
        self._chance = chance
        self._settled = settled
        self._fails = False

    @property
    def free(self) -> int:
        return 0 if self.gone else PLACES - len(self.under_way)

    def begin(self, row: Row) -> None:
        """Send it, unless it is under way already or there is no place."""
        if row.id not in self.under_way and self.free > 0:
            self.under_way[row.id] = asyncio.get_running_loop().create_task(self._deliver(row))

    async def _deliver(self, row: Row) -> None:
        try:
            verdict = await send(self._client(), self.receiver, row, self._keys, self._now_s())
            if verdict.what == "gone":
                self._leave(verdict)
            else:
                await self._settled(self._settle(row, verdict))
        finally:
            del self.under_way[row.id]

    def _leave(self, verdict: Verdict) -> None:
        if not self.gone:
            log.error("receiver_gone", receiver=self.receiver.name, why=verdict.why, then="all for it waits")
        self.gone = True

    def _settle(self, row: Row, verdict: Verdict) -> Tried:
        wait = wait_s(row.tries + 1, verdict, self._chance()) if verdict.what == "again" else None
        state: State = "done" if verdict.what == "done" else "dead" if wait is None else "pending"
        METRICS.told.labels("again" if state == "pending" else state).inc()
        if state == "dead":
            log.error("outbox_dead", id=mask(row.id), type=row.type, receiver=self.receiver.name, why=verdict.why)
        self._tell_change(verdict)
        return Tried(row.id, state, verdict.why, self._now_s() + (wait or 0.0))

    def _tell_change(self, verdict: Verdict) -> None:
        """That a receiver fails is told once, not for every message."""
        if verdict.what == "again" and not self._fails:
            log.warning("receiver_fails", receiver=self.receiver.name, why=verdict.why)
        elif verdict.what == "done" and self._fails:
            log.info("receiver_answers_again", receiver=self.receiver.name)
        self._fails = verdict.what == "again" or (self._fails and verdict.what != "done")

    async def finish(self, patience_s: float) -> None:
        """What is under way has so long; the rest is broken off, and stays pending."""
        if tasks := list(self.under_way.values()):
            await asyncio.wait(tasks, timeout=patience_s)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def quiet(self) -> None:
        """Wait until nothing is under way."""
        while self.under_way:
            await asyncio.wait(list(self.under_way.values()))
