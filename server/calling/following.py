"""The words of a test call, as the server writes them into the log of the call: what the bot says, what was understood.

The wire of a gateway carries sound alone. A huashu server lets those who have its token read the log of a call while it
goes on; where that is not so, a test call is told by its sounds only.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.calls.log import LogError, read
from engine.grading.grade import grade
from engine.language.load import load_script
from engine.trial.compare import facts_of
from engine.trial.transcript import grade_line, lines
from server.content import Files

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 5
"""For the call to be listed, and for each answer."""
LONGEST_SECONDS = 600
"""From one step of a call to the next."""


class Following:
    """Reads the log of a call in a thread of its own; `tell` is called there with each line for people, or with the
    grade alone where they have the `words` already.
    """

    def __init__(self, url: str, call_id: str, token: str, tell: Callable[[str], None], *, words: bool = True) -> None:
        self._words = words
        self._url, self._call_id, self._token, self._tell = urlsplit(url), call_id, token, tell
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """The call is over: wait for the last lines."""
        self._over.set()
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            if name := self._name():
                kept: list[bytes] = []
                with self._answer(f"/calls/{name}/log", LONGEST_SECONDS) as log:
                    for told in steps(_keeping(log, kept)):
                        if self._words:
                            self._tell(told)
                if told := grade_told(b"".join(kept)):
                    self._tell(told)
        except (OSError, HTTPException, ValueError):
            return  # no such server, or not for us: the call goes on without words

    @contextmanager
    def _answer(self, path: str, seconds: float = PATIENCE_SECONDS) -> Iterator[HTTPResponse | tuple[()]]:
        """What the server answers, or nothing if it does not want to."""
        kind = HTTPSConnection if self._url.scheme in ("wss", "https") else HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=seconds)
        with closing(connection):
            connection.request("GET", path, headers={"Authorization": self._proof()})
            answer = connection.getresponse()
            yield answer if answer.status == HTTPStatus.OK else ()

    def _proof(self) -> str:
        """What a gateway brings: the token, or the name and password of its address."""
        if self._url.username is None:
            return f"Bearer {self._token}"
        known = f"{unquote(self._url.username)}:{unquote(self._url.password or '')}"
        return f"Basic {b64encode(known.encode()).decode()}"

    def _name(self) -> str:
        """The server's name for the call; empty when it has none, or does not tell."""
        for _ in range(round(PATIENCE_SECONDS / LOOK_SECONDS)):
            with self._answer("/calls") as answer:
                told: Any = json.loads(answer.read()) if answer else None
            if not isinstance(told, list):
                return ""
            for each in told:
                if isinstance(each, dict) and each.get("call_id") == self._call_id:
                    return str(each.get("call", ""))
            if self._over.wait(LOOK_SECONDS):
                return ""
        return ""


def steps(log: Iterable[bytes]) -> Iterator[str]:
    """What there is to read in the lines of a log that still grows; a line that cannot be read ends it."""
    header = b""
    for line in log:
        if not header:
            header = line
            continue
        try:
            (entry,) = read(header + line).entries
        except (LogError, ValueError):
            return
        yield from (told[TIME:] for told in lines(entry))


def grade_told(data: bytes) -> str:
    """The grade of a whole log, if the very script that the call followed lies here too; otherwise nothing."""
    try:
        log = read(data)
    except LogError:
        return ""
    path = Files().find("scripts", log.header.script, "")
    script = load_script(path, Files())[0] if path else None
    if script is None or script.sha256 != log.header.script_sha256:
        return ""
    return grade_line(grade(script.scheme, facts_of(log, script.interest)))


def _keeping(lines_: Iterable[bytes], kept: list[bytes]) -> Iterator[bytes]:
    for line in lines_:
        kept.append(line)
        yield line


TIME = len("  0:00  ")
"""The call's own time in front of each line: ours stands there already."""
