"""Values for variables that nobody has given one, so that calls can be tried all the same."""

from __future__ import annotations

from collections.abc import Mapping

from engine.language.prompts import stand_in
from engine.language.script import Script
from engine.language.stage import Variable, VariableType

SAMPLES: Mapping[VariableType, str] = {"text": "", "name": "王女士", "number": "3", "phone": "13800001234"}
"""A text has a stand-in."""


def sample(variable: Variable) -> str:
    return SAMPLES[variable.type] or stand_in(variable.name)


def sample_values(script: Script) -> dict[str, str]:
    """A value for each variable of the script."""
    return {each.name: each.default or sample(each) for each in script.variables.values()}
