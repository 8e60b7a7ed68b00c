"""Scripts under their hash: what a call ran with can be run again, whatever has become of the script since."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.content import SHIPPED
from server.kept import find_kept, keep, load_kept
from server.live.shelf import Shelved, take_up


@pytest.fixture(scope="module")
def shelved() -> Shelved:
    found, problems = take_up(SHIPPED / "scripts" / "expo.yaml")
    assert found, problems
    return found


def test_what_was_kept_is_the_same_script(shelved: Shelved, tmp_path: Path) -> None:
    file = keep(tmp_path, shelved.script.sha256, shelved.path, shelved.sources)
    assert file.name == f"{shelved.script.sha256}.zip"
    script, problems = load_kept(file)
    assert script is not None, problems
    assert script.sha256 == shelved.script.sha256
    assert script.lexicon.understand("不需要").hits[0].id == "refuse"


def test_it_is_kept_once(shelved: Shelved, tmp_path: Path) -> None:
    files = [keep(tmp_path, shelved.script.sha256, shelved.path, shelved.sources).stat().st_mtime_ns for _ in range(2)]
    assert files[0] == files[1]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_log_finds_the_script_of_its_call(shelved: Shelved, tmp_path: Path) -> None:
    file = keep(tmp_path / "scripts", shelved.script.sha256, shelved.path, shelved.sources)
    log = tmp_path / "calls" / "2026-11-23" / "CA1" / "log.jsonl"
    assert find_kept(log, shelved.script.sha256) == file
    assert find_kept(log, "0" * 64) is None


def test_a_file_that_is_no_kept_script(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    script, problems = load_kept(tmp_path / "x.zip")
    assert script is None
    assert "not a kept script" in problems[0].message
