"""What a run of the tests says of itself, and what of its surroundings it leaves outside."""

from __future__ import annotations

import os
import re

import engine

SURROUNDINGS = re.compile(r"huashu_.*|.*_proxy|(no|force)_color|clicolor_force|tty_\w+", re.IGNORECASE)
"""Settings of a server that runs here, the way to the internet, wishes for colours: none of it is what is tested."""
COLUMNS = "80"


def pytest_configure() -> None:
    """Processes that tests start have it no more, either."""
    for name in filter(SURROUNDINGS.fullmatch, list(os.environ)):
        del os.environ[name]
    os.environ["COLUMNS"] = COLUMNS


def pytest_report_header() -> str:
    return f"huashu's engine: {'compiled' if engine.COMPILED else 'pure Python'}, {engine.__file__}"
