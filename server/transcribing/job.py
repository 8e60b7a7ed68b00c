"""All the recordings of one run, some at a time: what is told about each, in their order, and counted in the end."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import Progress

from server.output import OK, PROBLEMS, error, line
from server.transcribing.hearing import Ears
from server.transcribing.index import Index
from server.transcribing.naming import call_id_of
from server.transcribing.one import How, Outcome, transcribe_one
from server.transcribing.places import Fetched, FetchError, Place, fetch

Advance = Callable[[float], None]


class Job:
    def __init__(
        self, places: list[Place], how: How, ears: Ears, out: Path, at_once: int = 2, *, again: bool = False,
        as_json: bool = False,
    ) -> None:  # fmt: skip
        self._places = places
        self._how = how
        self._ears = ears
        self._index = Index(out)
        self._at_once = at_once
        self._again = again
        self._as_json = as_json
        self._names = Counter(call_id_of(place.name) for place in places)
        self._first: dict[str, str] = {}
        """Which recording had this content first."""
        self._results: Counter[str] = Counter()
        self._utterances: Counter[str] = Counter()

    def run(self) -> int:
        """PROBLEMS when a recording could not be used."""
        try:
            asyncio.run(self._run())
        except KeyboardInterrupt:
            error(f"stopped: {self._told()}; the same command goes on from here")
            raise
        except ExceptionGroup as group:  # the reader of our output has gone, as a rule
            raise group.exceptions[0] from None
        finally:
            self._index.put_in_order()
        if self._as_json:
            line({"recordings": len(self._places), **_all(self._results, _RESULTS), "utterances": self._said()})
        else:
            click.echo(self._told())
        return PROBLEMS if self._results["failed"] else OK

    async def _run(self) -> None:
        console, shown = Console(stderr=True), sys.stderr.isatty()
        progress = Progress(
            console=console, transient=True, disable=not shown, redirect_stdout=sys.stdout.isatty()
        )  # elsewhere what is printed would go to the console, and not where standard output goes
        running: deque[asyncio.Task[Outcome]] = deque()
        async with asyncio.TaskGroup() as tasks:
            with progress, TemporaryDirectory() as folder:
                bar = progress.add_task("recordings", total=len(self._places))
                async for place, fetched in self._fetched(Path(folder)):
                    heard = _Share(lambda by: progress.advance(bar, by))
                    running.append(tasks.create_task(self._one(place, fetched, heard)))
                    while len(running) >= self._at_once:
                        self._tell(await running.popleft())
                while running:
                    self._tell(await running.popleft())

    async def _fetched(self, folder: Path) -> AsyncIterator[tuple[Place, Fetched | FetchError]]:
        """One after the other, so that of two alike the first is always the same."""
        for place in self._places:
            try:
                yield place, await asyncio.to_thread(fetch, place, folder)
            except FetchError as problem:
                yield place, problem

    async def _one(self, place: Place, fetched: Fetched | FetchError, heard: _Share) -> Outcome:
        try:
            if isinstance(fetched, FetchError):
                return Outcome(place.shown, "failed", str(fetched))
            before = self._first.setdefault(fetched.sha256, place.shown)
            if before != place.shown:
                return Outcome(place.shown, "skipped", f"the same sound as {before}")
            return await transcribe_one(
                place, fetched, self._how, self._ears, self._index,
                only_one=self._names[call_id_of(place.name)] == 1, again=self._again, heard_share=heard,
            )  # fmt: skip
        finally:
            heard.rest()
            if isinstance(fetched, Fetched):
                fetched.drop()

    # --- what is told ------------------------------------------------------------------------------------------------

    def _tell(self, outcome: Outcome) -> None:
        self._results[outcome.result] += 1
        self._utterances.update(outcome.utterances)
        if self._as_json:
            line(_as_json(outcome))
        elif outcome.result == "failed":
            error(outcome.why)
        else:
            click.echo(f"{outcome.recording}: {_in_words(outcome)}")
            for note in outcome.notes:
                click.echo(f"    {note}")

    def _told(self) -> str:
        counted = ", ".join(f"{self._results[name]} {title}" for name, title in _RESULTS.items())
        unknown, total = self._utterances["unknown"], self._utterances.total()
        return counted + (f"; of {total} utterances {unknown} on an unknown side" if unknown else "")

    def _said(self) -> dict[str, int]:
        return _all(self._utterances, ("bot", "caller", "unknown"))


_RESULTS = {"transcribed": "transcribed", "skipped": "skipped", "failed": "not usable"}


class _Share:
    """How much of one recording the progress bar has been told, which is 1 in the end."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._told = 0.0

    def __call__(self, by: float) -> None:
        self._told += by
        self._advance(by)

    def rest(self) -> None:
        self(1.0 - self._told)


def _all(counts: Counter[str], names: Iterable[str]) -> dict[str, int]:
    return {name: counts[name] for name in names}


def _in_words(outcome: Outcome) -> str:
    if outcome.result == "skipped":
        return f"skipped, {outcome.why}"
    said = ", ".join(f"{count} {_WHOSE[name]}" for name, count in outcome.utterances.items() if count)
    return f"{outcome.log}, {outcome.seconds:g} s, {said or 'nothing said'}"


_WHOSE = {"bot": "by the bot", "caller": "by the caller", "unknown": "by whom is not known"}


def _as_json(outcome: Outcome) -> dict[str, object]:
    found: dict[str, object] = {"recording": outcome.recording, "result": outcome.result}
    if outcome.why:
        found["why"] = outcome.why
    if outcome.log:
        found["log"] = str(outcome.log)
    if outcome.result == "transcribed":
        found |= {"call_id": outcome.call_id, "seconds": outcome.seconds, "channels": outcome.channels}
        found |= {"utterances": dict(outcome.utterances), "notes": list(outcome.notes)}
    return found
