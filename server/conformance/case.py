"""One case of the kit: what must hold on the wire, who says so, and the code that plays it.

A case returns what it found when all is well and raises when it is not; it never judges words, only messages, sizes and
times, so it holds for any server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from server.conformance.site import Site

Status = Literal["pass", "fail", "n/a", "skip"]


class FailedError(Exception):
    """The server did not do what it must; the message says what was expected and what came."""


class SkippedError(Exception):
    """Nothing can be judged here; the message says why, and what would help."""


Play = Callable[[Site, str], Awaitable[str]]
"""Plays a case by the protocol of a gateway; what was found, in words. Raises `FailedError`, `SkippedError`."""


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    title: str
    """What must hold, as a sentence without its full stop."""
    source: str
    """Who says so."""
    play: Play
    gateways: frozenset[str]
    """It says something about these; for the others it is not applicable."""
    speaks: bool = False
    """The caller's voice must be recognised, which no server does for many callers at once as fast as for a few."""


@dataclass(frozen=True, slots=True)
class Verdict:
    gateway: str
    case: Case
    status: Status
    why: str
    seconds: float = 0.0
