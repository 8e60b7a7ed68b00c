"""The way out of the server for what is decided in calls.

    take     from a call, at once and without waiting: the call has it in its own file already
    save     into the store, on a thread of its own; while that cannot be written, all of it waits here
    deliver  each receiver in a lane of its own, so that one that is slow delays no other, and no call

One round (`turn`) saves what is new and begins what is due; rounds follow each other while the server runs. What
was under way when it stopped is pending, and is sent again with the same id: at least once, never not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import aiohttp
import httpx
import structlog

from engine.calls.mask import mask
from server.live.private import Lead, Line
from server.metrics import METRICS
from server.outbox.lane import PLACES, Lane
from server.outbox.message import CONTACTS, DO_NOT_CALL, TYPES, Left, Message, left_in, message, sizes
from server.outbox.number import plain
from server.outbox.sending import CONNECT_SECONDS, TRY_SECONDS, receivers, signers
from server.outbox.store import LISTED, NAME, Put, Row, Store, Tried
from server.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

ROUND_SECONDS = 1.0
"""Retries, and what the `huashu outbox` command has changed, are noticed so soon."""
BUSY_SECONDS = 0.1
"""Between rounds at the least, so that what comes together is saved together."""
MOST_PER_S = 160
"""To each receiver, so that what has piled up while it was away leaves the calls their time."""
ROUND = 16
"""Begun in a round, when the last one was just now."""
TROUBLE_SECONDS = 5.0
"""Until the store is tried again."""
DAY_SECONDS = 86_400
COUNT_SECONDS = 10.0
"""From one look at how many there are, for Prometheus, to the next."""
FORGOTTEN = 1000
"""Old messages are removed so many at a time, from one look to the next."""
LEEWAY_DAYS = 2
"""Removed so much later than calls are no longer looked into, that none of them is taken for new."""
FOLDERS = 200
"""Read at a time at the start."""


def wall_s() -> float:
    return datetime.now(UTC).timestamp()


class Outbox:
    def __init__(
        self,
        settings: Settings,
        now_s: Callable[[], float] = wall_s,
        chance: Callable[[], float] = random.random,
    ) -> None:
        keys = signers(settings.webhook_secret.get_secret_value())
        self.lanes = [
            Lane(receiver, keys, self._http, now_s=now_s, chance=chance, settled=self._settle)
            for receiver in receivers(settings.webhook_url)
        ]
        self._calls = settings.calls
        self._days = settings.outbox_days
        heard = {kind for lane in self.lanes for kind in lane.receiver.types}
        self._unheard = [kind for kind in TYPES if kind not in heard]
        self._now_s = now_s
        self._new: list[Message] = []
        self._settled: list[Tried] = []
        self._busy = False
        """There was more to send than places."""
        self._counted_s = -math.inf
        self._store: Store | None = None
        self._thread = ThreadPoolExecutor(1, "outbox")
        self._client: aiohttp.ClientSession | None = None
        self._wake = asyncio.Event()
        self._saving = asyncio.Lock()
        self.trouble = ""
        """Why the store cannot be written; empty while it can."""

    # --- from calls --------------------------------------------------------------------------------------------------

    def take(self, lead: Lead, lines: Sequence[Line]) -> None:
        """What a call has just decided. Never waits, never fails."""
        self._take([message(lead, line) for line in lines])

    def _take(self, messages: Sequence[Message]) -> None:
        self._new += messages
        self._wake.set()

    async def look(self, folder: Path) -> None:
        """Take what a call's files hold: for whoever has changed the record of a call that is over."""
        if left := await asyncio.to_thread(_left, folder):
            self._take(left.messages)

    async def listed(self, number: str) -> bool:
        """Must this number not be called? Whoever dials or sends asks first. Raises `sqlite3.Error`."""
        spelled = plain(number)
        return spelled in self._hushed() or await self.ask(Store.listed, spelled)

    async def why_not_call(self, *told: str) -> str:
        """Why none of these may be called, of which any may be a number; empty where all may. A list that cannot be
        read is a reason, too.
        """
        try:
            listed = [number for number in told if plain(number) and await self.listed(number)]
        except (sqlite3.Error, OSError) as problem:
            return f"the do-not-call list cannot be read: {problem}"
        return LISTED if listed else ""

    def _hushed(self) -> set[str]:
        """Numbers on the list that the store does not know yet."""
        return {each.number for each in self._new if each.type == DO_NOT_CALL and each.number}

    # --- while the server runs ---------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self, patience_s: float = TRY_SECONDS) -> AsyncIterator[None]:
        """Deliver; at the end finish what is under way, for so long."""
        if self.lanes:
            self._http()  # it reads its certificates for some hundred milliseconds, which no call should wait for
        task = asyncio.get_running_loop().create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.close(patience_s)

    async def _run(self) -> None:
        collected = False
        now = asyncio.get_running_loop().time
        last_s = now()
        while True:
            since_s, last_s = now() - last_s, now()
            try:
                collected = collected or await self.collect()
                well = collected and await self.turn(max(ROUND, int(MOST_PER_S * since_s)))
            except Exception:
                log.exception("outbox_failed")
                well = False
            if not well:
                await asyncio.sleep(TROUBLE_SECONDS)
                continue
            await asyncio.sleep(BUSY_SECONDS)
            if not self._busy:
                await self._until_there_is_more()

    async def _until_there_is_more(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ROUND_SECONDS):
                await self._wake.wait()

    async def close(self, patience_s: float = 0.0) -> None:
        """A last round; then what is under way has so long, and what is not done by then stays pending."""
        with contextlib.suppress(Exception):
            await self.turn()
        await asyncio.gather(*(lane.finish(patience_s) for lane in self.lanes))
        if not await self._save():
            log.error("outbox_unsaved", messages=len(self._new), then="their calls' files hold them for the next start")
        if self._client:
            await self._client.close()
        if self._store:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._store = self._client = None
        self._thread.shutdown(wait=False)

    async def turn(self, most: int = PLACES) -> bool:
        """Save what is new, and begin what is due: to each receiver no more than so many, and no more than it has
        places. False when the store could not be written.
        """
        self._wake.clear()
        self._busy = False
        if not await self._save():
            return False
        try:
            for lane in self.lanes:
                await self._begin_due(lane, most)
            await self._count()
        except (sqlite3.Error, OSError) as problem:
            return self._in_trouble(problem)
        return True

    async def _count(self) -> None:
        if self._now_s() - self._counted_s >= COUNT_SECONDS:
            self._counted_s = self._now_s()
            await self._forget()
            for state, number in (await self.ask(Store.waiting)).items():
                METRICS.outbox.labels(state).set(number)

    async def _forget(self) -> None:
        before_s = self._now_s() - (self._days + LEEWAY_DAYS) * DAY_SECONDS
        _, untold = await self.ask(Store.forget, before_s, self._unheard, FORGOTTEN)
        if untold:
            log.warning(
                "outbox_forgets", messages=untold, older_than_days=self._days, why="nobody is to be told of them"
            )

    async def quiet(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*(lane.quiet() for lane in self.lanes))

    # --- the store ---------------------------------------------------------------------------------------------------

    async def ask(self, method: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have the store do this, on its thread. Raises `sqlite3.Error` and `OSError`."""

        def work() -> T:
            if self._store is None:
                self._store = Store(self._calls / NAME)
            return method(self._store, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def collect(self) -> bool:
        """What calls have left while no outbox heard of it. False when it must be tried again."""
        try:
            known = await self.ask(Store.looked_at)
            oldest = datetime.fromtimestamp(self._now_s() - self._days * DAY_SECONDS, UTC).date().isoformat()
            found = await asyncio.to_thread(lambda: list(sizes(self._calls, oldest)))
            new = [(path, size) for path, size in found if known.get(f"{path.parent.name}/{path.name}") != size]
            for first in range(0, len(new), FOLDERS):
                some = await asyncio.to_thread(_read, new[first : first + FOLDERS])
                self._tell_put(await self.ask(Store.take, some, self._now_s()))
        except (sqlite3.Error, OSError) as problem:
            return self._in_trouble(problem)
        return True

    async def _save(self) -> bool:
        """Into the store with all that it does not know yet."""
        try:
            async with self._saving:
                await self._put_and_settle()
        except (sqlite3.Error, OSError) as problem:
            return self._in_trouble(problem)
        if self.trouble:
            self.trouble = ""
            log.info("outbox_writes_again")
        return True

    async def _put_and_settle(self) -> None:
        if self._new:
            some = list(self._new)
            put = await self.ask(Store.put, some, self._now_s())
            del self._new[: len(some)]
            self._tell_put(put)
        if self._settled:
            tries = list(self._settled)
            await self.ask(Store.settle, tries)
            del self._settled[: len(tries)]

    def _in_trouble(self, problem: Exception) -> bool:
        why = f"{self._calls / NAME}: {problem}"
        if why != self.trouble:
            self.trouble = why
            log.error("outbox_cannot_write", why=why, then="calls go on; nothing is sent until it can")
        return False

    def _tell_put(self, put: Put) -> None:
        for kind in put.new:
            METRICS.taken.labels(kind).inc()
        for name in put.withdrawn:
            METRICS.told.labels("withdrawn").inc()
            log.warning("outbox_withdrawn", id=mask(name), why="do not call")

    # --- delivering --------------------------------------------------------------------------------------------------

    async def _begin_due(self, lane: Lane, most: int) -> None:
        self._busy |= lane.free <= 0 and not lane.gone
        if lane.free <= 0:
            return
        asked = len(lane.under_way) + min(most, lane.free) + 1  # those under way are among what is due
        rows = await self.ask(Store.due, lane.receiver.types, self._now_s(), asked)
        self._busy |= len(rows) == asked or any(row.type == DO_NOT_CALL for row in rows)  # all else waits behind that
        for row in rows[: asked - 1]:
            if not self._is_hushed(row):
                lane.begin(row)

    def _is_hushed(self, row: Row) -> bool:
        return row.type in CONTACTS and not self._hushed().isdisjoint({row.number, row.recipient})

    async def _settle(self, settled: Tried) -> None:
        self._settled.append(settled)
        await self._save()

    def _http(self) -> aiohttp.ClientSession:
        """Of aiohttp: with many under way at a time, a message costs it a tenth of what it costs httpx, or less."""
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=httpx.create_ssl_context()),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            )
        return self._client


def _read(folders: Sequence[tuple[Path, int]]) -> list[Left]:
    return [left for folder, size in folders if (left := _left(folder, size))]


def _left(folder: Path, size_bytes: int = 0) -> Left | None:
    return left_in(folder, size_bytes, lambda why: _unreadable(folder, why))


def _unreadable(folder: Path, why: str) -> None:
    log.error("promise_unreadable", call=mask(folder.name), why=why)
