from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from server.transcribing.places import FetchError, PlaceError, fetch, find


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    """A store in memory, as one in a cloud is."""
    store = fsspec.filesystem("memory")
    store.pipe("/calls/a.wav", b"one")
    store.pipe("/calls/day/b.MP3", b"two")
    store.pipe("/calls/notes.txt", b"three")
    yield store
    store.rm("/calls", recursive=True)


def test_a_folder_is_looked_through_for_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("day/b.wav", "a.wav", "notes.txt", "day/c.ulaw"):
        (tmp_path / "calls" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "calls" / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert [place.shown for place in find(["calls"])] == ["calls/a.wav", "calls/day/b.wav", "calls/day/c.ulaw"]


def test_a_file_that_is_named_is_taken_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "call.dat"
    file.write_bytes(b"x")
    assert [place.shown for place in find([str(file), str(file)])] == [str(file)]


def test_a_store_is_looked_through(store: fsspec.AbstractFileSystem) -> None:
    del store
    assert [place.shown for place in find(["memory://calls"])] == ["memory:///calls/a.wav", "memory:///calls/day/b.MP3"]


def test_what_lies_elsewhere_is_copied_and_hashed(store: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    del store
    (place,) = find(["memory://calls/a.wav"])
    got = fetch(place, tmp_path)
    assert (got.file.read_bytes(), got.sha256) == (b"one", hashlib.sha256(b"one").hexdigest())
    assert got.file.suffix == ".wav"
    got.drop()
    assert not got.file.exists()


def test_what_lies_here_is_read_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"one")
    got = fetch(find([str(file)])[0], tmp_path)
    got.drop()
    assert got.file == file
    assert file.exists()


def test_what_is_not_there(tmp_path: Path) -> None:
    (place,) = find([str(tmp_path / "none.wav")])
    with pytest.raises(FetchError, match=r"no recording '.*none\.wav'"):
        fetch(place, tmp_path)


def test_a_store_that_is_not_installed_or_not_known() -> None:
    with pytest.raises(PlaceError, match=r"s3://calls: its store is not installed here .*s3fs"):
        find(["s3://calls"])
    with pytest.raises(PlaceError, match="nowhere://calls: no such kind of store"):
        find(["nowhere://calls"])


def test_when_a_file_was_written(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"x")
    os.utime(file, (0, 1_700_000_000))
    place = find([str(file)])[0]
    assert place.changed_at() == datetime.fromtimestamp(1_700_000_000, UTC)
    file.unlink()
    assert place.changed_at() is None
