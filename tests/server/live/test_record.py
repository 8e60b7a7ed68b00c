"""A call's record: the log first, the rest made from it, and no number where others can read it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from engine.calls.actions import Note
from engine.calls.log import Header, read
from engine.language.script import Script
from engine.trial.caller import Call, Say
from engine.trial.simulate import Simulated, simulate
from server.content import SHIPPED
from server.live.private import Private, lead_of
from server.live.record import LOG, SUMMARY, TRANSCRIPT, Record, RecordError, folder_for, unwritable
from server.live.shelf import take_up
from server.logs import ACTIONS, LEAD

HEADER = Header("CA1", "phone-robot", "0" * 64, "1", "2026-11-23T10:00:00.000+08:00")


@pytest.fixture(scope="module")
def script() -> Script:
    shelved, _ = take_up(SHIPPED / "scripts" / "phone-robot.yaml")
    assert shelved
    return shelved.script


@pytest.fixture(scope="module")
def played(script: Script) -> Simulated:
    steps = (Say("你好"), Say("加我微信吧，我微信是13812345678"))
    came = simulate(script, Call("CA1", "2026-11-23T10:00:00+08:00", {"company": "星河科技"}, steps))
    *before, last = came.entries
    return replace(came, entries=(*before, last._replace(actions=(*last.actions, Note("微信 13812345678")))))


def record_of(folder: Path, played: Simulated, script: Script) -> Path:
    record = Record(folder_for(folder, played.header), played.header)
    for entry in played.entries:
        record.append(entry)
    record.close(script, played.state.facts, {"gateway": "twilio"})
    return record.folder


def test_each_step_is_in_the_log_before_the_next_is_decided(tmp_path: Path, played: Simulated, script: Script) -> None:
    record = Record(folder_for(tmp_path, played.header), played.header)
    for number, entry in enumerate(played.entries, 1):
        record.append(entry)
        log = read((record.folder / LOG).read_bytes())
        assert (len(log.entries), log.torn) == (number, "")
    record.close(script, played.state.facts, {})


def test_a_log_is_there_with_its_header_and_after_whose_call_it_is(tmp_path: Path) -> None:
    """A server may be killed at any time: what is concluded at the next start must have all that this needs."""
    folder, seen = folder_for(tmp_path, HEADER), []

    class Looking(Private):
        def begin(self) -> None:
            super().begin()
            seen.append(sorted(path.name for path in folder.iterdir()))

    Record(folder, HEADER, Looking(folder, lead_of(folder, HEADER, "", {})))._give_up()
    assert seen == [[LEAD]]
    assert read((folder / LOG).read_bytes()).header == HEADER
    assert sorted(path.name for path in folder.iterdir()) == [LEAD, LOG]


def test_the_summary_and_the_transcript_tell_the_grade(tmp_path: Path, played: Simulated, script: Script) -> None:
    folder = record_of(tmp_path, played, script)
    assert folder == tmp_path / "2026-11-23" / "CA1"
    summary = json.loads((folder / SUMMARY).read_text())
    assert (summary["grade"], summary["rule"], summary["gateway"]) == ("B", "B2", "twilio")
    assert "grade B by rule B2" in (folder / TRANSCRIPT).read_text()


def test_a_number_stands_only_in_the_file_for_its_owner(tmp_path: Path, played: Simulated, script: Script) -> None:
    folder = record_of(tmp_path, played, script)
    holding = [path.name for path in folder.iterdir() if "13812345678" in path.read_text()]
    assert holding == [ACTIONS]
    assert "微信 138****5678" in (folder / LOG).read_text()
    assert stat.S_IMODE((folder / ACTIONS).stat().st_mode) == 0o600


def test_a_call_id_that_was_there_before_gets_a_number(tmp_path: Path) -> None:
    names = [folder_for(tmp_path, HEADER).name for _ in range(3)]
    assert names == ["CA1", "CA1-2", "CA1-3"]


@pytest.mark.parametrize(
    ("call_id", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("a b/c", "a_b_c"),
        ("", "call"),
        ("..", "call"),
        ("通话", "call"),
        ("x" * 300, "x" * 80),
    ],
)
def test_no_call_id_leads_out_of_the_folder(tmp_path: Path, call_id: str, name: str) -> None:
    header = Header(call_id, "s", "0" * 64, "1", "2026-11-23T10:00:00+08:00")
    assert folder_for(tmp_path, header) == tmp_path / "2026-11-23" / name


def test_whether_a_record_could_be_written_is_found_by_trying(tmp_path: Path) -> None:
    assert unwritable(tmp_path / "calls") == ""
    assert list((tmp_path / "calls").iterdir()) == []
    assert unwritable(Path("/proc/self")).startswith("no record can be written: ")


def test_a_full_disk_is_told_once_and_the_entries_are_kept(played: Simulated, tmp_path: Path) -> None:
    folder = folder_for(tmp_path, HEADER)
    (folder / f".{LOG}").symlink_to("/dev/full")
    with pytest.raises(RecordError, match="no space left on device"):
        Record(folder, HEADER)


def test_a_disk_that_fills_during_the_call(played: Simulated, tmp_path: Path) -> None:
    record = Record(folder_for(tmp_path, HEADER), HEADER)
    full = os.open("/dev/full", os.O_WRONLY)
    assert record._file is not None
    os.dup2(full, record._file.fileno())
    with pytest.raises(RecordError, match="no space left"):
        record.append(played.entries[0])
    record.append(played.entries[1])
    assert record.entries == list(played.entries[:2])


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "2026-11-23").write_text("a file")
    with pytest.raises(RecordError, match="cannot make"):
        folder_for(tmp_path, HEADER)
