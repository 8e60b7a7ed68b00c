from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from uvicorn.server import HANDLED_SIGNALS

from tests.server.live.phone import Phone


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A test that runs the whole server sets its log up and takes its signals, which is not for the tests after it."""
    taken = {each: signal.getsignal(each) for each in HANDLED_SIGNALS}
    yield
    structlog.reset_defaults()
    for each, handler in taken.items():
        signal.signal(each, handler)


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
