"""Where recordings lie: files, folders and stores, here or elsewhere, by any address that `fsspec` understands."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from server.refusal import refusal

ENDINGS = frozenset(
    ".wav .wave .mp3 .ogg .oga .opus .flac .aif .aiff .au .caf .w64 .ulaw .ul .mulaw .pcmu .alaw .al .pcma".split()
)
"""What is taken for a recording in a folder; a file that is named itself is tried whatever its name."""
BLOCK_BYTES = 1 << 20


class PlaceError(Exception):
    """A place that cannot be used at all; the message says why and what to do."""


class FetchError(Exception):
    """A recording that cannot be read from where it lies; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """One recording."""

    shown: str
    """As the user knows it."""
    path: str
    """As its file system knows it."""
    store: Any
    """An `fsspec` file system."""
    is_local: bool

    @property
    def name(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    def changed_at(self) -> datetime | None:
        """When the file was last written, where its store knows that."""
        try:
            found = self.store.info(self.path)
        except Exception:  # noqa: BLE001  a store raises what its own library does, and a time is not worth a call
            return None
        told = next((found[name] for name in _TIMES if found.get(name)), None)
        if isinstance(told, int | float):
            return datetime.fromtimestamp(told, UTC)
        return told.astimezone(UTC) if isinstance(told, datetime) else None


_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modify", "created")
"""What stores call it."""


def find(sources: Iterable[str]) -> list[Place]:
    """Every recording that these files, folders and addresses hold, in order, each once. Raises `PlaceError`."""
    found: dict[str, Place] = {}
    for source in sources:
        for place in _found(source):
            found.setdefault(place.shown, place)
    return list(found.values())


def _found(source: str) -> Iterator[Place]:
    is_local = "://" not in source and "::" not in source
    try:
        store, path = fsspec.core.url_to_fs(source)
        is_folder = store.isdir(path)
        inside = sorted(store.find(path)) if is_folder else [path]
    except ImportError as problem:
        raise PlaceError(f"{source}: its store is not installed here ({_one_line(problem)})") from None
    except ValueError as problem:
        raise PlaceError(f"{source}: no such kind of store ({_one_line(problem)})") from None
    except Exception as problem:  # noqa: BLE001  a store raises what its own library does
        raise PlaceError(f"cannot look into {source}: {_one_line(problem)}") from None
    for each in inside:
        if is_folder and PurePosixPath(each).suffix.lower() not in ENDINGS:
            continue
        shown = source
        if is_folder:
            shown = str(Path(source) / Path(each).relative_to(path)) if is_local else store.unstrip_protocol(each)
        yield Place(shown, each, store, is_local)


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__


@dataclass(frozen=True, slots=True)
class Fetched:
    file: Path
    sha256: str
    temporary: bool

    def drop(self) -> None:
        """It is no longer needed."""
        if self.temporary:
            self.file.unlink(missing_ok=True)


def fetch(place: Place, folder: Path) -> Fetched:
    """The recording as a file here, with the hash of its content; one from elsewhere is copied into this folder. A
    block at a time, however long it is. Raises `FetchError`.
    """
    digest = hashlib.sha256()
    with _told(place), place.store.open(place.path, "rb") as source:
        if place.is_local:
            while block := source.read(BLOCK_BYTES):
                digest.update(block)
            return Fetched(Path(place.path), digest.hexdigest(), temporary=False)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=place.name.suffix, delete=False) as copy:
            while block := source.read(BLOCK_BYTES):
                digest.update(block)
                copy.write(block)
        return Fetched(Path(copy.name), digest.hexdigest(), temporary=True)


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """What a store raises, told in one way."""
    try:
        yield
    except FileNotFoundError:
        raise FetchError(f"no recording '{place.shown}'") from None
    except IsADirectoryError:
        raise FetchError(f"'{place.shown}' is a folder") from None
    except OSError as problem:
        raise FetchError(f"cannot read '{place.shown}': {refusal(problem)[:200]}") from None
    except Exception as problem:  # noqa: BLE001  see above
        raise FetchError(f"cannot read '{place.shown}': {_one_line(problem)}") from None
