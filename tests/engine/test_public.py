"""`engine` hands its public names out on first use, and loads nothing before."""

from __future__ import annotations

import subprocess
import sys

import pytest

import engine
from engine import public


@pytest.mark.parametrize("name", public.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(engine, name) is getattr(public, name)


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = engine.nonsense


def test_the_names_are_few_and_in_order() -> None:
    assert public.__all__ == sorted(set(public.__all__))
    assert len(public.__all__) <= 26


def test_importing_the_engine_loads_none_of_it() -> None:
    code = "import sys, engine; print([name for name in sys.modules if name.startswith('engine.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own
    printed = done.stdout
    assert printed.strip() == "['engine.version']"
