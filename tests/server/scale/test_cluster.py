"""Grading on two machines that a cluster has, while a worker and then a whole machine die."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from server.grading import Grading
from server.scale import cluster, running
from server.scale.cluster import NoClusterError, run_on_ray
from server.scale.grading import Tasks, grade_batch
from server.scale.pieces import pieces_in
from server.scale.running import batches
from tests.server.desk import furnish, huashu, put, working_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.scale.grading import Result, Task
    from server.scale.running import Batch, Shared

CALLS = 300
SAYINGS = ("没问题啊", "多少钱", "不用了", "嗯", "转人工")


@pytest.fixture(scope="module")
def machines() -> Iterator[Any]:
    """Two machines with a core each, as far as Ray can tell."""
    pytest.importorskip("ray", reason="many machines need the extra 'scale'")
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    settings = pytest.MonkeyPatch()
    settings.setenv("RAY_USAGE_STATS_ENABLED", "0")
    settings.setenv("RAY_memory_monitor_refresh_ms", "0")  # else workers are killed where others fill the memory
    two = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    two.add_node(wait=False, num_cpus=1)
    two.wait_for_nodes(timeout=300)
    yield two
    two.shutdown()
    settings.undo()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    desk = furnish(tmp_path)
    calls = [f'{{"call_id": "c{each}", "steps": [{{"say": "{SAYINGS[each % 5]}"}}]}}\n' for each in range(CALLS)]
    put(desk, "calls.jsonl", "".join(calls))
    assert huashu(desk, "simulate", "scripts/shop.yaml", "calls.jsonl", "--logs", "logs").code == 0
    put(desk, "logs/c17.jsonl", "torn")
    return desk


def test_a_cluster_gives_what_one_process_gives(machines: Any, logs: Path) -> None:
    alone = huashu(logs, "grade", "logs", "--jobs", "1")
    assert len(alone.lines) == CALLS - 1
    assert huashu(logs, "grade", "logs", "--ray", machines.address) == alone


def test_a_worker_and_a_machine_that_die_lose_nothing(machines: Any, logs: Path, tmp_path: Path) -> None:
    alone = huashu(logs, "grade", "logs", "--jobs", "1").out
    killed = tmp_path / "killed"

    def work(batch: Batch[Task], shared: Shared) -> Sequence[Result]:
        """Grades; but who first comes to a certain call is killed in the middle of it."""
        if any(task.piece.name.name == "c150.jsonl" for task in batch.items):
            try:
                os.close(os.open(killed, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return grade_batch(batch, shared)
            os.kill(os.getpid(), signal.SIGKILL)
        return grade_batch(batch, shared)

    with working_in(logs):
        tasks = Tasks(Grading(None, ""), explain=False, keyed=False)
        made = batches(tasks.of(pieces_in([Path("logs")])), lambda task: task.rules, size=10)
        results = run_on_ray(work, made, tasks.shared, machines.address)
        found = [next(results) for _ in range(120)]
        machines.remove_node(machines.worker_nodes.copy().pop(), allow_graceful=False)
        found += results
    assert killed.exists()
    assert "".join(result.text + "\n" for result in found if result.text) == alone


def test_work_that_cannot_be_done_is_told_in_a_line(machines: Any) -> None:
    def work(batch: Batch[int], _shared: Shared) -> Sequence[int]:
        return [1 // item for item in batch.items]

    with pytest.raises(NoClusterError, match="the cluster could not do it: ZeroDivisionError"):
        list(run_on_ray(work, batches(range(3), lambda _: ""), {}, machines.address))


def test_a_machine_with_another_version_is_told() -> None:
    with pytest.raises(RuntimeError, match="a machine of the cluster has huashu"):
        cluster._there("9.9", lambda batch, _: batch.items, running.Batch((1,)))


def test_no_cluster_and_no_ray_are_told_in_a_line(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="many machines need the extra 'scale'")
    ran = huashu(logs, "grade", "logs", "--ray", "nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("huashu: no Ray cluster at 'nonsense': ")
    assert len(ran.err.splitlines()) == 1
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = huashu(logs, "grade", "logs", "--ray", "local")
    assert (ran.code, ran.err) == (2, "huashu: Ray is not installed: pip install 'huashu[scale]'\n")
