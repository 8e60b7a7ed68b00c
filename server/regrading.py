"""`huashu grade`: one call or a million, in this process, in several, or on many machines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

from server.grading import Grading
from server.logs import NO_LOGS, Told, tell_none
from server.output import OK, PROBLEMS, USAGE, error
from server.refusal import refusal
from server.scale.cluster import NoClusterError, run_on_ray
from server.scale.continuing import Continued, NotOursError, continued
from server.scale.grading import Result, Task, Tasks, grade_batch
from server.scale.pieces import Piece, pieces_in
from server.scale.progress import watched
from server.scale.running import WorkersDiedError, batches, jobs_for, run


def grade(
    paths: Iterable[Path],
    script: Path | None,
    scheme: str,
    *,
    explain: bool,
    jobs: int | None = None,
    out: Path | None = None,
    ray: str = "",
) -> int:
    """Fold the facts out of each log and grade them: by the scheme given, or by that of its script."""
    paths, grading = list(paths), Grading(script, scheme)
    if scheme and grading.scheme is None:
        return PROBLEMS
    if explain and out:
        error("--out keeps JSON lines, so it does not go with --explain")
        return USAGE
    tasks = Tasks(grading, explain=explain, keyed=out is not None)
    try:
        with continued(out) if out else nullcontext() as kept:
            work = _Run(tasks, kept, jobs, ray)
            code = work.grade(pieces_in(paths, NO_LOGS))
            if not work.found:
                tell_none(paths)
            return code
    except (NoClusterError, NotOursError) as problem:
        error(str(problem))
        return USAGE
    except WorkersDiedError as problem:
        error(f"{problem}{'; run it again to go on' if out else ''}")
        return PROBLEMS
    except OSError as problem:
        if out is None:
            raise
        error(f"cannot write '{out}': {refusal(problem)}")
        return PROBLEMS


class _Run:
    """One run over all logs, with what has been counted."""

    def __init__(self, tasks: Tasks, kept: Continued | None, jobs: int | None, ray: str) -> None:
        self._tasks, self._kept, self._jobs, self._ray = tasks, kept, jobs, ray
        self._total = self._failed = self._skipped = 0

    @property
    def found(self) -> int:
        """Logs, graded or not."""
        return self._total + self._skipped

    def grade(self, pieces: Iterable[Piece]) -> int:
        for result in watched(self._results(pieces), "calls graded", printing=self._kept is None):
            self._tell(result)
        if self._kept is not None:
            there = f", {self._skipped:,} were there already" if self._skipped else ""
            error(f"{self._total - self._failed:,} calls graded{there}")
        if self._failed:
            error(f"{self._failed} of {self.found} logs not graded")
        return PROBLEMS if self._failed else OK

    def _results(self, pieces: Iterable[Piece]) -> Iterator[Result]:
        wanted = (task for task in self._tasks.of(pieces) if self._is_new(task))
        if self._ray:
            return run_on_ray(grade_batch, batches(wanted, _needs), self._tasks.shared, self._ray)
        jobs, wanted_too = jobs_for(wanted, self._jobs)
        return run(grade_batch, batches(wanted_too, _needs), self._tasks.shared, jobs)

    def _is_new(self, task: Task) -> bool:
        if self._kept is not None and task.of and task.of in self._kept:
            self._skipped += 1
            return False
        return True

    def _tell(self, result: Result) -> None:
        self._total += 1
        if result.why:
            self._failed += 1
            if not isinstance(result.why, Told):
                error(result.why)
        elif self._kept is not None:
            self._kept.write(result.text + "\n")
        else:
            sys.stdout.write(result.text + "\n")
        if result.warning:
            error(result.warning)


def _needs(task: Task) -> str:
    return task.rules
