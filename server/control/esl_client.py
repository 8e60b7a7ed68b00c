"""A connection to FreeSWITCH's event socket: log in, ask for events, send commands, and give each its answer.

Commands are answered in the order in which they were sent, with events between the answers. What takes long is sent as
a background job, whose result is an event.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from uuid import uuid4

from server.control.esl_events import CUSTOM, NAMES
from server.control.esl_wire import EslError, Message, Reader, command
from server.control.keeping import LostError
from server.control.port import ControlError

OPEN_SECONDS = 5.0
SILENT_SECONDS = 60.0
"""FreeSWITCH sends a heartbeat every 20 s; after three of them have not come it is gone."""
CHUNK_BYTES = 64 * 1024

NOT_CONNECTED = "FreeSWITCH is not connected"


class Esl:
    def __init__(self, address: str, password: str) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port, self._address = host, int(port), address
        self._password = password
        self._writer: asyncio.StreamWriter | None = None
        self._answers: deque[asyncio.Future[str]] = deque()
        self._jobs: dict[str, asyncio.Future[str]] = {}

    async def events(self, in_order: Callable[[], object], hear: Callable[[Mapping[str, str]], None]) -> None:
        """Hear what FreeSWITCH tells until it stops. Raises `LostError`, always."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError) as problem:
            why = str(problem) or f"no answer within {OPEN_SECONDS:g} s"
            raise LostError(f"FreeSWITCH cannot be reached at {self._address}: {why}") from None
        try:
            await self._live(reader, writer, in_order, hear)
        except (OSError, EslError) as problem:
            raise LostError(f"the event socket of FreeSWITCH has broken: {problem}") from None
        finally:
            self._give_up()
            writer.close()

    async def _live(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        in_order: Callable[[], object],
        hear: Callable[[Mapping[str, str]], None],
    ) -> None:
        parser, asked = Reader(), False
        while True:
            try:
                async with asyncio.timeout(SILENT_SECONDS if asked else OPEN_SECONDS):
                    data = await reader.read(CHUNK_BYTES)
            except TimeoutError:
                raise LostError("FreeSWITCH has fallen silent") from None
            if not data:
                raise LostError("FreeSWITCH has closed the event socket")
            for message in parser.feed(data):
                if not asked:
                    asked = self._log_in(message, writer)
                elif message.kind == "command/reply" and self._writer is None:
                    self._logged_in(message, writer)
                    in_order()
                else:
                    self._take(message, hear)

    def _log_in(self, message: Message, writer: asyncio.StreamWriter) -> bool:
        if message.kind == "auth/request":
            writer.write(command(f"auth {self._password}"))
            return True
        if message.kind == "text/rude-rejection":
            raise LostError("FreeSWITCH refuses: this machine is not on the list (apply-inbound-acl)")
        raise EslError("it does not ask for a password")

    def _logged_in(self, message: Message, writer: asyncio.StreamWriter) -> None:
        if not message.reply.startswith("+OK"):
            raise LostError("FreeSWITCH refuses: wrong HUASHU_ESL_PASSWORD")
        self._writer = writer
        self._send(command(f"event json {' '.join(NAMES)} CUSTOM {' '.join(CUSTOM)}"))

    def _take(self, message: Message, hear: Callable[[Mapping[str, str]], None]) -> None:
        if message.kind in ("command/reply", "api/response"):
            answer = self._answers.popleft() if self._answers else None
            if answer and not answer.done():
                answer.set_result(message.reply)
        elif event := message.event:
            job = self._jobs.pop(event.get("Job-UUID", ""), None)
            if job and not job.done():
                job.set_result(event.get("_body", "").strip())
            if event.get("Event-Name") != "BACKGROUND_JOB":
                hear(event)

    def _send(self, what: bytes) -> asyncio.Future[str]:
        if self._writer is None:
            raise ControlError(NOT_CONNECTED)
        self._writer.write(what)
        self._answers.append(answer := asyncio.get_running_loop().create_future())
        return answer

    def _give_up(self) -> None:
        """Nothing that was asked will be answered."""
        self._writer = None
        for waiting in (*self._answers, *self._jobs.values()):
            if not waiting.done():
                waiting.set_result(f"-ERR {NOT_CONNECTED}")
        self._answers.clear()
        self._jobs.clear()

    async def api(self, line: str) -> str:
        """Have it done; what FreeSWITCH says. Raises `ControlError` when it says that it is not."""
        return _good(await self._send(command(f"api {line}")))

    async def job(self, line: str) -> str:
        """The same for what takes long: other commands are answered meanwhile."""
        name = str(uuid4())
        self._jobs[name] = result = asyncio.get_running_loop().create_future()
        try:
            _good(await self._send(command(f"bgapi {line}", Job_UUID=name)))
            return _good(await result)
        finally:
            self._jobs.pop(name, None)


def _good(answer: str) -> str:
    if answer.startswith("-ERR"):
        raise ControlError(f"FreeSWITCH: {answer.removeprefix('-ERR').strip()[:200] or 'not done'}")
    return answer
