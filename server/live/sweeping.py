"""Recordings go when their days are over (`HUASHU_RECORDINGS_KEPT_DAYS`); all else of a call stays.

At the start and once a day they are looked for beside the event loop, a few calls at a time and with a breath between:
there may be very many, and the calls in progress want the disk too. Days of which none is left are not looked through
again. A call without a summary is in progress, or was when its server died: its recording stays, however old it is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from engine.calls.mask import mask
from server.live.days import Days
from server.live.record import RECORDING, SUMMARY
from server.refusal import refusal
from server.settings import Settings

log = structlog.get_logger()

SWEPT = ".swept.json"
"""Beside the days: those of which no recording is left."""
AT_ONCE = 200
"""Calls looked at between two breaths."""
BREATH_SECONDS = 0.05
DAY_SECONDS = 86_400
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass
class Swept:
    """What became of the recordings that were looked at."""

    removed: int = 0
    removed_bytes: int = 0
    left: int = 0
    """Younger ones, those of calls without a summary, and what was refused."""
    refused: int = 0
    first: str = ""
    """Of those: which it was, and why."""

    def refuse(self, what: Path, problem: OSError) -> None:
        self.left += 1
        self.refused += 1
        self.first = self.first or f"{what}: {refusal(problem)}"


async def sweep_daily(settings: Settings) -> None:
    """Now, and then once a day, until cancelled; not at all where recordings are kept for ever."""
    while (days := settings.recordings_kept_days) is not None:
        swept, now = Swept(), datetime.now(ZoneInfo(settings.timezone))
        try:
            await sweep(settings.calls, now - timedelta(days=days), swept)
        except Exception:
            log.exception("sweep_failed", then="it is tried again in a day")
        finally:
            _tell(swept, days)
        await asyncio.sleep(DAY_SECONDS)


def _tell(swept: Swept, days: int) -> None:
    if swept.removed:
        megabytes = round(swept.removed_bytes / 1e6, 1)
        log.info("recordings_removed", recordings=swept.removed, megabytes=megabytes, older_than_days=days)
    if swept.refused:
        log.error("recordings_not_removed", places=swept.refused, first=mask(swept.first))


async def sweep(calls: Path, before: datetime, swept: Swept) -> None:
    """Remove the recordings of all calls of earlier days that were over before then."""
    days = await asyncio.to_thread(Days, calls, SWEPT)
    for day in await asyncio.to_thread(days.left):
        if not _DAY.fullmatch(day.name) or day.name >= before.date().isoformat():
            continue
        left = swept.left
        folders = await asyncio.to_thread(_folders, day, swept)
        for first in range(0, len(folders), AT_ONCE):
            await asyncio.to_thread(_sweep, folders[first : first + AT_ONCE], before.timestamp(), swept)
            await asyncio.sleep(BREATH_SECONDS)
        if swept.left == left:
            days.done(day)
    await asyncio.to_thread(days.keep)


def _folders(day: Path, swept: Swept) -> list[Path]:
    try:
        return sorted(day.iterdir())
    except OSError as problem:
        swept.refuse(day, problem)
        return []


def _sweep(folders: Sequence[Path], before_s: float, swept: Swept) -> None:
    for folder in folders:
        recording = folder / RECORDING
        try:
            known = recording.stat()
            if known.st_mtime >= before_s or not (folder / SUMMARY).exists():
                swept.left += 1
                continue
            recording.unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as problem:
            swept.refuse(recording, problem)
        else:
            swept.removed += 1
            swept.removed_bytes += known.st_size
