from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import pytest

from server.transcribing.naming import call_id_of, started_at
from server.transcribing.places import find

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "call_id"),
    [
        ("calls/q17.wav", "q17"),
        ("calls/2026-11-23/x1/recording.wav", "x1"),
        ("calls/13800001234_20261123101500.wav", "138xxxx1234_20261123101500"),
        ("calls/out-8613800001234-1700000000.17.wav", "out-86138xxxx1234-1700000000.17"),
        ("calls/客户 甲.wav", "客户_甲"),
        ("calls/....wav", "call"),
    ],
)
def test_a_call_is_named_by_its_recording_without_anybodys_number(name: str, call_id: str) -> None:
    assert call_id_of(PurePosixPath(name)) == call_id


@pytest.mark.parametrize(
    ("name", "began"),
    [
        ("x_20261123101500.wav", "2026-11-23T10:15:00+08:00"),
        ("2026-11-23_10-15-00-x.wav", "2026-11-23T10:15:00+08:00"),
        ("x.20261123-101500.wav", "2026-11-23T10:15:00+08:00"),
        ("1700000000.17.wav", "2023-11-15T06:13:20+08:00"),
    ],
)
def test_when_it_began_is_told_by_its_name(tmp_path: Path, name: str, began: str) -> None:
    (tmp_path / name).touch()
    assert started_at(find([str(tmp_path / name)])[0], 60_000, ZONE) == (began, "name")


@pytest.mark.parametrize("name", ["x.wav", "13800001234.wav", "20269923101500.wav"])
def test_else_by_when_it_was_written_less_its_length(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    os.utime(tmp_path / name, (1_700_000_060, 1_700_000_060))
    assert started_at(find([str(tmp_path / name)])[0], 60_000, ZONE) == ("2023-11-15T06:13:20+08:00", "file")


def test_where_nothing_tells_that_is_told(tmp_path: Path) -> None:
    assert started_at(find([str(tmp_path / "gone.wav")])[0], 0, ZONE) == ("1970-01-01T08:00:00+08:00", "")
