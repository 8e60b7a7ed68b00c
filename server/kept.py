"""Scripts under their hash, with everything they were made of: what a call ran with can be run again years later."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from engine.content.source import Mark, Problem
from engine.language.load import load_script
from engine.language.script import Script
from server.content import Files

MANIFEST = "manifest.json"


def keep(folder: Path, sha256: str, script: Path, sources: Mapping[str, bytes]) -> Path:
    """Keep the sources of a script under its hash, by their paths; done once for each hash, and never half."""
    file = folder / f"{sha256}.zip"
    if file.exists():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    names = {path: f"{number:03}-{Path(path).name}" for number, path in enumerate(sources)}
    unfinished = file.with_suffix(f".{os.getpid()}")
    with ZipFile(unfinished, "w", ZIP_DEFLATED) as archive:
        manifest = {"script": os.path.normpath(script), "files": names}
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        for path, data in sources.items():
            archive.writestr(names[path], data)
    unfinished.replace(file)
    return file


class Kept(Files):
    """The engine's `Library` on a script that was kept."""

    def __init__(self, file: Path) -> None:
        with ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            self.script: str = manifest["script"]
            self._held = {path: archive.read(name) for path, name in manifest["files"].items()}

    def read(self, path: str) -> bytes | str:
        return self._held.get(os.path.normpath(path), f"no file '{path}' was kept")

    def exists(self, path: str) -> bool:  # noqa: ARG002  the port has it
        return True  # recordings are not kept, and a script that ran had them

    def find(self, folder: str, name: str, file: str) -> str:  # noqa: ARG002
        end = f"{folder}/{name}.yaml"
        return next((path for path in self._held if Path(path).as_posix().endswith(end)), "")


def load_kept(file: Path) -> tuple[Script | None, list[Problem]]:
    """The script in a file that `keep` has written."""
    try:
        library = Kept(file)
    except (OSError, ValueError, KeyError, BadZipFile) as problem:
        return None, [Problem(Mark(str(file), 1, 1), f"not a kept script: {problem}")]
    return load_script(library.script, library)


FOLDER = "scripts"
"""Beside the folder of call records."""
LEVELS_UP = 5


def find_kept(log: Path, sha256: str) -> Path | None:
    """The kept script of a call, seen from its log: `DATA/calls/DATE/CALL/log.jsonl` has it in `DATA/scripts`."""
    places = (folder / FOLDER / f"{sha256}.zip" for folder in list(log.resolve().parents)[:LEVELS_UP])
    return next((file for file in places if file.is_file()), None)
