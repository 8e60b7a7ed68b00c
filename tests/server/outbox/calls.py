"""Calls that decide something, and an outbox with a clock of its own to which they tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from engine.calls.actions import Action, DoNotCall, Sms
from engine.calls.events import Heard
from engine.calls.log import Entry
from server.live.private import Lead, Private, Tell, no_one
from server.outbox.outbox import Outbox
from server.outbox.store import NAME, Row, Store
from server.settings import Settings
from tests.server.outbox.receiver import SECRET

NUMBER = "13800001234"
STARTED_AT = "2026-11-26T10:00:00.000+08:00"
SMS, DNC = Sms("资料"), DoNotCall("do_not_call")


class Caller:
    """A call of which only its private files are there."""

    def __init__(self, calls: Path, name: str = "CA1", number: str = NUMBER, tell: Tell = no_one) -> None:
        self.folder = calls / "2026-11-26" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        lead = Lead(f"2026-11-26/{name}", name, "phone-robot", STARTED_AT, number, {"lead_id": "7788990011"})
        self.private = Private(self.folder, lead, tell)
        self.seq = 0
        self.private.begin()

    def decides(self, *actions: Action) -> Caller:
        self.seq += 1
        self.private.keep(Entry(self.seq, Heard(self.seq * 1000, "好", None), actions))
        return self

    def ends(self, grade: str = "B") -> Caller:
        self.private.ended({"grade": grade, "rule": f"{grade}1", "disposition": "completed"}, [])
        return self


class Clock:
    def __init__(self, now_s: float = 1_800_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class Office:
    """An outbox that is driven by hand: `go` lets some time pass, then all that is due be sent and answered."""

    def __init__(self, data: Path, url: str, clock: Clock | None = None) -> None:
        self.data = data
        self.clock = clock or Clock()
        self._settings = Settings(data=data, webhook_url=url, webhook_secret=SecretStr(SECRET))
        self.outbox = self._opened()

    def _opened(self) -> Outbox:
        return Outbox(self._settings, self.clock, lambda: 0.5)

    @property
    def calls(self) -> Path:
        return self.data / "calls"

    def call(self, name: str = "CA1", number: str = NUMBER) -> Caller:
        return Caller(self.calls, name, number, self.outbox.take)

    async def go(self, after_s: float = 0.0) -> Office:
        self.clock.now_s += after_s
        before = -1
        while before != (before := self._progress()):
            await self.outbox.turn()
            await self.outbox.quiet()
        return self

    def _progress(self) -> int:
        return sum(row.tries for row in self.rows()) + sum(row.state == "done" for row in self.rows())

    async def restart(self, *, store_lost: bool = False) -> Office:
        """As after kill -9: what only this process knew is gone, what others have been sent is not."""
        await asyncio.gather(*(lane.finish(0) for lane in self.outbox.lanes))
        self.outbox._new.clear()
        self.outbox._settled.clear()
        if self.outbox._store:
            await self.outbox.ask(Store.close)
        self.outbox._thread.shutdown()
        if self.outbox._client:
            await self.outbox._client.close()
        for file in self.calls.glob(f"{NAME}*") if store_lost else ():
            file.unlink()
        self.outbox = self._opened()
        assert await self.outbox.collect()
        return self

    async def close(self) -> None:
        await self.outbox.close()

    def rows(self) -> list[Row]:
        return rows(self.data)

    @property
    def states(self) -> dict[str, str]:
        return {row.id.removeprefix("2026-11-26/"): row.state for row in self.rows()}


def rows(data: Path) -> list[Row]:
    """All messages of a server, as another process sees them."""
    if not (data / "calls" / NAME).exists():
        return []
    store = Store(data / "calls" / NAME)
    try:
        return store._all("ORDER BY rowid", ())
    finally:
        store.close()


def states(found: Sequence[Row]) -> list[str]:
    return [row.state for row in found]
