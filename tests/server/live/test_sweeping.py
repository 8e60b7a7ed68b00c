"""Recordings whose days are over: what goes, and what stays however old it is."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from server.audio.recording import Recording
from server.live import sweeping
from server.live.record import LOG, RECORDING, SUMMARY
from server.live.sweeping import Swept, sweep, sweep_daily
from server.settings import Settings
from tests.server.live.remains import left_behind
from tests.server.live.serving import LiveServer, calling, serving, wait_for

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEFORE = datetime(2026, 10, 28, 10, tzinfo=SHANGHAI)
OVER = datetime(2026, 10, 20, 15, tzinfo=SHANGHAI)
FAR_LATER = datetime(2026, 11, 26, 15, tzinfo=SHANGHAI)


def a_call(calls: Path, ended: datetime, name: str = "x1", *, day: str = "", over: bool = True) -> Path:
    """What a call leaves that began that day, and whose sound ended then."""
    folder = calls / (day or ended.date().isoformat()) / name
    folder.mkdir(parents=True)
    Recording(folder / RECORDING).close()
    os.utime(folder / RECORDING, (ended.timestamp(), ended.timestamp()))
    (folder / LOG).touch()
    if over:
        (folder / SUMMARY).write_text("{}")
    return folder


def swept(calls: Path) -> Swept:
    found = Swept()
    asyncio.run(sweep(calls, BEFORE, found))
    return found


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """With a call whose recording stays for long."""
    a_call(tmp_path, FAR_LATER)
    return tmp_path


def test_recordings_go_when_their_days_are_over_and_all_else_stays(calls: Path) -> None:
    old, young = a_call(calls, OVER), a_call(calls, BEFORE + timedelta(days=2))
    size = (old / RECORDING).stat().st_size
    assert swept(calls) == Swept(removed=1, removed_bytes=size)
    assert (names(old), names(young)) == ({LOG, SUMMARY}, {LOG, SUMMARY, RECORDING})


def test_a_call_that_has_no_grade_yet_keeps_its_recording_however_old_it_is(calls: Path) -> None:
    unfinished, old = a_call(calls, OVER, "unfinished", over=False), a_call(calls, OVER)
    assert swept(calls).removed == 1
    assert (RECORDING in names(unfinished), RECORDING in names(old)) == (True, False)
    (unfinished / SUMMARY).write_text("{}")
    assert swept(calls).removed == 1
    assert names(unfinished) == {LOG, SUMMARY}


def test_a_call_that_went_on_after_midnight_has_its_days_from_its_end(calls: Path) -> None:
    long = a_call(calls, BEFORE + timedelta(minutes=1), day="2026-10-27")
    assert swept(calls) == Swept(left=1)
    assert RECORDING in names(long)


def test_a_day_without_recordings_is_not_looked_through_again_until_another_call_comes_into_it(calls: Path) -> None:
    old = a_call(calls, OVER)
    os.utime(old.parent, (0, 0))
    assert swept(calls).removed == 1
    Recording(old / RECORDING).close()
    os.utime(old / RECORDING, (0, 0))
    assert swept(calls).removed == 0
    a_call(calls, OVER, "another")
    assert swept(calls).removed == 2


def test_what_lies_among_the_days_and_is_none_is_left_alone(calls: Path) -> None:
    ours = [a_call(calls, OVER, day=day) for day in ("archive", "2026-10-20-complaint", ".trash")]
    (calls / "2026-10-20").mkdir()
    (calls / "2026-10-20" / "notes.txt").touch()
    assert swept(calls) == Swept()
    assert all(RECORDING in names(folder) for folder in ours)


def test_what_cannot_be_removed_is_told_and_the_others_go(calls: Path) -> None:
    odd, old = a_call(calls, OVER, "call-13812345678"), a_call(calls, OVER)
    (odd / RECORDING).unlink()
    (odd / RECORDING).mkdir()
    os.utime(odd / RECORDING, (0, 0))
    found = swept(calls)
    assert (found.removed, found.refused, found.first) == (1, 1, f"{odd / RECORDING}: is a directory")
    assert RECORDING not in names(old)
    with capture_logs() as told:
        sweeping._tell(found, 30)
    assert [each["event"] for each in told] == ["recordings_removed", "recordings_not_removed"]
    assert "138****5678" in told[1]["first"]


def test_no_calls_yet(tmp_path: Path) -> None:
    assert swept(tmp_path / "calls") == Swept()


def test_without_the_setting_they_stay_for_ever(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    old = a_call(settings.calls, OVER)
    asyncio.run(sweep_daily(settings))
    assert RECORDING in names(old)


def test_a_server_looks_for_them_at_its_start_and_every_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "DAY_SECONDS", 0.01)
    with capture_logs() as told, serving(tmp_path, recordings_kept_days=30) as server:
        asyncio.run(hangs_up_soon(server))
        left_behind(server)
        (young,) = server.records
        old = a_call(server.desk.settings.calls, datetime.now(SHANGHAI) - timedelta(days=31))
        wait_for(lambda: RECORDING not in names(old))
        older = a_call(server.desk.settings.calls, datetime.now(SHANGHAI) - timedelta(days=400))
        wait_for(lambda: RECORDING not in names(older))
    assert (names(old), names(older)) == ({LOG, SUMMARY}, {LOG, SUMMARY})
    assert {LOG, SUMMARY, RECORDING} <= names(young)
    removed = [each for each in told if each["event"] == "recordings_removed"]
    assert [(each["recordings"], each["older_than_days"]) for each in removed] == [(1, 30), (1, 30)]


async def hangs_up_soon(server: LiveServer) -> None:
    async with calling(server) as gateway:
        await gateway.until(lambda each: each.spoken > 0)
