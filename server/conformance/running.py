"""The cases, played: many at a time but never too many, each within its time, each with one verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from server.conformance.case import Case, FailedError, SkippedError, Status, Verdict
from server.conformance.site import Site

CASE_SECONDS = 60
"""A case that is not over by then has failed."""
AT_ONCE = 24
VOICES_AT_ONCE = 2


async def play(
    site: Site, gateways: Sequence[str], cases: Sequence[Case], tell: Callable[[Verdict], None], at_once: int = AT_ONCE
) -> list[Verdict]:
    """The verdicts, in the order of cases and gateways; `tell` gets each as it is reached."""
    lanes, speaking = asyncio.Semaphore(at_once), asyncio.Semaphore(VOICES_AT_ONCE)

    async def one(gateway: str, case: Case) -> Verdict:
        async with speaking if case.speaks and site.voice else lanes:
            verdict = await judge(site, gateway, case)
        tell(verdict)
        return verdict

    wanted = list(_mixed(gateways, cases))
    found = await asyncio.gather(*(one(gateway, case) for gateway, case in wanted))
    order = {pair: place for place, pair in enumerate((case.name, name) for case in cases for name in gateways)}
    return sorted(found, key=lambda verdict: order[verdict.case.name, verdict.gateway])


def _mixed(gateways: Sequence[str], cases: Sequence[Case]) -> Iterator[tuple[str, Case]]:
    """The gateways in turn, so that no end waits for one of them."""
    lists = [[(name, case) for case in cases] for name in gateways]
    for row in zip_longest(*lists):
        yield from (each for each in row if each)


async def judge(site: Site, gateway: str, case: Case) -> Verdict:
    began = time.monotonic()

    def verdict(status: Status, why: str) -> Verdict:
        return Verdict(gateway, case, status, why, time.monotonic() - began)

    if gateway not in case.gateways:
        return verdict("n/a", "")
    try:
        async with asyncio.timeout(CASE_SECONDS):
            return verdict("pass", await case.play(site, gateway))
    except TimeoutError:
        return verdict("fail", f"nothing came of it within {CASE_SECONDS} s")
    except SkippedError as skipped:
        return verdict("skip", str(skipped))
    except FailedError as failed:
        return verdict("fail", str(failed))
    except InvalidStatus as refused:
        return _refused(refused, verdict)
    except (OSError, InvalidHandshake, ConnectionClosed, httpx.HTTPError) as broken:
        return verdict("fail", f"a line was expected, and there came: {str(broken) or type(broken).__name__}")


def _refused(refused: InvalidStatus, verdict: Callable[[Status, str], Verdict]) -> Verdict:
    """Somebody who is not there cannot be judged; whoever refuses a sound call can."""
    code = refused.response.status_code
    said = bytes(refused.response.body or b"").decode("utf-8", "replace").strip()[:100]
    if code in (404, 405, 501, 503) or (code == 403 and not said):
        return verdict("skip", f"the server does not have this gateway, or not now: HTTP {code} {said}".rstrip())
    hint = ": is --token right?" if code in (401, 403) else ""
    return verdict("fail", f"the call is refused with HTTP {code} {said}{hint}".replace(" :", ":"))
