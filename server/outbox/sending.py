"""One message to its receiver, and what the answer means. Signed by the Standard Webhooks rules, so that receivers
check it with the library of their language.

| answer | then |
| --- | --- |
| 2xx | done |
| 408, 425, 429, 3xx, 5xx, none in time, no connection | tried again after a while, or when `Retry-After` says |
| 410 | the receiver wants no more: nothing is sent there until the next start |
| any other | given up: the same will be answered the next time |
"""

from __future__ import annotations

import asyncio
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from engine import VERSION
from engine.calls.mask import mask
from server.outbox.message import TYPES
from server.outbox.store import Row

TRY_SECONDS = 15.0
"""A receiver that takes longer does its work before it answers; it should answer first."""
CONNECT_SECONDS = 5.0
WAITS_SECONDS = (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600)
"""After the first failure, the second …; after the last the message is dead, a day and a half after the first try."""
MOST_WAIT_SECONDS = 24 * 3600
"""However long a receiver asks us to wait."""
SPREAD = 0.2
"""Waits differ by up to this part, so that what failed together is not tried together."""
MOST_ANSWER_BYTES = 500
AGAIN = frozenset({408, 425, 429})
GONE = 410


@dataclass(frozen=True, slots=True)
class Verdict:
    what: Literal["done", "again", "dead", "gone"]
    why: str = ""
    """The answer, with numbers masked."""
    after_s: float | None = None
    """When the receiver wants to be asked again."""


@dataclass(frozen=True, slots=True)
class Receiver:
    url: str
    types: tuple[str, ...]
    proxy: str | None = None
    """By the environment (`HTTPS_PROXY`, `NO_PROXY` and the like)."""

    @property
    def name(self) -> str:
        """For logs: the rest of the URL may be a secret."""
        return urlsplit(self.url).hostname or "?"


def receivers(text: str) -> tuple[Receiver, ...]:
    """`https://crm.example/hook`, or `sms=https://a,do_not_call=https://b,https://rest`. Raises `ValueError`."""
    chosen: dict[str, str] = {}
    rest = ""
    for part in filter(None, map(str.strip, text.split(","))):
        kind, equals, url = part.partition("=")
        if part.startswith(("http://", "https://")):
            kind, equals, url = "", "", part
        if equals and kind not in TYPES:
            raise ValueError(f"{kind!r} is no type of message (there are: {', '.join(TYPES)})")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("should be a URL, or TYPE=URL pairs and a URL, with commas between")
        if kind in chosen or (not kind and rest):
            raise ValueError(f"two URLs for {kind or 'the rest'}")
        if kind:
            chosen[kind] = url
        else:
            rest = url
    by_url: dict[str, list[str]] = {}
    for kind in TYPES:
        if url := chosen.get(kind, rest):
            by_url.setdefault(url, []).append(kind)
    return tuple(Receiver(url, tuple(types), _proxy(url)) for url, types in by_url.items())


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    return None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)


def signers(secrets: str) -> tuple[Webhook, ...]:
    """For each of some secrets with spaces between: two while one takes the place of the other. Raises `ValueError`."""
    try:
        return tuple(Webhook(each) for each in secrets.split())
    except (ValueError, EmptyWebhookSecretError):  # of base64, which says it in its own way
        raise ValueError("should be whsec_ and base64, as `whsec_$(openssl rand -base64 24)`") from None


def new_secret(random: bytes) -> str:
    return f"whsec_{b64encode(random).decode()}"


async def send(
    client: aiohttp.ClientSession, receiver: Receiver, row: Row, keys: Sequence[Webhook], now_s: float
) -> Verdict:
    """Never raises, and never takes much longer than `TRY_SECONDS`."""
    done: Verdict | None = None
    body, headers = row.body.encode(), _headers(row, keys, now_s)
    try:
        async with (
            asyncio.timeout(TRY_SECONDS),
            client.post(
                receiver.url, data=body, headers=headers, proxy=receiver.proxy, allow_redirects=False
            ) as answer,
        ):
            if 200 <= answer.status < 300:
                done = Verdict("done", f"{answer.status}")
            said = await _beginning(answer)  # of an answer that is read to its end the connection is used again
            return done or judge(answer.status, answer.headers, said, now_s)
    except TimeoutError:
        return done or Verdict("again", f"no answer within {TRY_SECONDS:g} s")
    except aiohttp.InvalidURL:  # which may hold a secret
        return Verdict("again", "the receiver's URL cannot be used")
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        return done or Verdict("again", mask(f"{type(problem).__name__}: {problem}"[:MOST_ANSWER_BYTES]))


def _headers(row: Row, keys: Sequence[Webhook], now_s: float) -> dict[str, str]:
    now = datetime.fromtimestamp(now_s, UTC)
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": f"huashu/{VERSION}",
        "webhook-id": row.id,
        "webhook-timestamp": str(math.floor(now_s)),
        "webhook-signature": " ".join(key.sign(row.id, now, row.body) for key in keys),
    }


async def _beginning(answer: aiohttp.ClientResponse) -> str:
    """Of what the receiver says; the rest is not waited for."""
    data = b""
    async for chunk in answer.content.iter_any():
        data += chunk
        if len(data) >= MOST_ANSWER_BYTES:
            break
    return data[:MOST_ANSWER_BYTES].decode("utf-8", "replace")


def judge(status: int, headers: Mapping[str, str], said: str, now_s: float) -> Verdict:
    """What an answer other than 2xx means."""
    why = mask(f"{status} {' '.join(said.split())}".strip())
    if status == GONE:
        return Verdict("gone", why)
    if status in AGAIN or not 400 <= status < 500:
        return Verdict("again", why, _after(headers.get("retry-after", ""), now_s))
    return Verdict("dead", why)


def _after(told: str, now_s: float) -> float | None:
    """`Retry-After`: seconds, or a date."""
    try:
        wait_s = float(told) if told.isascii() and told.isdigit() else parsedate_to_datetime(told).timestamp() - now_s
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, wait_s), MOST_WAIT_SECONDS)


def wait_s(tries: int, verdict: Verdict, chance: float) -> float | None:
    """How long until the next try, when so many have failed; None when there is none. `chance` is from 0 to 1."""
    if tries > len(WAITS_SECONDS):
        return None
    wait = WAITS_SECONDS[tries - 1] * (1 + SPREAD * (2 * chance - 1))
    return max(wait, verdict.after_s or 0.0)
