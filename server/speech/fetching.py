"""A Vosk model from where its makers publish it: found in their list, checked against it, unpacked as a whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

from engine.content.shape import suggest
from server.refusal import refusal

LIST = "https://alphacephei.com/vosk/models/model-list.json"
BY_HAND = "get the model's zip file on another machine and unpack it into models/ of the data folder"
TIME_LIMIT_S = 30
MOST_BYTES = 8 << 30
"""Unpacked; the largest model has half."""
_BLOCK = 1 << 18
Progress = Callable[[int, int], None]
"""Bytes so far and in all."""


class FetchError(Exception):
    """A model could not be fetched; the message says why."""


def fetch(name: str, folder: Path, progress: Progress, source: str = "") -> Path:
    """The folder of the model, which is new in `folder`. Raises `FetchError`."""
    source, target = source or LIST, folder / name
    if target.exists():
        raise FetchError(f"{target} is there already")
    try:
        entry = _entry(name, source)
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".fetch-") as place:
            archive = Path(place) / "model.zip"
            _download(urljoin(source, str(entry.get("url") or f"{name}.zip")), archive, entry, progress)
            _unpack(archive, Path(place) / "model").rename(target)
    except OSError as error:
        raise FetchError(f"cannot write {folder}: {refusal(error)}") from None
    return target


def _entry(name: str, source: str) -> dict[str, object]:
    """What the makers' list says of the model."""
    with _reaching(source), urlopen(source, timeout=TIME_LIMIT_S) as answer:  # noqa: S310 our own address
        data = answer.read(1 << 22)
    try:
        entries = {str(each["name"]): each for each in json.loads(data)}
    except (ValueError, TypeError, KeyError):
        raise FetchError(f"{source} is no list of models") from None
    if name in entries:
        return dict(entries[name])
    mandarin = sorted(each for each, entry in entries.items() if entry.get("lang") == "cn")
    near = suggest(name, entries) or f"for Mandarin there are {', '.join(mandarin)}"
    raise FetchError(f"no model '{name}' ({near})")


def _download(url: str, file: Path, entry: dict[str, object], progress: Progress) -> None:
    digest, done = hashlib.md5(usedforsecurity=False), 0
    if urlsplit(url).scheme not in ("https", "http"):
        raise FetchError(f"the list names an odd address, {url}")
    with _reaching(url), urlopen(url, timeout=TIME_LIMIT_S) as answer, file.open("wb") as written:  # noqa: S310 checked
        whole = int(answer.headers.get("Content-Length") or 0)
        while block := answer.read(_BLOCK):
            written.write(block)
            digest.update(block)
            done += len(block)
            progress(done, max(whole, done))
    if done < whole:
        raise FetchError(f"{url}: only {done} of {whole} bytes came; try again")
    if entry.get("md5") and digest.hexdigest() != entry["md5"]:
        raise FetchError(f"{url} is not what the list of models promises (wrong md5); try again")


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    """The network's many faults, told in one way."""
    try:
        yield
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", "") or error
        raise FetchError(f"cannot reach {urlsplit(url).netloc} ({reason}); {BY_HAND}") from None


def _unpack(archive: Path, place: Path) -> Path:
    """The one folder in it."""
    try:
        with zipfile.ZipFile(archive) as opened:
            if sum(each.file_size for each in opened.infolist()) > MOST_BYTES:
                raise FetchError("the model is too large to be true")
            opened.extractall(place)  # which leaves out `..` and roots
    except zipfile.BadZipFile:
        raise FetchError("what came is no zip file") from None
    archive.unlink()
    inside = [path for path in place.iterdir() if path.is_dir()]
    if len(inside) != 1:
        shutil.rmtree(place)
        raise FetchError("there is not one model in the zip file")
    return inside[0]
