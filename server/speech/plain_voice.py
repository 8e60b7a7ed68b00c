"""The plain voice: pyttsx3 with espeak-ng, robotic and always there, in a process that is watched.

It may lose a job without a word, or hang. So what it wrote is looked at, and after a time limit the process is ended
and another one started.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from server.speech.ports import RATE_HZ, VoiceError
from server.speech.recordings import UnplayableError, load
from server.speech.sound import as_samples, for_the_line

TIME_LIMIT_S = 10.0
"""A sentence takes a tenth of a second."""
START_LIMIT_S = 30.0
"""The first one of a process takes some tenths, and seconds on a slow machine."""
TRIES = 2
LEAST_MS = 40
"""Of sound for each character; less is not the whole text."""
WORKER = (sys.executable, "-m", "server.speech.plain_worker")
INSTALL = "pip install 'huashu[espeak]', or your system's package espeak-ng"

_FIGURES = re.compile(r"\d{5,}")
_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")
_WORD = re.compile(r"\w")


class PlainVoice:
    """See `ports.Voice`. Raises `VoiceError` at once when there is no espeak-ng."""

    name = "plain"

    def __init__(self, worker: tuple[str, ...] = WORKER, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._worker = worker
        self._time_limit_s = time_limit_s
        self._folder = TemporaryDirectory(prefix="huashu-voice-")
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread()
        try:
            self.speak("喂")
        except VoiceError:
            self.close()
            raise

    def speak(self, text: str, rate: float = 1.0) -> bytes:
        """Long numbers are told figure by figure, as telephone numbers are."""
        if not _WORD.search(text):
            raise VoiceError(f"nothing in '{text[:40]}' can be spoken")
        text = _FIGURES.sub(lambda found: found[0].translate(_DIGITS), text)
        problem = ""
        for _ in range(TRIES):
            try:
                return self._spoken(text, rate)
            except _TryAgainError as error:
                problem = str(error)
                self._end()
        raise VoiceError(f"the plain voice {problem} at '{text[:40]}'")

    def close(self) -> None:
        self._end()
        self._folder.cleanup()

    def _spoken(self, text: str, rate: float) -> bytes:
        file = Path(self._folder.name) / "text.wav"
        file.unlink(missing_ok=True)
        answer = self._ask({"text": text, "rate": rate, "file": str(file)})
        if error := answer.get("error"):
            self._end()
            raise VoiceError(_plainly(str(error)))
        try:
            pcm = for_the_line(as_samples(load(file)), RATE_HZ)
        except UnplayableError as error:
            raise _TryAgainError("lost its work") from error
        if len(pcm) < len(_WORD.findall(text)) * LEAST_MS * RATE_HZ // 1000 * 2 / max(rate, 1):
            raise _TryAgainError("did not speak to the end")
        return pcm

    def _ask(self, order: dict[str, object]) -> dict[str, object]:
        limit_s = self._time_limit_s if self._process else START_LIMIT_S
        process = self._process or self._start()
        try:
            if process.stdin is None:
                raise _TryAgainError("does not listen")
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            found = json.loads(self._answers.get(timeout=limit_s))
        except queue.Empty:
            raise _TryAgainError(f"said nothing for {limit_s:g} s") from None
        except (OSError, ValueError) as error:  # a broken pipe; an empty line, since it has ended
            raise _TryAgainError("has ended") from error
        return found if isinstance(found, dict) else {}

    def _start(self) -> subprocess.Popen[str]:
        self._process = process = subprocess.Popen(  # noqa: S603 our own module
            self._worker,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._answers = queue.Queue()
        self._reader = threading.Thread(target=_pass_on, args=(process, self._answers), daemon=True)
        self._reader.start()
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._reader.join(TIME_LIMIT_S)  # it comes to its end by itself, now that there is no more to read
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent any more
                        pipe.close()


class _TryAgainError(Exception):
    """The process is no good any more; what it did."""


def _pass_on(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Read answers until the process ends; an empty one says that it has."""
    for line in process.stdout or ():
        answers.put(line)
    answers.put("")


def _plainly(error: str) -> str:
    missing = "eSpeak" in error or "ModuleNotFoundError" in error
    return f"the plain voice needs espeak-ng: {INSTALL}" if missing else f"the plain voice failed: {error}"
