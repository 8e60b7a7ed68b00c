from __future__ import annotations

from pathlib import Path

import pytest

from engine.calls.events import Answered, HungUp
from engine.calls.log import Entry, Header, read
from server.transcribing.index import Index, way

HEADER = Header("x1", "", "", "0", "2026-11-23T10:00:00+08:00", {}, "recording")
ENTRIES = (Entry(0, Answered(0)), Entry(1, HungUp(5000, "unknown")))
ONE, TWO = "1" * 64, "2" * 64


def kept(folder: Path, sha256: str = ONE, how: str = "a", call_id: str = "x1") -> Path:
    index = Index(folder)
    name = index.name_for(call_id, sha256, only_one=True)
    path = index.write(name, sha256, how, HEADER, ENTRIES)
    index.put_in_order()
    return path


def test_a_log_is_written_and_known_again(tmp_path: Path) -> None:
    path = kept(tmp_path)
    assert read(path.read_bytes()).entries == ENTRIES
    assert path.name == "x1.jsonl"
    assert Index(tmp_path).done(ONE, "a") == path


def test_another_recording_another_way_and_a_log_that_is_gone_are_not_done(tmp_path: Path) -> None:
    path = kept(tmp_path)
    index = Index(tmp_path)
    assert index.done(TWO, "a") is None
    assert index.done(ONE, "b") is None
    path.unlink()
    assert index.done(ONE, "a") is None


def test_of_two_with_one_name_each_has_its_own_log(tmp_path: Path) -> None:
    assert kept(tmp_path).name == "x1.jsonl"
    assert kept(tmp_path, TWO).name == f"x1-{TWO[:8]}.jsonl"
    assert kept(tmp_path).name == "x1.jsonl"
    assert Index(tmp_path).name_for("x2", ONE, only_one=False) == f"x2-{ONE[:8]}.jsonl"


def test_somebody_elses_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "x1.jsonl").write_text("a live call")
    assert kept(tmp_path).name == f"x1-{ONE[:8]}.jsonl"
    assert (tmp_path / "x1.jsonl").read_text() == "a live call"


def test_the_order_of_work_leaves_no_trace(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    kept(one, ONE, call_id="a"), kept(one, TWO, call_id="b")
    kept(other, TWO, call_id="b"), kept(other, ONE, call_id="a")
    assert (one / "transcribed.jsonl").read_bytes() == (other / "transcribed.jsonl").read_bytes()
    assert sorted(each.name for each in one.iterdir()) == ["a.jsonl", "b.jsonl", "transcribed.jsonl"]


@pytest.mark.parametrize("line", ["", "{", "[]", '{"sha256": 1}', "\udcff"])
def test_a_line_that_is_not_whole_is_passed_over(tmp_path: Path, line: str) -> None:
    path = kept(tmp_path)
    with (tmp_path / "transcribed.jsonl").open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(line)
    assert Index(tmp_path).done(ONE, "a") == path


def test_a_way_is_what_it_is_made_of() -> None:
    assert way("s", {"a": "1", "b": "2"}) == way("s", {"b": "2", "a": "1"})
    assert way("s", "left") != way("s", "right")
