"""A small script whose caller is connected to a person when he presses 0, hears keys sent when he presses 9, is hung up
with the cause busy when he presses 8, and put on hold for 15 seconds by 7, for a minute by 6; and a server that runs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from tests.server.desk import SCRIPT, furnish, put
from tests.server.live.serving import LiveServer, serving

NINE = '      - {press: "9", say: {parts: [{keys: "12#"}]}, go: day}\n'
ZERO = '      - {press: "0", say: 这就转接。, transfer: desk, else: day}\n'
EIGHT = '      - {press: "8", end: busy}\n'
SEVEN = '      - {press: "7", say: 请稍等。, hold: 15s, go: day, else: bye}\n'
SIX = '      - {press: "6", say: 请稍等。, hold: 60s, go: day, else: bye}\n'


@contextmanager
def hotline(folder: Path, **given: Any) -> Iterator[LiveServer]:
    furnish(folder)
    head, tail = SCRIPT.split('      - {press: "1", go: day}\n')
    put(folder, "scripts/shop.yaml", head + ZERO + NINE + EIGHT + SEVEN + SIX + tail)
    with serving(folder, scripts=folder / "scripts", script="shop", **given) as running:
        yield running


@asynccontextmanager
async def hotline_beside(folder: Path, **given: Any) -> AsyncIterator[LiveServer]:
    """The same for a test whose own loop answers the server: it must not wait for it without running."""
    running = hotline(folder, **given)
    server = await asyncio.to_thread(running.__enter__)
    try:
        yield server
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
