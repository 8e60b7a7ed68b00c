"""Work in several processes: everything comes back, in its order, whoever dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.scale import running
from server.scale.running import Batch, Shared, WorkersDiedError, batches, jobs_for, run


def nothing(_item: object) -> str:
    return ""


def doubled(batch: Batch[int], _shared: Shared) -> list[int]:
    return [2 * each for each in batch.items]


def named(batch: Batch[str], shared: Shared) -> list[tuple[str, int]]:
    return [(shared[each].decode(), len(shared)) for each in batch.items]


def dies_once(batch: Batch[str], _shared: Shared) -> list[str]:
    """A process that comes to a file's name kills itself, unless another has done so before."""
    for each in batch.items:
        if "/" in each:
            try:
                os.close(os.open(each, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
    return list(batch.items)


def dies(_batch: Batch[int], _shared: Shared) -> list[int]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def test_items_go_in_groups_with_what_they_need() -> None:
    made = list(batches(["a", "b", "a", "", "c"], str, size=3))
    assert made == [Batch(("a", "b", "a"), ("a", "b")), Batch(("", "c"), ("c",))]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_keep_their_order(jobs: int) -> None:
    made = batches(range(1_000), nothing, size=7)
    assert list(run(doubled, made, {}, jobs)) == [2 * each for each in range(1_000)]


def test_each_batch_brings_what_it_needs_and_no_more() -> None:
    shared = {"a": b"one", "b": b"two", "c": b"three"}
    assert list(run(named, batches("abba", str, size=2), shared, 2)) == [("one", 2), ("two", 2), ("two", 2), ("one", 2)]


def test_a_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    items = [str(each) for each in range(60)]
    items[31] = str(tmp_path / "killed")
    assert list(run(dies_once, batches(items, nothing, size=4), {}, 2)) == items
    assert (tmp_path / "killed").exists()


def test_work_that_kills_whoever_does_it_is_given_up() -> None:
    with pytest.raises(WorkersDiedError, match="4 worker processes have died"):
        list(run(dies, batches(range(2), nothing), {}, 2))


def test_only_a_few_batches_are_read_ahead() -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for each in range(10_000):
            read.append(each)
            yield each

    results = run(doubled, batches(source(), nothing, size=10), {}, 2)
    next(results)
    results.close()  # type: ignore[attr-defined]  it is a generator
    assert len(read) <= 10 * (2 * running.AHEAD + 2)


def test_few_items_are_done_here_and_many_by_a_process_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "cores", lambda: 4)
    for count, wished, jobs in ((9, None, 1), (10, None, 4), (10, 1, 1), (3, 3, 3)):
        told, items = jobs_for(range(count), wished, 10)
        assert (told, list(items)) == (jobs, list(range(count)))
