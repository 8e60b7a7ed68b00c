from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.speech.cache import Disk, Memory, key_of

PCM = bytes(2000)


def keep(disk: Disk, *keys: str) -> None:
    for number, key in enumerate(keys):
        disk.put(key, PCM, "plain", key)
        os.utime(disk.folder / f"{key}.wav", (number, number))


def test_the_key_is_all_that_makes_the_sound() -> None:
    keys = {key_of("您好", "a", 1), key_of("您好！", "a", 1), key_of("您好", "b", 1), key_of("您好", "a", 1.1)}
    assert len(keys) == 4
    assert key_of("您好", "a", 1) == key_of("您好", "a", 1.0)


def test_memory_forgets_what_was_not_used_for_longest() -> None:
    memory = Memory(5000)
    memory.put("a", PCM)
    memory.put("b", PCM)
    assert memory.get("a") == PCM
    memory.put("c", PCM)
    assert [memory.get(key) is not None for key in "abc"] == [True, False, True]
    memory.put("c", b"")
    assert memory.size == 2000


def test_what_is_kept_comes_back_to_the_next_process(tmp_path: Path) -> None:
    keep(Disk(tmp_path / "new" / "folder"), "a")
    assert Disk(tmp_path / "new" / "folder").get("a") == PCM
    assert Disk(tmp_path).get("b") == b""


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    keep(disk, "a")
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:-10])
    assert disk.get("a") == b""


def test_the_disk_is_bounded_and_loses_the_oldest(tmp_path: Path) -> None:
    keep(Disk(tmp_path), "a", "b", "c", "d")
    disk = Disk(tmp_path, 3 * 2300)
    assert disk.get("b") == PCM  # and so it is the youngest now
    disk.put("e", PCM, "plain", "e")
    assert {path.stem for path in tmp_path.glob("*.wav")} == {"b", "d", "e"}
    disk.put("f", PCM, "plain", "f")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_disk_that_takes_nothing_is_only_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    disk = Disk(tmp_path / "file")
    disk.put("a", PCM, "plain", "a")
    disk.put("b", PCM, "plain", "b")
    assert caplog.text.count("cannot keep prompts") == 1  # a script has a hundred, and one reason
    assert disk.get("a") == b""
