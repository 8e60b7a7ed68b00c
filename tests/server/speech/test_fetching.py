"""A list and an archive as the makers of Vosk publish them, from a server of our own."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from server.speech.fetching import FetchError, fetch

NAME = "vosk-model-small-cn-0.22"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


@pytest.fixture
def source(site: Path) -> Iterator[str]:
    """The address of the list."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/models/model-list.json"
        server.shutdown()
        thread.join()


def publish(site: Path, **entry: object) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{NAME}/am/final.mdl", "weights" * 100_000)
        archive.writestr(f"{NAME}/../../escaped", "x")
    data = packed.getvalue()
    models = site / "models"
    models.mkdir(exist_ok=True)
    (models / f"{NAME}.zip").write_bytes(data)
    known = {"name": NAME, "lang": "cn", "md5": hashlib.md5(data, usedforsecurity=False).hexdigest()}
    (models / "model-list.json").write_text(json.dumps([{**known, **entry}, {"name": "vosk-model-fr", "lang": "fr"}]))
    return data


def nothing(_done: int, _of: int) -> None: ...


def test_a_model_is_fetched_as_a_whole(site: Path, source: str, tmp_path: Path) -> None:
    data = publish(site)
    steps: list[tuple[int, int]] = []
    folder = fetch(NAME, tmp_path / "models", lambda *step: steps.append(step), source)
    assert (folder / "am" / "final.mdl").read_text() == "weights" * 100_000
    assert steps[-1] == (len(data), len(data))
    assert [path.name for path in (tmp_path / "models").iterdir()] == [NAME]
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "models" / "escaped").exists()


def test_it_is_not_fetched_twice(site: Path, source: str, tmp_path: Path) -> None:
    publish(site)
    fetch(NAME, tmp_path, nothing, source)
    with pytest.raises(FetchError, match="is there already"):
        fetch(NAME, tmp_path, nothing, source)


@pytest.mark.parametrize(
    ("name", "entry", "why"),
    [
        ("vosk-model-small-cn", {}, "no model 'vosk-model-small-cn' .*vosk-model-small-cn-0.22"),
        ("whisper", {}, "no model 'whisper' .for Mandarin there are vosk-model-small-cn-0.22."),
        (NAME, {"md5": "0" * 32}, "wrong md5"),
        (NAME, {"url": "gone.zip"}, "cannot reach .*; get the model's zip file"),
        (NAME, {"url": "file:///etc/passwd"}, "an odd address"),
        (NAME, {"url": "model-list.json", "md5": ""}, "no zip file"),
    ],
)
def test_what_goes_wrong(source: str, tmp_path: Path, name: str, entry: dict[str, object], why: str) -> None:
    publish(tmp_path / "site", **entry)
    with pytest.raises(FetchError, match=why):
        fetch(name, tmp_path / "models", nothing, source)
    assert not list((tmp_path / "models").glob("*"))


def test_no_network(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"cannot reach 127\.0\.0\.1:9 "):
        fetch(NAME, tmp_path, nothing, "http://127.0.0.1:9/model-list.json")


def test_no_list(site: Path, source: str, tmp_path: Path) -> None:
    publish(site)
    (site / "models" / "model-list.json").write_text("<html>")
    with pytest.raises(FetchError, match="is no list of models"):
        fetch(NAME, tmp_path, nothing, source)
