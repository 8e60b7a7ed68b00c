"""All cases, and whom they can be played at."""

from __future__ import annotations

from collections.abc import Mapping

from server.conformance import audiosocket, ending, genesys, oddities, opening, playback, sound, turns, vosk
from server.conformance.case import Case
from server.conformance.peers import PEERS
from server.gateways.platforms import PLATFORMS

CASES: tuple[Case, ...] = (
    *opening.CASES, *sound.CASES, *playback.CASES, *oddities.CASES, *ending.CASES,
    *genesys.CASES, *audiosocket.CASES, *vosk.CASES, *turns.CASES,
)  # fmt: skip
BY_NAME: Mapping[str, Case] = {case.name: case for case in CASES}
GATEWAYS: tuple[str, ...] = (*PEERS, vosk.NAME, *PLATFORMS)
"""Whoever can connect to a server, by name."""
