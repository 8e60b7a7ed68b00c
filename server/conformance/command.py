"""`huashu conformance`: play every gateway's messages against a server and tell what it makes of them."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from server.calling.command import own_token
from server.calling.sounds import trimmed
from server.conformance.case import Case, Verdict
from server.conformance.report import case_line, show, summary, verdict_json, verdict_line
from server.conformance.running import play
from server.conformance.site import SCHEMES, Site
from server.conformance.table import BY_NAME, CASES, GATEWAYS
from server.conformance.wires import OPEN_SECONDS
from server.output import OK, PROBLEMS, USAGE, error, line
from server.refusal import refusal
from server.speech.recordings import UnplayableError, load


@dataclass(frozen=True, slots=True)
class Wish:
    """The command as it was given."""

    url: str | None
    gateways: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    token: str = ""
    script: str = ""
    wav: Path | None = None
    audiosocket: str = ""
    at_once: int = 24
    as_list: bool = False
    as_json: bool = False


class UsageError(Exception):
    """The command cannot mean anything, or nobody is there; the message says why."""


def conformance(url: str | None, **options: Any) -> int:
    wish = Wish(url, **options)
    try:
        gateways, cases = _chosen(wish)
        if wish.as_list:
            return _list(gateways, cases, as_json=wish.as_json)
        site, gateways = _site(wish, gateways)
        return asyncio.run(_run(wish, site, gateways, cases))
    except UsageError as mistake:
        error(str(mistake))
        return USAGE


# --- what was asked for ----------------------------------------------------------------------------------------------


def _chosen(wish: Wish) -> tuple[tuple[str, ...], tuple[Case, ...]]:
    for given, known, what in ((wish.gateways, GATEWAYS, "gateway"), (wish.cases, BY_NAME, "case")):
        unknown = next((each for each in given if each not in known), None)
        if unknown:
            raise UsageError(f"no {what} '{unknown}': there are {', '.join(known)}")
    gateways = tuple(name for name in GATEWAYS if not wish.gateways or name in wish.gateways)
    cases = tuple(case for case in CASES if not wish.cases or case.name in wish.cases)
    return gateways, cases


def _site(wish: Wish, gateways: tuple[str, ...]) -> tuple[Site, tuple[str, ...]]:
    url = wish.url or ""
    parts = urlsplit(url)
    voice = _voice(wish.wav) if wish.wav else b""
    token = wish.token or own_token(url)
    if parts.scheme == "tcp" and parts.port:
        return Site("", "", token, wish.script, parts.netloc, voice), ("audiosocket",)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise UsageError(f"'{url}' is no address: write ws://host:port, or the whole path of one gateway's endpoint")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    base = f"{scheme}://{parts.netloc}"
    if parts.path in ("", "/"):
        return Site(base, "", token, wish.script, wish.audiosocket, voice), gateways
    head = parts.path.strip("/").split("/")[0]
    if len(wish.gateways) == 1:
        return Site("", parts._replace(scheme=scheme).geturl(), token, wish.script, wish.audiosocket, voice), gateways
    if not wish.gateways and head in GATEWAYS:
        return Site("", parts._replace(scheme=scheme).geturl(), token, wish.script, "", voice), (head,)
    raise UsageError(f"whose endpoint is {parts.path}? Say so with --gateway, once")


def _voice(path: Path) -> bytes:
    try:
        return trimmed(load(path), str(path))
    except UnplayableError as problem:
        raise UsageError(str(problem)) from None


def _list(gateways: tuple[str, ...], cases: tuple[Case, ...], *, as_json: bool) -> int:
    for case in cases:
        if as_json:
            whom = [name for name in gateways if name in case.gateways]
            line({"case": case.name, "expected": case.title, "source": case.source, "gateways": whom})
        else:
            click.echo(case_line(case, gateways))
    return OK


# --- playing ---------------------------------------------------------------------------------------------------------


async def _run(wish: Wish, site: Site, gateways: tuple[str, ...], cases: tuple[Case, ...]) -> int:
    await _reach(site)
    to_people = sys.stdout.isatty() and not wish.as_json
    progress = _progress() if sys.stderr.isatty() else None
    task = progress.add_task("", total=len(gateways) * len(cases)) if progress else None

    def tell(verdict: Verdict) -> None:
        if progress and task is not None:
            progress.update(task, advance=1, description=f"{verdict.gateway} {verdict.case.name}")

    with progress or nullcontext():
        verdicts = await play(site, gateways, cases, tell, wish.at_once)
    if to_people:
        show(verdicts, Console())
    else:
        _tell_programs(verdicts, as_json=wish.as_json)
    return PROBLEMS if any(verdict.status == "fail" for verdict in verdicts) else OK


def _progress() -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _tell_programs(verdicts: list[Verdict], *, as_json: bool) -> None:
    for verdict in verdicts:
        if verdict.status != "n/a":
            line(verdict_json(verdict)) if as_json else click.echo(verdict_line(verdict))
    if not as_json:
        click.echo(summary(verdicts))


async def _reach(site: Site) -> None:
    """Is anybody there at all? Raises `UsageError`."""
    parts = urlsplit(site.url or site.base or f"tcp://{site.audiosocket}")
    place = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
            writer.close()
    except TimeoutError:
        raise UsageError(f"{place} does not answer within {OPEN_SECONDS} s") from None
    except OSError as problem:
        raise UsageError(f"{place} cannot be reached: {refusal(problem)} (is the server running there?)") from None
