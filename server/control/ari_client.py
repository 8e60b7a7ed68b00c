"""Asterisk's REST interface (ARI): requests that come to something or say why not, and the socket of its events."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from server.control.keeping import LostError
from server.control.port import ControlError

REQUEST_SECONDS = 5.0
LARGEST_BYTES = 1 << 20
"""Of an event; one of a channel with many variables has some kilobytes."""


class RefusedError(ControlError):
    """Asterisk does not do it; `code` is the HTTP status."""

    def __init__(self, why: str, code: int) -> None:
        super().__init__(f"Asterisk: {why} ({code})")
        self.code = code


class Ari:
    def __init__(self, url: str, app: str, user: str, password: str) -> None:
        self.app = app
        self._url = url
        self._headers = {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}
        self._http = httpx.AsyncClient(
            base_url=f"{url}/ari/", headers=self._headers, timeout=REQUEST_SECONDS, trust_env=False
        )

    async def ask(
        self,
        method: str,
        *path: str,
        query: Mapping[str, str | int] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """What Asterisk answers, `{}` for no content. Raises `ControlError`."""
        place = "/".join(quote(part, safe="") for part in path)
        body = {"variables": dict(variables)} if variables else None
        try:
            answer = await self._http.request(method, place, params=dict(query or {}), json=body)
        except httpx.HTTPError as problem:
            raise ControlError(f"Asterisk cannot be reached: {str(problem) or type(problem).__name__}") from None
        try:
            told = answer.json() if answer.content else {}
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        if not answer.is_success:
            why = str(told.get("message") or told.get("error") or answer.reason_phrase)[:200]
            raise RefusedError(f"{why}, at {method} {path[-1] if path[-1].isalpha() else path[0]}", answer.status_code)
        return told

    async def drop(self, *path: str, query: Mapping[str, str | int] | None = None) -> bool:
        """Delete what may be gone already; whether it was there."""
        try:
            await self.ask("DELETE", *path, query=query)
        except ControlError:
            return False
        return True

    async def events(self, in_order: Callable[[], object], hear: Callable[[str | bytes], None]) -> None:
        """Hear what Asterisk tells until it stops. Raises `LostError`, always."""
        query = urlencode({"app": self.app, "subscribeAll": "false"})
        try:
            async with connect(
                f"{_socket(self._url)}/ari/events?{query}",
                additional_headers=self._headers,
                compression=None,  # Asterisk knows no extensions
                proxy=None,
                open_timeout=REQUEST_SECONDS,
                max_size=LARGEST_BYTES,
            ) as socket:
                in_order()
                async for message in socket:
                    hear(message)
        except InvalidStatus as refused:
            code = refused.response.status_code
            known = {401: "wrong HUASHU_ARI_USER or HUASHU_ARI_PASSWORD", 404: "ari.conf does not say enabled = yes"}
            raise LostError(f"Asterisk refuses: {known.get(code, 'it says')} ({code})") from None
        except (OSError, InvalidHandshake, TimeoutError) as problem:
            raise LostError(f"Asterisk cannot be reached at {self._url}: {problem}") from None
        except ConnectionClosed:
            pass
        raise LostError("Asterisk has closed the event socket")

    def media_url(self, connection_id: str) -> str:
        """Where a channel waits for us that was dialled as `WebSocket/INCOMING`."""
        return f"{_socket(self._url)}/media/{quote(connection_id, safe='')}"

    async def close(self) -> None:
        await self._http.aclose()


def _socket(url: str) -> str:
    return urlsplit(url)._replace(scheme="wss" if url.startswith("https") else "ws").geturl()
