from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.desk import furnish

for each in ("no_proxy", "NO_PROXY"):  # what is on this machine is called without the proxy that may stand before it
    os.environ[each] = ",".join(filter(None, (os.environ.get(each), "127.0.0.1", "localhost")))
for each in ("connect", "read", "write", "pool"):  # 5 s are not much for a server on a machine that is slow
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, each, 60.0)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a script, its grammar, its scheme and its tests."""
    return furnish(tmp_path)


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    """A command is a short process and may leave the garbage; a test run is a long one."""
    yield
    gc.enable()
    gc.set_threshold(700)
