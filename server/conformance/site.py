"""The server under test: where each gateway finds it, and how a credential is brought there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit, urlunsplit

from server.gateways.table import AUDIOSOCKET, GATEWAYS, Credential, Gateway

CALLER = "13800001234"
SCHEMES: Mapping[str, str] = {"ws": "http", "wss": "https", "http": "http", "https": "https"}
_BRINGS: tuple[Credential, ...] = ("bearer", "param", "query", "path")
_BRINGS_AT_ONCE: tuple[Credential, ...] = ("bearer", "query", "path")


@dataclass(frozen=True, slots=True)
class Address:
    """What one connection asks for."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    """For the gateway's first message."""

    def asking(self, more: Mapping[str, str]) -> Address:
        """With more in its query."""
        return replace(self, url=with_query(self.url, more))


@dataclass(frozen=True, slots=True)
class Site:
    base: str
    """`ws://host:port` of a server that has every gateway at the paths of ours."""
    url: str = ""
    """Or the whole address of one gateway's endpoint."""
    token: str = ""
    script: str = ""
    audiosocket: str = ""
    """`host:port`, since AudioSocket has no path."""
    voice: bytes = b""
    """What the caller says to cut in: samples at 8 kHz. Without, a key is pressed."""

    def address(self, gateway: Gateway, token: str | None = None, *, at_once: bool = False) -> Address:
        """Where and how that gateway connects, with a token in its own manner; `at_once` before the socket opens."""
        token = self.token if token is None else token
        at = Address(self.url or self.base + gateway.path, params=self.params)
        if not token:
            return at
        if self.url and "param" in gateway.credentials:  # at a server of others, by whatever means there are
            at = replace(at, params={**at.params, "token": token})
        order = _BRINGS_AT_ONCE if at_once or self.url else _BRINGS
        match next((each for each in order if each in gateway.credentials), "query"):
            case "bearer":
                return replace(at, headers={"Authorization": f"Bearer {token}"})
            case "param":
                return replace(at, params={**at.params, "token": token})
            case "path" if not self.url:
                return replace(at, url=f"{at.url}/{token}")
            case _:
                return at.asking({"token": token})

    @property
    def params(self) -> dict[str, str]:
        return {"caller": CALLER} | ({"script": self.script} if self.script else {})

    def http(self, path: str) -> str:
        """A path of the same server by HTTP."""
        parts = urlsplit(self.url or self.base + path)
        return urlunsplit((SCHEMES.get(parts.scheme, "http"), parts.netloc, parts.path, parts.query, ""))


def gateway_of(name: str) -> Gateway:
    return AUDIOSOCKET if name == AUDIOSOCKET.name else GATEWAYS[name]


def with_query(url: str, more: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(each for each in (parts.query, urlencode(more)) if each)
    return urlunsplit(parts._replace(query=query))
