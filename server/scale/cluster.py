"""Work on many machines by Ray: the same function of the same batches, results in the same order.

The machines need huashu of the same version and none of its files: what batches share is sent to each of them once.
A batch whose worker or machine dies is done again elsewhere.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine import VERSION
from server.scale.running import AHEAD, Batch, Item, Result, Shared, Work

if TYPE_CHECKING:
    from types import ModuleType

LOCAL = "local"
"""In place of an address: a cluster of its own on this machine."""
RETRIES = 5
LEAST_AHEAD = 4


class NoClusterError(RuntimeError):
    """There is no such cluster, or none can be reached; the message says what to do."""


def run_on_ray(
    work: Work[Item, Result], made: Iterable[Batch[Item]], shared: Shared, address: str
) -> Iterator[Result]:  # fmt: skip
    """The results of all batches, in their order. Raises NoClusterError."""
    ray = _connect(address)
    try:
        yield from _run(ray, work, made, shared)
    except ray.exceptions.RayError as problem:
        raise NoClusterError(f"the cluster could not do it: {_first_line(problem)}") from None
    finally:
        ray.shutdown()


def _connect(address: str) -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray  # noqa: PLC0415  an extra, and a second
    except ImportError:
        raise NoClusterError("Ray is not installed: pip install 'huashu[scale]'") from None
    try:
        where = None if address == LOCAL else address
        ray.init(address=where, logging_level=logging.ERROR, log_to_driver=False, include_dashboard=None)
    except (ConnectionError, OSError, RuntimeError, ValueError) as problem:
        raise NoClusterError(f"no Ray cluster at '{address}': {_first_line(problem)}") from None
    return ray


def _run(
    ray: Any, work: Work[Item, Result], made: Iterable[Batch[Item]], shared: Shared
) -> Iterator[Result]:  # fmt: skip
    remote = ray.remote(max_retries=RETRIES, num_cpus=1)(_there)
    sent: dict[str, Any] = {}
    waiting: deque[Any] = deque()
    source = iter(made)
    ahead = max(LEAST_AHEAD, int(ray.cluster_resources().get("CPU", 1)) * AHEAD)
    there = ray.put(work)
    while True:
        for batch in islice(source, ahead - len(waiting)):
            sent |= {key: ray.put(shared[key]) for key in batch.needs if key not in sent}
            needed = [sent[key] for key in batch.needs]
            waiting.append(remote.remote(VERSION, there, batch, *needed))
        if not waiting:
            return
        yield from ray.get(waiting.popleft())


def _there(version: str, work: Work[Item, Result], batch: Batch[Item], *needed: bytes) -> Sequence[Result]:
    if version != VERSION:
        raise RuntimeError(f"a machine of the cluster has huashu {VERSION}, this one {version}")
    return work(batch, dict(zip(batch.needs, needed, strict=True)))


def _first_line(problem: BaseException) -> str:
    """Of a remote traceback the last line says what was wrong."""
    lines = [line.strip() for line in str(problem).strip().splitlines() if line.strip()]
    return lines[-1] if lines else type(problem).__name__
