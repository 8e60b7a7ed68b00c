"""A FreeSWITCH for tests: its event socket over real TCP. It obeys what it is told to, and the test says what happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from tests.server.live.serving import PATIENCE_SECONDS

PASSWORD = "only-for-tests"


class FreeSwitch:
    def __init__(self) -> None:
        self.port = 0
        self.done: list[str] = []
        """Every command, with `api` or `bgapi` before it."""
        self.channels: dict[str, dict[str, str]] = {}
        """What `uuid_dump` shows of each."""
        self.refused = 0
        self.connections = 0
        self.times = 1
        """How often each event is told."""
        self.away = False
        """Whoever connects is left at once."""
        self.first_events = False
        """Events go out before the answers to commands."""
        self.busy: set[str] = set()
        """Who does not answer: dial strings."""
        self.forks = True
        """Does it fork sound?"""
        self.holds = True
        """Does it put channels on hold?"""
        self._writers: list[asyncio.StreamWriter] = []

    # --- what happens on the line ------------------------------------------------------------------------------------

    def channel(self, **variables: str) -> str:
        uuid = str(uuid4())
        self.channels[uuid] = {f"variable_{name}": value for name, value in variables.items()}
        return uuid

    async def tell(self, name: str, uuid: str = "", *, body: str = "", **headers: str) -> None:
        told = {**self.channels.get(uuid, {}), **({"Unique-ID": uuid} if uuid else {})}
        event = {"Event-Name": name, **told, **{key.replace("_", "-"): value for key, value in headers.items()}}
        await self._event(event | ({"_body": body} if body else {}))

    async def _event(self, event: dict[str, str]) -> None:
        payload = json.dumps(event, ensure_ascii=False).encode()
        head = f"Content-Length: {len(payload)}\nContent-Type: text/event-json\n\n".encode()
        for writer in self._writers * self.times:
            writer.write(head + payload)
            await writer.drain()

    async def answers(self, uuid: str) -> None:
        self.channels[uuid]["Answer-State"] = "answered"
        await self.tell("CHANNEL_ANSWER", uuid)

    async def hangs_up(self, uuid: str, cause: str = "NORMAL_CLEARING", **variables: str) -> None:
        told = {f"variable_{name}": value for name, value in variables.items()}
        answered = "1764122400000000" if self.channels[uuid].get("Answer-State") == "answered" else "0"
        self.channels[uuid] |= told | {"Hangup-Cause": cause, "Caller-Channel-Answered-Time": answered}
        await self.tell("CHANNEL_HANGUP_COMPLETE", uuid)
        del self.channels[uuid]

    def break_off(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def until(self, so: Callable[[FreeSwitch], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not so(self):  # noqa: ASYNC110  what comes is told by several sockets
                await asyncio.sleep(0.005)

    def was_told(self, command: str) -> list[str]:
        return [line for line in self.done if line.split(" ")[1] == command]

    @property
    def listened(self) -> int:
        return len(self._writers)

    # --- the event socket --------------------------------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.away:
            return writer.close()
        writer.write(b"Content-Type: auth/request\n\n")
        try:
            while True:
                command = (await reader.readuntil(b"\n\n")).decode().strip()
                await self._obey(command, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if writer in self._writers:
                self._writers.remove(writer)
            writer.close()
        return None

    async def _obey(self, command: str, writer: asyncio.StreamWriter) -> None:
        verb, _, rest = command.partition(" ")
        if verb == "auth":
            good = rest == PASSWORD
            self.refused += not good
            writer.write(
                f"Content-Type: command/reply\nReply-Text: {'+OK accepted' if good else '-ERR invalid'}\n\n".encode()
            )
        elif verb == "event":
            writer.write(b"Content-Type: command/reply\nReply-Text: +OK event listener enabled json\n\n")
            self._writers.append(writer)
        elif verb == "bgapi":
            line, _, job = rest.partition("\nJob-UUID: ")
            self.done.append(f"bgapi {line}")
            writer.write(f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n".encode())
            asyncio.get_running_loop().call_soon(lambda: self._start(line, job))
        else:
            self.done.append(f"api {rest}")
            if self.first_events:
                await self.tell("HEARTBEAT")
            answer = self._api(rest).encode()
            writer.write(f"Content-Type: api/response\nContent-Length: {len(answer)}\n\n".encode() + answer)

    def _api(self, line: str) -> str:
        verb, _, rest = line.partition(" ")
        uuid = rest.removeprefix("off ").split(" ")[0]
        if verb == "uuid_hold" and not self.holds:
            return "-ERR Operation failed\n"
        if uuid not in self.channels or (verb == "uuid_audio_fork" and not self.forks):
            return "-ERR No such channel!\n"
        return json.dumps({"Unique-ID": uuid, **self.channels[uuid]}) if verb == "uuid_dump" else "+OK\n"

    def _start(self, line: str, job: str) -> None:
        asyncio.ensure_future(self._originate(line, job))  # noqa: TID251, RUF006

    async def _originate(self, line: str, job: str) -> None:
        variables, _, rest = line.partition("{")[2].partition("}")
        dialled = rest.split(" ")[0]
        if dialled in self.busy:
            return await self._event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job, "_body": "-ERR USER_BUSY\n"})
        named = dict(pair.split("=", 1) for pair in variables.split(","))
        if dialled.startswith("sofia/"):  # it is dialled, and the test says what becomes of it
            self.channels[named["origination_uuid"]] = {}
            await self.tell("CHANNEL_CREATE", named["origination_uuid"])
        elif not dialled.endswith("/rings"):
            self.channels[named["origination_uuid"]] = {f"variable_{name}": value for name, value in named.items()}
            done = f"+OK {named['origination_uuid']}\n"
            await self._event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job, "_body": done})
        return None


@asynccontextmanager
async def freeswitch() -> AsyncIterator[FreeSwitch]:
    here = FreeSwitch()
    async with await asyncio.start_server(here.serve, "127.0.0.1", 0) as server:
        here.port = server.sockets[0].getsockname()[1]
        yield here
        here.break_off()
