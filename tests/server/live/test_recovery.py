"""A server that was killed: the next one concludes the records of its calls."""

from __future__ import annotations

import json
import os
from pathlib import Path

from structlog.testing import capture_logs

from engine.calls.log import read
from server.kept import keep
from server.live.record import LOG, SUMMARY
from server.live.recovery import conclude_unfinished
from tests.server.live.phone import Phone, script


def killed(data: Path, *said: str) -> Path:
    """The folder of a call in the middle of which the server died."""
    shelved = script()
    keep(data / "scripts", shelved.script.sha256, shelved.path, shelved.sources)
    phone = Phone(data / "calls").answer().say(*said)
    phone.call.record._give_up()
    return phone.call.record.folder


def test_a_call_that_was_cut_off_has_the_grade_it_had_come_to(tmp_path: Path) -> None:
    folder = killed(tmp_path, "你好", "多少钱一个月")
    assert not (folder / SUMMARY).exists()
    assert conclude_unfinished(tmp_path / "calls") == 1
    told = json.loads((folder / SUMMARY).read_text())
    assert (told["grade"], told["rule"], told["trouble"]) == ("C", "C1", "the server died during the call")
    assert conclude_unfinished(tmp_path / "calls") == 0


def test_half_a_line_is_no_obstacle(tmp_path: Path) -> None:
    folder = killed(tmp_path, "你好", "别再打了")
    whole = (folder / LOG).read_bytes()
    (folder / LOG).write_bytes(whole[:-30])
    assert conclude_unfinished(tmp_path / "calls") == 1
    told = json.loads((folder / SUMMARY).read_text())
    assert "is cut off" in told["cut_off"]
    assert len(read(whole).entries) == len(read(whole[:-30]).entries) + 1


def test_what_cannot_be_read_is_left_and_the_others_go_on(tmp_path: Path) -> None:
    broken, whole = killed(tmp_path, "你好"), killed(tmp_path, "你好", "多少钱一个月")
    (broken / LOG).write_bytes(b"nothing")
    assert conclude_unfinished(tmp_path / "calls") == 1
    assert [(folder / SUMMARY).exists() for folder in (broken, whole)] == [False, True]


def test_why_a_record_cannot_be_concluded_is_told(tmp_path: Path) -> None:
    broken, without, changed = killed(tmp_path, "你好"), killed(tmp_path, "你好"), killed(tmp_path, "你好")
    (broken / LOG).write_bytes(b"nothing")
    header, *steps = (without / LOG).read_text().splitlines(keepends=True)
    sha256 = json.loads(header)["script_sha256"]
    (without / LOG).write_text(header.replace(sha256, "0" * 64) + "".join(steps))
    with capture_logs() as told:
        assert conclude_unfinished(tmp_path / "calls") == 1
    whys = {each["call"]: each["why"] for each in told if each["event"] == "record_unfinished"}
    assert whys == {broken.name: "its log cannot be read", without.name: "its script was not kept"}
    (changed / SUMMARY).unlink()
    (tmp_path / "scripts" / f"{sha256}.zip").write_bytes(b"damaged")
    with capture_logs() as told:
        assert conclude_unfinished(tmp_path / "calls") == 0
    whys = {each["call"]: each["why"] for each in told if each["event"] == "record_unfinished"}
    assert whys[changed.name] == "its script does not load any more"


def of_another_day(folder: Path, day: str) -> Path:
    """The same record as one of that day."""
    return folder.parent.rename(folder.parent.with_name(day)) / folder.name


def test_days_in_which_all_was_concluded_are_not_looked_through_again(tmp_path: Path) -> None:
    folders = [of_another_day(killed(tmp_path, "你好"), "2026-10-01"), killed(tmp_path, "你好")]
    os.utime(folders[0].parent, (0, 0))
    assert conclude_unfinished(tmp_path / "calls") == 2
    for folder in folders:
        (folder / SUMMARY).unlink()
    assert conclude_unfinished(tmp_path / "calls") == 1, "that of the latest day"
    assert [(folder / SUMMARY).exists() for folder in folders] == [False, True]
    killed(tmp_path, "你好").rename(folders[0].with_name("late"))
    assert conclude_unfinished(tmp_path / "calls") == 2, "another call has come into the old one"


def test_what_could_not_be_concluded_is_tried_again_however_old_it_is(tmp_path: Path) -> None:
    of_another_day(killed(tmp_path, "你好"), "2026-10-01")
    (kept,) = (tmp_path / "scripts").iterdir()
    away = kept.rename(tmp_path / "away.zip")
    (tmp_path / "calls" / "2026-11-23").mkdir()
    assert conclude_unfinished(tmp_path / "calls") == 0
    away.rename(kept)
    assert conclude_unfinished(tmp_path / "calls") == 1


def test_no_folder_yet(tmp_path: Path) -> None:
    assert conclude_unfinished(tmp_path / "calls") == 0
