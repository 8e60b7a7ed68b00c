"""What a run of the tests says of itself."""

from __future__ import annotations

import engine


def pytest_report_header() -> str:
    return f"huashu's engine: {'compiled' if engine.COMPILED else 'pure Python'}, {engine.__file__}"
