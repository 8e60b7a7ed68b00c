"""Sentences that were spoken before, on disk and, those of late, in memory.

A file is named by the hash of everything that makes its sound: the text, the voice and the rate. Both stores are
bounded: what was not used for longest goes first.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
from collections import OrderedDict
from pathlib import Path
from tempfile import NamedTemporaryFile

from server.refusal import refusal
from server.speech.wav import marked, pcm_of

MEMORY_BYTES = 64 << 20
"""A good hour."""
DISK_BYTES = 512 << 20
_ENDING = ".wav"

log = logging.getLogger(__name__)


class Memory:
    """Samples by key. Used by the event loop alone."""

    def __init__(self, most_bytes: int = MEMORY_BYTES) -> None:
        self._most = most_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self.size = 0

    def get(self, key: str) -> bytes | None:
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: str, pcm: bytes) -> None:
        self.size += len(pcm) - len(self._held.pop(key, b""))
        self._held[key] = pcm
        while self.size > self._most and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self.size -= len(gone)


class Disk:
    """Files in one folder, which may be shared by processes. Blocks; may be used from any thread."""

    def __init__(self, folder: Path, most_bytes: int = DISK_BYTES) -> None:
        self.folder = folder
        self._most = most_bytes
        self._lock = threading.Lock()
        self._size = -1
        """Of all files; not yet known when negative."""
        self._told = ""
        """Why prompts could not be kept of late: said once, and not for each prompt of a script."""

    def get(self, key: str) -> bytes:
        """The samples; empty when they are not there. A file is used now, so it is old from now on."""
        path = self.folder / f"{key}{_ENDING}"
        try:
            pcm = pcm_of(path.read_bytes())
            os.utime(path)
        except OSError:
            return b""
        return pcm

    def put(self, key: str, pcm: bytes, voice: str, text: str) -> None:
        """Keep it. A full or forbidden disk costs time at the next start, and nothing now."""
        file = marked(pcm, voice, text)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as new:
                try:
                    new.write(file)
                    new.close()
                    Path(new.name).replace(self.folder / f"{key}{_ENDING}")
                except OSError:
                    Path(new.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            why = refusal(error)
            if why != self._told:
                log.warning("cannot keep prompts in %s: %s", self.folder, why)
            self._told = why
            return
        self._told = ""
        self._bound(len(file))

    def _bound(self, more: int) -> None:
        with self._lock:
            self._size = self._size + more if self._size >= 0 else self._most + 1
            if self._size <= self._most:
                return
            files = sorted(self._files(), reverse=True)
            self._size = 0
            for _, size, path in files:
                if self._size + size > self._most:
                    with contextlib.suppress(OSError):
                        path.unlink()
                else:
                    self._size += size

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each was used, how large it is, and its path."""
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(_ENDING):
                    with contextlib.suppress(OSError):  # another process may have removed it
                        stat = entry.stat()
                        found.append((stat.st_mtime, stat.st_size, Path(entry.path)))
        return found


def key_of(text: str, voice: str, rate: float) -> str:
    return hashlib.sha256(f"{voice}\n{rate:.3f}\n{text}".encode()).hexdigest()
