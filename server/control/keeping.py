"""A connection that is kept: made again whenever it is lost, with a pause that grows, and told once for each reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
"""The first pause before connecting again, and the longest it grows to by doubling."""


class LostError(Exception):
    """The connection cannot be made, or is gone; the message says why, and what to do about it if we know."""


async def keep(name: str, connect: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
    """Have `connect` make the connection and live on it, again and again, until cancelled.

    It calls what it is given once the connection is in order, and raises `LostError` when that is over.
    """
    pause = FIRST_SECONDS
    told = ""

    def in_order() -> None:
        nonlocal pause, told
        pause, told = FIRST_SECONDS, ""
        log.info("control_connected", control=name)

    while True:
        try:
            await connect(in_order)
        except LostError as lost:
            if str(lost) != told:
                log.error("control_lost", control=name, why=str(lost), then="trying again")
            told = str(lost)
        except Exception:  # a fault of ours must not leave calls without their control
            log.exception("control_failed", control=name)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_SECONDS)
