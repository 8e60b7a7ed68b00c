from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live.phone import Phone


@pytest.fixture
def dial(tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Makes a call; its record is closed when the test is over."""
    phones: list[Phone] = []

    def dial(**given: Any) -> Phone:
        phones.append(Phone(tmp_path, **given))
        return phones[-1]

    yield dial
    for phone in phones:
        if phone.call.record._file is not None:
            phone.close()
