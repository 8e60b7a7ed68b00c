"""`huashu serve`: the server, from its settings to its last call."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from socket import AF_INET, AF_INET6, create_server, socket
from types import FrameType

import click
import structlog
import uvicorn
from pydantic import SecretStr
from structlog.typing import EventDict
from uvicorn.server import HANDLED_SIGNALS

from engine.calls.mask import mask
from engine.inspection.inspect import Inspection
from server.app import create
from server.gateways.table import GATEWAYS
from server.inspecting import find_inspection
from server.live.desk import Desk
from server.live.recovery import conclude_unfinished
from server.live.shelf import Shelf
from server.live.trunks import TrunksError, read_trunks
from server.outbox.sending import new_secret
from server.output import OK, PROBLEMS, error
from server.refusal import refusal
from server.settings import PREFIX, Settings, SettingsError, load, written
from server.speech.provide import ProviderError, choose, provide


def serve(file: Path | None, *, check: bool, given: dict[str, object]) -> int:
    try:
        settings = load(file, **given)
    except SettingsError as problem:
        for line in str(problem).splitlines():
            error(line)
        return PROBLEMS
    if check:
        return tell_settings(settings)
    try:
        settings = with_token(settings)
    except OSError as problem:
        error(f"cannot write to {settings.data}: {refusal(problem)}")
        return PROBLEMS
    return run(settings)


def tell_settings(settings: Settings) -> int:
    """Print what would be used, and what it would be made of."""
    for name, value in settings:
        click.echo(f"{PREFIX}{name.upper()}={written(value)}")
    try:
        shelf = load_scripts(settings, keep=False)
        click.echo(f"# scripts: {', '.join(shelf.scripts)}; calls that name none begin with {settings.script}")
        read_trunks(settings.trunks)
        read_inspection(settings.inspection)
        heard = choose(settings)
        click.echo(
            f"# heard by {heard.recogniser}, spoken by {heard.voice}, voices told from noise by {heard.detector}"
        )
    except (StartError, TrunksError, ProviderError) as problem:
        error(str(problem))
        return PROBLEMS
    return OK


def with_token(settings: Settings) -> Settings:
    """A server without a token makes one, and keeps it where only its owner reads: nobody calls without one. Nor is
    anybody told anything unsigned.
    """
    made = {}
    if not settings.token.get_secret_value():
        made["token"] = _kept(settings.data / "token", lambda: secrets.token_urlsafe(24))
    if settings.webhook_url and not settings.webhook_secret.get_secret_value():
        made["webhook_secret"] = _kept(settings.data / "webhook_secret", lambda: new_secret(secrets.token_bytes(24)))
    return settings.model_copy(update={name: SecretStr(secret) for name, secret in made.items()})


def _kept(file: Path, make: Callable[[], str]) -> str:
    """A secret of our own making, the same at every start."""
    if not file.exists() or not file.stat().st_size:  # nor was it written when we were killed
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_text(make() + "\n")
    return file.read_text().strip()


def run(settings: Settings) -> int:
    """Serve until asked to stop. Scripts and models are loaded before the first call can come."""
    set_up_logs()
    try:
        check_ports(settings)
        shelf = load_scripts(settings)
        trunks = read_trunks(settings.trunks)
        inspection = read_inspection(settings.inspection)
        speech = provide(settings)
    except (StartError, TrunksError, ProviderError) as problem:
        error(str(problem))
        return PROBLEMS
    conclude_unfinished(settings.calls)
    desk = Desk(settings, shelf, speech, trunks=trunks, inspection=inspection)
    server = Server(configuration(create(desk), settings), desk)
    # In the end uvicorn sends itself the signal that has stopped it, which would be the end before all is closed.
    for each in HANDLED_SIGNALS:
        signal.signal(each, lambda *_: None)
    try:
        server.run()
    finally:
        speech.close()
    return OK if server.started and not desk.failed.is_set() else PROBLEMS


class StartError(Exception):
    """The server cannot start; the message says what is missing and what to do."""


def check_ports(settings: Settings) -> None:
    """Raises `StartError` where a port cannot be had, before anything is loaded for calls."""
    family = AF_INET6 if ":" in settings.host else AF_INET
    for port, name in ((settings.port, "PORT"), (settings.audiosocket_port, "AUDIOSOCKET_PORT")):
        if not port:
            continue
        try:
            create_server((settings.host, port), family=family).close()
        except OSError as problem:
            place, why = f"{settings.host}:{port}", refusal(problem)
            raise StartError(f"cannot listen on {place}: {why} ({PREFIX}HOST and {PREFIX}{name} say where)") from None


def read_inspection(name: str) -> Inspection | None:
    """What calls are inspected for. Raises `StartError`."""
    inspection = find_inspection(name) if name else None
    if name and inspection is None:
        raise StartError("calls cannot be inspected for that (HUASHU_INSPECTION)")
    return inspection


def load_scripts(settings: Settings, *, keep: bool = True) -> Shelf:
    """The scripts that calls can begin with. Raises `StartError` when the default one is not among them."""
    shelf = Shelf(settings.scripts, settings.data / "scripts" if keep else None)
    try:
        shelf.load()
    except OSError as problem:
        raise StartError(f"cannot write to {settings.data}: {refusal(problem)}") from None
    found = shelf.find(settings.script)
    if isinstance(found, str):
        raise StartError(f"{settings.scripts}: {found} (HUASHU_SCRIPTS and HUASHU_SCRIPT say which)")
    for problems in shelf.problems.values():
        for each in problems:
            click.echo(each, err=True)
    return shelf


log = structlog.get_logger()
GARBAGE = (700, 10, 50)
"""As Python has it, but all of what is not frozen is searched five times more rarely."""


class Server(uvicorn.Server):
    """uvicorn closes every socket when it is asked to stop; calls in progress are let go on first. Asked a second
    time, it stops at once. It also stops, as if it were asked to, when a part of it has failed.
    """

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk
        self._draining: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        settings = self._desk.settings
        if self.started:
            # Scripts, grammars and models stay: looking for garbage among them would halt all calls for a tenth of a
            # second, every time. Of calls hardly any is left that only such a search finds, so it is made rarely.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GARBAGE)
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            gateways = [gateway.path for gateway in GATEWAYS.values()]
            token = settings.data / "token"
            where = str(token) if token.exists() else "as set"
            self._watching = asyncio.get_running_loop().create_task(self._stop_when_failed())
            log.info("serving", address=f"ws://{host}:{port}", gateways=gateways, token=where)

    async def _stop_when_failed(self) -> None:
        await self._desk.failed.wait()
        await self._desk.drain(self._desk.settings.drain_seconds)
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._draining or not (self._desk.sessions or self._desk.asking):
            return super().handle_exit(sig, frame)
        self._draining = asyncio.get_running_loop().create_task(self._drain(sig, frame))
        return None

    async def _drain(self, sig: int, frame: FrameType | None) -> None:
        calls = len(self._desk.sessions) + len(self._desk.asking)
        log.info("stopping", calls=calls, most_seconds=self._desk.settings.drain_seconds, again="stops at once")
        await self._desk.drain(self._desk.settings.drain_seconds)
        super().handle_exit(sig, frame)


def configuration(app: object, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves: as gateways need it. Asterisk and FreeSWITCH know neither compression nor fragments, and a
    ping every 20 s finds those who are gone without a word.
    """
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_max_size=settings.max_message_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=int(settings.drain_seconds) + 15,
    )


PLAIN = frozenset({"timestamp", "sha256"})
"""Whose digits are no telephone number."""


def without_numbers(_: object, __: str, told: EventDict) -> EventDict:
    """Whoever tells something masks the numbers in it; this is for those he did not think of, as in a traceback."""
    hidden = {name: mask(value) for name, value in told.items() if isinstance(value, str) and name not in PLAIN}
    return {**told, **hidden}


def set_up_logs(*, quiet: bool = False) -> None:
    """A line an event: for people on a terminal, JSON for programs; only what is wrong where `quiet`."""
    to_people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            without_numbers,
            structlog.dev.ConsoleRenderer() if to_people else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("transitions").setLevel(logging.WARNING)
    # uvicorn says so of every call that is refused in order, which the log tells as `refused`.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "without completing handshake" not in record.getMessage()
    )
