from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.desk import furnish


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
