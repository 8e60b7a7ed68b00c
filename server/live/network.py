"""What the network tells of calls beside their streams: early, late, twice or never, in any order.

A call in progress hears it. When its record is closed, whatever is new in it is folded into the record
(`server.live.revising`). A call that failed and so never had a stream gets its record now. Each of them keeps what was
told, in the teller's own words, in `network.jsonl`.

A record is found by the gateway's name for the call: among the latest calls, or, after a restart, on the disk.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from engine.calls.events import Answered, Event, Failed, HungUp, Ringing
from engine.calls.log import LogError, read
from engine.calls.mask import mask
from engine.dialogue.step import LeadError
from engine.grading.load_trunks import Trunks
from server.control.port import Told
from server.live.record import LOG, SUMMARY, RecordError, masked, plain_name
from server.live.revising import revise
from server.live.session import Session
from server.live.setup import heard_by_the_call
from server.live.shelf import Shelf
from server.live.unanswered import keep_unanswered
from server.logs import NETWORK
from server.metrics import METRICS, gateway_label
from server.settings import Settings

log = structlog.get_logger()

RECENT_CALLS = 10_000
MOST_TOLD = 50
"""Of one call; whoever tells more says nothing new."""
KEPT = (Ringing, Answered, Failed, HungUp)
"""What counts also when it is told late; a key that was pressed does not."""
LATE_DAYS = 2
"""A record is looked for among those of so many days."""


@dataclass(slots=True)
class _Call:
    """A call of which something was told, or that has begun here."""

    folder: Path | None = None
    session: Session | None = None
    is_open: bool = False
    """Its record is being written."""
    told: list[tuple[datetime, Event]] = field(default_factory=list)
    """Not yet in the record."""
    lines: list[str] = field(default_factory=list)
    """Not yet in `network.jsonl`."""

    def is_at(self, folder: Path | None) -> None:
        """Its record was found, unless it has begun another one meanwhile."""
        self.folder = self.folder or folder


class Network:
    """All methods are for the event loop; files are read and written beside it, in the order of telling."""

    def __init__(
        self,
        settings: Settings,
        shelf: Shelf,
        trunks: Trunks,
        now: Callable[[], datetime],
        changed: Callable[[Path], Awaitable[None]],
    ) -> None:
        self._settings, self._shelf, self._trunks, self._now = settings, shelf, trunks, now
        self._changed = changed
        """Told of each record that has been written or revised here."""
        self._calls: dict[str, _Call] = {}
        self._one_by_one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- the course of a call ----------------------------------------------------------------------------------------

    def began(self, call_id: str, folder: Path) -> None:
        """A record has been opened."""
        call = self._known(call_id)
        call.folder, call.is_open = folder, True

    def joined(self, call_id: str, session: Session) -> None:
        """The call has a stream, and hears what was told before it began."""
        call = self._known(call_id)
        call.session = session
        for _, event in call.told:
            if isinstance(event, Answered) and (heard := heard_by_the_call(event)):
                session.told(heard)

    def closed(self, call_id: str) -> None:
        """Its record is closed; what came meanwhile may say more than the call has heard."""
        call = self._known(call_id)
        call.is_open, call.session = False, None
        if call.told or call.lines:
            self._start(call_id, call)

    def said(self, told: Told, *, stream_knows: bool = False) -> asyncio.Task[None]:
        """Something was told; where its stream knows better, a call in progress does not hear it. The task ends when it
        is kept.
        """
        if told.raw:
            log.info("network_said", call=mask(told.call_id), gateway=told.gateway, **_words(told))
        call, now, event = self._known(told.call_id), self._now(), told.event
        at, trunk = min(told.at or now, now).astimezone(now.tzinfo), told.params.get("trunk", "")
        if isinstance(event, Failed | HungUp):
            event = self._trunks.judged(event, trunk)
        if call.session and not stream_knows and (heard := heard_by_the_call(event)):
            call.session.told(heard)
        if len(call.lines) + len(call.told) < MOST_TOLD:
            call.lines += [_line(told, at)] if told.raw else []
            call.told += [(at, event)] if isinstance(event, KEPT) else []
        return self._start(told.call_id, call, told)

    async def settled(self) -> None:
        """All that was told is kept."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _known(self, call_id: str) -> _Call:
        call = self._calls.setdefault(call_id, _Call())
        if len(self._calls) > RECENT_CALLS:
            oldest = next((each for each, known in self._calls.items() if not known.is_open), None)
            if oldest != call_id and oldest is not None:
                del self._calls[oldest]
        return call

    # --- keeping it --------------------------------------------------------------------------------------------------

    def _start(self, call_id: str, call: _Call, told: Told | None = None) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._keep(call_id, call, told))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _keep(self, call_id: str, call: _Call, told: Told | None) -> None:
        async with self._one_by_one:
            try:
                if call.folder is None:
                    call.is_at(await asyncio.to_thread(self._on_disk, call_id))
                if call.folder is None and told:
                    call.folder = await asyncio.to_thread(self._unanswered, call, told)
                    if call.folder:
                        await self._changed(call.folder)
                if call.folder is None:
                    return
                lines, call.lines = call.lines, []
                await asyncio.to_thread(_append, call.folder / NETWORK, lines)
                if not call.is_open and call.told:
                    events, call.told = call.told, []
                    if summary := await asyncio.to_thread(revise, call.folder, events, self._shelf):
                        self._tell(call_id, summary)
                        await self._changed(call.folder)
            except (OSError, LeadError) as problem:
                log.error("record_incomplete", call=mask(call_id), why=mask(str(problem)))
            except Exception:
                log.exception("record_incomplete", call=mask(call_id))

    def _tell(self, call_id: str, summary: dict[str, object]) -> None:
        told = {name: summary[name] for name in ("disposition", "rule")}
        grade = str(summary["grade"] or "none")
        gateway = gateway_label(str(summary.get("gateway", "")))
        METRICS.revised.labels(gateway, str(summary["disposition"]), grade).inc()
        log.info("call_revised", call=mask(call_id), grade=grade, **told)

    def _on_disk(self, call_id: str) -> Path | None:
        """The latest record of this call, of an earlier server or another one beside this."""
        today, name = self._now(), plain_name(call_id)
        for day in (today - timedelta(days=days) for days in range(LATE_DAYS)):
            found = [
                path.parent
                for path in (self._settings.calls / day.date().isoformat()).glob(f"{name}*/{LOG}")
                if re.fullmatch(r"(-\d+)?", path.parent.name.removeprefix(name)) and (path.parent / SUMMARY).exists()
            ]
            for folder in sorted(found, key=lambda path: (len(path.name), path.name), reverse=True):
                if _call_id(folder) == call_id:
                    return folder
        return None

    def _unanswered(self, call: _Call, told: Told) -> Path | None:
        """A record for a call that will have no stream; None as long as that is not certain."""
        last = call.told[-1][1] if call.told else None
        machine = any(isinstance(event, Answered) and event.by == "machine" for _, event in call.told)
        if isinstance(last, HungUp) and machine:  # the gateway has hung up on a machine by itself
            call.told[-1] = (call.told[-1][0], Failed(0, reason="machine"))
        elif not isinstance(last, Failed):
            return None
        shelved = self._shelf.find(told.params.get("script", "") or self._settings.script)
        if isinstance(shelved, str):
            raise RecordError(shelved)
        began = min(at for at, _ in call.told)
        events = [replace(event, at_ms=(at - began) // timedelta(milliseconds=1)) for at, event in call.told]
        summary = keep_unanswered(
            self._settings.calls,
            shelved.script,
            sorted((event for event in events if not isinstance(event, Answered)), key=lambda event: event.at_ms),
            call_id=told.call_id,
            moment=began.isoformat(timespec="milliseconds"),
            variables=shelved.given(self._settings.known, told.params),
            gateway=told.gateway,
            brought=told.params,
        )
        call.told = []
        grade = str(summary["grade"] or "none")
        METRICS.ended.labels(gateway_label(told.gateway), str(summary["disposition"]), grade).inc()
        folder = summary["folder"]
        return folder if isinstance(folder, Path) else None


def _words(told: Told) -> dict[str, object]:
    """Of whoever told it, for the log."""
    return {f"said_{name}": masked(value) for name, value in told.raw.items()}


def _line(told: Told, at: datetime) -> str:
    said = {"at": at.isoformat(timespec="milliseconds"), "gateway": told.gateway, "said": masked(dict(told.raw))}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _append(file: Path, lines: list[str]) -> None:
    if not lines:
        return
    with file.open("a", encoding="utf-8") as opened:
        opened.writelines(lines)


def _call_id(folder: Path) -> str | None:
    """The gateway's name for the call of this record."""
    try:
        with (folder / LOG).open("rb") as file:
            return read(file.readline()).header.call_id
    except (OSError, LogError):
        return None
