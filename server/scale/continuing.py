"""A file of results that is continued: what stands there already is not done again.

Each line begins with what tells its log: the name, and a digest of all that the result depends on. A process that was
killed in the middle of a line leaves a piece of one, which is cut off before going on; so the file is in the end what
a run without a break would have written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

DIGEST_BYTES = 12
_START = b'{"log": "'
_HEAD = re.compile(rb'\{"log": "(?:[^"\\]|\\.)*", "of": "([0-9a-f]{%d})"[,}]' % (DIGEST_BYTES * 2))


class NotOursError(ValueError):
    """The file holds something else; the message says where."""


def digest(*parts: bytes) -> str:
    """Of all that a result depends on."""
    made = blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        made.update(len(part).to_bytes(8))
        made.update(part)
    return made.hexdigest()


def head(name: Path, of: str) -> str:
    """How the line of a log begins; the rest of an object follows."""
    return f'{{"log": {json.dumps(str(name), ensure_ascii=False)}, "of": "{of}", '


class Continued:
    """The file, open at its end."""

    def __init__(self, file: Path) -> None:
        """Raises OSError, and NotOursError."""
        self._opened = file.open("a+b")
        try:
            self._done = self._read(file)
        except BaseException:
            self._opened.close()
            raise

    def _read(self, file: Path) -> set[int]:
        self._opened.seek(0)
        done, end = set[int](), 0
        for number, line in enumerate(self._opened, 1):
            whole, found = line.endswith(b"\n"), _HEAD.match(line)
            torn = not whole and (line.startswith(_START) or _START.startswith(line))
            if whole and found:
                done.add(int(found[1], 16))
                end += len(line)
            elif not torn:
                raise NotOursError(f"{file}:{number}: no line of ours (name another file, or move this one away)")
        self._opened.truncate(end)
        return done

    def __contains__(self, of: str) -> bool:
        return int(of, 16) in self._done

    def __len__(self) -> int:
        return len(self._done)

    def write(self, line: str) -> None:
        self._opened.write(line.encode("utf-8", "backslashreplace"))

    def close(self) -> None:
        self._opened.flush()
        os.fsync(self._opened.fileno())
        self._opened.close()


@contextmanager
def continued(file: Path) -> Iterator[Continued]:
    """Raises OSError, and NotOursError."""
    opened = Continued(file)
    try:
        yield opened
    finally:
        opened.close()
